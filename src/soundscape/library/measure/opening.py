"""Opening a file's sound, with every way a file can be bad said in plain words.

FFmpeg and the player differ in what they take for a file's beginning: FFmpeg searches a megabyte
for it, helped by the name, and refuses some Ogg that the player plays. Here they are made to agree.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import av

from soundscape.core.errors import Fault, InputError
from soundscape.library.riff import is_torn_caf
from soundscape.library.tagfile import described_tags
from soundscape.library.tags import Tags

_LOCAL_ONLY = {"protocol_whitelist": "file"}
"""A file may be a playlist in disguise; it must not make FFmpeg reach into the network."""

PLAYED = frozenset(
    {"mp3", "aac", "ac3", "eac3", "flac", "ogg", "wav", "aiff", "au", "caf", "asf", "wv"}
    | {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"}
)
"""FFmpeg's names of the containers that were tried with the player: all of them sounded whole, with
its clock right. The others did not, or nobody has tried them (`docs/development/measures.md`)."""

CRASHES = frozenset({"speex", "libspeex"})
"""Recorded: asked for second 8 of 12, libVLC died of it, and the session with it."""

PROMISING = ("matroska", "caf", "au", "mov", "wv", "aiff")
"""The beginnings of FFmpeg's names of containers whose length is written in them. What it says of
the others it has estimated."""

SHOWN = 2261
"""Bytes that libVLC 3 shows FFmpeg's demuxers, behind the ID3 tags it steps over."""

SEARCHED = frozenset({"mp3", "aac", "flac", "ogg"})
"""Forms whose beginning FFmpeg searches for; the others have theirs at the first byte."""

_HEADERS = (b"\x01vorbis", b"\x03vorbis", b"\x05vorbis")
_LARGEST = 500_000_000


@contextmanager
def opened(path: str) -> Iterator[tuple[av.container.InputContainer, av.AudioStream]]:
    """The file and its first audio stream.

    Raises `InputError` with one `Fault` where the file is missing, is no file, is empty, cannot be
    read, or holds no audio; and for whatever FFmpeg raises while it is open.
    """
    _check_readable(path)
    try:
        with _container(path) as container:
            if not container.streams.audio:
                raise fault(path, "holds no audio, only other kinds of data")
            if container.format.name not in PLAYED:
                form = container.format.name.partition(",")[0]
                raise fault(path, f"is in a form ({form}) that the player does not play rightly")
            # A file that had to be mended is read from memory, and the player reads it as it is.
            if container.name == path and not _is_known(path, container.format.name):
                what = "begins with more than 2 kB of something else, and the player finds no sound"
                raise fault(path, what, "encode it anew")
            stream = container.streams.audio[0]
            if stream.codec_context is None:
                raise fault(path, "holds sound in a form that nothing here decodes")
            if stream.codec_context.name in CRASHES:
                raise fault(path, "is Speex, in which the player crashes where it is asked to seek")
            yield container, stream
    except av.InvalidDataError as error:
        raise fault(path, "is no audio file this program can read") from error
    except (av.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise fault(path, f"is not audio that can be decoded ({reason})") from error


def key_of(path: str, sign_of_life: Callable[[], None] = lambda: None) -> str:
    """A name for the sound in a file, whatever its tags, name and place: ``RECORDING-DECODING``.

    Two hashes in hex. The first names the recording: BLAKE2b-128 over codec, rate, channels and the
    bytes of all packets. The second names all else that a decoder is told (header gain, channel
    layout, codec setup, samples to skip): BLAKE2b-64. Two files with one key sound and measure the
    same; files that share the first half only hold the same music, at another level for instance.
    So measures go by the whole key, and what people say of the music by the recording. Nothing is
    decoded; the same music encoded again has another key.

    Reads the file once from end to end; `sign_of_life` is called every now and then meanwhile.
    A file that breaks off has the key of what is there. Raises `InputError` where there is no
    audio at all.
    """
    recording, decoding = hashlib.blake2b(digest_size=16), hashlib.blake2b(digest_size=8)
    empty = True
    with opened(path) as (container, stream):
        context = stream.codec_context
        recording.update(
            f"{context.codec.canonical_name} {stream.rate} {stream.channels} ".encode()
        )
        decoding.update(f"{stream.layout.name} {stream.format.name} ".encode())
        decoding.update(_setup(context))
        try:
            for packet in container.demux(stream):
                if packet.size:
                    empty = False
                    recording.update(packet)
                    # Samples to drop: gapless headers, edit lists, pre-skip, padding at the end.
                    if packet.is_discard or packet.has_sidedata("skip_samples"):
                        skipped = bytes(packet.get_sidedata("skip_samples"))
                        decoding.update(f"{packet.is_discard} {skipped.hex()} ".encode())
                    sign_of_life()
        except av.FFmpegError:
            pass  # The measuring says what is wrong with the rest.
    if empty:
        raise fault(path, "holds no sound: nothing in it decodes")
    return f"{recording.hexdigest()}-{decoding.hexdigest()}"


def _setup(context: av.AudioCodecContext) -> bytes:
    """The codec's headers, without Vorbis' second one, which holds the tags."""
    data = bytes(context.extradata or b"")
    if context.codec.canonical_name != "vorbis" or data[:1] != b"\x02":
        return data
    # The first header has 30 bytes, the third is the last.
    return data[(at := data.index(b"\x01vorbis")) : at + 30] + data[data.rindex(b"\x05vorbis") :]


def describe(path: str) -> Tags:
    """What FFmpeg reads of a header and its tags, where nothing else here can: Matroska, WebM, Core
    Audio, Sun audio and others. Raises `InputError` where there is no audio in the file."""
    with opened(path) as (container, stream):
        promised = container.duration if container.format.name.startswith(PROMISING) else None
        texts = {**container.metadata, **stream.metadata}
    if texts.get("language", "und") == "und":
        texts.pop("language", None)
    duration_s = None if promised is None else promised / 1e6
    with Path(path).open("rb") as file:
        return described_tags(path, texts, duration_s, torn=is_torn_caf(file))


def fault(where: str, what: str, do: str = "") -> InputError:
    """One fault of a file, to be raised."""
    return InputError([Fault(where, what, do)])


def _container(path: str) -> av.container.InputContainer:
    try:
        return av.open(path, container_options=_LOCAL_ONLY, metadata_errors="replace")
    except av.InvalidDataError:
        mended = without_repeated_headers(path)
        if mended is None:
            raise
        return av.open(mended, "r", container_options=_LOCAL_ONLY, metadata_errors="replace")


def _check_readable(path: str) -> None:
    """Raise the fault a person understands before FFmpeg says the same in its own words."""
    file = Path(path)
    try:
        if not file.exists():
            raise fault(path, "no such file")
        if not file.is_file():
            raise fault(path, "is a folder or a device, not a file")
        if file.stat().st_size == 0:
            raise fault(path, "is empty (0 bytes)")
        with file.open("rb"):
            pass
    except OSError as error:
        raise fault(path, f"cannot be read ({error.strerror})") from error


def _is_known(path: str, form: str) -> bool:
    """Whether the player takes a file for the form that FFmpeg says it has: by its first bytes,
    without its name."""
    if form not in SEARCHED:
        return True
    with Path(path).open("rb") as file:
        _step_over_tags(file)
        # With `read` alone it has no name.
        nameless = SimpleNamespace(read=file.read)
        try:
            with av.open(nameless, container_options={"formatprobesize": str(SHOWN)}) as found:
                return found.format.name == form
        except av.FFmpegError:
            return False


def _step_over_tags(file: BinaryIO) -> None:
    """Go to the first byte behind all ID3v2 tags that a file begins with."""
    while (head := file.read(10)).startswith(b"ID3") and len(head) == 10:
        a, b, c, d = head[6:]
        file.seek(a << 21 | b << 14 | c << 7 | d, 1)
    file.seek(-len(head), 1)


def without_repeated_headers(path: str) -> io.BytesIO | None:
    """The bytes of an Ogg Vorbis file that says its three headers twice, with these said once; None
    where that is not what ails it.

    libVorbis, and with it the player, steps over the second ones, which FFmpeg refuses. Found in
    music that a distribution ships.
    """
    from mutagen.ogg import OggPage, error

    file = Path(path)
    if file.stat().st_size > _LARGEST:
        return None
    data = file.read_bytes()
    stream, said = io.BytesIO(data), 0
    read_page: Callable[[io.BytesIO], Any] = OggPage
    try:
        while said < len(_HEADERS):
            said += sum(packet.startswith(_HEADERS) for packet in read_page(stream).packets)
        # The first page of sound is the only one in which they were ever seen again.
        page = read_page(stream)
    except (error, EOFError):
        return None
    again, page.packets = page.packets[: len(_HEADERS)], page.packets[len(_HEADERS) :]
    if tuple(packet[:7] for packet in again) != _HEADERS or not (page.packets or page.complete):
        return None
    return io.BytesIO(data[: page.offset] + page.write() + data[stream.tell() :])
