"""Ogg Vorbis files that say their headers twice.

Some tools write the three header packets again at the head of the sound. libVorbis, and with it the
player, steps over them; FFmpeg refuses the whole file. Found in music that a distribution ships.
"""

from __future__ import annotations

import io
from pathlib import Path

_HEADERS = (b"\x01vorbis", b"\x03vorbis", b"\x05vorbis")
_PAGE = 27
_LARGEST = 500_000_000


def without_repeated_headers(path: str) -> io.BytesIO | None:
    """The file's bytes with its headers said once; None where that is not what ails it."""
    file = Path(path)
    if file.stat().st_size > _LARGEST:
        return None
    data = file.read_bytes()
    at, said = 0, 0
    while said <= len(_HEADERS) and data[at : at + 4] == b"OggS" and len(data) >= at + _PAGE:
        lacing = data[at + _PAGE : at + _PAGE + data[at + 26]]
        body = at + _PAGE + len(lacing)
        end = body + sum(lacing)
        if said == len(_HEADERS):
            # The first page of sound is the only one in which they were ever seen again.
            page = _mended(data[at:end], lacing, data[body:end])
            return io.BytesIO(data[:at] + page + data[end:]) if page else None
        said += sum(data[body:end].count(header) for header in _HEADERS)
        at = end
    return None


def _mended(page: bytes, lacing: bytes, body: bytes) -> bytes | None:
    """The page without the header packets it begins with; None where it begins with none."""
    skipped = at = 0
    for header in _HEADERS:
        if not body[at:].startswith(header):
            return None
        while lacing[skipped : skipped + 1] == b"\xff":
            at += 255
            skipped += 1
        if skipped == len(lacing):
            return None
        at += lacing[skipped]
        skipped += 1
    rest = lacing[skipped:]
    head = page[:22] + bytes(4) + bytes([len(rest)]) + rest
    whole = head + body[at:]
    return whole[:22] + _crc(whole).to_bytes(4, "little") + whole[26:]


def _crc(data: bytes) -> int:
    """Ogg's checksum (RFC 3533): CRC-32 with polynomial 0x04c11db7, from 0, bits not mirrored."""
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value
