"""WAV files as they come: RIFF, RF64 and BW64, read by their chunks.

mutagen refuses RF64 and files whose sizes were never written (by a pipe, or a recorder that lost
its power), takes the largest size there is for a length, and leaves RIFF's own tags (`LIST INFO`)
alone, and AIFF's.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
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
    "INAM": "title",
    "IART": "artist",
    "IPRD": "album",
    "IGNR": "genre",
    "ICMT": "comment",
    "ICOP": "licence",
    "ILNG": "language",
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


def read_riff(stream: BinaryIO) -> Riff:
    """The chunks of a whole file, from its start."""
    end = stream.seek(0, os.SEEK_END)
    found = Riff()
    form: tuple[int, ...] = ()
    samples = wide = data = None
    at = 12
    while at + 8 <= end:
        stream.seek(at)
        name, size = struct.unpack("<4sI", stream.read(8))
        at += 8
        if name == b"data":
            if size == 0xFFFF_FFFF and wide:
                size = wide
            data = size
            if size == 0 or (size >= UNWRITTEN and at + size > end):
                data = None
                break  # What comes behind it cannot be found.
        elif name == b"ds64":
            wide = struct.unpack("<8xQ", stream.read(16).ljust(16, b"\0"))[0]
        elif name == b"fmt ":
            form = struct.unpack("<HHII", stream.read(12).ljust(12, b"\0"))
        elif name == b"fact":
            samples = struct.unpack("<I", stream.read(4).ljust(4, b"\0"))[0]
        elif name in (b"LIST", b"id3 ", b"ID3 ") and size <= _MOST_TEXT:
            body = stream.read(size)
            if name != b"LIST":
                found.id3 = body
            elif body.startswith(b"INFO"):
                found.info |= _info(body)
        at += size + size % 2
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


def _info(body: bytes) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    at = 4
    while at + 8 <= len(body):
        name, size = struct.unpack_from("<4sI", body, at)
        kind = INFO.get(name.decode("latin-1").upper())
        if kind:
            found.setdefault(kind, []).append(_text(body[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return found


def _text(raw: bytes) -> str:
    """A chunk's text, one letter a byte: in which encoding it is, is found out with the tags'."""
    return raw.split(b"\0")[0].decode("latin-1")


def aiff_texts(stream: BinaryIO) -> dict[str, list[str]]:
    """The texts of a whole AIFF file, by our names."""
    end, at = stream.seek(0, os.SEEK_END), 12
    found: dict[str, list[str]] = {}
    while at + 8 <= end:
        stream.seek(at)
        name, size = struct.unpack(">4sI", stream.read(8))
        kind = AIFF.get(name)
        if kind and size <= _MOST_TEXT:
            found.setdefault(kind, []).append(_text(stream.read(size)))
        at += 8 + size + size % 2
    return found
