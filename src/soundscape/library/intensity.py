"""How activating a piece of music is, 0 to 1, from the sound itself; never from its loudness.

A first estimate, for tracks that no tag or playlist speaks for. Five features, each of a mono
decode at 11,025 Hz, each independent of gain (everything is in dB relative to the piece's own
level, or a ratio), each put on 0 to 1 between two anchors, then averaged by weight:

=============  =====================================================  ==================  ======
feature        what it is                                             0 .. 0.8 .. 1       weight
=============  =====================================================  ==================  ======
flux_db_per_s  how fast the spectrum's bands rise, mean, dB a second  3 .. 18 .. 60       0.40
fullness       share of 24 bands within 30 dB of the strongest        0.45 .. 0.75 .. 0.9 0.20
onsets_per_s   starts of notes and beats that stand out, each second  0.1 .. 2 .. 6       0.20
brightness     energy-weighted mean pitch, in octaves over 100 Hz     0.8 .. 2.2 .. 3     0.10
low_motion     how the bass (under 160 Hz) moves, dB, by its share    0.2 .. 2.5 .. 8     0.10
=============  =====================================================  ==================  ======

The anchors and weights are judgment, set so that slow instrumental music spreads over most of the
range: a still tone comes out near 0, sparse pads under 0.25, fast, full, bright beats over 0.7.
The starter music, whose makers know how activating each piece is, comes out in its own order. The
shape within the track is kept as well: the same estimate for its first, middle and last third, for
the planner's seams.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundscape.library.spectrum import (
    FRAMES_A_SECOND,
    STEP_DB,
    band_centres,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLOOR_DB = -50.0
"""What lies further under the piece's own level counts as silence: hiss and codec dust."""

INTENSITY_VERSION = 2
"""Raised when the same sound would come out differently; the index then measures again."""

MOST_RISE_DB = 15.0
"""More than this in one frame is one start, however deep the silence before it was."""

_ANCHORS = {
    # feature: where it counts 0, 0.8 and 1, and its weight
    "flux_db_per_s": (3.0, 18.0, 60.0, 0.40),
    "fullness": (0.45, 0.75, 0.9, 0.20),
    "onsets_per_s": (0.1, 2.0, 6.0, 0.20),
    "brightness": (0.8, 2.2, 3.0, 0.10),
    "low_motion": (0.2, 2.5, 8.0, 0.10),
}


@dataclass(frozen=True, slots=True)
class Features:
    """The parts of the estimate, in the units of the table above."""

    onsets_per_s: float = 0.0
    flux_db_per_s: float = 0.0
    brightness: float = 0.0
    fullness: float = 0.0
    low_motion: float = 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Intensity of the whole, its features, and the intensity of each third."""

    intensity: float
    features: Features
    shape: tuple[float, float, float]


def intensity_of(features: Features) -> float:
    """The formula: each feature between its anchors, averaged by weight. Pure, 0 to 1."""
    total = 0.0
    for name, (zero, most, one, weight) in _ANCHORS.items():
        value = getattr(features, name)
        low = min(1.0, max(0.0, (value - zero) / (most - zero)))
        high = min(1.0, max(0.0, (value - most) / (one - most)))
        total += weight * (0.8 * low + 0.2 * high)
    return min(1.0, total)


def estimate(levels: NDArray[np.int16]) -> Estimate:
    """Estimate a piece by its `Spectrum.levels`. Silence comes out as 0."""
    import numpy as np

    if not len(levels):
        return Estimate(0.0, Features(), (0.0, 0.0, 0.0))
    power = 10 ** (levels.astype(np.float64) * (STEP_DB / 10))
    frame_power = power.sum(axis=1)
    mean = float(frame_power.mean())
    if mean <= 1e-20:
        return Estimate(0.0, Features(), (0.0, 0.0, 0.0))
    level = 10 * np.log10(power / mean + 10 ** (FLOOR_DB / 10))
    sounding = frame_power > mean * 10 ** (FLOOR_DB / 10)
    whole = _features(level, power, sounding)
    thirds = [
        _features(*part)
        for part in zip(*(np.array_split(a, 3) for a in (level, power, sounding)), strict=True)
    ]
    first, middle, last = (intensity_of(part) for part in thirds)
    return Estimate(intensity_of(whole), whole, (first, middle, last))


def _features(
    level: NDArray[np.float64], power: NDArray[np.float64], sounding: NDArray[np.bool_]
) -> Features:
    """The features of a stretch: `level` in dB over the piece's mean, with a floor under it."""
    import numpy as np

    if len(level) < 3 or not sounding.any():
        return Features()
    seconds = max(float(sounding.sum()) / FRAMES_A_SECOND, 1.0)
    rises = np.clip(np.diff(level, axis=0), 0.0, MOST_RISE_DB)
    # A band far under the strongest one is not heard moving.
    heard = level[1:] > level.max(axis=1, keepdims=True)[1:] - 40.0
    flux = np.where(heard, rises, 0.0).mean(axis=1)

    centre = band_centres()
    energy = power.sum(axis=0)
    octaves = np.log2(np.maximum(centre, 1.0) / 100.0)
    brightness = float((energy * octaves).sum() / max(energy.sum(), 1e-30))

    strongest = level.max(axis=1, keepdims=True)
    fullness = float((level[sounding] > strongest[sounding] - 30.0).mean())

    bass = power[:, centre < 160.0].sum(axis=1)
    share = float(bass.sum() / max(power.sum(), 1e-30))
    bass_level = 10 * np.log10(bass / max(float(bass.mean()), 1e-30) + 10 ** (FLOOR_DB / 10))
    # Motion faster than about 2 s: what is slower is the piece's own swell.
    motion = float(np.std(bass_level - _smooth(bass_level, 43))) if len(bass) > 43 else 0.0
    return Features(
        onsets_per_s=_onsets(flux) / seconds,
        flux_db_per_s=float(flux.sum()) / seconds,
        brightness=brightness,
        fullness=fullness,
        low_motion=motion * min(1.0, 2.0 * share),
    )


def _onsets(flux: NDArray[np.float64]) -> int:
    """Peaks of the rise that stand out of their second: at least 0.7 dB, twice what is around."""
    import numpy as np

    if len(flux) < 3:
        return 0
    around = _smooth(flux, 21)
    peak = (flux[1:-1] > flux[:-2]) & (flux[1:-1] >= flux[2:])
    return int(np.count_nonzero(peak & (flux[1:-1] > 0.7) & (flux[1:-1] > 2.0 * around[1:-1])))


def _smooth(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Moving mean over `width` frames (odd), shorter at the ends."""
    import numpy as np

    ones = np.ones(min(width, len(values)))
    total = np.convolve(values, ones, "same")
    return total / np.convolve(np.ones(len(values)), ones, "same")
