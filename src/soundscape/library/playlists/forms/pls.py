"""PLS, the form of Winamp and of internet radio: `File1=...` in a section `[playlist]`."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

from soundscape.core.errors import Fault, InputError
from soundscape.core.text import plain, shown, typed
from soundscape.library.playlists.forms.textform import joined, lines_of, safe_name, work_of
from soundscape.library.playlists.forms.values import (
    Form,
    ListEntry,
    Listing,
    PlaylistFile,
    playlist_of,
)
from soundscape.library.playlists.naming import is_remote

_LINE = re.compile(r"\s*(file|title)\s*([0-9]{1,9})\s*=", re.IGNORECASE)
_OTHER = re.compile(r"\s*(?:$|[;#]|\[|(?!file\d*\s*=)[\w .-]+=)", re.IGNORECASE)
"""What is passed over: blanks, remarks, the heads of sections, other keys."""


def read(path: Path, data: bytes) -> PlaylistFile:
    """The playlist of a text, in order of its numbers. Raises `InputError` for what is no PLS."""
    files: dict[int, ListEntry] = {}
    titles: dict[int, tuple[str, int]] = {}
    left_out: list[Fault] = []
    has_head = False

    def leave_out(what: str, line: int) -> None:
        left_out.append(Fault(shown(path), what, "", line, 1))

    for count, line in enumerate(lines_of(path, data), 1):
        has_head = has_head or line.text.strip().lower() == "[playlist]"
        match = _LINE.match(line.text)
        if match is None:
            if not _OTHER.match(line.text):
                leave_out(f"{typed(line.text)} is no line of a PLS", count)
            continue
        key, place = int(match[2]), match.end()
        value = line.text[place:]
        if match[1].lower() == "title":
            titles[key] = plain(value), count
        elif key in files:
            leave_out(f"`File{key}` is here twice (first in line {files[key].line})", count)
        elif not value.strip():
            leave_out(f"`File{key}` names nothing", count)
        else:
            files[key] = ListEntry(
                value,
                line=count,
                column=place + 1,
                kind="file",
                coding="perhaps",
                others=tuple(each[place:] for each in line.others),
            )
    if not has_head and not files:
        what = "is no PLS: it has neither `[playlist]` nor a `File1=`"
        raise InputError([Fault(shown(path), what, "is it the right file?", line=1)])
    for key, (title, count) in titles.items():
        entry = files.get(key, ListEntry("", line=count, column=1, kind="file"))
        unnamed = not entry.name or is_remote(entry.name)
        if entry.name or title:
            work = work_of(title) if unnamed else None
            files[key] = replace(entry, title=title, work=work)
    entries = [files[key] for key in sorted(files)]
    return playlist_of(path, entries, left_out)


def write(listing: Listing) -> str:
    """A listing as text, to be saved as UTF-8."""
    lines = ["[playlist]"]
    for count, row in enumerate(listing.rows, 1):
        seconds = -1 if row.duration_s is None else math.floor(row.duration_s + 0.5)
        lines += [
            f"File{count}={safe_name(row.name)}",
            f"Title{count}={joined(row.artist, row.title)}",
            f"Length{count}={seconds}",
        ]
    return "\n".join([*lines, f"NumberOfEntries={len(listing.rows)}", "Version=2"]) + "\n"


FORM = Form(
    suffixes=(".pls",),
    read=read,
    write=write,
    holds=frozenset({"titles"}),
    reads=(
        "`File1=`, `Title1=` ..., in order of the numbers, with or without `[playlist]`; "
        "other lines are reported; a title without a file is looked for"
    ),
)
