"""The one word that nobody in the room may overlook: paused, held, silent, stopped. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from soundscape.console.rows import Ink
from soundscape.console.words import Status, trouble
from soundscape.core.cues import CUES


@dataclass(frozen=True, slots=True)
class Banner:
    """The word, what it means and what ends it, and its ink; "" where nothing is to be said."""

    word: str
    about: str
    ink: Ink = "state"


NOTHING = Banner("", "", "")


def key_of(cue: str) -> str:
    """A cue with the key that says it."""
    return f"{CUES[cue].key} {cue}"


def banner(status: Status) -> Banner:
    """What the session's own state says."""
    if status["stopped"]:
        said = f"{key_of('undo')} brings it back within a minute, {key_of('end')} closes"
        return Banner("STOPPED", said)
    if status["closing"] == "stop":
        return Banner("STOPPING", f"{key_of('stop')} again cuts, {key_of('undo')} brings it back")
    if status["closing"]:
        return Banner("CLOSING", f"fading out; {key_of('undo')} takes it back")
    wrong = trouble(status)
    if wrong and not (status["paused"] or status["silent"]):
        return Banner(wrong, "nothing is heard; see what health says", "alarm")
    if status["paused"]:
        return Banner("PAUSED", f"{key_of('resume')} brings the music back from nothing")
    if status["silent"]:
        until = f"until {status['silence_ends_at']}; " if status["silence_ends_at"] else ""
        ends = f"{key_of('resume')} ends it" if status["silenced"] else "this phase is silent"
        return Banner("SILENCE", f"{until}{ends}")
    if status["held"]:
        return Banner("HELD", f"{key_of('release')} goes on from here")
    if status["begins"]:
        return Banner("WAITING", f"begins at {status['begins'][11:16]}; {key_of('stop')} calls off")
    if status["mode"] == "talk":
        return Banner("TALK", f"under the voices; {key_of('reflect')} brings the music forward")
    return NOTHING
