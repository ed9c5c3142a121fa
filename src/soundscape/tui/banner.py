"""The one word that nobody in the room may overlook: paused, held, silent, stopped. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soundscape.core.cues.table import CUES
from soundscape.protocol import Status
from soundscape.tui.rows import Ink
from soundscape.tui.words import trouble


@dataclass(frozen=True, slots=True)
class Banner:
    """The word, what it means and what ends it, and its ink; "" if there is nothing to say."""

    word: str
    about: str
    ink: Ink = "state"


NOTHING = Banner("", "", "")


def key_of(cue: str) -> str:
    """Return a cue with its key."""
    return f"{CUES[cue].key} {cue}"


def banner(status: Status, name: Callable[[str], str] = key_of) -> Banner:
    """Choose the word for the session's state. `name` says how to call a cue where it is shown."""
    if status["stopped"]:
        said = f"{name('undo')} brings the sound back within a minute, {name('end')} closes"
        return Banner("STOPPED", said)
    if status["closing"] == "stop":
        return Banner(
            "STOPPING", f"{name('stop')} again cuts, {name('undo')} brings the sound back"
        )
    if status["closing"]:
        return Banner("CLOSING", f"fading out; {name('undo')} cancels")
    wrong = trouble(status)
    if wrong and not (status["paused"] or status["silent"]):
        return Banner(wrong, "nothing can be heard; see the health line", "alarm")
    if status["paused"]:
        return Banner("PAUSED", f"{name('resume')} fades the music back in")
    if status["silent"]:
        until = f"until {status['silence_ends_at']}; " if status["silence_ends_at"] else ""
        ends = f"{name('resume')} ends it" if status["silenced"] else "this phase is silent"
        return Banner("SILENCE", f"{until}{ends}")
    if status["held"]:
        return Banner("HELD", f"{name('release')} lets the phase go on")
    if status["begins"]:
        return Banner("WAITING", f"begins at {status['begins_at']}; {name('stop')} calls it off")
    if status["mode"] == "talk":
        return Banner("TALK", f"under the voices; {name('reflect')} brings the music forward")
    return NOTHING
