"""What M3U and PLS share: lines of text in one of the encodings real files have."""

from __future__ import annotations

import re
from pathlib import Path

from soundscape.core.errors import Fault, InputError
from soundscape.library.lists.values import tidy
from soundscape.library.walk import shown

_NEEDS_ADDRESS = re.compile(r"[\x00-\x1f#?]|%[0-9A-Fa-f]{2}")


def lines_of(path: Path, data: bytes, *, utf8: bool) -> list[str]:
    """A file's lines, without their ends. UTF-8, or UTF-16 with its mark; where `utf8` is not
    promised, Windows' Latin letters too. Raises `InputError` for what is no text."""
    return re.split(r"\r\n?|\n", text_of(path, data, utf8=utf8))


def text_of(path: Path, data: bytes, *, utf8: bool) -> str:
    """A file's text, as `lines_of` reads it."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise InputError(
                [Fault(shown(path), "is not UTF-16 text, as its first bytes promise")]
            ) from error
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        do = "is it the right file?"
        raise InputError([Fault(shown(path), "holds a zero byte: it is no text", do, line)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if utf8:
            line = data.count(b"\n", 0, error.start) + 1
            raise InputError(
                [Fault(shown(path), "is not UTF-8 text", "save it as UTF-8", line=line)]
            ) from error
    return data.decode("cp1252", "replace")


def safe_name(name: str) -> str:
    """A path as a line can hold it: none is taken for a comment, an address, a blank or a home.

    One with a line break in it, or with what VLC 3 takes for the end of a name (`#`, `?`) or for
    another letter (`%41`), is written as an address: whole, or relative to the list.
    """
    if _NEEDS_ADDRESS.search(name):
        from urllib.parse import quote

        # With `./`, as VLC opens no `file:` that is relative.
        return ("file://" if name.startswith("/") else "./") + quote(name)
    plain = name[:1].isalnum() or name.startswith("/")
    return name if plain and ":" not in name.split("/")[0] else f"./{name}"


def joined(artist: str, title: str) -> str:
    """What players show for a line: `Artist - Title`."""
    return tidy(f"{artist} - {title}" if artist else title)
