"""Recordings that a list names without a file, found among the library's by what it says of them.

First by the id of the recording (MusicBrainz, ISRC), then by title and creator in canonical form.
An album and a length only choose between several. What several files fit is a fault, unless these
are copies of one piece: of them the first by path is taken. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from soundscape.core.errors import Fault, nearest
from soundscape.core.names import canonical, is_among, same_people
from soundscape.core.text import typed
from soundscape.library.pieces import SAME_LENGTH_S
from soundscape.library.playlists.forms.values import Work
from soundscape.library.playlists.seek import MOST_HINTS, Meant, any_of
from soundscape.library.tags import Tags
from soundscape.library.walk import FoundFile

NEAR_S = 5.0
"""So far may a service's length lie from a file's: it counts silence at the ends otherwise."""


class Works:
    """The library's files by what their tags say."""

    def __init__(self, files: Iterable[tuple[FoundFile, Tags]]) -> None:
        self._by_id: dict[tuple[str, str], list[tuple[FoundFile, Tags]]] = {}
        self._by_title: dict[str, list[tuple[FoundFile, Tags]]] = {}
        self._hints = 0
        for found, tags in files:
            for pair in tags.ids.items():
                self._by_id.setdefault(pair, []).append((found, tags))
            self._by_title.setdefault(canonical(tags.title), []).append((found, tags))

    def find(self, work: Work) -> Meant | Fault:
        """The one file of a recording, or a fault that says what is wrong, without its place."""
        for kind in ("recording", "isrc"):
            held = self._by_id.get((kind, work.ids.get(kind, "")), [])
            if held:
                return _only(
                    work, held, "by its ISRC" if kind == "isrc" else "by its MusicBrainz id"
                )
        titled = self._by_title.get(canonical(work.title), []) if work.title else []
        held = _by(work.creator, titled)
        if not held and work.creator:
            # Some programs write `Title - Artist` where others write `Artist - Title`.
            held = _by(work.title, self._by_title.get(canonical(work.creator), []))
        if held and not work.creator and not any(map(_same_length(work), (t for _, t in held))):
            what = f"{typed(str(work))} has another length than what is called so in the library"
            return Fault("", what, "write the path of the one you mean")
        if held:
            return _only(work, held, "by title and artist" if work.creator else "by its title")
        return Fault("", f"nothing in the library is {typed(str(work))}", self._hint(work, titled))

    def _hint(self, work: Work, titled: list[tuple[FoundFile, Tags]]) -> str:
        if titled:
            whose = sorted(
                {f"by {typed(t.artist)}" if t.artist else "by nobody" for _, t in titled}
            )
            return f"that title is there {' and '.join(whose[:3])}"
        self._hints += 1
        if not work.title or self._hints > MOST_HINTS:
            return ""
        return nearest(work.title[:200], [held[0][1].title for held in self._by_title.values()])


def _by(creator: str, held: list[tuple[FoundFile, Tags]]) -> list[tuple[FoundFile, Tags]]:
    """Those by the creator: by the same people, else by some of them."""
    if not creator:
        return held
    ways: tuple[Callable[[str], bool], ...] = (
        lambda artist: same_people(creator, artist),
        lambda artist: bool(artist) and (is_among(creator, artist) or is_among(artist, creator)),
    )
    for fits in ways:
        if found := [each for each in held if fits(each[1].artist)]:
            return found
    return []


def _only(work: Work, held: list[tuple[FoundFile, Tags]], how: str) -> Meant | Fault:
    for fits in (_same_album(work), _same_length(work)):
        held = [each for each in held if fits(each[1])] or held
    first, *others = sorted(held, key=lambda each: each[0].path)
    if all(_copies(first[1], each) for _, each in others):
        return Meant(first[0], how)
    return any_of(str(work), [found.path for found, _ in (first, *others)])


def _same_album(work: Work) -> Callable[[Tags], bool]:
    return lambda tags: bool(work.album) and canonical(tags.album) == canonical(work.album)


def _same_length(work: Work) -> Callable[[Tags], bool]:
    """Whether a file lasts as long; any does, where that is not said."""
    wanted = work.duration_s
    return lambda tags: wanted is None or abs(tags.duration_s - wanted) <= NEAR_S


def _copies(one: Tags, other: Tags) -> bool:
    """Whether two files hold one piece, as `pieces` takes it."""
    return (
        canonical(one.title) == canonical(other.title)
        and same_people(one.artist, other.artist)
        and abs(one.duration_s - other.duration_s) <= SAME_LENGTH_S
    )
