"""Clocks: the machine's own, the same one running faster, and one that jumps from one thing to
the next; and what the wall clock calls a moment."""

from __future__ import annotations

import heapq
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from pathlib import Path

from soundscape.core.ports import Clock


class BootClock:
    """CLOCK_BOOTTIME where there is one: nobody can set it, and it counts a suspend.

    On macOS and Windows `time.monotonic` stands in, which counts a suspend on macOS only.
    """

    def now(self) -> float:
        """Seconds since the machine booted."""
        boottime = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if boottime is None else time.clock_gettime(boottime)

    def wall(self) -> datetime:
        """The wall clock, with its UTC offset."""
        return datetime.now().astimezone()

    def boot_id(self) -> str:
        """The kernel's name for this boot; "" where it has none."""
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        except OSError:
            return ""

    def real_seconds(self, seconds: float) -> float:
        """A real second is a second."""
        return seconds

    def pass_by(self, seconds: float) -> float:
        """Nothing but waiting makes it pass."""
        return self.real_seconds(seconds)


class FastClock(BootClock):
    """The boot clock running `speed` times as fast from now on."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._zero = super().now()

    def now(self) -> float:
        """Seconds, of which `speed` pass in a real one."""
        return self._zero + (super().now() - self._zero) * self._speed

    def real_seconds(self, seconds: float) -> float:
        """A second of this clock is less than a real one."""
        return seconds / self._speed


class VirtualClock:
    """A clock for rehearsals: it goes at once to whatever comes next, and begins at zero.

    `begins` is what the wall shows then. `at` has something done at a time on the way.
    """

    def __init__(self, begins: datetime) -> None:
        self._begins = begins
        self._now = 0.0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, time_s: float, do: Callable[[], None]) -> None:
        """Have something done when the clock comes to `time_s`; things of one time in order."""
        self._count += 1
        heapq.heappush(self._agenda, (time_s, self._count, do))

    def now(self) -> float:
        """Seconds since it began."""
        return self._now

    def wall(self) -> datetime:
        """When it began, and the seconds since."""
        return self._begins + timedelta(seconds=self._now)

    def boot_id(self) -> str:
        """No boot of any machine."""
        return "rehearsal"

    def real_seconds(self, seconds: float) -> float:
        """Told as if it were real."""
        return seconds

    def pass_by(self, seconds: float) -> float:
        """Go there at once, or to the first thing on the way."""
        until = self._now + seconds
        if self._agenda and self._agenda[0][0] <= until:
            time_s, _, do = heapq.heappop(self._agenda)
            self._now = max(self._now, time_s)
            do()
        elif seconds != inf:
            self._now = until
        else:
            raise RuntimeError("nothing is left that could happen")
        return 0.0


class WallMoments:
    """What the wall clock calls the moments of a session that is `now_s` old."""

    def __init__(self, clock: Clock, now_s: float) -> None:
        self._clock = clock
        self._now_s = now_s

    def name(self, at_s: float) -> str:
        """HH:MM in local time, summer time and all."""
        away_s = self._clock.real_seconds(at_s - self._now_s)
        moment = self._clock.wall().timestamp() + away_s
        return datetime.fromtimestamp(moment).astimezone().strftime("%H:%M")

    def last(self, text: str) -> float | None:
        """When the wall clock last showed HH:MM, in seconds from the session's start."""
        found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip())
        if not found:
            return None
        wall = self._clock.wall()
        then = wall.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
        if then > wall:
            then -= timedelta(days=1)
        return self._now_s - (wall - then).total_seconds()
