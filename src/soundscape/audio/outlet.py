"""Outlet: whether what the decks play reaches an output, by what the sound server says. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

SILENCE_OF_SERVER_S = 2.0
"""A server that has said nothing for this long does not answer any more."""

LISTENED_S = 0.5
"""Decks look at least so often; what lies between two looks further apart they slept through."""

ASKED_S = 0.75
"""A server that answers is asked at least so often."""

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
        self._unanswered_s = self._untaken_s = 0.0
        self._listened_at: float | None = None

    def see(self, seen: Seen) -> None:
        """Take what the server said last."""
        last = self.seen
        before = last.streams if last else {}
        if last is not None and not seen.up and last.taking and seen.at - last.at <= ASKED_S:
            # It answered to the end: what it was given was heard until its connection broke.
            self._taken_at = seen.at
        self._moved |= any(
            number in before and before[number] != output for number, output in seen.streams.items()
        )
        self.seen = seen
        self._unanswered_s = 0.0
        if seen.taking and not self._moved:
            self._taken_at = seen.at

    def trouble(self, now: float, plays: bool) -> str:
        """Why nothing is heard; "" where all is well. `plays`: whether any deck should be."""
        seen = self.seen
        listened_s = self._listen(now)
        if seen is None:
            return ""
        if not seen.up:
            return "the sound server is gone"
        if self._unanswered_s > SILENCE_OF_SERVER_S:
            return "the sound server does not answer"
        if not seen.output:
            return "no output device is left"
        if not plays:
            self._moved, self._untaken_s = False, 0.0
            return ""
        if self._moved:
            return "the output has changed"
        self._untaken_s = 0.0 if seen.taking else self._untaken_s + listened_s
        return "the output takes no sound" if self._untaken_s > UNTAKEN_S else ""

    def _listen(self, now: float) -> float:
        """How long the server was listened to since the last time: a gap in which nobody did,
        because the whole machine slept, does not count."""
        seconds = min(now - self._listened_at, LISTENED_S) if self._listened_at is not None else 0.0
        self._listened_at = now
        self._unanswered_s += seconds
        return seconds

    def last_taken(self, now: float) -> float:
        """The last instant at which an output was known to have our sound; `now` without server."""
        return now if self._taken_at is None else min(self._taken_at, now)

    def lost(self) -> None:
        """The decks have let go of their streams: what moved is over."""
        self._moved, self._untaken_s = False, 0.0
        if self.seen is not None:
            self.seen = replace(self.seen, streams={})

    def promising(self, now: float) -> bool:
        """Whether there is an output that is worth trying."""
        self._listen(now)
        seen = self.seen
        answers = self._unanswered_s <= SILENCE_OF_SERVER_S
        return seen is None or (seen.up and bool(seen.output) and answers)

    def takes(self, since: float) -> bool:
        """Whether an output has taken a stream of ours after `since`; yes without a server."""
        return self.seen is None or (self.seen.taking and self.seen.at > since)
