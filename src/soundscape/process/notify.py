"""Telling a service manager how it stands: systemd's protocol, a datagram of plain text.

See sd_notify(3) and systemd.service(5). Without `NOTIFY_SOCKET` in the environment nothing is told,
and nothing that cannot be told ever disturbs the session.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping

BEATS = 3
"""Signs of life for each stretch that the watchdog waits."""


class Notifier:
    """Speaks to whoever started this. `watchdog_s` 0 is no watchdog."""

    def __init__(self, address: str = "", watchdog_s: float = 0.0) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every_s = watchdog_s / BEATS
        self._beat_at = 0.0

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Notifier:
        """The one that an environment names; a watchdog's time that is no number is none."""
        wait = environment.get("WATCHDOG_USEC", "")
        wait_s = int(wait) / 1e6 if wait.isdecimal() else 0.0
        return cls(environment.get("NOTIFY_SOCKET", ""), wait_s)

    def ready(self, status: str) -> None:
        """It has begun; `status` is shown to whoever asks, and may be read by anybody."""
        self._tell(f"READY=1\nSTATUS={status}\nWATCHDOG=1")

    def beat(self) -> None:
        """A sign of life, passed on as often as the watchdog needs it."""
        now = time.monotonic()
        if self._every_s and now - self._beat_at >= self._every_s:
            self._beat_at = now
            self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """It is on its way out, which may take as long as the closing fade."""
        self._tell("STOPPING=1\nSTATUS=closing")

    def _tell(self, message: str) -> None:
        if not self._address or not hasattr(socket, "AF_UNIX"):
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.setblocking(False)  # A manager that does not listen holds up no music.
                line.connect(self._address)
                line.send(message.encode())
        except OSError:
            pass
