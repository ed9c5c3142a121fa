"""Files of chunks as they come: RIFF, RF64 and BW64, AIFF, Core Audio.

mutagen refuses RF64 and files whose sizes were never written (by a pipe, or a recorder that lost
its power), takes the largest size there is for a length, and leaves RIFF's own tags (`LIST INFO`)
alone, and AIFF's.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

UNWRITTEN = 0x7FFF_0000
"""A size of 0, or from this on and larger than the file, was never written: FFmpeg leaves
0xFFFFFFFF, SoX 0x7FFFF000 and less."""

_PCM = {1, 3, 6, 7, 0xFFFE}
"""PCM, floats, A-law, mu-law, and extensible, whose rate in bytes tells the length."""

CLOCK_OFF = 0.01
"""libVLC takes the time in compressed WAV from the rate in bytes that the header tells. FFmpeg
writes one into its ADPCM that has nothing to do with it: recorded, 33 s were told after 12."""

_MOST_TEXT = 1_000_000

INFO = {
    b"INAM": "title",
    b"IART": "artist",
    b"IPRD": "album",
    b"IGNR": "genre",
    b"ICMT": "comment",
    b"ICOP": "licence",
    b"ILNG": "language",
}
"""RIFF's names for what is read, to ours."""

AIFF = {b"NAME": "title", b"AUTH": "artist", b"ANNO": "comment", b"(c) ": "licence"}
"""AIFF's."""


@dataclass
class Riff:
    """What the chunks say: `duration_s` in seconds, None where they promise none; `info` by our
    names; the bytes of an `id3` chunk; `wrong` why the player loses its place in it, or ""."""

    duration_s: float | None = None
    info: dict[str, list[str]] = field(default_factory=dict)
    id3: bytes = b""
    wrong: str = ""


def is_wave(head: bytes) -> bool:
    """Whether a file that begins like this is one."""
    return head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE"


def chunks(
    stream: BinaryIO, form: str = "<4sI", at: int = 12, pad: int = 2
) -> Iterator[tuple[bytes, int, int]]:
    """The name, size and place of each chunk from a place on; the stream stands at its body. `form`
    is that of its head, bodies are filled up to a multiple of `pad`."""
    head, wide = struct.calcsize(form), 0
    end = stream.seek(0, os.SEEK_END)
    while at + head <= end:
        stream.seek(at)
        name, size = struct.unpack(form, stream.read(head))
        at += head
        if name == b"ds64":
            wide = struct.unpack("<8xQ", stream.read(16).ljust(16, b"\0"))[0]
            stream.seek(at)
        elif name == b"data" and size == 0xFFFF_FFFF:
            size = wide or size
        yield name, size, at
        at += size + size % pad


def read_riff(stream: BinaryIO) -> Riff:
    """The chunks of a whole file, from its start."""
    end = stream.seek(0, os.SEEK_END)
    found = Riff()
    form: tuple[int, ...] = ()
    samples = data = 0
    for name, size, at in chunks(stream):
        if name == b"data":
            if size == 0 or (size >= UNWRITTEN and at + size > end):
                data = 0
                break  # What comes behind it cannot be found.
            data = size
        elif name == b"fmt ":
            form = struct.unpack("<HHII", stream.read(12).ljust(12, b"\0"))
        elif name == b"fact":
            samples = struct.unpack("<I", stream.read(4).ljust(4, b"\0"))[0]
        elif name in (b"id3 ", b"ID3 ") and size <= _MOST_TEXT:
            found.id3 = stream.read(size)
        elif name == b"LIST" and size <= _MOST_TEXT:
            body = stream.read(size)
            if body.startswith(b"INFO"):
                found.info |= _texts(io.BytesIO(body), INFO, "<4sI", 4)
    if data and form:
        kind, _, rate, a_second = form
        if kind in _PCM and a_second:
            found.duration_s = data / a_second
        elif samples and rate:
            found.duration_s = samples / rate
            real = data / found.duration_s
            if abs(a_second - real) > CLOCK_OFF * real:
                found.wrong = (
                    f"its header tells {a_second * 8 / 1000:.0f} kbit/s, and it has "
                    f"{real * 8 / 1000:.0f}: the player's clock would be wrong in it"
                )
    return found


def aiff_texts(stream: BinaryIO) -> dict[str, list[str]]:
    """The texts of a whole AIFF file, by our names."""
    return _texts(stream, AIFF, ">4sI", 12)


def _texts(
    stream: BinaryIO, names: Mapping[bytes, str], form: str, at: int
) -> dict[str, list[str]]:
    """The texts of chunks, one letter a byte: their encoding is found out with the tags'."""
    found: dict[str, list[str]] = {}
    for name, size, _ in chunks(stream, form, at):
        kind = names.get(name) or names.get(name.upper())
        if kind and size <= _MOST_TEXT:
            text = stream.read(size).split(b"\0")[0].decode("latin-1")
            found.setdefault(kind, []).append(text)
    return found


def is_torn_caf(stream: BinaryIO) -> bool:
    """Whether a Core Audio file ends before its data does; FFmpeg takes what is there for all."""
    if stream.read(4) != b"caff":
        return False
    end = stream.seek(0, os.SEEK_END)
    for name, size, at in chunks(stream, ">4sq", 8, pad=1):
        if size < 0:
            return False  # To the end, as a recorder leaves it.
        if name == b"data":
            return at + size > end
    return False
