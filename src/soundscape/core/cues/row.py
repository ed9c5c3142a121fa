"""A row of the table of cues, and what its function takes and returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from soundscape.core.cues.words import Param, needed
from soundscape.core.decision import Decision, Refusal
from soundscape.core.events import Value
from soundscape.core.ports import Output
from soundscape.core.session import Session
from soundscape.core.words import clock

Args = Mapping[str, Value]
Answer = Decision | Refusal

Moves = Literal["", "phase", "track", "undo"]
"""The part of the session's place that a cue moves on from: see `soundscape.core.cues.place`."""


class Moments(Protocol):
    """The wall clock, as far as a cue needs it. Times are seconds from the session's start."""

    def name(self, at_s: float) -> str:
        """Name a moment as a time of day, such as 14:35."""

    def last(self, text: str) -> float | None:
        """Find when the wall clock last showed HH:MM; None if `text` is not a time of day."""


class SessionMoments:
    """Moments of a session without a wall clock: named by the time since its start."""

    def name(self, at_s: float) -> str:
        """Write the time since the start as H:MM:SS."""
        return clock(at_s)

    def last(self, text: str) -> float | None:
        """Return None: no time of day is known."""
        return None


@dataclass(frozen=True, slots=True)
class Now:
    """The moment a cue is given: seconds from the session's start, and names of times of day.

    `seen` is the place that the giver's screen showed; empty if the giver has no screen.
    """

    s: float
    moments: Moments = SessionMoments()  # noqa: RUF009 - holds nothing
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
