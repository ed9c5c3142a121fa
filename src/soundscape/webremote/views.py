"""What the page shows of a session, in the live screen's own words, and its buttons. Pure.

What changes comes in three parts, so that a page receives only what is new: the state, the arc to
draw, and a beat that tells the time.
"""

from __future__ import annotations

from typing import Any

from soundscape.core.cues.table import CUES
from soundscape.core.cues.words import LONGEST_TEXT, Flag, Number, Param, needed
from soundscape.core.text import plain
from soundscape.drawing.rows import Row
from soundscape.preflight.supplies import Power
from soundscape.protocol import Status
from soundscape.tui import words
from soundscape.tui.keys import offered

STEP_S = 5.0
"""Seconds between redraws of the arc in a hold, where the end of the phase moves with the clock."""


def state(status: Status, power: Power) -> dict[str, Any]:
    """Describe the session's state, without what changes with the clock alone."""
    said = words.banner(status, name=str)
    track = status["track"]
    last = status["last_cue"]
    return {
        "session": status["session"],
        "arc": plain(status["arc"]),
        "word": said.word,
        "about": told(said.about),
        "alarm": said.ink == "alarm",
        "begins": status["begins"][11:16] if status["begins"] else None,
        "phase": plain(status["phase"] or ""),
        "ends_s": status["phase_ends_s"],
        "until": status["phase_ends_at"] or told(words.until(status)),
        "follows": words.following(status),
        "arc_ends_at": status["arc_ends_at"],
        "label": words.playing_label(status),
        "title": plain(track["title"]) if track else "",
        "artist": plain(track["artist"]) if track else "",
        "next": plain(status["next"] or ""),
        "level": _text(words.level(status)),
        "ambience": plain(status["ambience"] or ""),
        "health": [[text, ink] for text, ink in words.health(status, power) if text.strip(" ·")],
        "marks": status["marks"],
        "last": last and {**last, "answer": told(last["answer"])},
        "faces": faces(status),
        "place": status.get("place", {}),
        "choices": {cue: [plain(each) for each in some] for cue, some in offered(status).items()},
    }


def arc(status: Status) -> dict[str, Any]:
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


def beat(status: Status) -> dict[str, Any]:
    """Return the session's time in seconds; the page counts on from there by itself."""
    return {"now_s": round(status["now_s"], 1)}


def told(text: str) -> str:
    """Write a line that names cues without backticks, for a page where nothing is typed."""
    return plain(text).replace("`", "")


def _step(seconds: float) -> float:
    return round(seconds / STEP_S) * STEP_S


def _text(row: Row) -> str:
    return "".join(text for text, _ in row)


MAIN: tuple[tuple[str, ...], ...] = (
    ("soften",),
    ("pause", "resume"),
    ("talk", "reflect"),
    ("hold", "release"),
    ("next",),
    ("transition",),
    ("mark",),
    ("undo",),
    ("stop",),
)
"""The large buttons. A button with two cues gives the one that would change something."""

_UNITS = {"db": "dB", "minutes": "min", "ago": "min ago", "seconds": "s"}


def faces(status: Status) -> list[str]:
    """Choose the cue of each large button for the session's present state."""
    turned = {
        "resume": status["paused"] or status["silenced"],
        "reflect": status["mode"] == "talk",
        "release": status["held"],
    }
    return [cues[-1] if turned.get(cues[-1]) else cues[0] for cues in MAIN]


def buttons() -> dict[str, Any]:
    """List the large buttons, and every cue with its help and the fields of its parameters."""
    return {
        "main": [list(cues) for cues in MAIN],
        "cues": {
            cue.name: {
                "help": cue.help,
                "twice": cue.asks_twice,
                "fields": [_field(param, pick=param.name == cue.pick) for param in cue.params],
            }
            for cue in CUES.values()
        },
        # Cues that no large button gives in full.
        "more": [
            cue.name
            for cue in CUES.values()
            if cue.params or not any(cue.name in cues for cues in MAIN)
        ],
    }


def _field(param: Param, *, pick: bool) -> dict[str, Any]:
    field: dict[str, Any] = {"name": param.name, "help": param.help, "needed": needed(param)}
    if isinstance(param, Flag):
        return {**field, "kind": "flag"}
    if isinstance(param, Number):
        return {
            **field,
            "kind": "number",
            "unit": _UNITS.get(param.name, ""),
            "least": param.least,
            "most": param.most,
            "default": param.default,
        }
    if param.form == "HH:MM":
        return {**field, "kind": "time"}
    return {**field, "kind": "choice"} if pick else {**field, "kind": "text", "most": LONGEST_TEXT}
