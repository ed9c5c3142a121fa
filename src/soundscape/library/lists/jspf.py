"""JSPF, XSPF's fields in JSON (https://www.xspf.org/jspf)."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from soundscape.core.errors import Fault, InputError
from soundscape.library.lists.overrides import EXTENSION, OVERRIDES, read_overrides
from soundscape.library.lists.textform import text_of
from soundscape.library.lists.values import (
    MOST_ENTRIES,
    Entry,
    Listing,
    PlaylistFile,
    number,
    playlist_of,
    tidy,
)
from soundscape.library.lists.xspf import address
from soundscape.library.walk import shown

HOLDS = frozenset({"about", *OVERRIDES})
"""What of a listing this form can hold beside the files themselves."""

_BLANK = re.compile(r"[ \t\n\r]*")
_DECODE = json.JSONDecoder().raw_decode


def read(path: Path, data: bytes) -> PlaylistFile:
    """The playlist of a document. Raises `InputError` for what is not JSON or no JSPF."""
    return _Reader(path, text_of(path, data, utf8=True)).playlist()


class _Reader:
    """Finds the tracks in a document. Python's decoder tells no places, so that the way down to
    the tracks is walked here, once the whole is known to be JSON."""

    def __init__(self, path: Path, text: str) -> None:
        self.entries: list[Entry] = []
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
            self._refuse(f"is not JSON that is read here: {tidy(str(error))[:100]}", 0)
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
            self._leave_out(f"a track has to be a mapping, not {tidy(json.dumps(said))[:40]}", at)
            return
        words = [said.get(key) for key in ("creator", "title")]
        title = " - ".join(tidy(word) for word in words if isinstance(word, str) and word.strip())
        given = said.get("location")
        places = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        names = [each for each in places if isinstance(each, str) and each.strip()]
        if not names:
            self._leave_out("a track without a `location`" + (f" ({title[:80]})" * bool(title)), at)
            return
        at = dict(self._members(at))["location"]
        fields, wrong = read_overrides(_overrides(said))
        if wrong:
            for what in wrong.values():
                self._leave_out(what, at)
            return
        line, column = self._place(at)
        self.entries.append(
            Entry(
                names[0],
                line=line,
                column=column,
                kind="file",
                coding="percent",
                title=title,
                others=tuple(names[1:]),
                **fields,
            )
        )

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
        track |= {"title": tidy(row.title)} if row.title else {}
        track |= {"creator": tidy(row.artist)} if row.artist else {}
        if row.duration_s is not None:
            track["duration"] = round(row.duration_s * 1000)
        if said := row.overrides():
            track["extension"] = {EXTENSION: [said | _bare(row.intensity)]}
        tracks.append(track)
    about = {"annotation": tidy(listing.about)} if listing.about else {}
    playlist = {"title": tidy(listing.name), **about, "track": tracks}
    return json.dumps({"playlist": playlist}, ensure_ascii=False, indent=2) + "\n"


def _bare(intensity: float | None) -> dict[str, Any]:
    """The intensity as JSON has numbers."""
    return {} if intensity is None else {"intensity": float(number(intensity))}
