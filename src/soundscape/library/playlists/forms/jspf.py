"""JSPF, XSPF's fields in JSON (https://www.xspf.org/jspf)."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from soundscape.core.errors import Fault, InputError
from soundscape.core.text import clipped, number, plain, shown, typed, value_text
from soundscape.library.playlists.forms.model import EXTENSION, OVERRIDES, read_overrides
from soundscape.library.playlists.forms.textform import text_of
from soundscape.library.playlists.forms.values import (
    MOST_ENTRIES,
    Form,
    ListEntry,
    Listing,
    PlaylistFile,
    Work,
    entry_of_service,
    ids_in,
    overrides,
    playlist_of,
)
from soundscape.library.playlists.forms.xspf import address, milliseconds

_BLANK = re.compile(r"[ \t\n\r]*")
_DECODE = json.JSONDecoder().raw_decode


def read(path: Path, data: bytes) -> PlaylistFile:
    """The playlist of a document. Raises `InputError` for what is not JSON or no JSPF."""
    return _Reader(path, text_of(path, data)).playlist()


class _Reader:
    """Finds the tracks in a document. Python's decoder tells no places, so that the way down to
    the tracks is walked here, once the whole is known to be JSON."""

    def __init__(self, path: Path, text: str) -> None:
        self.entries: list[ListEntry] = []
        self.left_out: list[Fault] = []
        self._path = path
        self._text = text
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def playlist(self) -> PlaylistFile:
        """The playlist."""
        try:
            json.loads(self._text)
        except json.JSONDecodeError as error:
            self._refuse(f"is not JSON: {error.msg.lower()}", error.pos)
        except RecursionError:
            self._refuse("is nested too deep; is it the right file?", 0)
        except ValueError as error:
            self._refuse(f"is not JSON that is read here: {clipped(plain(str(error)), 100)}", 0)
        top = dict(self._members(self._skip(0)))
        if "playlist" not in top:
            self._refuse('is no JSPF: it has to begin with `{"playlist": ...`', 0)
        fields = dict(self._members(top["playlist"]))
        if "track" not in fields:
            self._refuse("is no JSPF: `playlist` has no `track`", top["playlist"])
        if self._text[fields["track"]] != "[":
            self._refuse("`track` has to be a list", fields["track"])
        for at in self._items(fields["track"]):
            self._track(at)
            if len(self.entries) + len(self.left_out) > MOST_ENTRIES:
                break  # told below, and without reading on
        return playlist_of(self._path, self.entries, self.left_out, **self._titles(fields))

    def _titles(self, fields: dict[str, int]) -> dict[str, str]:
        """The playlist's name and what it says of itself, where they are there and are texts."""
        wanted = {"name": "title", "about": "annotation"}
        found = {ours: self._value(fields[key]) for ours, key in wanted.items() if key in fields}
        return {ours: value for ours, value in found.items() if isinstance(value, str)}

    def _track(self, at: int) -> None:
        said = self._value(at)
        if not isinstance(said, dict):
            self._leave_out(f"a track has to be a mapping, not {value_text(said)}", at)
            return
        names = _texts(said.get("location"))
        work = _work(said, names)
        if not names and not work:
            self._leave_out(
                "a track without a `location`" + (f" ({typed(str(work))})" if str(work) else ""), at
            )
            return
        at = dict(self._members(at))["location"] if names else at
        line, column = self._place(at)
        fields, wrong = read_overrides(_overrides(said), shown(self._path), line, column)
        if wrong:
            self.left_out += wrong
            return
        self.entries.append(entry_of_service(names, work, line, column, fields))

    def _value(self, at: int) -> Any:
        return _DECODE(self._text, at)[0]

    def _skip(self, at: int) -> int:
        match = _BLANK.match(self._text, at)
        return match.end() if match else at

    def _members(self, at: int) -> Iterator[tuple[str, int]]:
        """The keys of the mapping that begins here, each with where its value begins."""
        if self._text[at] != "{":
            return
        at = self._skip(at + 1)
        while self._text[at] != "}":
            key, at = _DECODE(self._text, at)
            value = self._skip(self._skip(at) + 1)
            yield key, value
            at = self._next(_DECODE(self._text, value)[1])

    def _items(self, at: int) -> Iterator[int]:
        """Where each value of the list that begins here begins."""
        at = self._skip(at + 1)
        while self._text[at] != "]":
            yield at
            at = self._next(_DECODE(self._text, at)[1])

    def _next(self, at: int) -> int:
        at = self._skip(at)
        return self._skip(at + 1) if self._text[at] == "," else at

    def _place(self, at: int) -> tuple[int, int]:
        line = bisect_right(self._lines, at)
        return line, at - self._lines[line - 1] + 1

    def _leave_out(self, what: str, at: int) -> None:
        self.left_out.append(Fault(shown(self._path), what, "", *self._place(at)))

    def _refuse(self, what: str, at: int) -> NoReturn:
        raise InputError([Fault(shown(self._path), what, "", *self._place(at))])


def _texts(value: object) -> list[str]:
    """The texts of a field that holds one or a list of them."""
    several = value if isinstance(value, list) else [value]
    return [each for each in several if isinstance(each, str) and each.strip()]


def _work(track: dict[str, Any], names: list[str]) -> Work:
    """What a track says of its music; listening services put an ISRC into `meta` or an extension
    of theirs."""
    said = {
        key: plain("".join(_texts(track.get(key))[:1])) for key in ("title", "creator", "album")
    }
    length = track.get("duration")
    whole = isinstance(length, int | float) and not isinstance(length, bool) and 0 < length < 1e9
    beside = _isrcs([track.get("meta"), track.get("extension"), {"isrc": track.get("isrc")}])
    ids = ids_in([*_texts(track.get("identifier")), *beside, *names])
    seconds = float(length) / 1000 if whole and length else milliseconds(str(length))
    return Work(**said, duration_s=seconds, ids=ids)


def _isrcs(value: object, depth: int = 0) -> Iterator[str]:
    """Texts under a key that has `isrc` in it, wherever they are."""
    if depth < 8 and isinstance(value, list):
        for each in value:
            yield from _isrcs(each, depth + 1)
    elif depth < 8 and isinstance(value, dict):
        for key, each in value.items():
            if "isrc" in key.lower():
                yield from _texts(each)
            else:
                yield from _isrcs(each, depth + 1)


def _overrides(track: dict[str, Any]) -> dict[str, object]:
    """What our own extension says of a track; other programs' are theirs."""
    extensions = track.get("extension")
    given = extensions.get(EXTENSION) if isinstance(extensions, dict) else None
    parts = given if isinstance(given, list) else [given]
    return {key: value for part in parts if isinstance(part, dict) for key, value in part.items()}


def write(listing: Listing) -> str:
    """A listing as a document, to be saved as UTF-8. The overrides are an extension of our own."""
    tracks = []
    for row in listing.rows:
        # One that names no file is a list to read, and to find the music by.
        track: dict[str, object] = {"location": [address(row.name)]} if row.name else {}
        track |= {"title": plain(row.title)} if row.title else {}
        track |= {"creator": plain(row.artist)} if row.artist else {}
        if row.duration_s is not None:
            track["duration"] = round(row.duration_s * 1000)
        if said := overrides(row):
            track["extension"] = {EXTENSION: [said | _bare(row.intensity)]}
        tracks.append(track)
    about = {"annotation": plain(listing.about)} if listing.about else {}
    playlist = {"title": plain(listing.name), **about, "track": tracks}
    return json.dumps({"playlist": playlist}, ensure_ascii=False, indent=2) + "\n"


def _bare(intensity: float | None) -> dict[str, Any]:
    """The intensity as JSON has numbers."""
    return {} if intensity is None else {"intensity": float(number(intensity, 6))}


FORM = Form(
    suffixes=(".jspf",),
    read=read,
    write=write,
    holds=frozenset({"name", "about", "titles", *OVERRIDES}),
    reads="the same fields in JSON",
)
