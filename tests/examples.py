"""How many examples Hypothesis tries: all of them with `script/test --full`, a quarter in the quick
part."""

from __future__ import annotations

import os

QUICK = os.environ.get("SOUNDSCAPE_TESTS") == "quick"


def examples(number: int) -> int:
    """That many in a full run."""
    return max(number // 4, 5) if QUICK else number
