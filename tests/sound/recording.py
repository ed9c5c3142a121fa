"""Recordings of the sink, and what is read off them: levels, pitch, the level of one tone.

Levels are in dBFS such that a tone at full scale is 0 dB; -120 is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 48_000
WINDOW_S = 0.05
HOP_S = 0.01
NOTHING_DB = -120.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recording:
    """Samples in -1..1 of one channel, at `RATE`. Times are seconds from the recording's start,
    also in a stretch of it, so that a fault found there says where it is in the whole. `level` is
    of windows so long; noise has a level only on average, and wants longer ones than a tone."""

    samples: Floats
    starts_s: float = 0.0
    window_s: float = WINDOW_S

    @classmethod
    def read(cls, path: Path) -> Recording:
        """What `Rig.recording` wrote: the left channel."""
        size = path.stat().st_size // 8 * 8
        flat = np.fromfile(path, np.float32, size // 4)
        return cls(flat.reshape(-1, 2)[:, 0].astype(np.float64))

    def between(self, start_s: float, end_s: float) -> Recording:
        """A stretch of it, as far as it goes."""
        first = max(round((start_s - self.starts_s) * RATE), 0)
        last = max(round((min(end_s, self.ends_s) - self.starts_s) * RATE), 0)
        return replace(
            self, samples=self.samples[first:last], starts_s=self.starts_s + first / RATE
        )

    def band(self, low_hz: float, high_hz: float) -> Recording:
        """What lies between two frequencies."""
        size = 1 << len(self.samples).bit_length()  # Where such a transform is quick.
        spectrum = np.fft.rfft(self.samples, size)
        hz = np.fft.rfftfreq(size, 1.0 / RATE)
        spectrum[(hz < low_hz) | (hz > high_hz)] = 0.0
        return replace(self, samples=np.fft.irfft(spectrum, size)[: len(self.samples)])

    def by(self, window_s: float) -> Recording:
        """The same, its level read by longer windows."""
        return replace(self, window_s=window_s)

    @property
    def ends_s(self) -> float:
        """Where it ends."""
        return self.starts_s + len(self.samples) / RATE

    @cached_property
    def level(self) -> Floats:
        """Level in dBFS of the window around each moment, every 10 ms."""
        return levels(self.samples, self.window_s, HOP_S)

    def at_s(self, index: int) -> float:
        """The time in the middle of the window of `level[index]`."""
        return self.starts_s + index * HOP_S + self.window_s / 2

    def mean_db(self, start_s: float, end_s: float) -> float:
        """Level of all that sounds between two times."""
        part = self.between(start_s, end_s).samples
        return _db(2.0 * float(np.mean(part**2)))

    def pitch(self, start_s: float, seconds: float) -> float:
        """The strongest frequency in Hz from a time on, interpolated."""
        part = self.between(start_s, start_s + seconds).samples
        size = len(part)
        spectrum = np.log(np.abs(np.fft.rfft(part * np.hanning(size), 4 * size)) + 1e-12)
        peak = int(np.argmax(spectrum))
        a, b, c = spectrum[peak - 1 : peak + 2]
        return float((peak + 0.5 * (a - c) / (a - 2 * b + c)) * RATE / (4 * size))

    def first_above(self, floor_db: float) -> float | None:
        """When it first sounds above a level; None where it never does."""
        loud = np.flatnonzero(self.level > floor_db)
        return self.at_s(int(loud[0])) if len(loud) else None

    def last_above(self, floor_db: float) -> float | None:
        """When it last sounds above a level; None where it never does."""
        loud = np.flatnonzero(self.level > floor_db)
        return self.at_s(int(loud[-1])) if len(loud) else None


def levels(samples: Floats, window_s: float, hop_s: float) -> Floats:
    """Level in dBFS of windows so long, each beginning so much after the one before."""
    size, hop = round(window_s * RATE), round(hop_s * RATE)
    energy = np.concatenate(([0.0], np.cumsum(samples**2)))
    starts = np.arange(0, len(samples) - size + 1, hop)
    power = 2.0 * (energy[starts + size] - energy[starts]) / size
    return np.asarray(10.0 * np.log10(np.maximum(power, 10.0 ** (NOTHING_DB / 10.0))))


def tone_power(recording: Recording, low_hz: float, high_hz: float) -> Floats:
    """Power, every 50 ms, of what lies between two frequencies; 1.0 is a tone at full scale."""
    size = round(WINDOW_S * RATE)
    whole = recording.samples[: len(recording.samples) // size * size].reshape(-1, size)
    window = np.hanning(size)
    spectrum = np.abs(np.fft.rfft(whole * window, axis=1)) ** 2
    hz = np.fft.rfftfreq(size, 1.0 / RATE)
    inside = (hz >= low_hz) & (hz <= high_hz)
    power = spectrum[:, inside].sum(axis=1) * 4.0 / (size * np.sum(window**2))
    return np.asarray(np.maximum(power, 1e-12))


def _db(power: float) -> float:
    return 10.0 * float(np.log10(max(power, 10.0 ** (NOTHING_DB / 10.0))))
