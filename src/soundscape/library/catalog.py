"""The library's one face: an arc and some folders in, pools of tracks out.

`gather` is what a session needs: every playlist of the arc as tracks, and the ambiences. `scan`
reads and measures whole folders ahead of time, or only tells what is known of them. Both go through
the index, so that a second time costs next to nothing: then neither mutagen nor NumPy nor PyAV is
even imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from soundscape.core.arc import Arc
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.names import canonical, spoken
from soundscape.core.text import shown
from soundscape.core.track import Pools, Track
from soundscape.home import LIBRARY_FILE
from soundscape.library.ambiences import ambient_files, is_ambience
from soundscape.library.gathering import Collector
from soundscape.library.index import Index
from soundscape.library.measure.measured import About, Measured
from soundscape.library.people import LibraryNotes, load_said
from soundscape.library.playlists.seek import Folders
from soundscape.library.roots import (
    absent,
    checked,
    emptied,
    files_of,
    roots_of,
    unread_notes,
)
from soundscape.library.shelf import IndexedFiles
from soundscape.library.tags import Tags
from soundscape.library.walk import FoundFile, Progress, look

MOST_TOLD = 20
"""So many files of one name are named."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What an arc can be played from.

    `pools` by playlist name as the arc writes it; `ambiences` by file name without suffix, and by
    whatever else the arc calls them; `left_out` the members that cannot be played, each with why;
    `warnings` sentences for the facilitator; `about` what else is known of each track, by path;
    `emptied` the library's folders that hold nothing now and held music before.
    """

    pools: Pools
    ambiences: Mapping[str, Track]
    left_out: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()
    about: Mapping[str, About] = field(default_factory=dict)
    emptied: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class LibraryFile:
    """One file of a library folder and all that is known of it.

    `track` and `about` where it can be played, else `fault` says why not; `tags` and `measured`
    where they could be had.
    """

    found: FoundFile
    track: Track | None = None
    about: About = field(default_factory=About)
    fault: Fault | None = None
    tags: Tags | None = None
    measured: Measured | None = None
    ambience: bool = False


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What folders hold, in order of path: `held` the files, `unseen` what could not be looked at.

    `read`, `measured` and `recognised` count the files whose tags the index did not know, whose
    sound it did not know, and whose sound it knew from another file or from other tags. `unread`
    are the paths of files that look like music and are not read.
    """

    held: tuple[LibraryFile, ...]
    unseen: tuple[Fault, ...]
    warnings: tuple[str, ...]
    read: int
    measured: int
    recognised: int
    unread: tuple[str, ...] = ()

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The music."""
        return tuple(each.track for each in self.held if each.track and not each.ambience)

    @property
    def ambiences(self) -> tuple[Track, ...]:
        """The ambiences."""
        return tuple(each.track for each in self.held if each.track and each.ambience)

    @property
    def left_out(self) -> tuple[Fault, ...]:
        """What cannot be played, and why."""
        faults = (each.fault for each in self.held if each.fault)
        return tuple(dict.fromkeys((*self.unseen, *faults)))


def scan(
    roots: Sequence[Path],
    index_path: Path,
    progress: Progress | None = None,
    *,
    said: LibraryNotes | None = None,
    ask_only: bool = False,
    anew: bool = False,
) -> ScanResult:
    """Read and measure every audio file of the folders, whatever else is wrong with some.

    `said` is what people vouch for. With `ask_only` only the index is asked: what it does not know
    has the fault `shelf.UNKNOWN`. With `anew` it is asked nothing: all is read and measured. Safe
    to interrupt: what is done is kept. Raises `InputError` for folders that are not there.
    """
    checked(roots)
    vouches = said.vouches if said else {}
    with Index(index_path) as index:
        shelf = IndexedFiles(
            index, progress, vouches=vouches, again=not ask_only, ask_only=ask_only, anew=anew
        )
        folders = Folders()
        walked = files_of(roots, folders)
        ambient = ambient_files(roots, folders)
        files = shelf.cut_up(walked.files)
        shelf.measures(files)
        held = tuple(_held(found, shelf, ambient) for found in files)
        empty = map(str, emptied(roots, folders, index))
        warnings = (*index.warnings, *empty, *unread_notes(walked.unread), *_notes(shelf))
    counts = (shelf.read, shelf.measured, shelf.recognised)
    return ScanResult(held, walked.faults, warnings, *counts, walked.unread)


def look_at(
    path: Path,
    index_path: Path,
    progress: Progress | None = None,
    *,
    said: LibraryNotes | None = None,
) -> LibraryFile:
    """One file, wherever it lies; read and measured if it was not before. Raises `InputError` where
    there is no such file."""
    found = look(str(path))
    if isinstance(found, Fault):
        raise InputError([found])
    with Index(index_path) as index:
        shelf = IndexedFiles(index, progress, vouches=said.vouches if said else {}, again=True)
        shelf.measures([found])
        return _held(found, shelf, frozenset())


def _held(found: FoundFile, shelf: IndexedFiles, ambient: frozenset[str]) -> LibraryFile:
    track, tags, measured = shelf.track(found), shelf.tags_of(found), shelf.measured_of(found)
    have_tags = tags if isinstance(tags, Tags) else None
    have_measured = measured if isinstance(measured, Measured) else None
    if isinstance(track, Fault):
        return LibraryFile(found, fault=track, tags=have_tags, measured=have_measured)
    about, ambience = shelf.about(found), is_ambience(track, ambient)
    return LibraryFile(found, track, about, None, have_tags, have_measured, ambience)


def gather(
    arc: Arc,
    arc_path: Path,
    *,
    home: Path,
    roots: Sequence[Path] = (),
    index_path: Path,
    progress: Progress | None = None,
) -> Gathered:
    """Every playlist and ambience the arc names, as tracks.

    `roots` are the folders given by `--library`; empty means those of `roots_of`. Raises one
    `InputError` with all that the arc names and cannot have: playlists that are not there, cannot
    be read or hold nothing to play, ambiences nobody knows. So does a damaged `library.json`.
    """
    said = load_said(home / LIBRARY_FILE)
    with Index(index_path) as index:
        shelf = IndexedFiles(index, progress, vouches=said.vouches)
        desk = Collector(arc_path, home, shelf)
        lists = desk.find(arc)
        desk.enter(lambda: checked(roots) or roots_of(arc, arc_path, home, said.folders))
        pools = desk.pools(lists)
        ambiences = desk.ambiences(arc)
        missing = () if roots or arc.library else absent(said.folders)
        warnings = (*index.warnings, *missing, *desk.notes, *_notes(shelf))
        empty = desk.emptied(index)
    if desk.named:  # Most likely for that reason.
        desk.named[:0] = empty
    desk.refuse()
    left_out = tuple(dict.fromkeys(desk.left_out))
    warnings = (*map(str, empty), *warnings)
    return Gathered(pools, ambiences, left_out, warnings, desk.about, empty)


def _notes(shelf: IndexedFiles) -> tuple[str, ...]:
    return tuple(f"{shown(path)}: {note}" for path, notes in shelf.notes.items() for note in notes)


def title_of(held: LibraryFile) -> str:
    """What a file is called: by its tags, else by its name."""
    return held.tags.title if held.tags else Path(held.found.path).stem


def lookup(word: str, held: Sequence[LibraryFile]) -> LibraryFile:
    """The one file that is called so: its title, its file name with or without suffix, or the end
    of its path, in any spelling (`core.names`).

    Raises `InputError` with the nearest names where there is none, and with all of them where
    there are several.
    """
    found = matches(word, held)
    if len(found) == 1:
        return found[0]
    where = shown(word)[:80]
    if found:
        faults = [
            Fault(where, f"may be {shown(each.found.path)}", "say which by its path")
            for each in found[:MOST_TOLD]
        ]
        more = len(found) - MOST_TOLD
        rest = [Fault(where, f"may be any of {more} more")] if more > 0 else []
        raise InputError([*faults, *rest])
    raise InputError([Fault(where, "no such track in the library", _hint(word, held))])


def matches(word: str, held: Sequence[LibraryFile]) -> list[LibraryFile]:
    """Every file that is called so; where some are spelled as the word is, only these."""
    wanted = word.strip()
    found = [each for each in held if wanted and _form(wanted) in map(_form, _names(each))]
    return [each for each in found if wanted in _names(each)] or found


def _form(name: str) -> str:
    return "/".join(map(canonical, name.split("/")))


def _names(held: LibraryFile) -> set[str]:
    path = Path(held.found.path)
    steps = path.parts
    ends = {"/".join(steps[-n:]) for n in range(1, len(steps))}
    return {*ends, path.stem, str(path), title_of(held)}


def _hint(word: str, held: Sequence[LibraryFile]) -> str:
    """Titles that hold the words, else the most alike of titles and file names."""
    titles = sorted({title_of(each) for each in held})
    wanted = spoken(word[:200])
    within = [title for title in titles if wanted and wanted in spoken(title)]
    if within:
        return "did you mean " + " or ".join(f"`{title}`" for title in within[:3]) + "?"
    return nearest(word[:200], [*titles, *sorted({Path(each.found.path).stem for each in held})])
