"""The spectrum of a piece over time, coarse enough to keep: 24 bands, 21.5 times a second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from soundscape.library.measure.loudness import MONO_RATE

FRAME = 1024
HOP = 512
BANDS = 24
FRAMES_A_SECOND = MONO_RATE / HOP
STEP_DB = 0.01
SILENCE_DB = -300.0


class Spectrum:
    """Takes mono samples at `MONO_RATE` in blocks of any size; keeps the level of each band."""

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
