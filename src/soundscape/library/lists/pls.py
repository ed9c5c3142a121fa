"""PLS, the form of Winamp and of internet radio: `File1=...` in a section `[playlist]`."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

from soundscape.core.errors import Fault, InputError
from soundscape.library.lists.textform import joined, lines_of, safe_name
from soundscape.library.lists.values import Entry, Listing, PlaylistFile, playlist_of, tidy
from soundscape.library.walk import shown

HOLDS: frozenset[str] = frozenset()
"""What of a listing this form can hold beside the files themselves."""

_LINE = re.compile(r"\s*(file|title)\s*([0-9]{1,9})\s*=", re.IGNORECASE)


def read(path: Path, data: bytes) -> PlaylistFile:
    """The playlist of a text, in order of its numbers. Raises `InputError` for what is no PLS."""
    lines = lines_of(path, data, utf8=False)
    first = next(
        (line.strip() for line in lines if line.strip() and line.strip()[0] not in ";#"), ""
    )
    if first.lower() != "[playlist]":
        what = "is no PLS: its first line has to be `[playlist]`"
        raise InputError([Fault(shown(path), what, "is it the right file?", line=1)])
    files: dict[int, Entry] = {}
    titles: dict[int, str] = {}
    left_out: list[Fault] = []
    for count, line in enumerate(lines, 1):
        match = _LINE.match(line)
        if match is None:
            continue
        key, place = int(match[2]), match.end()
        value = line[place:]
        if match[1].lower() == "title":
            titles[key] = tidy(value)
        elif key in files:
            what = f"`File{key}` is here twice (first in line {files[key].line})"
            left_out.append(Fault(shown(path), what, "", count, 1))
        elif value.strip():
            files[key] = Entry(value, line=count, column=place + 1, kind="file", coding="perhaps")
    entries = [replace(files[key], title=titles.get(key, "")) for key in sorted(files)]
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
