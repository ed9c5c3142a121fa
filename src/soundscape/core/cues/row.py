"""A row of the table of cues, what its function takes and returns, and whether it still fits.

Two people, or one foot twice, may give the same cue for the same place. Once the session has moved,
both have what they wanted: the row says from what it moves on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Literal, Protocol

from soundscape.core.cues.words import Param, from_values, from_words, needed
from soundscape.core.decision import Decision, Refusal
from soundscape.core.events import Value
from soundscape.core.ports import Output
from soundscape.core.session import Session
from soundscape.core.text import quoted

Args = Mapping[str, Value]
Answer = Decision | Refusal

Moves = Literal["", "phase", "track", "undo"]
"""The part of the session's place that a cue moves on from: see `already`."""

JUST_MOVED_S = 3.0
"""Seconds after a change of phase or track in which the same cue counts as a repeat. The crossfade
has hardly begun, so the giver has not heard it yet, and a screen may be half a second behind."""


class Moments(Protocol):
    """The wall clock, as far as a cue needs it. Times are seconds from the session's start."""

    def name(self, at_s: float) -> str:
        """Name a moment as a time of day, such as 14:35."""

    def last(self, text: str) -> float | None:
        """Find when the wall clock last showed HH:MM; None if `text` is not a time of day."""


@dataclass(frozen=True, slots=True)
class Now:
    """The moment a cue is given: seconds from the session's start, and names of times of day.

    `seen` is the place that the giver's screen showed; empty if the giver has no screen.
    """

    s: float
    moments: Moments
    outputs: tuple[Output, ...] = ()
    seen: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cue:
    """One row of the table.

    `undo` can undo a cue unless `can_be_undone` is false. `urgent` cues act within 100 ms even if
    the journal cannot be written in time. A session that is closing, or has not begun, refuses a
    cue unless its row allows it.

    A cue that `silences` makes the room silent whatever hangs. If the loop is too busy to tell the
    decks, they are told directly; if the whole engine hangs, it is ended.

    `key` gives the cue on the live screen, with `key_words` as its words; `asks_twice` wants the
    key twice. `pick` names the parameter that the screen offers as a list, opened by `pick_key`. A
    locked screen takes only `when_locked` cues.

    A cue that `moves` on from a place means one step, however many people give it there: the second
    is refused, unless it names its goal with `pick`.
    """

    name: str
    key: str
    help: str
    decide: Callable[[Session, Args, Now], Answer]
    params: tuple[Param, ...] = ()
    urgent: bool = False
    silences: bool = False
    can_be_undone: bool = True
    when_closing: bool = False
    when_waiting: bool = False
    key_words: tuple[str, ...] = ()
    asks_twice: bool = False
    pick: str = ""
    when_locked: bool = False
    moves: Moves = ""

    @property
    def pick_key(self) -> str:
        """The key that opens the list of `pick`; "" if there is none.

        It is `key` itself if the cue always needs a choice, else its capital.
        """
        if not self.pick:
            return ""
        return self.key if self.needs_words else self.key.upper()

    @property
    def needs_words(self) -> bool:
        """Whether the key alone does not say enough."""
        return any(map(needed, self.params)) and not self.key_words

    def args(self, given: Sequence[str] | Mapping[str, Value]) -> dict[str, Value]:
        """Build arguments from typed words, or from values by name.

        Raises `InputError` with every fault at once.
        """
        if isinstance(given, Mapping):
            return from_values(self.name, self.usage, self.params, given)
        return from_words(self.name, self.usage, self.params, given)

    @property
    def usage(self) -> str:
        """The cue and its parameters as one types them."""
        return " ".join([self.name, *(param.usage for param in self.params)])


def later(session: Session) -> str:
    """Return what to add to an answer if nobody hears the cue's effect yet."""
    words = {"": "", "pause": "paused", "silence": "silent"}[session.rest.kind]
    return f" ({words}: heard at `resume`)" if words else ""


def unknown_person(session: Session, person: str) -> Refusal | None:
    """Refuse a person whom the arc does not have."""
    persons = session.opened.persons
    if not person or not persons or person in persons:
        return None
    return Refusal(f"this arc has no person `{person}`; it has {', '.join(persons)}")


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
