"""Guard: a mistake in one step of a loop costs that step alone, and is told."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

TOLD_AGAIN_S = 60.0
"""Seconds before the same mistake at the same step is told again: a step may be taken often."""

log = logging.getLogger(__name__)


class Guard:
    """Takes steps. `tell` is given a mistake in words; what it raises itself goes to the log."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: dict[tuple[str, str], float] = {}

    def step(self, name: str, do: Callable[[], object]) -> bool:
        """Take a step; whether it went well. Raises nothing but MemoryError: a fresh process has
        some memory, this one would only seem to go on."""
        try:
            do()
        except MemoryError:
            raise
        except Exception as error:
            self._meet(name, error)
            return False
        return True

    def _meet(self, name: str, error: Exception) -> None:
        key = (name, type(error).__name__)
        now = time.monotonic()
        if now - self._told.get(key, -TOLD_AGAIN_S) < TOLD_AGAIN_S:
            return
        self._told[key] = now
        log.exception("a mistake in %s; all else goes on", name)
        try:
            self._tell(f"inner error: {key[1]} in {name}")
        except MemoryError:
            raise
        except Exception:
            log.exception("the mistake could not be told")
