"""Player: one deck's machinery, as the mixer drives it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal, Protocol

LOOKED_S = 0.25
"""Players and sound server are looked at more often than this. What lies between two looks further
apart is time that the program itself was late by: it says nothing of either, and is not counted."""

PlayerState = Literal["idle", "opening", "rolling", "frozen", "ended", "failed"]


@dataclass(frozen=True, slots=True)
class Look:
    """What a player says of itself. `heard` is whether its sound reaches the output.

    `outside_db` is the gain that somebody else has given it since the last look, None where nobody
    has; `muted` is whether somebody has muted it. `left_s` is how many seconds it can play on while
    its disk is slow to answer; infinity where the disk answers.
    """

    state: PlayerState
    position_s: float = 0.0
    heard: bool = False
    outside_db: float | None = None
    muted: bool = False
    left_s: float = inf


class Player(Protocol):
    """Plays one file at a time. All calls come from one thread."""

    def start(self, path: str, offset_s: float, muted: bool = False) -> None:
        """Open a file and play it from `offset_s`, silently until `set_gain`; `muted` where
        somebody has muted what played before it, so that whoever did can see it and undo it."""

    def set_gain(self, db: float) -> None:
        """Set the gain; at or under `fade.MUTE_DB` it is nothing."""

    def freeze(self) -> None:
        """Stop where it is and wait."""

    def thaw(self) -> None:
        """Go on from where it waits."""

    def stop(self) -> None:
        """Stop, and let the file go."""

    def look(self, now: float) -> Look:
        """What it is doing."""

    def ends_at(self, now: float) -> float:
        """When it will have ended, where that is known; else infinity."""
