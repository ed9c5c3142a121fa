"""Whether a cue is still meant where the session stands now.

Two people, or one foot twice, may say for one place what moves the session on from it: both have
had what they wanted once it has moved. What moves on from where is a column of the table of cues.
"""

from __future__ import annotations

from math import ceil

from soundscape.core.cues.row import Moves, Now
from soundscape.core.session import Session
from soundscape.core.words import quoted

JUST_MOVED_S = 3.0
"""For so long after the phase or the track has changed, whoever says the same has not heard it yet:
the crossfade has hardly begun, and a screen may be half a second behind."""


def place(session: Session) -> dict[Moves, float]:
    """Where the session stands, for a screen to keep and to give back with a cue, as `Now.seen`:
    its phase, its track, and the cue that `undo` would take back."""
    newest = session.past[-1].at_s if session.past else -1.0
    return {"phase": session.phase, "track": session.music_token, "undo": newest}


def already(session: Session, moves: Moves, now: Now) -> str:
    """Why a cue that moves on from here has been answered by what happened; "" where it has not.

    Either the giver's screen showed an older place, or the place has only just been reached.
    """
    seen = now.seen.get(moves)
    older = seen is not None and seen != place(session)[moves]
    wait_s = JUST_MOVED_S - (now.s - _reached_s(session, moves))
    if not older and wait_s <= 0.0:
        return ""
    if moves == "undo":
        if not session.past:
            return ""
        newest = session.past[-1].cue
        return f"another cue was said since; `undo` again takes back `{newest}`"
    if moves == "phase" and session.current is not None:
        name = session.current.name
        return f"already on the way: {name} begins; `transition PHASE` goes further at once"
    comes = quoted(session.playing.item.track.title) if session.playing else "another track"
    again = f"again in {ceil(wait_s)} s" if wait_s > 0.0 else "again"
    return f"already on the way: {comes} comes in; `next` {again} brings another"


def _reached_s(session: Session, moves: Moves) -> float:
    """When the phase or the track has changed last. The first ones followed nothing, and what was
    taken back changed long ago."""
    if moves == "phase" and len(session.entered) > 1:
        return session.entered[-1][1]
    if moves == "track" and session.playing is not None and len(session.heard) > 1:
        return session.playing.item.start_s
    return -JUST_MOVED_S
