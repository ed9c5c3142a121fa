"""Whether the player knows a file for what it is: by its first bytes, without its name.

libVLC steps over ID3 tags and shows FFmpeg's demuxers what follows. FFmpeg by itself searches a
megabyte for the first frame or page, and the name's suffix helps it: padding that a tagger left, or
the middle of something else, hides a file's beginning from the player alone.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

SHOWN = 2261
"""Bytes that libVLC 3 shows."""

SEARCHED = frozenset({"mp3", "aac", "flac", "ogg"})
"""Forms whose beginning FFmpeg searches for; the others have theirs at the first byte."""


def is_known(path: str, form: str) -> bool:
    """Whether the player takes a file for the form that FFmpeg says it has."""
    if form not in SEARCHED:
        return True
    import av

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
