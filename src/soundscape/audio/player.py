"""One deck's player, as the mixer drives it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal, Protocol

LOOKED_S = 0.25
"""Longest interval in seconds between two looks at players and sound server. During a longer one
the process itself was late, so that time is not counted against them."""

PlayerState = Literal["idle", "opening", "rolling", "frozen", "ended", "failed"]


@dataclass(frozen=True, slots=True)
class PlayerReading:
    """What a player says of itself. `heard` means that its sound reaches the output.

    `outside_db` is a gain that something else has given it since the last look, None if nothing
    has; `muted` means that somebody has muted it. `left_s` is how many seconds it can play on while
    its disk is slow; infinity if the disk answers.
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
        """Open a file and play it from `offset_s`, silently until `set_gain`. It starts `muted` if
        somebody has muted what played before, so that they can see that and undo it."""

    def set_gain(self, db: float) -> None:
        """Set the gain in dB; at or below `fade.MUTE_DB` it is silent."""

    def freeze(self) -> None:
        """Pause where it is."""

    def thaw(self) -> None:
        """Go on from where it was paused."""

    def stop(self) -> None:
        """Stop, and release the file."""

    def look(self, now: float) -> PlayerReading:
        """Return what it is doing."""

    def ends_at(self, now: float) -> float:
        """Tell when it will have ended if that is known, else infinity."""
