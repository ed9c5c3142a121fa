"""Clocks: the machine's own, a faster one, and a virtual one that jumps from event to event.
How the wall clock names a moment."""

from __future__ import annotations

import heapq
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from pathlib import Path

from soundscape.core.ports import Clock


def _reading(*names: str) -> float | None:
    """Read the first of these clocks that the platform has."""
    for name in names:
        clock = getattr(time, name, None)
        if clock is not None:
            return float(time.clock_gettime(clock))
    return None


class BootClock:
    """A clock that nobody can set and that counts a suspend, beside one that does not.

    On Linux these are CLOCK_BOOTTIME and CLOCK_MONOTONIC, on macOS CLOCK_MONOTONIC and
    CLOCK_UPTIME_RAW. On Windows there is only `time.monotonic`, which counts a suspend.
    """

    def now(self) -> float:
        """Seconds since the machine booted."""
        found = _reading("CLOCK_BOOTTIME", "CLOCK_MONOTONIC")
        return time.monotonic() if found is None else found

    def asleep(self) -> float:
        """Seconds of these in which it was suspended; 0.0 if the platform does not tell."""
        names = ("CLOCK_MONOTONIC",) if hasattr(time, "CLOCK_BOOTTIME") else ("CLOCK_UPTIME_RAW",)
        awake = _reading(*names)
        return 0.0 if awake is None else BootClock.now(self) - awake

    def wall(self) -> datetime:
        """The wall clock, with its UTC offset."""
        return datetime.now().astimezone()

    def boot_id(self) -> str:
        """The kernel's id for this boot; "" if it has none."""
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        except OSError:
            return ""

    def real_seconds(self, seconds: float) -> float:
        """A real second is a second."""
        return seconds

    def pass_by(self, seconds: float) -> float:
        """Return the whole wait: only waiting makes time pass."""
        return self.real_seconds(seconds)


class FastClock(BootClock):
    """The boot clock running `speed` times as fast since it showed `zero`, by default now."""

    def __init__(self, speed: float, zero: float | None = None) -> None:
        self._speed = speed
        self._zero = super().now() if zero is None else zero

    def now(self) -> float:
        """Seconds, of which `speed` pass in a real one."""
        return self.at(super().now())

    def at(self, boot_s: float) -> float:
        """Return its reading when the boot clock read `boot_s`."""
        return self._zero + (boot_s - self._zero) * self._speed

    def asleep(self) -> float:
        """As fast as `now`."""
        return super().asleep() * self._speed

    def real_seconds(self, seconds: float) -> float:
        """A second of this clock is less than a real one."""
        return seconds / self._speed


class VirtualClock:
    """A clock for rehearsals: it begins at zero and jumps to whatever comes next.

    `begins` is the wall clock's time at zero; its zone's summer time is kept.
    """

    def __init__(self, begins: datetime) -> None:
        self._begins = begins
        self._now = 0.0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, time_s: float, do: Callable[[], None]) -> None:
        """Call `do` when the clock reaches `time_s`; calls for one time keep their order."""
        self._count += 1
        heapq.heappush(self._agenda, (time_s, self._count, do))

    def now(self) -> float:
        """Seconds since zero."""
        return self._now

    def asleep(self) -> float:
        """Return 0: a rehearsal is never suspended."""
        return 0.0

    def wall(self) -> datetime:
        """The wall clock's time in the zone of `begins`."""
        return datetime.fromtimestamp(self._begins.timestamp() + self._now, self._begins.tzinfo)

    def boot_id(self) -> str:
        """A fixed word: this is no machine's boot."""
        return "rehearsal"

    def real_seconds(self, seconds: float) -> float:
        """Return the seconds unchanged."""
        return seconds

    def pass_by(self, seconds: float) -> float:
        """Jump ahead, at most to the first call on the way; nobody has to wait."""
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


def _local(moment: float) -> datetime:
    """Return the local time of a timestamp, without its offset."""
    return datetime.fromtimestamp(moment).astimezone().replace(tzinfo=None)


def showings(text: str, now: float) -> list[float] | None:
    """List when the wall clock shows HH:MM: timestamps from yesterday to the day after tomorrow.

    Returns None if `text` is not a time of day. An hour that summer time repeats is shown twice;
    one that it skips is not shown on that day.
    """
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip())
    if not found:
        return None
    today = _local(now).replace(second=0, microsecond=0)
    shown = []
    for days in (-1, 0, 1, 2):
        for fold in (0, 1):
            then = today + timedelta(days=days)
            then = then.replace(hour=int(found[1]), minute=int(found[2]), fold=fold)
            if _local(then.timestamp()) == then.replace(fold=0):
                shown.append(then.timestamp())
    return shown


class WallMoments:
    """Names moments of a session by the wall clock; the session is `now_s` seconds old."""

    def __init__(self, clock: Clock, now_s: float) -> None:
        self._clock = clock
        self._now_s = now_s

    def name(self, at_s: float) -> str:
        """Name a moment as HH:MM in local time."""
        away_s = self._clock.real_seconds(at_s - self._now_s)
        moment = self._clock.wall().timestamp() + away_s
        return datetime.fromtimestamp(moment).astimezone().strftime("%H:%M")

    def last(self, text: str) -> float | None:
        """Return when the wall clock last showed HH:MM, in seconds from the session's start."""
        now = self._clock.wall().timestamp()
        past = [moment for moment in showings(text, now) or () if moment <= now]
        return self._now_s - (now - max(past)) if past else None
