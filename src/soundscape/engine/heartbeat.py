"""The engine's heartbeat to its supervisor, with what another engine would need to know.

Each beat is one line of JSON in a pipe. Nothing waits for it: a supervisor that does not read never
delays the music. A dead supervisor is replaced: an engine does not play without one.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

AGAIN_S = 1.0
"""Least seconds between the starts of two supervisors."""


class Watch(Protocol):
    """Whoever wants to know that the engine is alive."""

    @property
    def pid(self) -> int:
        """The supervisor's process id; 0 if there is none."""

    def beat(self, state: Mapping[str, Any]) -> None:
        """Report a turn of the engine's loop, and the present state."""

    def busy(self, seconds: float) -> None:
        """Announce that the loop will not turn for up to `seconds`, and is well."""


class Unwatched:
    """No supervisor: a rehearsal."""

    pid = 0

    def beat(self, state: Mapping[str, Any]) -> None:
        """Do nothing: nobody listens."""

    def busy(self, seconds: float) -> None:
        """Do nothing: nobody waits."""


class Heartbeat:
    """A supervisor at the other end of the pipe `write`.

    `start` starts another one and returns its process id and its pipe. `mind` is called with every
    beat.
    """

    def __init__(
        self, write: int, pid: int, start: Callable[[], tuple[int, int]], mind: Callable[[], None]
    ) -> None:
        self._write = write
        self._start = start
        self._mind = mind
        self._started = -AGAIN_S
        self._last: dict[str, Any] = {}
        self.pid = pid
        os.set_blocking(write, False)

    def playing(self, facts: Mapping[str, Any]) -> None:
        """Say what is played and how it is reached; also kept for the next supervisor."""
        self._last = {"playing": dict(facts)}
        self._say(self._last)

    def beat(self, state: Mapping[str, Any]) -> None:
        """Send a heartbeat."""
        self._say({"beat": dict(state)})
        self._mind()

    def busy(self, seconds: float) -> None:
        """Announce that the next heartbeat may be `seconds` away."""
        self._say({"busy": seconds})

    def over(self) -> None:
        """Say that the session is closed: an exit from now on is no crash."""
        self._say({"over": True})

    def _say(self, message: Mapping[str, Any]) -> None:
        try:
            os.write(self._write, json.dumps(message).encode() + b"\n")
        except BlockingIOError:
            pass  # It has not read for minutes; it may read again.
        except OSError:
            self._replace()

    def _replace(self) -> None:
        if time.monotonic() - self._started < AGAIN_S:
            return
        self._started = time.monotonic()
        os.close(self._write)
        self.pid, self._write = self._start()
        os.set_blocking(self._write, False)
        if self._last:
            self._say(self._last)
