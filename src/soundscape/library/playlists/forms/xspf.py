"""XSPF, the XML form (https://xspf.org/spec): every `location` an address, percent-encoded.

Read with expat as it comes, without a tree. A document type is refused before anything of it is
taken in, and with it entities: no bombs, and nothing of another file or of the network.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from soundscape.core.errors import Fault, InputError
from soundscape.core.text import clipped, plain, shown, typed
from soundscape.library.playlists.forms.m3u import cue_points, vlc_point
from soundscape.library.playlists.forms.model import (
    EXTENSION,
    OVERRIDES,
    as_value,
    read_overrides,
)
from soundscape.library.playlists.forms.values import (
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

NAMESPACE = "http://xspf.org/ns/0/"
VLC = "http://www.videolan.org/vlc/playlist/0"
MOST_DEPTH = 64
_BASE = "http://www.w3.org/XML/1998/namespace base"
_TRACK = ["tracklist", "track"]
_SAID = ("title", "creator", "album", "duration", "identifier")
"""What a track's elements say of its music."""

MOST_TEXT = 20_000
"""No location or title has more characters."""


def read(path: Path, data: bytes) -> PlaylistFile:
    """The playlist of a document. Raises `InputError` for what is not XML or no XSPF."""
    listener = _Listener(path)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = listener.doctype
    parser.StartElementHandler = listener.start
    parser.EndElementHandler = listener.end
    parser.CharacterDataHandler = listener.text
    listener.parser = parser
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        why = expat.errors.messages.get(error.code, str(error.code))
        at = (error.lineno, error.offset + 1)
        raise InputError([Fault(shown(path), f"is not XML: {why}", "", *at)]) from None
    except (LookupError, ValueError) as error:
        what = f"is in an encoding nobody reads here ({clipped(plain(str(error)), 100)})"
        raise InputError([Fault(shown(path), what, "save it as UTF-8", 1, 1)]) from None
    return playlist_of(
        path, listener.entries, listener.left_out, name=listener.name, about=listener.about
    )


def milliseconds(text: str) -> float | None:
    """A track's length in seconds; None for what is no number of milliseconds."""
    return int(text) / 1000 or None if re.fullmatch("[0-9]{1,9}", text.strip()) else None


def _based(base: str, name: str) -> str:
    """A relative address below its `xml:base`; "" where there is none, or the address is whole."""
    if not base or not name or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\]", name):
        return ""
    try:
        return urljoin(base, name)
    except ValueError:
        return ""


class _Listener:
    """Hears the document's elements go by and keeps what a playlist needs."""

    def __init__(self, path: Path) -> None:
        self.entries: list[ListEntry] = []
        self.left_out: list[Fault] = []
        self.name = self.about = ""
        self.parser: Any = None
        self._where = shown(path)
        self._open: list[str] = []
        self._words: list[str] = []
        self._space = NAMESPACE
        self._bases: list[str] = []
        self._new_track()

    def _new_track(self) -> None:
        self._at = (self._line(), self._column())
        self._found: list[tuple[str, int, int]] = []
        self._application = ""
        self._texts: dict[str, list[str]] = {}
        self._wrong: list[str] = []
        self._said: dict[str, object] = {}
        self._points: dict[str, float] = {}

    def _line(self) -> int:
        return int(self.parser.CurrentLineNumber) if self.parser else 1

    def _column(self) -> int:
        return int(self.parser.CurrentColumnNumber) + 1 if self.parser else 1

    def _stop(self, what: str, do: str) -> None:
        raise InputError([Fault(self._where, what, do, self._line(), self._column())])

    def doctype(self, *_: object) -> None:
        """A document type declaration: no XSPF has one, and only harm needs one."""
        self._stop("has a document type (`<!DOCTYPE`), which is not read here", "delete it")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        space, _, name = tag.rpartition(" ")
        if len(self._open) >= MOST_DEPTH:
            self._stop(f"nested more than {MOST_DEPTH} deep", "is it the right file?")
        if not self._open:
            if name.lower() != "playlist":
                what = f"is no XSPF: it begins with {typed(f'<{name}>')}"
                self._stop(what, "is it the right file?")
            # Many a program writes the namespace a little wrong: what the root has is taken.
            self._space = space
        within = space in ("", self._space)
        self._open.append(name.lower() if within else f"{space} {name}")
        self._bases.append(attributes.get(_BASE, self._bases[-1] if self._bases else ""))
        self._words = []
        path = self._open[1:]
        if path == _TRACK:
            self._new_track()
        elif path == [*_TRACK, "location"]:
            self._place = (self._line(), self._column())
        elif path == [*_TRACK, "extension"]:
            self._application = attributes.get("application", "")
        elif path == [*_TRACK, "meta"] and "isrc" in attributes.get("rel", "").lower():
            self._open[-1] = "identifier"
        elif self._application == EXTENSION and path[-1] == f"{EXTENSION} override":
            self._said |= {key: as_value(value) for key, value in attributes.items()}

    def text(self, words: str) -> None:
        """Words within an element."""
        self._words.append(words)

    def end(self, _: str) -> None:
        """An element closes."""
        path, words = self._open[1:], "".join(self._words)[:MOST_TEXT]
        self._words = []
        self._open.pop()
        base = self._bases.pop()
        if path == ["title"]:
            self.name = words
        elif path == ["annotation"]:
            self.about = words
        elif path[:2] != _TRACK:
            return
        elif path[2:] == ["location"]:
            # Laid out over several lines by some writers: blanks at the ends are not the name's.
            name = words.strip()
            self._found += [(each, *self._place) for each in (_based(base, name), name) if each]
        elif len(path) == 3 and path[2] in _SAID:
            self._texts.setdefault(path[2], []).append(plain(words))
        elif path[2:] == ["extension"]:
            self._application = ""
        elif self._application.rstrip("/") == VLC and path[-1].endswith(" option"):
            try:
                self._points |= vlc_point(words)
            except ValueError as error:
                self._wrong.append(str(error))
        elif len(path) == 2:
            self._track()

    def _track(self) -> None:
        said = {kind: next(filter(None, texts), "") for kind, texts in self._texts.items()}
        work = Work(
            said.get("title", ""),
            said.get("creator", ""),
            said.get("album", ""),
            milliseconds(said.get("duration", "")),
            ids_in([*self._texts.get("identifier", ()), *(each[0] for each in self._found)]),
        )
        if not self._found and not work:
            what = "a track without a `location`" + (f" ({typed(str(work))})" if str(work) else "")
            self.left_out.append(Fault(self._where, what, "", *self._at))
            return
        found = list(dict.fromkeys(self._found))
        line, column = found[0][1:] if found else self._at
        fields, wrong = read_overrides(self._said, self._where, line, column)
        self.left_out += wrong
        self.left_out += [Fault(self._where, what, "", line, column) for what in self._wrong]
        if wrong:
            return
        cues = dict(zip(("cue_in_s", "cue_out_s"), cue_points(self._points), strict=True))
        names = [each[0] for each in found]
        self.entries.append(entry_of_service(names, work, line, column, {**cues, **fields}))


def write(listing: Listing) -> str:
    """A listing as a document, to be saved as UTF-8. The overrides are an extension of our own."""

    def element(name: str, text: str, indent: str) -> list[str]:
        return [f"{indent}<{name}>{escape(text)}</{name}>"] if text else []

    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<playlist version="1" xmlns="{NAMESPACE}">',
    ]
    lines += element("title", plain(listing.name), "  ")
    lines += element("annotation", plain(listing.about), "  ")
    lines.append("  <trackList>")
    for row in listing.rows:
        lines.append("    <track>")
        # One that names no file is a list to read, and to find the music by.
        lines += element("location", address(row.name), "      ")
        lines += element("title", plain(row.title), "      ")
        lines += element("creator", plain(row.artist), "      ")
        if row.duration_s is not None:
            lines += element("duration", str(round(row.duration_s * 1000)), "      ")
        if said := overrides(row):
            words = " ".join(f"{key}={quoteattr(text)}" for key, text in said.items())
            lines += [
                f'      <extension application="{EXTENSION}">',
                f'        <override xmlns="{EXTENSION}" {words}/>',
                "      </extension>",
            ]
        lines.append("    </track>")
    return "\n".join([*lines, "  </trackList>", "</playlist>"]) + "\n"


def address(name: str) -> str:
    """A path as an address: whole where it is absolute, else relative to the playlist."""
    return re.sub("^/", "file:///", quote(name, safe="/"))


FORM = Form(
    suffixes=(".xspf",),
    read=read,
    write=write,
    holds=frozenset({"name", "about", "titles", *OVERRIDES}),
    reads=(
        "the XML form, in any encoding it declares and under any namespace, with `xml:base` "
        "and VLC's start and stop times. A document type (and with it any entity) is refused"
    ),
)
