"""The engine's side of its supervisor: a sign of life, and what another engine would have to know.

Each beat is one line of JSON in a pipe. It is never waited for: a supervisor that does not read
costs the music nothing. One that is gone is replaced: an engine does not play unwatched.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

AGAIN_S = 1.0
"""So long after a supervisor has gone the next one is started, at the earliest."""


class Watch(Protocol):
    """Whoever wants to know that the engine lives."""

    @property
    def pid(self) -> int:
        """The supervisor's process; 0 where there is none."""

    def beat(self, state: Mapping[str, Any]) -> None:
        """The engine's loop turns; how things stand."""

    def busy(self, seconds: float) -> None:
        """It will not turn for up to so long, and is well."""


class Unwatched:
    """Nobody watches: a rehearsal."""

    pid = 0

    def beat(self, state: Mapping[str, Any]) -> None:
        """Nobody listens."""

    def busy(self, seconds: float) -> None:
        """Nobody waits."""


class Watched:
    """A supervisor at the other end of the pipe `write`.

    `start` starts another one and returns its process and the pipe to it. `mind` is called with
    every beat.
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
        """What is played from here on, and how it is reached: kept for the next supervisor too."""
        self._last = {"playing": dict(facts)}
        self._say(self._last)

    def beat(self, state: Mapping[str, Any]) -> None:
        """A sign of life."""
        self._say({"beat": dict(state)})
        self._mind()

    def busy(self, seconds: float) -> None:
        """The next sign of life may be so far off."""
        self._say({"busy": seconds})

    def over(self) -> None:
        """The session is closed: what comes now is no crash."""
        self._say({"over": True})

    def _say(self, message: Mapping[str, Any]) -> None:
        try:
            os.write(self._write, json.dumps(message).encode() + b"\n")
        except BlockingIOError:
            pass  # It has not read for minutes; perhaps it will.
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
