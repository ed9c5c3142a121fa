"""A row of the table of cues, and what its function is given and answers."""

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
"""What of the session's place a cue moves on from: see `soundscape.core.cues.place`."""


class Moments(Protocol):
    """The wall clock, as far as a cue needs it. Times are seconds from the session's start."""

    def name(self, at_s: float) -> str:
        """How a moment is called, such as 14:35."""

    def last(self, text: str) -> float | None:
        """When the wall clock last showed HH:MM; None for what is no time of day."""


class SessionMoments:
    """Moments of a session that knows no wall clock: named by the time since its start."""

    def name(self, at_s: float) -> str:
        """H:MM:SS since the start."""
        return clock(at_s)

    def last(self, text: str) -> float | None:
        """Never known."""
        return None


@dataclass(frozen=True, slots=True)
class Now:
    """The moment a cue is given: seconds from the session's start, and the wall's names.

    `seen` is the place that the giver's screen showed; empty for whoever has none.
    """

    s: float
    moments: Moments = SessionMoments()  # noqa: RUF009 - holds nothing
    outputs: tuple[Output, ...] = ()
    seen: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cue:
    """One row of the table.

    `undo` takes a cue back, unless its row says that it cannot be. `urgent` cues act within 100 ms
    even where the journal cannot be written in time. A cue is refused while the session closes,
    or before it has begun, unless its row allows it.

    A cue that `silences` makes the room silent whatever hangs: decks that a busy loop does not tell
    are told past it, and an engine that hangs altogether is ended.

    `key` says it on the live screen, with `key_words`; `asks_twice` wants that key again. `pick`
    is the parameter that can be chosen from a list there, by `pick_key`. With the screen locked
    only `when_locked` cues can be given.

    A cue that `moves` on from where the session stands means one step, however many hands say it
    for that place: the second is refused, unless it names with `pick` where to.
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
        """The key that opens the list of `pick`: the same one where nothing else can be meant,
        else its capital; "" where there is none."""
        if not self.pick:
            return ""
        return self.key if self.needs_words else self.key.upper()

    @property
    def needs_words(self) -> bool:
        """Whether its key alone would say too little."""
        return any(map(needed, self.params)) and not self.key_words

    @property
    def usage(self) -> str:
        """The cue and its parameters, as they are typed."""
        return " ".join([self.name, *(param.usage for param in self.params)])


def later(session: Session) -> str:
    """What is added to the answer of a cue whose effect nobody hears yet."""
    if session.silenced:
        return " (silent: heard at `resume`)"
    return " (paused: heard at `resume`)" if session.paused else ""
