"""Check whether a cue still fits where the session stands now.

Two people, or one foot twice, may give the same cue for the same place. Once the session has moved,
both have what they wanted. The table of cues says which cues move the session on, and from what.
"""

from __future__ import annotations

from math import ceil

from soundscape.core.cues.row import Moves, Now
from soundscape.core.session import Session
from soundscape.core.words import quoted

JUST_MOVED_S = 3.0
"""Seconds after a change of phase or track in which the same cue counts as a repeat. The crossfade
has hardly begun, so the giver has not heard it yet, and a screen may be half a second behind."""


def place(session: Session) -> dict[Moves, float]:
    """Tell where the session stands: its phase, its track, and the cue that `undo` would undo.

    A screen keeps this and sends it back with a cue, as `Now.seen`.
    """
    newest = session.past[-1].at_s if session.past else -1.0
    return {"phase": session.course.phase, "track": session.track, "undo": newest}


def already(session: Session, moves: Moves, now: Now) -> str:
    """Say why a cue that moves on from here is already answered; "" if it is not.

    It is, if the giver's screen showed an older place or if the session has just arrived here.
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
        return f"another cue was given since; `undo` again undoes `{newest}`"
    if moves == "phase" and session.current is not None:
        name = session.current.name
        return f"already on the way: {name} is beginning; `transition PHASE` goes further at once"
    comes = quoted(session.playing.item.track.title) if session.playing else "another track"
    again = f"again in {ceil(wait_s)} s" if wait_s > 0.0 else "again"
    return f"already on the way: {comes} is coming in; `next` {again} brings another"


def _reached_s(session: Session, moves: Moves) -> float:
    """Tell when the phase or the track last changed, in seconds from the session's start.

    The first ones followed nothing, and what was undone changed long ago: both count as long past.
    """
    if moves == "phase" and len(session.entered) > 1:
        return session.entered[-1][1]
    if moves == "track" and session.playing is not None and len(session.heard) > 1:
        return session.playing.item.start_s
    return -JUST_MOVED_S
