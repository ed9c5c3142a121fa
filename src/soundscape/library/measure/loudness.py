"""Loudness, loudness range and true peak, by FFmpeg's ebur128 filter; and the sound it was fed.

One `Meter` takes the frames of one piece and hands out, of the same decode, whatever else is asked
of the sound: its samples, a low mono copy for the spectrum, the momentary loudness.

PyAV carries an FFmpeg of its own, which must never be loaded into the process that holds libVLC: no
module that the engine or a command loads imports this one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from soundscape.core.errors import Fault, InputError

Samples = NDArray[np.float32]


SILENCE_LUFS = -70.0
"""What silence, or less than 400 ms of sound, measures: the absolute gate of ITU-R BS.1770."""

SILENCE_DBTP = -120.0
"""The lowest true peak reported, so that digital silence stays a finite number."""

LEAST_RATE, MOST_RATE = 4_000, 768_000
"""Sample rates, in Hz, that are music. One outside of them is a damaged header, and a decode at
1 Hz would be blown up eleven thousand times."""

MOST_SECONDS = 48 * 3600.0
"""No piece is longer: a small file can hold years of well-packed silence."""

MONO_RATE = 11_025
"""Samples a second of the mono copy: enough for everything under 5.4 kHz, and quick."""

MONO_BLOCK = 20 * MONO_RATE


@dataclass(frozen=True, slots=True)
class Loudness:
    """What EBU R128 says of a piece of audio, mono counted as played by two speakers.

    `integrated_lufs` in LUFS (never under `SILENCE_LUFS`), `range_lu` in LU, `true_peak_dbtp` in
    dBTP, the highest of all channels (never under `SILENCE_DBTP`). `duration_s` is what was really
    decoded, whatever the header claims.
    """

    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float
    duration_s: float


def measure_samples(samples: NDArray[np.floating[Any]], rate: int) -> Loudness:
    """Measure floating-point samples of shape (n, channels), full scale at 1.0, `rate` in Hz.

    Raises `InputError` where there are none, or they are not numbers.
    """
    meter = Meter("samples")
    for frame in frames_of(samples, rate):
        meter.feed(frame)
    return meter.result()


def integrated(momentary: NDArray[np.floating[Any]]) -> float:
    """Integrated loudness in LUFS of a stretch, from its momentary values (400 ms, every 100 ms):
    the blocks of BS.1770, and its two gates."""

    def mean(values: NDArray[np.floating[Any]]) -> float:
        power = float(np.mean(10.0 ** (values / 10.0))) if len(values) else 0.0
        return max(10.0 * math.log10(power), SILENCE_LUFS) if power > 0 else SILENCE_LUFS

    loud = momentary[momentary > SILENCE_LUFS]
    return mean(loud[loud > mean(loud) - 10.0])


class Meter:
    """Frames in, the loudness out, and to whoever asks for them:

    `on_momentary`: momentary loudness (400 ms) in LUFS, every 100 ms; `on_samples`: the samples as
    (channels, n) 32-bit floats, full scale at 1.0, a second at a time; `on_mono`: mono samples
    (n,) at `MONO_RATE`, 20 s at a time. The last block of each is shorter.

    `mix` (FFmpeg's arguments of `pan`) mixes the frames down before loudness, peak and mono copy
    are taken; `on_samples` still gets all channels. `where` names the piece in faults.
    """

    def __init__(
        self,
        where: str,
        *,
        mix: str = "",
        on_momentary: Callable[[float], None] | None = None,
        on_samples: Callable[[Samples], None] | None = None,
        on_mono: Callable[[Samples], None] | None = None,
    ) -> None:
        self.rate = 0
        self.samples = 0
        self._where = where
        self._mix = mix
        self._on_momentary = on_momentary
        self._on_samples = on_samples
        self._on_mono = on_mono
        self._graph: _Graph | None = None
        self._same: av.AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None
        self._unheard = 0
        self._last: dict[str, str] = {}

    @property
    def seconds(self) -> float:
        """How much was fed so far."""
        return self.samples / self.rate if self.rate else 0.0

    def feed(self, frame: av.AudioFrame) -> None:
        """Take the next frame. Raises `InputError` for a rate that is no music's, or too much."""
        for alike in self._alike(frame):
            if self._graph is None:
                self._graph = self._start(alike)
            self.samples += alike.samples
            self._unheard += alike.samples
            alike.pts = None
            self._graph.source.push(alike)
            if self._unheard >= self.rate:  # Once a second: asking in vain is dear.
                self._unheard = 0
                self._hand_out(self._graph)
        if self.seconds > MOST_SECONDS:
            raise _fault(self._where, f"goes on for more than {MOST_SECONDS / 3600:.0f} hours")

    def end(self) -> None:
        """No more frames: hand out the rest."""
        if self._graph is not None:
            self._graph.source.push(None)
            self._hand_out(self._graph)
            self._graph = None

    def result(self) -> Loudness:
        """After the last frame. Raises `InputError` where there was none, or no numbers."""
        self.end()
        if not self.samples:
            raise _fault(self._where, "holds no sound: nothing in it decodes")
        peaks = [float(v) for k, v in self._last.items() if k.startswith("lavfi.r128.true_peaks_")]
        integrated = float(self._last.get("lavfi.r128.I", SILENCE_LUFS))
        spread = float(self._last.get("lavfi.r128.LRA", 0.0))
        peak = 20 * math.log10(max(peaks)) if max(peaks, default=0.0) > 0 else SILENCE_DBTP
        if any(math.isnan(v) for v in (integrated, spread, *peaks)) or math.isinf(peak):
            raise _fault(self._where, "holds samples that are not numbers")
        return Loudness(
            integrated_lufs=max(integrated, SILENCE_LUFS),
            range_lu=max(spread, 0.0),
            true_peak_dbtp=max(peak, SILENCE_DBTP),
            duration_s=self.seconds,
        )

    def _start(self, first: av.AudioFrame) -> _Graph:
        self.rate = first.sample_rate
        if not LEAST_RATE <= self.rate <= MOST_RATE:
            raise _fault(self._where, f"has {self.rate} samples a second, which is no music's")
        wants = self._on_samples is not None, self._on_mono is not None
        return _Graph(first, self._mix, *wants)

    def _alike(self, frame: av.AudioFrame) -> Iterable[av.AudioFrame]:
        """The frame in the form of the first one: the filters take no change on the way."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._shape is None:
            self._shape = shape
        if shape == self._shape:
            return (frame,)
        if self._same is None:
            self._same = av.AudioResampler(*self._shape)
        return self._same.resample(frame)

    def _hand_out(self, graph: _Graph) -> None:
        for frame in _pulled(graph.meter):
            found = frame.metadata
            if found:
                self._last = found
                if self._on_momentary:
                    self._on_momentary(float(found.get("lavfi.r128.M", SILENCE_LUFS)))
        if self._on_samples:
            for frame in _pulled(graph.samples):
                self._on_samples(_floats(frame))
        if self._on_mono:
            for frame in _pulled(graph.mono):
                self._on_mono(_floats(frame)[0])


class _Graph:
    """The filters for frames like `first`: one source, a sink for each thing that is asked for."""

    def __init__(self, first: av.AudioFrame, mix: str, samples: bool, mono: bool) -> None:
        rate, channels = first.sample_rate, first.layout.nb_channels
        self._graph = Graph()  # Its filters live as long as it does.
        self.source = self._graph.add_abuffer(
            sample_rate=rate,
            format=first.format,
            layout=first.layout,
            time_base=Fraction(1, rate),
        )
        # Small frames (Vorbis' are of 128 samples) cost more to pass on than to measure.
        even = self._graph.add("asetnsamples", f"n={rate // 5}:p=0")
        split = self._graph.add("asplit", f"{1 + samples + mono}")
        self.source.link_to(even)
        even.link_to(split)
        # A mono file comes out of both speakers: without dualmono it would be matched 3 dB too
        # loud.
        options = "metadata=1:dualmono=true:peak=true"
        # A sum of channels can be over full scale, which whole numbers could not hold.
        mixed = (("aformat", "sample_fmts=flt"), ("pan", mix)) if mix else ()
        self.meter = self._branch(split, 0, *mixed, ("ebur128", options))
        self.samples = self.mono = None
        if samples:
            whole = ("aformat", "sample_fmts=flt"), ("asetnsamples", f"n={rate}:p=0")
            self.samples = self._branch(split, 1, *whole)
        if mono:
            channels = 2 if mix else channels
            # Unequal parts: a stereo file with one side turned over must not cancel out.
            parts = "+".join(f"{(0.6, 0.4)[c % 2] * 2 / channels}*c{c}" for c in range(channels))
            low = (
                ("aresample", f"{MONO_RATE}:osf=flt:filter_size=16"),
                ("asetnsamples", f"n={MONO_BLOCK}:p=0"),
            )
            one = (("pan", f"mono|c0={parts}"),) if channels > 1 else ()
            self.mono = self._branch(split, 1 + samples, *mixed, *one, *low)
        self._graph.configure()

    def _branch(
        self, split: av.filter.context.FilterContext, pad: int, *filters: tuple[str, str]
    ) -> av.filter.context.FilterContext:
        last = split
        for name, options in (*filters, ("abuffersink", None)):
            made = self._graph.add(name, options)
            last.link_to(made, pad)
            last, pad = made, 0
        return last


def _pulled(sink: av.filter.context.FilterContext | None) -> Iterator[av.AudioFrame]:
    """What waits at the sink."""
    assert sink is not None
    while True:
        try:
            frame = sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(frame, av.AudioFrame)
        yield frame


def _floats(frame: av.AudioFrame) -> Samples:
    """Packed samples as (channels, n). (PyAV crashes over the planes of eight channels.)"""
    packed = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    return np.ascontiguousarray(packed.T, dtype=np.float32)


def frames_of(samples: NDArray[np.floating[Any]], rate: int) -> Iterator[av.AudioFrame]:
    """Samples as one-second frames of 32-bit floats."""
    layout = {1: "mono", 2: "stereo"}.get(samples.shape[1], f"{samples.shape[1]}c")
    for at in range(0, len(samples), rate):
        block = np.ascontiguousarray(samples[at : at + rate], dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate = rate
        yield frame


def _fault(where: str, what: str) -> InputError:
    return InputError([Fault(where, what)])
