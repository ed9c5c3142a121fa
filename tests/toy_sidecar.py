"""A sidecar that does nothing but follow its session, for tests: `python -m toy_sidecar`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from soundscape.process.sidecars import SidecarProcess, serve


def work(sidecar: SidecarProcess, words: Sequence[str]) -> None:
    """Tell every look at the session, and the words it was started with."""
    seen: list[str] = []

    def heard(status: Mapping[str, Any] | None) -> None:
        seen.append("no answer" if status is None else str(status["arc"]))
        sidecar.tell(seen=seen[-20:], looks=len(seen))

    if "no" in words:
        raise OSError("it would not")
    sidecar.follow(heard)
    sidecar.ready(words=list(words))
    sidecar.wait()


if __name__ == "__main__":
    sys.exit(serve("toy", work, sys.argv[1:]))
