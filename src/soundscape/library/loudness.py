"""Loudness, loudness range and true peak of a file or of samples, by FFmpeg's ebur128 filter.

PyAV carries an FFmpeg of its own, which must never be loaded into the process that holds libVLC:
`av` is imported inside the functions, and the engine's process does not call them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soundscape.core.errors import Fault, InputError

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import NDArray

SILENCE_LUFS = -70.0
"""What silence, or less than 400 ms of sound, measures: the absolute gate of ITU-R BS.1770."""

SILENCE_DBTP = -120.0
"""The lowest true peak reported, so that digital silence stays a finite number."""

_LOCAL_ONLY = {"protocol_whitelist": "file"}
"""A file may be a playlist in disguise; it must not make FFmpeg reach into the network."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """What EBU R128 says of a piece of audio, mono counted as played by two speakers.

    `integrated_lufs` in LUFS (never under `SILENCE_LUFS`), `range_lu` in LU, `true_peak_dbtp` in
    dBTP, the highest of all channels (never under `SILENCE_DBTP`). `duration_s` is what was really
    decoded, whatever the header claims. `bad_packets` counts the pieces of the file that would not
    decode and were stepped over, as a player does.
    """

    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float
    duration_s: float
    bad_packets: int = 0


def measure_file(path: str) -> Loudness:
    """Measure the first audio stream of a file, from its first sample to its last.

    Raises `InputError` with one `Fault` where the file is missing, is no file, is empty, cannot be
    read, or holds no audio that decodes.
    """
    import av

    _check_readable(path)
    meter = _Meter()
    bad = 0

    def stepped_over() -> None:
        nonlocal bad
        bad += 1

    try:
        with av.open(path, container_options=_LOCAL_ONLY, metadata_errors="replace") as container:
            if not container.streams.audio:
                raise _fault(path, "holds no audio, only other kinds of data")
            stream = container.streams.audio[0]
            meter.feed(_decode(container, stream, stepped_over))
        return meter.result(path, bad)
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _fault(path, f"is not audio that can be decoded ({reason})") from error


def measure_samples(samples: NDArray[np.floating[Any]], rate: int) -> Loudness:
    """Measure floating-point samples of shape (n, channels), full scale at 1.0, `rate` in Hz.

    Raises `InputError` where there are none, or they are not numbers.
    """
    meter = _Meter()
    meter.feed(_frames(samples, rate))
    return meter.result("samples", 0)


def momentary_lufs(samples: NDArray[np.floating[Any]], rate: int) -> tuple[float, ...]:
    """Momentary loudness (a 400 ms window) in LUFS, one value for every 100 ms."""
    meter = _Meter(keep_momentary=True)
    meter.feed(_frames(samples, rate))
    return tuple(meter.momentary)


class _Meter:
    """Frames in, the filter's last word out. One filter graph, made at the first frame."""

    def __init__(self, keep_momentary: bool = False) -> None:
        self.momentary: list[float] = []
        self._keep = keep_momentary
        self._graph: av.filter.Graph | None = None
        self._same: av.AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None
        self._samples = 0
        self._last: dict[str, str] = {}

    def feed(self, frames: Iterable[av.AudioFrame]) -> None:
        for frame in frames:
            for alike in self._alike(frame):
                if self._graph is None:
                    self._graph = _graph(alike, peak=not self._keep)
                self._samples += alike.samples
                alike.pts = None
                self._graph.push(alike)
                self._drain()
        if self._graph is not None:
            self._graph.push(None)
            self._drain()

    def result(self, where: str, bad: int) -> Loudness:
        if self._shape is None or not self._samples:
            raise _fault(where, "holds no sound: nothing in it decodes")
        peaks = [float(v) for k, v in self._last.items() if k.startswith("lavfi.r128.true_peaks_")]
        values = [
            float(self._last.get("lavfi.r128.I", SILENCE_LUFS)),
            float(self._last.get("lavfi.r128.LRA", 0.0)),
            20 * math.log10(max(peaks)) if max(peaks, default=0.0) > 0 else SILENCE_DBTP,
        ]
        if any(math.isnan(v) for v in (*values, *peaks)) or math.isinf(values[2]):
            raise _fault(where, "holds samples that are not numbers")
        integrated, spread, peak = values
        return Loudness(
            integrated_lufs=max(integrated, SILENCE_LUFS),
            range_lu=max(spread, 0.0),
            true_peak_dbtp=max(peak, SILENCE_DBTP),
            duration_s=self._samples / self._shape[2],
            bad_packets=bad,
        )

    def _alike(self, frame: av.AudioFrame) -> Iterable[av.AudioFrame]:
        """The frame in the form of the first one: the filter takes no change on the way."""
        import av

        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._shape is None:
            self._shape = shape
        if shape == self._shape:
            return (frame,)
        if self._same is None:
            self._same = av.AudioResampler(*self._shape)
        return self._same.resample(frame)

    def _drain(self) -> None:
        import av

        assert self._graph is not None
        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            found = frame.metadata
            if found:
                self._last = found
                if self._keep:
                    self.momentary.append(float(found.get("lavfi.r128.M", SILENCE_LUFS)))


def _graph(first: av.AudioFrame, peak: bool) -> av.filter.Graph:
    from fractions import Fraction

    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=first.sample_rate,
        format=first.format,
        layout=first.layout,
        time_base=Fraction(1, first.sample_rate),
    )
    # A mono file comes out of both speakers: without dualmono it would be matched 3 dB too loud.
    # The true peak is most of the work, so it is left out where nobody asks for it.
    options = "metadata=1:dualmono=true" + (":peak=true" if peak else "")
    meter = graph.add("ebur128", options)
    sink = graph.add("abuffersink")
    graph.link_nodes(source, meter, sink).configure()
    return graph


def _decode(
    container: av.container.InputContainer, stream: av.AudioStream, stepped_over: Callable[[], None]
) -> Iterator[av.AudioFrame]:
    """Every frame that decodes; what does not is stepped over, as players do."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:
            stepped_over()
            return
        try:
            frames = packet.decode()
        except av.EOFError:
            return
        except av.FFmpegError:
            stepped_over()
            continue
        yield from (frame for frame in frames if isinstance(frame, av.AudioFrame))


def _frames(samples: NDArray[np.floating[Any]], rate: int) -> Iterator[av.AudioFrame]:
    """Samples as one-second frames of 32-bit floats."""
    import av
    import numpy as np

    layout = {1: "mono", 2: "stereo"}.get(samples.shape[1], f"{samples.shape[1]}c")
    for at in range(0, len(samples), rate):
        block = np.ascontiguousarray(samples[at : at + rate], dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate = rate
        yield frame


def _check_readable(path: str) -> None:
    """Raise the fault a person understands before FFmpeg says the same in its own words."""
    file = Path(path)
    try:
        if not file.exists():
            raise _fault(path, "no such file")
        if not file.is_file():
            raise _fault(path, "is a folder or a device, not a file")
        if file.stat().st_size == 0:
            raise _fault(path, "is empty (0 bytes)")
        with file.open("rb"):
            pass
    except OSError as error:
        raise _fault(path, f"cannot be read ({error.strerror})") from error


def _fault(where: str, what: str) -> InputError:
    return InputError([Fault(where, what)])
