"""What a file says of itself: title, artist, length, intensity. Read with mutagen, nothing else.

One `Tags` value for every format, so that nothing above knows of ID3 frames and MP4 atoms.
mutagen is imported when a file is read: with a warm index it never is.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from soundscape.core.errors import Fault, InputError
from soundscape.library.walk import reason, shown

if TYPE_CHECKING:
    import mutagen

TAGS_VERSION = 1
"""Raised when the same file would be read differently; the index then reads it again."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What one file's header and tags say.

    `title` is the file's name without its suffix where no tag gives one. `duration_s` is in
    seconds; `declared` tells whether the file's header promises it, rather than it being
    estimated from the file's size. `intensity` is 0 to 1, or None where no tag says it. `tags`
    are lower-case ``kind:value`` words. `torn` is true where the file visibly breaks off.
    `notes` are sentences about tags that could not be used.
    """

    title: str
    artist: str
    album: str
    duration_s: float
    intensity: float | None = None
    tags: tuple[str, ...] = ()
    declared: bool = True
    torn: bool = False
    notes: tuple[str, ...] = ()


# What we ask for, as each family of formats writes it. Vorbis comments (Ogg, Opus, FLAC) use our
# own name in capitals where nothing else is given; the others are matched without regard to case.
_ID3 = {
    "title": "TIT2",
    "artist": "TPE1",
    "album": "TALB",
    "genre": "TCON",
    "mood": "TMOO",
    "language": "TLAN",
    "licence": "TCOP",
}
_MP4 = {
    "title": "\xa9nam",
    "artist": "\xa9ART",
    "album": "\xa9alb",
    "genre": "\xa9gen",
    "licence": "cprt",
}
_ASF = {
    "title": "Title",
    "artist": "Author",
    "album": "WM/AlbumTitle",
    "genre": "WM/Genre",
    "mood": "WM/Mood",
    "language": "WM/Language",
    "licence": "Copyright",
}
_WORDS = ("artist", "album", "genre", "mood", "kind", "language", "licence", "instrumental")
_MANY = frozenset({"genre", "mood", "kind"})
"""Kinds whose one text often holds several values, parted by `;` or `,`."""


def read_tags(path: Path | str) -> Tags:
    """What the file says. Raises `InputError` with one fault where it is no readable audio file."""
    where = shown(path)
    try:
        with Path(path).open("rb") as stream:
            if stream.seek(0, os.SEEK_END) == 0:
                raise InputError([Fault(where, "is empty (zero bytes)")])
            torn = _torn_ogg(stream)
    except OSError as error:
        raise InputError([Fault(where, f"cannot be read: {reason(error)}")]) from error
    try:
        import mutagen

        file = mutagen.File(os.fspath(path))
    except OSError as error:
        raise InputError([Fault(where, f"cannot be read: {reason(error)}")]) from error
    except Exception as error:  # mutagen lets struct, index and value errors out of mangled files
        raise InputError([Fault(where, "is no audio file this program can read")]) from error
    if file is None or file.info is None:
        raise InputError([Fault(where, "is no audio file this program can read")])
    length = float(getattr(file.info, "length", 0.0) or 0.0)
    return tags_of(
        _texts(file),
        stem=Path(path).stem,
        duration_s=length if math.isfinite(length) and length > 0 else 0.0,
        declared=_declared(file),
        torn=torn,
    )


def tags_of(
    texts: Mapping[str, Iterable[str]],
    *,
    stem: str,
    duration_s: float,
    declared: bool = True,
    torn: bool = False,
) -> Tags:
    """The value from what the tags hold: our names in lower case, each with its texts. Pure."""
    clean = {kind: [word for word in map(_tidy, values) if word] for kind, values in texts.items()}

    def first(kind: str) -> str:
        return (
            ", ".join(clean.get(kind, []))
            if kind == "artist"
            else next(iter(clean.get(kind, [])), "")
        )

    words: list[str] = []
    for kind in _WORDS:
        for text in clean.get(kind, []):
            parts = re.split(r"[;,]", text) if kind in _MANY else [text]
            words += [f"{kind}:{part.strip().lower()}" for part in parts if part.strip()]
    intensity: float | None = None
    notes: tuple[str, ...] = ()
    said = first("intensity")
    if said:
        intensity = read_intensity(said)
        if intensity is None:
            notes = (f"its tag INTENSITY is `{said}`, not a number from 0 to 1: measured instead",)
    return Tags(
        title=first("title") or _tidy(stem),
        artist=first("artist"),
        album=first("album"),
        duration_s=duration_s,
        intensity=intensity,
        tags=tuple(dict.fromkeys(words)),
        declared=declared,
        torn=torn,
        notes=notes,
    )


def read_intensity(text: str) -> float | None:
    """A number from 0 to 1, with a decimal point or comma; None for anything else."""
    if not re.fullmatch(r"\s*\+?(\d+([.,]\d*)?|[.,]\d+)\s*", text, re.ASCII):
        return None
    value = float(text.replace(",", "."))
    return value if value <= 1 else None


def _tidy(text: str) -> str:
    """One line without control characters: titles are printed on terminals and in reports."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", text).strip()
    return text.encode("utf-8", "replace").decode()


def _texts(file: mutagen.FileType) -> dict[str, list[str]]:
    """Every tag we ask for, under our own lower-case names."""
    tags = file.tags
    if tags is None:
        return {}
    family = type(tags).__name__
    if family.startswith("MP4"):
        free = {
            key.rsplit(":", 1)[1].lower(): values
            for key, values in tags.items()
            if key.startswith("----:") and isinstance(values, list)
        }
        return _gather(free, {kind: tags.get(key) for kind, key in _MP4.items()})
    if family.startswith("ASF"):
        free = {str(key).lower().removeprefix("wm/"): values for key, values in tags.items()}
        return _gather(free, {kind: tags.get(key) for kind, key in _ASF.items()})
    if hasattr(tags, "getall"):
        free = {frame.desc.lower(): frame.text for frame in tags.getall("TXXX")}
        named = {kind: _frame(tags.get(key)) for kind, key in _ID3.items()}
        return _gather(free, named)
    vorbis: dict[str, Any] = {}
    for key, value in list(tags):
        vorbis.setdefault(str(key).lower(), []).append(value)
    return _gather(vorbis, {})


def _frame(frame: Any) -> Any:
    """An ID3 frame's texts; a genre frame also knows names for its numbers."""
    return getattr(frame, "genres", None) or getattr(frame, "text", None)


def _gather(free: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, list[str]]:
    """Named fields first, free-form ones of the same kind where the format has no field."""
    out: dict[str, list[str]] = {}
    for kind in ("title", "intensity", *_WORDS):
        values = named.get(kind) or free.get(kind) or []
        out[kind] = [_text(value) for value in (values if isinstance(values, list) else [values])]
    if not any(out["licence"]):
        out["licence"] = [_text(value) for value in free.get("license") or []]
    return out


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _declared(file: mutagen.FileType) -> bool:
    """Whether the length is written in the file: an MP3 without a Xing or VBRI header, and plain
    AAC, are only estimated from their first frames."""
    kind = type(file).__name__
    if kind == "MP3":
        return not str(getattr(file.info, "bitrate_mode", "")).endswith("UNKNOWN")
    return kind != "AAC"


def _torn_ogg(stream: BinaryIO) -> bool:
    """Whether an Ogg file ends inside a page. Its length is read from the last page that is there,
    so nothing else tells that it was cut."""
    stream.seek(0)
    if stream.read(4) != b"OggS":
        return False
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - 2 * 65_307))  # the largest page there can be
    tail = stream.read()
    at = tail.rfind(b"OggS\x00")
    if at < 0:
        return False  # trailing matter of another kind; the decoder will say
    header = tail[at : at + 27]
    if len(header) < 27:
        return True
    lacing = tail[at + 27 : at + 27 + header[26]]
    return len(lacing) < header[26] or at + 27 + header[26] + sum(lacing) > len(tail)
