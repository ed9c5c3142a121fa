"""Waiting for something that happens at some time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 150.0
"""Seconds that anything may take before a test gives up, on a machine with other work to do. Tests
wait for what happens, so it costs nothing; nothing is measured by it."""


def until(
    what: Callable[[], Any],
    why: str | Callable[[], object] = "",
    patience_s: float = PATIENCE_S,
    pause_s: float = 0.02,
) -> Any:
    """Ask again every `pause_s` until the answer is true, and return it.

    Raises `AssertionError` with `why` after `patience_s`.
    """
    deadline = time.monotonic() + patience_s
    while not (found := what()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"waited in vain {why() if callable(why) else why}")
        time.sleep(pause_s)
    return found
