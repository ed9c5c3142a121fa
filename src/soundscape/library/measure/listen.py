"""One decode of a file, from which everything that is measured of its sound is taken."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace

import av
import numpy as np
from numpy.typing import NDArray

from soundscape.core.errors import Fault, InputError
from soundscape.core.track import part_of
from soundscape.library.measure.decode import frames, has_no_ceiling, within
from soundscape.library.measure.intensity import Spectrum
from soundscape.library.measure.loudness import Loudness, Meter, Samples
from soundscape.library.measure.opening import opened

PEAKS_A_SECOND = 100
MOMENTS_A_SECOND = 10

FULL_SCALE = 0.9999
"""Where a sample counts as at full scale: the highest one of 16 bits is 0.99997."""

CLIP_RUN = 3
"""So many samples in a row at full scale are clipped; one or two are a peak that just fits."""

RIPPLE = 1 / 16
"""Vorbis and AAC make of a constant offset a ripple at the rate of their blocks (22, 43, 86 Hz): 25
to 50 dB under the offset, as real encoders write it. What is louder can be heard as a hum (AAC at
64 kbit/s, 10 dB under an offset of 0.1)."""


_FRONTS = {"FL", "FR", "FC", "NONE"}
"""Channels that sound as they are in mono and stereo; most files call theirs nothing."""

_HALF = 0.7071
_FIVE = {"FC": _HALF, "BL": _HALF, "BR": _HALF, "SL": _HALF, "SR": _HALF}
_GAINS = {
    "3.0": {"FL": 0.5, "FR": 0.5, "FC": 1.0},
    "5.0": _FIVE,
    "5.0(side)": _FIVE,
    "5.1": _FIVE,
    "5.1(side)": _FIVE,
    "7.1": {"FC": _HALF, "BL": 0.25, "BR": 0.25, "SL": 0.25, "SR": 0.25},
}
"""By FFmpeg's name of a layout, the gain of each channel in every side it goes to. A front is at
1.0 where nothing is said; the low frequency effects go nowhere."""


@dataclass(frozen=True, slots=True)
class Clipping:
    """How much of a piece stands at full scale: `share` of its time, in runs of `CLIP_RUN` samples
    and more in any channel; `runs` how many; `worst_s` the second that has most of it."""

    share: float = 0.0
    runs: int = 0
    worst_s: float | None = None


@dataclass(frozen=True, slots=True)
class Listened:
    """What one decode gave.

    `peaks` the highest sample of all channels, 1.0 at full scale, `PEAKS_A_SECOND`, without a
    constant offset; `momentary` loudness (400 ms) in LUFS, `MOMENTS_A_SECOND`; `levels`
    as of `Spectrum`; `bad_at` where, in seconds, pieces of the file are missing or would not
    decode, and were stepped over as a player does.
    """

    loudness: Loudness
    peaks: array[float]
    momentary: array[float]
    levels: NDArray[np.int16]
    clipping: Clipping
    bad_at: tuple[float, ...] = ()


def listen(path: str, sign_of_life: Callable[[], None] = lambda: None) -> Listened:
    """Decode the first audio stream of a file, or of a part of one, from its first sample to its
    last, and keep what is needed of it: some 5 MB for an hour. All times count from there.

    Calls `sign_of_life` every now and then. Raises `InputError` with one `Fault` where the file is
    missing, is no file, is empty, cannot be read, holds no audio that decodes, or no numbers.
    """
    part = part_of(path)
    with opened(part.file) as (container, stream):
        codec = stream.codec_context.codec.canonical_name
        mix = _mixdown(path, container.format.name, codec, stream.layout)
        ear = _Ear(path, mix, floats=has_no_ceiling(stream))
        decoded = frames(container, stream, lambda: ear.stepped_over(before=part.start_s > 0))
        for frame in within(part, decoded):
            ear.meter.feed(frame)
            sign_of_life()
        return ear.heard()


def _mixdown(path: str, container: str, codec: str, layout: av.AudioLayout) -> str:
    """FFmpeg's `pan` arguments for libVLC's mix of a layout to stereo; "" for mono and stereo.

    Recorded of libVLC 3.0, with a tone of its own in every channel. It loses channels or mistakes
    their order in quadraphonic files, in 6.1, in PCM outside of WAV, and where two channels are
    called surrounds. Such a file would sound, but not as it is.

    Raises `InputError` where libVLC does not mix it as it should.
    """
    names = [channel.name for channel in layout.channels]
    if layout.nb_channels <= 2 and set(names) <= _FRONTS:
        return ""
    misordered = codec.startswith("pcm_") and container != "wav"
    if layout.name not in _GAINS or misordered or (codec, layout.name) == ("opus", "5.0"):
        many = f"has {layout.nb_channels} channels" if len(names) > 1 else "has one channel"
        what = f"{many} ({'+'.join(names)}), of which the player would lose or exchange some"
        raise InputError([Fault(path, what, "convert it to stereo")])
    gains = {"FL": 1.0, "FR": 1.0, "LFE": 0.0, **_GAINS[layout.name]}
    sides = (
        "+".join(f"{gains[name]}*{name}" for name in names if not name.endswith(other))
        for other in "RL"
    )
    return "stereo|" + "|".join(f"c{number}={side}" for number, side in enumerate(sides))


class _Ear:
    """Collects what the meter hands out."""

    def __init__(self, path: str, mix: str, *, floats: bool) -> None:
        """`floats`: full scale is no ceiling to its samples, and only what stays level is cut."""
        self._path = path
        self._floats = floats
        self._mixed = bool(mix)
        self._highest = 0.0
        self._momentary = array("f")
        self._peaks = array("f")
        self._spectrum = Spectrum()
        self.meter = Meter(
            path,
            mix=mix,
            on_momentary=self._momentary.append,
            on_samples=self._samples,
            on_mono=self._spectrum.add,
        )
        self._bad: list[float] = []
        self._clipped = 0
        self._runs = 0
        self._worst = (0, 0)
        self._seconds = 0

    def stepped_over(self, *, before: bool) -> None:
        """Something would not decode; `before`: of no concern until the part begins."""
        if self.meter.samples or not before:
            self._bad.append(self.meter.seconds)

    def heard(self) -> Listened:
        loudness = self.meter.result()
        if self._highest > 0.0 and not self._mixed:
            # Above 192 kHz the filter measures its true peak on fewer samples than there are.
            peak = max(loudness.true_peak_dbtp, 20 * math.log10(self._highest))
            loudness = replace(loudness, true_peak_dbtp=peak)
        most, worst = self._worst
        clipping = Clipping(
            share=self._clipped / self.meter.samples,
            runs=self._runs,
            worst_s=float(worst) if most else None,
        )
        levels = self._spectrum.levels()
        return Listened(loudness, self._peaks, self._momentary, levels, clipping, tuple(self._bad))

    def _samples(self, samples: Samples) -> None:
        """A second of all channels."""
        rate = self.meter.rate
        highest = np.abs(samples).max(axis=0)
        count = math.ceil(len(highest) * PEAKS_A_SECOND / rate)
        starts = np.arange(count) * rate // PEAKS_A_SECOND
        peaks = np.maximum.reduceat(highest, starts)
        if not np.isfinite(peaks).all():
            raise InputError([Fault(self._path, "holds samples that are not numbers")])
        self._highest = max(self._highest, float(peaks.max()))
        # A constant offset is no sound: nothing that stands still counts, nor its ripple.
        ups = np.maximum.reduceat(samples, starts, axis=1)
        downs = np.minimum.reduceat(samples, starts, axis=1)
        offset = samples.mean(axis=1, keepdims=True)
        moved = np.minimum(np.maximum(ups - offset, offset - downs), ups - downs)
        moved[moved <= np.abs(offset).max() * RIPPLE] = 0.0
        self._peaks.extend(np.minimum(peaks, moved.max(axis=0)).tolist())
        if peaks.max() >= FULL_SCALE:
            self._count_clips(samples)
        self._seconds += 1

    def _count_clips(self, samples: Samples) -> None:
        full = np.abs(samples) >= FULL_SCALE
        # True where a run of CLIP_RUN begins; a run over the second's edge is counted as two.
        begins = full[:, :-2] & full[:, 1:-1] & full[:, 2:]
        if self._floats:
            level = samples[:, 1:] == samples[:, :-1]
            begins &= level[:, 1:] & level[:, :-1]
        inside = np.zeros_like(full)
        for step in range(CLIP_RUN):
            inside[:, step : inside.shape[1] - CLIP_RUN + 1 + step] |= begins
        clipped = int(inside.any(axis=0).sum())
        begin = np.concatenate([[False], np.any(begins, axis=0)])
        self._runs += int(np.count_nonzero(begin[1:] & ~begin[:-1]))
        self._clipped += clipped
        if clipped > self._worst[0]:
            self._worst = (clipped, self._seconds)
