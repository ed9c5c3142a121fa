"""Outlet: whether what the decks play reaches an output, by what the sound server says. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

SILENCE_OF_SERVER_S = 2.0
"""A server that has said nothing for this long does not answer any more."""

LISTENED_S = 0.5
"""Decks look at least so often; what lies between two looks further apart they slept through."""

UNTAKEN_S = 1.5
"""How long a deck may play before its stream has to be at an output, and may be away from it:
libVLC holds a stream back for about half a second when it starts."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the sound server says of itself and of this process, at `at`.

    `up`: it answers. `output` names the output in use, "" where there is none with a device behind
    it. `volume` (1.0 is 100 %), `muted` and `asleep` (suspended) are the output's. `flat`: streams
    and output share one volume. `streams`: the output of each of our streams, by their numbers.
    """

    at: float
    up: bool = True
    output: str = ""
    volume: float = 1.0
    muted: bool = False
    asleep: bool = False
    flat: bool = False
    streams: Mapping[int, str] = field(default_factory=dict)

    @property
    def taking(self) -> bool:
        """Whether an output that is awake has a stream of ours."""
        return self.up and bool(self.output) and bool(self.streams) and not self.asleep


class Outlet:
    """What was seen of the server, and what follows from it. Without a server nothing does."""

    def __init__(self) -> None:
        self.seen: Seen | None = None
        self._taken_at: float | None = None
        self._moved = False
        self._waited_s = 0.0
        self._waited_at: float | None = None

    def see(self, seen: Seen) -> None:
        """Take what the server said last."""
        before = self.seen.streams if self.seen else {}
        self._moved |= any(
            number in before and before[number] != output for number, output in seen.streams.items()
        )
        self.seen = seen
        self._waited_s = 0.0
        if seen.taking and not self._moved:
            self._taken_at = seen.at

    def trouble(self, now: float, plays_since: float | None) -> str:
        """Why nothing is heard; "" where all is well. `plays_since`: since when any deck has been
        heard without a break; None where none plays."""
        seen = self.seen
        self._wait(now)
        if seen is None:
            return ""
        if not seen.up:
            return "the sound server is gone"
        if self._waited_s > SILENCE_OF_SERVER_S:
            return "the sound server does not answer"
        if not seen.output:
            return "no output device is left"
        if plays_since is None:
            self._moved = False
            return ""
        if self._moved:
            return "the output has changed"
        away_s = now - max(plays_since, self._taken_at or plays_since)
        return "the output takes no sound" if away_s > UNTAKEN_S else ""

    def _wait(self, now: float) -> None:
        """Count how long the server has said nothing: only time in which it was listened to."""
        if self._waited_at is not None:
            self._waited_s += min(now - self._waited_at, LISTENED_S)
        self._waited_at = now

    def last_taken(self, now: float) -> float:
        """The last instant at which an output was known to have our sound; `now` without server."""
        return now if self._taken_at is None else min(self._taken_at, now)

    def lost(self) -> None:
        """The decks have let go of their streams: what moved is over."""
        self._moved = False
        if self.seen is not None:
            self.seen = replace(self.seen, streams={})

    def promising(self, now: float) -> bool:
        """Whether there is an output that is worth trying."""
        self._wait(now)
        seen = self.seen
        answers = self._waited_s <= SILENCE_OF_SERVER_S
        return seen is None or (seen.up and bool(seen.output) and answers)

    def takes(self, since: float) -> bool:
        """Whether an output has taken a stream of ours after `since`; yes without a server."""
        return self.seen is None or (self.seen.taking and self.seen.at > since)
