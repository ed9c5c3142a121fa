"""How activating a piece of music is, 0 to 1, from the sound itself; never from its loudness.

For tracks that no tag or playlist speaks for. Five features of the `Spectrum` (24 bands of a mono
copy, up to 5.4 kHz), each independent of gain (a ratio, or dB relative to the piece's own level),
each put on 0 to 1 between three anchors, then averaged by weight:

============  =====================================================  =================  ======
feature       what it is                                             0 .. 0.8 .. 1      weight
============  =====================================================  =================  ======
motion        how far the bands rise within 140 ms, more than idly   0.2 .. 1 .. 10     0.40
pulse         how regularly that comes back, 0 to 1                  0.15 .. 0.6 .. 1   0.30
onsets_per_s  starts of notes and beats that stand out, each second  0.05 .. 1 .. 6     0.15
fullness      share of the bands within 30 dB of the strongest       0.4 .. 0.8 .. 1    0.10
low_motion    how the bass (under 160 Hz) moves, dB, by its share    0.2 .. 4 .. 16     0.05
============  =====================================================  =================  ======

Pulse and fullness are put between their anchors by difference, the others by ratio (each doubling
counts the same). Anchors are round and weights are judgment; `docs/development/measures.md` shows
what comes out for music that nobody tuned them to, and why each feature is what it is.

All is measured in windows of about ten seconds and averaged over those that sound, so a part of a
piece is judged as the whole is. The shape is the same estimate for the first and the last minute
(the last third where that is shorter), where the planner's seams lie, and for what is between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from soundscape.library.measure.loudness import MONO_RATE
from soundscape.library.measure.measured import Features, intensity_of

Line = NDArray[np.float64]

FRAME = 1024
HOP = 512
BANDS = 24
FRAMES_A_SECOND = MONO_RATE / HOP
STEP_DB = 0.01
SILENCE_DB = -300.0

FLOOR_DB = -50.0
"""What lies further under the piece's own level counts as silence: hiss and codec dust."""

QUIET_DB = -30.0
"""A moment so far under the piece's own level is left out, and so is a band: nothing activates."""

HEARD_DB = -25.0
"""A band so far under the strongest one of its moment is hardly heard moving; what lies there in a
file is as often the noise of its codec as music."""

STEP = 3
"""Frames that one level of the spectrum is the mean of, and that a rise is taken over: 140 ms."""

IDLE_RISE_DB = 4.0
"""Bands of rain and hiss rise and fall by themselves about so far: that is no motion."""

MOST_RISE_DB = 8.0
"""A band that rises further has started; how deep the silence before it was says no more."""

MOST_START_DB = 15.0
"""The same for the regularity of rises and for the starts of notes."""

WINDOW_S = 10.0
SEAM_S = 60.0
BEAT_S = (0.28, 1.6)
"""Seconds from beat to beat that are felt as a pulse: 214 to 38 a minute."""

FAINT_BEAT_DB = 0.005
"""Beats whose mean rise lies under this are not felt, however regular."""

_CHUNK = 8192
_ABOUT_1_S, _ABOUT_2_S = 21, 43


class Spectrum:
    """The spectrum of a piece over time, coarse enough to keep: 24 bands, 21.5 times a second.

    Takes mono samples at `MONO_RATE` in blocks of any size.
    """

    def __init__(self) -> None:
        self._window = np.hanning(FRAME).astype(np.float32)
        self._edges = band_edges()
        self._rest = np.zeros(0, np.float32)
        self._levels: list[NDArray[np.int16]] = []

    def add(self, samples: NDArray[np.float32]) -> None:
        """The next samples."""
        joined = np.concatenate([self._rest, samples])
        count = (len(joined) - FRAME) // HOP + 1
        if count > 0:
            self._levels.append(self._of(joined, count))
            joined = joined[count * HOP :]
        self._rest = joined

    def levels(self) -> NDArray[np.int16]:
        """The levels so far, shape (frames, BANDS), in steps of `STEP_DB`; `SILENCE_DB` for none.

        A piece shorter than one frame is filled up with silence."""
        if self._levels:
            return np.concatenate(self._levels)
        if not len(self._rest):
            return np.zeros((0, BANDS), np.int16)
        return self._of(np.pad(self._rest, (0, FRAME - len(self._rest))), 1)

    def _of(self, samples: NDArray[np.float32], count: int) -> NDArray[np.int16]:
        frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[: count * HOP : HOP]
        spectrum = np.fft.rfft(frames * self._window, axis=1)
        power = spectrum.real**2 + spectrum.imag**2
        bands = np.add.reduceat(power[:, : self._edges[-1]], self._edges[:-1], axis=1)
        level = 10 * np.log10(np.maximum(bands, 10 ** (SILENCE_DB / 10)))
        return np.rint(level / STEP_DB).astype(np.int16)


def band_edges() -> NDArray[np.intp]:
    """Edges of the bands in FFT bins: from 40 Hz to 5.4 kHz, evenly by pitch, at least one bin."""
    edges = np.rint(np.geomspace(40, 5400, BANDS + 1) * FRAME / MONO_RATE).astype(np.intp)
    for i in range(1, len(edges)):
        edges[i] = max(edges[i], edges[i - 1] + 1)
    return edges


def band_centres() -> NDArray[np.float64]:
    """The middle of each band, in Hz, by pitch."""
    edges = band_edges()
    centres: NDArray[np.float64] = np.sqrt(edges[:-1] * edges[1:]) * (MONO_RATE / FRAME)
    return centres


@dataclass(frozen=True, slots=True)
class Estimate:
    """Intensity of the whole, its features, and the intensity of its start, middle and end."""

    intensity: float = 0.0
    features: Features = Features()  # noqa: RUF009 - frozen
    shape: tuple[float, float, float] = (0.0, 0.0, 0.0)


def estimate(levels: NDArray[np.int16]) -> Estimate:
    """Estimate a piece by its `Spectrum.levels`. Silence comes out as 0."""
    course = _course(levels)
    if course is None:
        return Estimate()
    count = max(1, round(len(course.sounding) / (WINDOW_S * FRAMES_A_SECOND)))
    edges = np.linspace(0, len(course.sounding), count + 1).astype(int)
    found = [_window(course, a, b) for a, b in pairwise(edges.tolist())]
    values = np.array([astuple(features) for features, _ in found])
    # A window that is silent for the most part says little about the music.
    weights = np.array([sounds for _, sounds in found])
    seam = max(1, min(count // 3, round(SEAM_S / WINDOW_S)))
    parts = (
        slice(None),
        slice(0, seam),
        slice(seam, count - seam) if count > 2 * seam else slice(None),
        slice(count - seam, None),
    )
    whole, *shape = (_mean(values[part], weights[part]) for part in parts)
    first, middle, last = map(intensity_of, shape)
    return Estimate(intensity_of(whole), whole, (first, middle, last))


def _mean(values: Line, weights: Line) -> Features:
    if weights.sum() <= 0.0:
        return Features()
    return Features(*((values * weights[:, None]).sum(axis=0) / weights.sum()).tolist())


@dataclass(frozen=True, slots=True)
class _Course:
    """What is asked of the spectrum, frame by frame: the mean rise of all bands in dB over `STEP`
    frames (`rise`), of that what is more than idle (`motion`), the mean rise from the frame before
    (`start`), the share of full bands, the level of the bass in dB over its mean of the piece, the
    power of bass and of all, whether it sounds."""

    rise: Line
    motion: Line
    start: Line
    fullness: Line
    bass_db: Line
    bass: Line
    power: Line
    sounding: NDArray[np.bool_]


def _course(levels: NDArray[np.int16]) -> _Course | None:
    """A long piece goes through in parts: what stays is one number a frame and line."""
    total = np.concatenate([power.sum(axis=1) for power in _powers(levels)] or [np.zeros(0)])
    mean = float(total.mean()) if len(total) else 0.0
    if mean <= 1e-20 or len(total) <= 2 * STEP:
        return None
    low = band_centres() < 160.0
    rises: list[Line] = []
    motions: list[Line] = []
    starts: list[Line] = []
    fullness: list[Line] = []
    basses: list[Line] = []
    before = np.zeros((0, BANDS))
    for power in _powers(levels):
        joined = np.concatenate([before, power])
        rise = np.minimum(_rises(joined, mean, STEP), MOST_START_DB)
        rises.append(rise.mean(axis=1))
        motion = np.clip(rise, IDLE_RISE_DB, MOST_RISE_DB) - IDLE_RISE_DB
        motions.append(motion.mean(axis=1))
        last = joined[max(0, len(before) - 1) :]
        starts.append(np.minimum(_rises(last, mean, 1), MOST_START_DB).mean(axis=1))
        before = joined[-(2 * STEP - 1) :]
        level = power / mean + 10 ** (FLOOR_DB / 10)
        near = level > level.max(axis=1, keepdims=True) * 10 ** (-30.0 / 10)
        fullness.append(near.mean(axis=1))
        basses.append(power[:, low].sum(axis=1))
    # Nothing can rise in the first frames: there is nothing before them.
    lead, first = [np.zeros(2 * STEP - 1)], [np.zeros(1)]
    bass = np.concatenate(basses)
    floor = 10 ** (FLOOR_DB / 10)
    return _Course(
        rise=np.concatenate(lead + rises),
        motion=np.concatenate(lead + motions),
        start=np.concatenate(first + starts),
        fullness=np.concatenate(fullness),
        bass_db=10 * np.log10(bass / max(float(bass.mean()), 1e-30) + floor),
        bass=bass,
        power=total,
        sounding=total > mean * 10 ** (QUIET_DB / 10),
    )


def _powers(levels: NDArray[np.int16]) -> Iterator[Line]:
    for at in range(0, len(levels), _CHUNK):
        yield 10 ** (levels[at : at + _CHUNK].astype(np.float64) * (STEP_DB / 10))


def _rises(power: Line, mean: float, step: int) -> Line:
    """How far each band's level, the mean of `step` frames, lies over that of `step` before."""
    if len(power) < 2 * step:
        return np.zeros((0, BANDS))
    summed = np.cumsum(np.concatenate([np.zeros((1, BANDS)), power]), axis=0)
    level = (summed[step:] - summed[:-step]) / (step * mean)
    level = 10 * np.log10(np.maximum(level, 0.0) + 10 ** (FLOOR_DB / 10))
    after = level[step:]
    heard = after > np.maximum(after.max(axis=1, keepdims=True) + HEARD_DB, QUIET_DB)
    rises: Line = np.maximum(after - level[:-step], 0.0) * heard
    return rises


def _window(course: _Course, start: int, end: int) -> tuple[Features, float]:
    """The features from frame to frame, and the share of it that sounds."""
    sounding = course.sounding[start:end]
    sounds = float(sounding.mean())
    if sounds == 0.0:
        return Features(), 0.0
    rise = course.rise[start:end]
    around = np.median(_around(rise, _ABOUT_2_S), axis=1)
    stands_out = float(np.maximum(rise - 1.5 * around - 0.3, 0.0).mean())
    bass_db, bass, power = (
        course.bass_db[start:end],
        course.bass[start:end],
        course.power[start:end],
    )
    # Slower than about 2 s is the piece's own swell.
    moves = float(np.std(bass_db - _around(bass_db, _ABOUT_2_S).mean(axis=1)))
    return (
        Features(
            motion=10.0 * float(course.motion[start:end].mean()) / sounds,
            pulse=_pulse(rise) * min(1.0, stands_out / FAINT_BEAT_DB),
            fullness=float(course.fullness[start:end][sounding].mean()),
            onsets_per_s=_onsets(course.start[start:end]) / (len(rise) * sounds / FRAMES_A_SECOND),
            low_motion=moves * min(1.0, 2.0 * float(bass.sum() / power.sum())),
        ),
        sounds,
    )


def _pulse(rise: Line) -> float:
    """How alike the rises are to themselves one beat later, 0 to 1, for the best such beat."""
    count = len(rise)
    first, last = (round(seconds * FRAMES_A_SECOND) for seconds in BEAT_S)
    swing = rise - rise.mean()
    power = float(swing @ swing)
    if count < 2 * last or power <= 1e-12:
        return 0.0
    spectrum = np.fft.rfft(swing, 2 * count)
    alike = np.fft.irfft(np.abs(spectrum) ** 2)[first : last + 1]
    alike = alike / power * count / (count - np.arange(first, last + 1))
    return max(0.0, min(1.0, float(alike.max())))


def _onsets(start: Line) -> int:
    """Peaks of the rise that stand out of their second: at least 0.7 dB, twice what is around."""
    if len(start) < 3:
        return 0
    around = _around(start, _ABOUT_1_S).mean(axis=1)[1:-1]
    peak = (start[1:-1] > start[:-2]) & (start[1:-1] >= start[2:])
    return int(np.count_nonzero(peak & (start[1:-1] > 0.7) & (start[1:-1] > 2.0 * around)))


def _around(values: Line, width: int) -> Line:
    """For each value the `width` (odd) values around it; the ends go on as they are."""
    padded = np.pad(values, width // 2, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, width)
