"""What M3U and PLS share: lines of text, each in one of the encodings real files have."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from soundscape.core.errors import Fault, InputError
from soundscape.core.names import CODE_PAGES
from soundscape.core.text import plain, shown
from soundscape.library.playlists.forms.values import Work

_NEEDS_ADDRESS = re.compile(r"[\x00-\x1f#?]|%[0-9A-Fa-f]{2}")


_ENDS = re.compile(rb"\r\n?|\n")
_DECLARED = re.compile(rb"^#EXTENC:([ -~]{2,40})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text without its end. `others` are what it may say in further encodings."""

    text: str
    others: tuple[str, ...] = ()


def lines_of(path: Path, data: bytes) -> list[TextLine]:
    """A file's lines, each read by itself: UTF-8, what `#EXTENC` declares, or a code page. Scripts
    append lines in their own encoding to a file in another. UTF-16 is read as a whole. Raises
    `InputError` for what is no text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data:
        text = text_of(path, data)
        return [TextLine(line) for line in re.split(r"\r\n?|\n", text)]
    declared = _DECLARED.search(data)
    named = encoding_of(declared[1].decode()) if declared else ()
    return [_line(row, named) for row in _ENDS.split(data.removeprefix(codecs.BOM_UTF8))]


def encoding_of(declared: str) -> tuple[str, ...]:
    """The encoding that `#EXTENC` declares, for lines of single bytes; none where nobody knows it.

    >>> encoding_of(" windows-1252"), encoding_of("ANSI")
    (('cp1252',), ())
    """
    try:
        found = codecs.lookup(declared.strip()).name
        "a".encode(found)  # Not every codec is one of text.
    except (LookupError, UnicodeError):
        return ()
    return () if found.startswith(("utf-16", "utf-32")) else (found,)


def _line(row: bytes, declared: tuple[str, ...]) -> TextLine:
    if row.isascii():
        return TextLine(row.decode())
    readings: dict[str, None] = {}
    for encoding in (*declared, "utf-8", *CODE_PAGES):
        try:
            readings[row.decode(encoding)] = None
        except UnicodeError:
            continue
        if encoding == "utf-8":
            break  # By chance hardly any other text is UTF-8.
    first, *others = readings or [row.decode("cp1252", "replace")]
    return TextLine(first, tuple(others))


def text_of(path: Path, data: bytes) -> str:
    """A text in UTF-8, or in UTF-16 with its mark or where every other byte is zero. Raises
    `InputError` for anything else."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise InputError(
                [Fault(shown(path), "is not UTF-16 text, as its first bytes promise")]
            ) from error
    if wide := _without_mark(data):
        return data.decode(wide)
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        do = "is it the right file?"
        raise InputError([Fault(shown(path), "holds a zero byte: it is no text", do, line)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            [Fault(shown(path), "is not UTF-8 text", "save it as UTF-8", line=line)]
        ) from error


def _without_mark(data: bytes) -> str:
    """UTF-16 that some Windows programs write without a mark; "" for what is not that."""
    half = len(data) // 2
    for encoding, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if len(data) % 2 == 0 and half and zeros.count(0) > half / 2 and data.count(0) < half + 9:
            try:
                data.decode(encoding)
            except UnicodeDecodeError:
                continue
            return encoding
    return ""


def safe_name(name: str) -> str:
    """A path as a line can hold it: none is taken for a comment, an address, a blank or a home.

    One with a line break in it, or with what VLC 3 takes for the end of a name (`#`, `?`) or for
    another letter (`%41`), is written as an address: whole, or relative to the list.
    """
    if _NEEDS_ADDRESS.search(name):
        # With `./`, as VLC opens no `file:` that is relative.
        return ("file://" if name.startswith("/") else "./") + quote(name)
    plain = name[:1].isalnum() or name.startswith("/")
    return name if plain and ":" not in name.split("/")[0] else f"./{name}"


def joined(artist: str, title: str) -> str:
    """What players show for a line: `Artist - Title`."""
    return plain(f"{artist} - {title}" if artist else title)


def work_of(shown: str, lasts: str = "") -> Work:
    """The same read back, where a line names no file: whose music it is, what it is called, and how
    many seconds it lasts."""
    creator, *title = re.split(r"\s+[-\u2013\u2014]\s+", shown, maxsplit=1)
    seconds = re.match(r"\s*([0-9]{1,6})", lasts)
    return Work(
        title[0] if title else creator,
        creator if title else "",
        duration_s=float(seconds[1]) or None if seconds else None,
    )
