"""One playlist by itself: what it names, what of it can be played, and what it is like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from soundscape.core.errors import Fault
from soundscape.core.track import Track
from soundscape.home import LIBRARY_FILE
from soundscape.library.gathering import Collector
from soundscape.library.index import Index
from soundscape.library.measure.measured import About
from soundscape.library.people import load_said
from soundscape.library.playlists.members import Members
from soundscape.library.playlists.places import open_playlist
from soundscape.library.roots import checked, home_roots
from soundscape.library.shelf import IndexedFiles
from soundscape.library.tags import Tags
from soundscape.library.walk import Progress

BANDS = 10
"""How many bands of intensity the minutes are counted in."""


@dataclass(frozen=True, slots=True)
class OneList:
    """A playlist by itself.

    `members` are its files, its query answered; `tags` what is known of them, by path. After
    `measured=True`, `tracks` are those that can be played, in order, with what `about` tells by
    path. `left_out` is what cannot be had, each with why.
    """

    members: Members
    tags: Mapping[str, Tags]
    tracks: tuple[Track, ...]
    about: Mapping[str, About]
    left_out: tuple[Fault, ...]
    warnings: tuple[str, ...]


def open_one(
    path: Path,
    *,
    home: Path,
    roots: Sequence[Path] = (),
    index_path: Path,
    progress: Progress | None = None,
    measured: bool = True,
) -> OneList:
    """The playlist in a file or folder. `roots` are those of `--library`, else the home's.

    Without `measured` only what its query needs is measured. Raises `InputError` for a file that
    cannot be read or holds nothing that can be played.
    """
    playlist = open_playlist(path)
    said = load_said(home / LIBRARY_FILE)
    with Index(index_path) as index:
        shelf = IndexedFiles(index, progress, vouches=said.vouches)
        desk = Collector(path, home, shelf)
        desk.enter(lambda: checked(roots) or home_roots(home, said.folders))
        members = desk.members(playlist)
        tracks = desk.tracks(members) if measured else ()
        desk.refuse()
        files = [member.found for member in members.members]
        shelf.tags(files)
        found = {file.path: shelf.tags_of(file) for file in files}
        tags = {path: each for path, each in found.items() if isinstance(each, Tags)}
        warnings = tuple(index.warnings)
    left_out = desk.left_out if measured else [*desk.left_out, *members.faults]
    return OneList(members, tags, tracks, desk.about, tuple(dict.fromkeys(left_out)), warnings)


def minutes_by_intensity(tracks: Sequence[Track]) -> tuple[float, ...]:
    """Minutes of music in each of `BANDS` equal bands of intensity, from 0 to 1."""
    minutes = [0.0] * BANDS
    for track in tracks:
        minutes[min(int(track.intensity * BANDS), BANDS - 1)] += track.length_s / 60
    return tuple(minutes)
