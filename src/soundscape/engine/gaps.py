"""Gaps of an engine: noticing a suspend, remembering where the decks were, taking over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from soundscape.core.events import Stamp
from soundscape.core.machine_facts import Recovered, Suspended
from soundscape.core.ports import Clock, Decks
from soundscape.core.reply import Reply
from soundscape.core.session import Session
from soundscape.core.text import lasting
from soundscape.protocol import Beat

LOOK_S = 0.4
"""Real seconds between two looks at the decks' positions."""

DECKS_LATE_S = 2.0
"""Seconds without a turn after which decks count as hung. The heartbeat then stops, and another
engine takes over."""

SLEPT_S = 1.0
"""A suspend shorter than this is none that anybody could hear."""

LATE_S = 10.0
"""A wait that ends so much later than it should is taken for a suspend that no clock tells of."""


@dataclass(frozen=True, slots=True)
class Still:
    """A stretch in which the machine stood still, on its clock."""

    since: float
    until: float
    suspended: bool


@dataclass(frozen=True, slots=True)
class Takeover:
    """How an engine takes over from an interrupted one.

    `zero` is the session's start on this engine's clock. `places` maps a token to the seconds into
    its file, for what sounded when the gap began. `answers` maps a request to an answer that may
    not have arrived. `device` is an output that somebody asked for; None keeps the last one.
    """

    gap: Recovered
    zero: float
    places: Mapping[int, float] = field(default_factory=dict)
    answers: Mapping[str, Reply] = field(default_factory=dict)
    device: str | None = None


class Watch(Protocol):
    """Whoever wants to know that the engine is alive."""

    @property
    def pid(self) -> int:
        """The supervisor's process id; 0 if there is none."""

    def beat(self, beat: Beat) -> None:
        """Report a turn of the engine's loop, and the present state."""

    def busy(self, seconds: float) -> None:
        """Announce that the loop will not turn for up to `seconds`, and is well."""


class Unwatched:
    """No supervisor: a rehearsal."""

    pid = 0

    def beat(self, beat: Beat) -> None:
        """Do nothing: nobody listens."""

    def busy(self, seconds: float) -> None:
        """Do nothing: nobody waits."""


class SuspendDetector:
    """Watches clock and decks in every turn of the engine's loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asleep = clock.asleep()
        self._wait_s = 0.0
        self._rested_at = clock.now()
        self._places: dict[int, float] = {}
        self._seen_at = clock.now()
        self._back_at = clock.now()

    def remember(self, session: Session, decks: Decks) -> bool:
        """Remember the decks' positions, which nobody could tell after a gap.

        Returns whether it was time to, and the decks turn.
        """
        now = self._clock.now()
        if self._clock.real_seconds(now - self._seen_at) < LOOK_S:
            return False
        if decks.late_s() > DECKS_LATE_S:
            return False
        at = {each.token: decks.position(each.token) for each in session.sounding}
        self._places = {token: place for token, place in at.items() if place is not None}
        self._seen_at = now
        return True

    def beat(self, stamp: Stamp) -> Beat:
        """Return what another engine would need to know, as last remembered."""
        return Beat(self._seen_at, stamp.at_s, stamp.boot, stamp.wall, self._places)

    def rest(self, wait_s: float) -> None:
        """Announce that nothing will happen for at most `wait_s` real seconds."""
        self._rested_at, self._wait_s = self._clock.now(), wait_s

    def look(self) -> Still | None:
        """Return the suspend that happened since the last look, or None. Ask after every rest."""
        now, asleep = self._clock.now(), self._clock.asleep()
        since, slept = self._rested_at, asleep - self._asleep
        late = self._clock.real_seconds(now - since) - self._wait_s
        self._asleep, self._rested_at = asleep, now
        if self._clock.real_seconds(slept) >= SLEPT_S:
            return Still(now - slept, now, suspended=True)
        return Still(since, now, suspended=False) if late >= LATE_S else None

    def is_news(self, since: float) -> bool:
        """Whether a suspend that began then is new: the session has not come back from it yet."""
        return since >= self._back_at

    def back(self, still: Still, zero: float) -> tuple[Suspended, dict[int, float]]:
        """Return the fact of a suspend that ends now, and the decks' positions at its beginning."""
        self._back_at = self._clock.now()
        wall = self._clock.wall()
        away_s = self._clock.real_seconds(self._back_at - still.since)
        who = "the machine slept" if still.suspended else "the machine stood still"
        gap = Suspended(
            f"{who} for {lasting(still.until - still.since)}",
            round(still.since - zero, 4),
            round(still.until - zero, 4),
            (wall - timedelta(seconds=away_s)).isoformat(timespec="milliseconds"),
            wall.isoformat(timespec="milliseconds"),
        )
        moved_s = max(0.0, still.since - self._seen_at)
        places = {token: place + moved_s for token, place in self._places.items()}
        self._places, self._seen_at = {}, self._back_at
        return gap, places
