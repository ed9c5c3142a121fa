"""The texts of a file's tags: ID3 frames, MP4 atoms, Vorbis comments, APEv2, ASF and RIFF INFO.

mutagen is imported when a file is read: with a warm index it never is.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from soundscape.core.errors import Fault, InputError
from soundscape.core.text import reason, shown
from soundscape.library.playlists.cuesheet import FRAMES_A_SECOND
from soundscape.library.riff import Riff, aiff_texts, is_wave, read_riff
from soundscape.library.tags import WORDS, Tags, tags_of

if TYPE_CHECKING:
    from mutagen import FileType

# What we ask for, as each family of formats writes it. Vorbis comments (Ogg, Opus, FLAC) use our
# own name in capitals where nothing else is given; the others are matched without regard to case.
_ID3 = {
    "TIT2": "title",
    "TPE1": "artist",
    "TALB": "album",
    "TCON": "genre",
    "TMOO": "mood",
    "TIT1": "grouping",
    "GRP1": "grouping",
    "TLAN": "language",
    "TCOP": "licence",
    "TSRC": "isrc",
    "TPE2": "albumartist",
    "TPE3": "conductor",
    "TPE4": "remixer",
    "TCOM": "composer",
    "TOPE": "performer",
    "TMCL": "performer",
}
_MP4 = {
    "title": "\xa9nam",
    "artist": "\xa9ART",
    "album": "\xa9alb",
    "genre": "\xa9gen",
    "grouping": "\xa9grp",
    "comment": "\xa9cmt",
    "lyrics": "\xa9lyr",
    "licence": "cprt",
    "albumartist": "aART",
    "composer": "\xa9wrt",
}
_ASF = {
    "title": "Title",
    "artist": "Author",
    "album": "WM/AlbumTitle",
    "genre": "WM/Genre",
    "mood": "WM/Mood",
    "grouping": "WM/ContentGroupDescription",
    "comment": "Description",
    "language": "WM/Language",
    "licence": "Copyright",
}
_OWN = (
    *("title", "intensity", *WORDS, "comment", "lyrics", "isrc", "cuesheet"),
    *("replaygain_track_gain", "replaygain_reference_loudness", "r128_track_gain"),
)
_FREE = {name: name for name in _OWN} | {
    "license": "licence",
    "description": "comment",
    "contentgroup": "grouping",
    "album artist": "albumartist",
    "album_artist": "albumartist",
    "artists": "performer",
    "ensemble": "performer",
    "orchestra": "performer",
    "mixartist": "remixer",
    "modifiedby": "remixer",
    "unsyncedlyrics": "lyrics",
    "syncedlyrics": "lyrics",
    "lyrics_synchronised": "lyrics",
    "unsynced lyrics": "lyrics",
}
"""What may stand under a name of its own in any format, by that name, to what we call it."""

_NO_AUDIO = "is no audio file this program can read"


class Unread(InputError):
    """A file that is no audio file as far as its header can be read here. The decoder knows more
    forms, and decides."""


def read_tags(path: Path | str) -> Tags:
    """What the file says. Raises `InputError` with one fault where it is no readable audio file,
    `Unread` where only the decoder can tell."""
    name = os.fspath(path)
    try:
        # Opened by a number: a name with a wrong suffix would mislead mutagen.
        with open(os.open(name, os.O_RDONLY | os.O_CLOEXEC), "rb") as stream:  # noqa: PTH123
            head = stream.read(64)
            if not head:
                raise InputError([Fault(shown(path), "is empty (zero bytes)")])
            torn = head.startswith(b"OggS") and _torn_ogg(stream)
            stream.seek(0)
            try:
                if is_wave(head):
                    return _wave(read_riff(stream), name)
                file = _open(stream)
                texts = _texts(file) if file is not None else {}
                if getattr(file, "cuesheet", None):
                    texts.setdefault("cuesheet", [_sheet(file)])
                for more in _beside(stream, type(file).__name__):
                    texts = {**more, **texts}
            except OSError:
                raise
            except Exception as error:  # mutagen lets struct and index errors out of mangled files
                raise Unread([Fault(shown(path), _NO_AUDIO)]) from error
    except OSError as error:
        raise InputError([Fault(shown(path), f"cannot be read: {reason(error)}")]) from error
    if file is None or file.info is None:
        raise Unread([Fault(shown(path), _NO_AUDIO)])
    length = float(getattr(file.info, "length", 0.0) or 0.0)
    known = math.isfinite(length) and length > 0
    return tags_of(
        texts,
        stem=_stem(name),
        duration_s=length if known else 0.0,
        declared=known and _declared(file),
        torn=torn,
    )


def described_tags(
    path: str, texts: Mapping[str, str], duration_s: float | None, *, torn: bool
) -> Tags:
    """The same of a file that FFmpeg reads: `duration_s` as the header promises it, None where it
    does not; `texts` the tags by name."""
    gathered = _gather(((name, [text]) for name, text in texts.items()), {})
    return _promised(path, gathered, duration_s, torn=torn)


def _promised(
    path: str, texts: Mapping[str, list[str]], duration_s: float | None, *, torn: bool = False
) -> Tags:
    promises = duration_s is not None
    stem, length_s = _stem(path), duration_s or 0.0
    return tags_of(texts, stem=stem, duration_s=length_s, declared=promises, torn=torn)


def _wave(riff: Riff, path: str) -> Tags:
    from mutagen.id3 import ID3

    texts = riff.info
    if riff.id3.startswith(b"ID3"):
        texts |= _id3(ID3(io.BytesIO(riff.id3)))  # type: ignore[no-untyped-call]
    return replace(_promised(path, texts, riff.duration_s), wrong=riff.wrong)


def _beside(stream: BinaryIO, kind: str) -> Iterator[dict[str, list[str]]]:
    """What mutagen leaves unread: tags around bare streams, of which many programs write several
    kinds (ID3v2 first, APEv2 and ID3v1 behind), and AIFF's own."""
    if kind == "AIFF":
        yield aiff_texts(stream)
    if kind not in ("MP3", "AAC", "AC3"):
        return
    from mutagen import MutagenError
    from mutagen.apev2 import APEv2
    from mutagen.id3 import ID3, ParseID3v1

    with contextlib.suppress(MutagenError):
        if kind != "MP3":  # An MP3's are read.
            stream.seek(0)
            yield _id3(ID3(stream))  # type: ignore[no-untyped-call]
    with contextlib.suppress(MutagenError):
        stream.seek(0)
        yield _ape(APEv2(stream))  # type: ignore[no-untyped-call]
    end = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, end - 128))
    if frames := ParseID3v1(stream.read()):  # type: ignore[no-untyped-call]
        yield _id3(frames)


def _ape(tags: Any) -> dict[str, list[str]]:
    from mutagen.apev2 import APETextValue

    texts = ((key, list(value)) for key, value in tags.items() if isinstance(value, APETextValue))
    return _gather(texts, {})


def _sheet(flac: Any) -> str:
    """A FLAC's own block of tracks and indexes, in samples, as the text of a cue sheet."""
    lines, rate = [], flac.info.sample_rate
    for track in flac.cuesheet.tracks:  # The last is the end of the disc, without an index.
        lines.append(f"TRACK {track.track_number:02} {'DATA' if track.type else 'AUDIO'}")
        for index in track.indexes:
            frames = round((track.start_offset + index.index_offset) * FRAMES_A_SECOND / rate)
            minutes, rest = divmod(frames, 60 * FRAMES_A_SECOND)
            seconds, frames = divmod(rest, FRAMES_A_SECOND)
            lines.append(f"INDEX {index.index_number:02} {minutes:02}:{seconds:02}:{frames:02}")
    return "\n".join(lines)


def _open(stream: BinaryIO) -> FileType | None:
    from mutagen import File, MutagenError
    from mutagen.aac import AAC
    from mutagen.flac import FLAC

    try:
        file: FileType | None = File(stream)
        return file
    except MutagenError:
        # Whatever begins with an ID3 tag is taken for an MP3.
        for kind in (FLAC, AAC):
            stream.seek(0)
            with contextlib.suppress(MutagenError):
                return kind(stream)
        raise


def _stem(name: str) -> str:
    """The file's name without its suffix."""
    file = name.rpartition("/")[2]
    return file.rpartition(".")[0] or file


def _texts(file: FileType) -> dict[str, list[str]]:
    """Every tag we ask for, under our own lower-case names."""
    tags = file.tags
    if tags is None:
        return {}
    family = type(tags).__name__
    if family.startswith("MP4"):
        free = [
            (key.rsplit(":", 1)[1], values)
            for key, values in tags.items()
            if key.startswith("----:") and isinstance(values, list)
        ]
        return _gather(free, {kind: tags.get(key) for kind, key in _MP4.items()})
    if family.startswith("ASF"):
        free = [(str(key).removeprefix("WM/"), values) for key, values in tags.items()]
        return _gather(free, {kind: tags.get(key) for kind, key in _ASF.items()})
    if hasattr(tags, "getall"):
        return _id3(tags)
    if family.startswith("APE"):
        return _ape(tags)
    return _gather(((key, [value]) for key, value in list(tags)), {})


def _id3(tags: Any) -> dict[str, list[str]]:
    """ID3's frames, looked at once each: a file may have many."""
    named: dict[str, Any] = {}
    free: list[tuple[str, Any]] = []
    for key, frame in tags.items():
        kind = key[:4]
        if kind == "TXXX":
            free.append((frame.desc, frame.text))
        elif kind in _ID3:
            # A genre frame also knows names for its numbers; musicians have their instruments.
            people = [name for _, name in getattr(frame, "people", ())]
            texts = people or getattr(frame, "genres", None) or frame.text
            named.setdefault(_ID3[kind], []).extend(texts)
        elif kind == "USLT":
            named.setdefault("lyrics", []).append(frame.text)
        elif kind == "SYLT":
            named.setdefault("lyrics", []).append(" ".join(str(line[0]) for line in frame.text))
        elif kind == "COMM" and not frame.desc:
            # A comment with a name of its own (iTunNORM and the like) is for programs.
            named.setdefault("comment", []).extend(frame.text)
        elif key == "UFID:http://musicbrainz.org":
            named["musicbrainz track id"] = frame.data
    return _gather(free, named)


def _gather(free: Iterable[tuple[str, Any]], named: Mapping[str, Any]) -> dict[str, list[str]]:
    """Named fields first, free-form ones of the same kind where the format has no field; lyrics
    from wherever they are."""
    out = {kind: _as_texts(values) for kind, values in named.items() if values}
    more: dict[str, list[str]] = {}
    for name, values in free:
        kind = name.lower()
        # Picard writes `MUSICBRAINZ_TRACKID` in Vorbis comments, `MusicBrainz/Track Id` in ASF.
        kind = _FREE.get(kind) or (kind if kind.startswith("musicbrainz") else "")
        if kind:
            more.setdefault(kind, []).extend(_as_texts(values))
    for kind, texts in more.items():
        if kind not in out:
            out[kind] = texts
        elif kind == "lyrics":
            out[kind] += texts
    return out


def _as_texts(values: Any) -> list[str]:
    return [
        value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        for value in (values if isinstance(values, list) else [values])
    ]


def _declared(file: FileType) -> bool:
    """Whether the length is written in the file: an MP3 without a Xing or VBRI header, and plain
    AAC and AC-3, are only estimated from their first frames. An Ogg file's length is taken from
    its last page, whose clock may have begun long before the file: cut out of a live stream, it
    seems to last for hours."""
    kind = type(file).__name__
    if kind == "MP3":
        return not str(getattr(file.info, "bitrate_mode", "")).endswith("UNKNOWN")
    return kind not in ("AAC", "AC3") and not kind.startswith("Ogg")


def _torn_ogg(stream: BinaryIO) -> bool:
    """Whether an Ogg file ends inside a page. Its length is read from the last page that is there,
    so nothing else tells that it was cut."""
    from mutagen.ogg import OggPage, error

    size = stream.seek(0, os.SEEK_END)
    start = max(0, size - 65_307)  # the largest page there can be
    stream.seek(start)
    at = stream.read().rfind(b"OggS\x00")
    if at < 0:
        return False  # trailing matter of another kind; the decoder will say
    stream.seek(start + at)
    try:
        OggPage(stream)  # type: ignore[no-untyped-call]
    except error:
        return True
    return False
