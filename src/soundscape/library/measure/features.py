"""The parts of a track's intensity, and the formula that makes one number of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

INTENSITY_VERSION = 3
"""Raised when the same sound would come out differently; the index then measures again."""

_ANCHORS = {
    # feature: where it counts 0, 0.8 and 1; its weight; whether it goes by ratio
    "motion": (0.2, 1.0, 10.0, 0.40, True),
    "pulse": (0.15, 0.6, 1.0, 0.30, False),
    "onsets_per_s": (0.05, 1.0, 6.0, 0.15, True),
    "fullness": (0.4, 0.8, 1.0, 0.10, False),
    "low_motion": (0.2, 4.0, 16.0, 0.05, True),
}


@dataclass(frozen=True, slots=True)
class Features:
    """The parts of the estimate, in the units of the table above."""

    motion: float = 0.0
    pulse: float = 0.0
    onsets_per_s: float = 0.0
    fullness: float = 0.0
    low_motion: float = 0.0


def intensity_of(features: Features) -> float:
    """The formula: each feature between its anchors, averaged by weight. Pure, 0 to 1."""
    total = 0.0
    for name, (zero, most, one, weight, by_ratio) in _ANCHORS.items():
        value = getattr(features, name)
        if by_ratio:
            value, zero, most, one = (math.log(max(v, 1e-9)) for v in (value, zero, most, one))
        low = min(1.0, max(0.0, (value - zero) / (most - zero)))
        high = min(1.0, max(0.0, (value - most) / (one - most)))
        total += weight * (0.8 * low + 0.2 * high)
    return min(1.0, total)
