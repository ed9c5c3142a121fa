"""Gaps of an engine: noticing that all stood still, knowing where the decks were, taking over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from soundscape.clock import Still, Vigil
from soundscape.core.events import Recovered, Stamp, Suspended
from soundscape.core.ports import Clock, Decks
from soundscape.core.reply import Reply
from soundscape.core.session import Session
from soundscape.core.words import lasting

LOOK_S = 0.4
"""How often, in real seconds, the decks' places are remembered."""

DECKS_LATE_S = 2.0
"""Decks that have not turned for so long hang: the heartbeat stops, and another engine goes on."""


@dataclass(frozen=True, slots=True)
class Comeback:
    """How an engine takes over from one that broke off.

    `zero` is when the session began, on the clock of this engine; `places` are seconds into their
    files of what sounded at the gap's beginning, by token; `answers` what askers may not have got,
    by request; `device` is the output that somebody asked for with it, None for the last one.
    """

    gap: Recovered
    zero: float
    places: Mapping[int, float] = field(default_factory=dict)
    answers: Mapping[str, Reply] = field(default_factory=dict)
    device: str | None = None


class Lookout:
    """Looks at clock and decks with every turn of the engine's loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._vigil = Vigil(clock)
        self._places: dict[int, float] = {}
        self._seen_at = clock.now()
        self._back_at = clock.now()

    def remember(self, session: Session, decks: Decks) -> bool:
        """Remember where the decks are: after a gap nobody could say. Whether it was time to,
        and they turn."""
        now = self._clock.now()
        if self._clock.real_seconds(now - self._seen_at) < LOOK_S:
            return False
        if decks.late_s() > DECKS_LATE_S:
            return False
        at = {each.token: decks.position(each.token) for each in session.sounding}
        self._places = {token: place for token, place in at.items() if place is not None}
        self._seen_at = now
        return True

    def state(self, stamp: Stamp) -> dict[str, Any]:
        """What another engine would have to know, as it was remembered last."""
        return {
            "at": self._seen_at,
            "at_s": stamp.at_s,
            "boot": stamp.boot,
            "wall": stamp.wall,
            "places": self._places,
        }

    def rest(self, wait_s: float) -> None:
        """Nothing will be done for at most `wait_s` real seconds."""
        self._vigil.mark(wait_s)

    def look(self) -> Still | None:
        """Whether the machine stood still since then."""
        return self._vigil.look()

    def is_news(self, since: float) -> bool:
        """Whether a standstill that began then is not one that the session came back from."""
        return since >= self._back_at

    def back(self, still: Still, zero: float) -> tuple[Suspended, dict[int, float]]:
        """The session comes back now: the fact of it, and where the decks were at its beginning."""
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
