"""Clocks: the machine's own, and the same one running faster for the null decks."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path


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
