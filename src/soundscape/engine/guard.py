"""Guard: an error in one step of a loop costs only that step, and is reported."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

TOLD_AGAIN_S = 60.0
"""Seconds before the same error of the same step is reported again: steps are frequent."""

log = logging.getLogger(__name__)


class Guard:
    """Takes steps. `tell` is called with an error in words; its own errors go to the log."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: dict[tuple[str, str], float] = {}

    def step(self, name: str, do: Callable[[], object]) -> bool:
        """Take a step; return whether it succeeded.

        Raises only MemoryError: a fresh process has memory again, this one would only seem to work.
        """
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
        log.exception("internal error in %s; everything else goes on", name)
        try:
            self._tell(f"internal error: {key[1]} in {name}")
        except MemoryError:
            raise
        except Exception:
            log.exception("the error could not be reported")
