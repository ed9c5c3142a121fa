"""Ogg Vorbis files that say their headers twice.

Some tools write the three header packets again at the head of the sound. libVorbis, and with it the
player, steps over them; FFmpeg refuses the whole file. Found in music that a distribution ships.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

_HEADERS = (b"\x01vorbis", b"\x03vorbis", b"\x05vorbis")
_LARGEST = 500_000_000


def without_repeated_headers(path: str) -> io.BytesIO | None:
    """The file's bytes with its headers said once; None where that is not what ails it."""
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
