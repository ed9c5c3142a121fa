"""How a person who looked on and the session parted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parted:
    """How the person and the session parted: it is `over`, or they left it. `unanswered` are the
    cues that had no answer yet; `broke` is what was wrong where the screen itself gave up."""

    over: bool
    unanswered: tuple[str, ...] = ()
    broke: str = ""
