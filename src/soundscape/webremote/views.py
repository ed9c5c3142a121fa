"""What the web remote's page shows of a session, in the live screen's own words. Pure.

It has three parts, so that a page receives only what changed: the state, the arc to draw, and a
beat that tells the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from soundscape.core.text import plain
from soundscape.preflight.supplies import Power
from soundscape.tui import words
from soundscape.tui.banner import banner
from soundscape.tui.keys import offered
from soundscape.tui.rows import Row
from soundscape.webremote.buttons import faces

STEP_S = 5.0
"""Seconds between redraws of the arc in a hold, where the end of the phase moves with the clock."""


def state(status: Mapping[str, Any], power: Power) -> dict[str, Any]:
    """Describe the session's state, without what changes with the clock alone."""
    found = dict(status)
    said = banner(found, name=str)
    track = found["track"]
    last = found["last_cue"]
    return {
        "session": found["session"],
        "arc": plain(found["arc"]),
        "word": said.word,
        "about": told(said.about),
        "alarm": said.ink == "alarm",
        "begins": found["begins"][11:16] if found["begins"] else None,
        "phase": plain(found["phase"] or ""),
        "ends_s": found["phase_ends_s"],
        "until": found["phase_ends_at"] or told(words.until(found)),
        "follows": words.following(found),
        "arc_ends_at": found["arc_ends_at"],
        "label": words.playing_label(found),
        "title": plain(track["title"]) if track else "",
        "artist": plain(track["artist"]) if track else "",
        "next": plain(found["next"] or ""),
        "level": _text(words.level(found)),
        "ambience": plain(found["ambience"] or ""),
        "health": [[text, ink] for text, ink in words.health(found, power) if text.strip(" ·")],
        "marks": found["marks"],
        "last": last and {**last, "answer": told(last["answer"])},
        "faces": faces(found),
        "place": found.get("place", {}),
        "choices": {cue: [plain(each) for each in some] for cue, some in offered(found).items()},
    }


def arc(status: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the arc to draw: phases, curve and marks, in seconds from the start."""
    course = status["course"]
    return {
        "legs": [
            {
                "name": plain(leg["name"]),
                "from_s": _step(leg["from_s"]),
                "to_s": _step(leg["to_s"]),
                "curve": [[_step(x), round(y, 3)] for x, y in leg["curve"]],
            }
            for leg in course
        ],
        "marks": [round(each["at_s"]) for each in status["marked"]],
        "phase": plain(status["phase"] or ""),
    }


def beat(status: Mapping[str, Any]) -> dict[str, Any]:
    """Return the session's time in seconds; the page counts on from there by itself."""
    return {"now_s": round(status["now_s"], 1)}


def told(text: str) -> str:
    """Write a line that names cues without backticks, for a page where nothing is typed."""
    return plain(text).replace("`", "")


def _step(seconds: float) -> float:
    return round(seconds / STEP_S) * STEP_S


def _text(row: Row) -> str:
    return "".join(text for text, _ in row)
