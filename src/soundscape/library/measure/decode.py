"""Decoding a file's sound as the player does, and refusing what the player would get wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import av
from av.filter import Graph

from soundscape.core.track import Part
from soundscape.library.measure.opening import fault

EXACT = ("flac", "ogg")
EXACT_GAP_S = 0.02
"""A jump this far ahead in the time stamps is a piece that is missing, where stamps count samples
and a piece whose checksum is wrong is dropped without a word."""

VORBIS_GAP = 2048
"""The same in Vorbis, in samples: stamps are off by a quarter of a block where one of another
length comes, and a block has 8,192 at the most. By oggenc at its lowest quality they are by 896."""

GAP_S = 0.5
"""The same elsewhere. Stamps of packets in WAV, ASF and joined MP3s are off by what a packet holds:
80 ms in whole files, up to 0.4 s by the format."""

BACK_S = 0.5
"""A jump this far back in the time stamps is another recording's beginning."""

TAG_MARKS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")
"""What tags hold, wherever joined MP3s have them."""

DRIFT_S = 0.25
"""The player finds a place by time stamps. In 500 whole files of every form these were never more
than 0.05 s away from the sound that had decoded until there. In joined MP3s each piece of a tag
counts as a frame: behind 230 kB of PNG, asked for second 20 the player sounded from 19.1."""

BLOCK_S = 0.26
"""The player begins at the next block, whatever is asked for. Encoders of FLAC write 4,096 samples:
0.256 s at 16 kHz, and 0.5 s at 8; of WavPack 0.25 s in stereo, and up to 4 s otherwise."""

SETTLED_S = 1.0
"""A decoder may find out in the first frames what rate and channels there are; not later."""


def has_no_ceiling(stream: av.AudioStream) -> bool:
    """Whether its samples are stored as floats, which go on over full scale unharmed."""
    codec = stream.codec_context
    stored = codec.format.name if codec.format else ""
    return codec.name.startswith("pcm_f") or (codec.name == "wavpack" and stored.startswith("flt"))


def frames(
    container: av.container.InputContainer,
    stream: av.AudioStream,
    stepped_over: Callable[[], None],
) -> Iterator[av.AudioFrame]:
    """Every frame that decodes; what does not is stepped over, as players do, and told. Tags and
    zeros between the frames of joined files are no sound, and not told.

    A piece that was dropped without a word shows as a jump in the time stamps. Raises `InputError`
    where the player's clock or pitch would be wrong: where stamps begin again or run away from the
    sound, or the rate or the channels change.
    """
    packets = container.demux(stream)
    stamps = _Stamps(container)
    joinable = stream.codec_context.name.startswith(("mp3", "mp2"))
    in_tag = False
    while True:
        found, failed = [], False
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:
            stepped_over()
            return
        try:
            found = packet.decode()
        except av.EOFError:
            return
        except av.FFmpegError:
            failed = True
        if joinable and not found and packet.size:
            data = bytes(packet)
            in_tag = in_tag or any(mark in data for mark in TAG_MARKS)
            if in_tag or not data.strip(b"\0"):
                continue
        if failed:
            stepped_over()
            stamps.lost()
        for frame in found:
            if not isinstance(frame, av.AudioFrame):
                continue
            if stamps.jump(frame, behind_tag=in_tag):
                stepped_over()
            in_tag = False
            yield frame


class _Stamps:
    """Whether the time stamps of a file tell where its sound is."""

    def __init__(self, container: av.container.InputContainer) -> None:
        self._where = container.name
        codec = container.streams.audio[0].codec_context
        self._gap_s = EXACT_GAP_S if container.format.name in EXACT else GAP_S
        if codec.name == "vorbis" and codec.rate:
            self._gap_s = max(self._gap_s, VORBIS_GAP / codec.rate)
        self._blocks = not codec.name.startswith("pcm")
        self._begins: float | None = None
        self._ends = self._decoded_s = 0.0
        self._form = (0, 0)
        self._told, self._whole = False, True

    def lost(self) -> None:
        """A piece was stepped over, and told."""
        self._told, self._whole = True, False

    def jump(self, frame: av.AudioFrame, *, behind_tag: bool) -> bool:
        """Takes the next frame; whether sound is missing before it that nobody has told. Raises
        `InputError` where the player would lose its place."""
        lasts_s, jumps = frame.samples / frame.sample_rate, False
        last, self._form = self._form, (frame.sample_rate, frame.layout.nb_channels)
        if self._blocks and lasts_s > BLOCK_S:
            what = f"its blocks last {lasts_s:.1f} s, and the player begins at a block only"
            raise fault(self._where, what, "encode it anew")
        if self._form != last and self._decoded_s > SETTLED_S:
            what = "changes its sample rate or channels on the way, which the player gets wrong"
            raise fault(self._where, what, "encode it anew, as one piece")
        if (at := frame.time) is not None:
            if self._begins is None:
                self._begins = self._ends = at
            if at < self._ends - BACK_S:
                raise fault(self._where, "holds several recordings one behind the other")
            jumps = at > self._ends + self._gap_s and not (self._told or behind_tag)
            self._whole = self._whole and not jumps
            if self._whole and abs(at - self._begins - self._decoded_s) > DRIFT_S:
                what = "its time stamps run away from its sound: the player would lose its place"
                raise fault(self._where, what, "encode it anew, as one piece")
            self._ends = at + lasts_s
        self._decoded_s += lasts_s
        self._told = False
        return jumps


def within(part: Part, frames: Iterable[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """Of all frames of a file those of a part, to the sample."""
    if not part.mark:
        yield from frames
        return
    at = 0
    for frame in frames:
        first = round(part.start_s * frame.sample_rate) - at
        stop = frame.samples if part.stop_s is None else round(part.stop_s * frame.sample_rate) - at
        at += frame.samples
        if stop <= 0:
            return
        if first <= 0 and stop >= frame.samples:
            yield frame
        elif first < frame.samples:
            yield _cut(frame, max(first, 0), min(stop, frame.samples))


def _cut(frame: av.AudioFrame, first: int, stop: int) -> av.AudioFrame:
    """The samples of a frame from `first` up to `stop`."""
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=frame.sample_rate,
        format=frame.format,
        layout=frame.layout,
        time_base=Fraction(1, frame.sample_rate),
    )
    trim = graph.add("atrim", f"start_sample={first}:end_sample={stop}")
    sink = graph.add("abuffersink")
    source.link_to(trim)
    trim.link_to(sink)
    graph.configure()
    frame.pts = 0
    source.push(frame)
    source.push(None)
    cut = sink.pull()
    assert isinstance(cut, av.AudioFrame)
    return cut
