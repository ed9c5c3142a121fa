"""A companion that does nothing but follow its session, for tests: `python -m toy_companion`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from soundscape.process.sidecars import Companion, serve


def work(companion: Companion, words: Sequence[str]) -> None:
    """Tell every look at the session, and the words it was started with."""
    seen: list[str] = []

    def heard(status: Mapping[str, Any] | None) -> None:
        seen.append("no answer" if status is None else str(status["arc"]))
        companion.tell(seen=seen[-20:], looks=len(seen))

    if "no" in words:
        raise OSError("it would not")
    companion.follow(heard)
    companion.ready(words=list(words))
    companion.wait()


if __name__ == "__main__":
    sys.exit(serve("toy", work, sys.argv[1:]))
