"""What the decoder reads of a file's header and tags, where nothing else here can.

Matroska, WebM, Core Audio, Sun audio and others. It runs in the processes that measure, which have
the decoder; whoever asks gets a `Described`.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROMISING = ("matroska", "caf", "au", "mov", "wv", "aiff")
"""The beginnings of FFmpeg's names of containers whose length is written in them. What it says of
the others it has estimated."""


@dataclass(frozen=True, slots=True)
class Described:
    """`duration_s` as the header promises it, None where it does not; `texts` the tags by name;
    `torn` whether the file visibly breaks off."""

    duration_s: float | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    torn: bool = False


def describe(path: str) -> dict[str, Any]:
    """The fields of a `Described`. Raises `InputError` where there is no audio in the file."""
    from soundscape.library.measure.decode import opened

    with opened(path) as (container, stream):
        promised = container.duration if container.format.name.startswith(PROMISING) else None
        texts = {**container.metadata, **stream.metadata}
    if texts.get("language", "und") == "und":
        texts.pop("language", None)
    return {
        "duration_s": None if promised is None else promised / 1e6,
        "texts": texts,
        "torn": _torn_caf(Path(path)),
    }


def _torn_caf(path: Path) -> bool:
    """Whether a Core Audio file ends before its data does; FFmpeg takes what is there for all."""
    with path.open("rb") as file:
        if file.read(8)[:4] != b"caff":
            return False
        end = file.seek(0, os.SEEK_END)
        at = 8
        while at + 12 <= end:
            file.seek(at)
            name, size = struct.unpack(">4sq", file.read(12))
            if size < 0:
                return False  # To the end, as a recorder leaves it.
            at += 12 + size
            if name == b"data":
                return bool(at > end)
    return False
