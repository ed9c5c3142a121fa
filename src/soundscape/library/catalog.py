"""The library's one face: an arc and some folders in, pools of tracks out.

`gather` is what a session needs: every playlist of the arc as tracks, and the ambiences. `scan`
reads and measures whole folders ahead of time. Both go through the index, so that a second time
costs next to nothing: then neither mutagen nor NumPy nor PyAV is even imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from soundscape.core.arc import Arc
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.track import Pools, Track
from soundscape.library.index import Index
from soundscape.library.playlistfile import Entry
from soundscape.library.playlists import (
    Folders,
    Member,
    Members,
    find,
    members_of,
    open_playlist,
    override,
    with_line,
)
from soundscape.library.shelf import Shelf
from soundscape.library.tags import Tags
from soundscape.library.walk import Found, Progress, has_audio_name, look, shown

AMBIENCE_FOLDERS = ("ambience", "ambiences")
STARTER = ("starter/music", "starter/ambience")
"""Where the music this program makes itself lies, below the home."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What an arc can be played from.

    `pools` by playlist name as the arc writes it; `ambiences` by file name without suffix, and by
    whatever else the arc calls them; `left_out` the members that cannot be played, each with why;
    `warnings` sentences for the facilitator.
    """

    pools: Pools
    ambiences: Mapping[str, Track]
    left_out: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What folders hold: music and ambiences in order of path, what was left out and why.

    `read` and `measured` count the files that the index did not know.
    """

    tracks: tuple[Track, ...]
    ambiences: tuple[Track, ...]
    left_out: tuple[Fault, ...]
    warnings: tuple[str, ...]
    read: int
    measured: int


def scan(roots: Sequence[Path], index_path: Path, progress: Progress | None = None) -> ScanResult:
    """Read and measure every audio file of the folders, whatever else is wrong with some.

    Safe to interrupt: what is done is kept. Raises `InputError` for folders that are not there.
    """
    _check_folders(roots, "library folder")
    with Index(index_path) as index:
        shelf = Shelf(index, progress, again=True)
        files, faults = _files(roots, Folders())
        shelf.measures(files)
        tracks: list[Track] = []
        ambiences: list[Track] = []
        for found in files:
            track = shelf.track(found)
            if isinstance(track, Fault):
                faults.append(track)
            else:
                (ambiences if _is_ambience(track, roots) else tracks).append(track)
        warnings = (*index.warnings, *_notes(shelf))
    return ScanResult(
        tuple(tracks), tuple(ambiences), _once(faults), warnings, shelf.read, shelf.measured
    )


def roots_of(arc: Arc, arc_path: Path, home: Path, index: Index) -> tuple[Path, ...]:
    """Where the arc's music lies: the arc's own `library:`, else the home's library folders and
    the starter music. Raises `InputError` where the arc names a folder that is not there."""
    if arc.library:
        root = arc_path.absolute().parent / Path(arc.library).expanduser()
        if not root.is_dir():
            raise InputError([Fault(shown(arc_path), f"library: no folder {shown(root)}")])
        return (root,)
    known = (*index.folders(), *(home / name for name in STARTER))
    return tuple(root for root in known if root.is_dir())


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
    be read or hold nothing to play, ambiences nobody knows.
    """
    _check_folders(roots, "--library")
    with Index(index_path) as index:
        shelf = Shelf(index, progress)
        places = tuple(roots) or roots_of(arc, arc_path, home, index)
        desk = _Desk(arc_path, home, places, shelf)
        pools = desk.pools(arc)
        ambiences = desk.ambiences(arc)
        warnings = (*index.warnings, *_notes(shelf))
    if desk.named:
        raise InputError(desk.named)
    return Gathered(pools, ambiences, _once(desk.left_out), warnings)


class _Desk:
    """One gathering: collects what was named and is bad, and what is left out."""

    def __init__(self, arc_path: Path, home: Path, roots: tuple[Path, ...], shelf: Shelf) -> None:
        self.named: list[Fault] = []
        self.left_out: list[Fault] = []
        self._arc_path = arc_path
        self._home = home
        self._roots = roots
        self._shelf = shelf
        self._folders = Folders()

    def pools(self, arc: Arc) -> dict[str, tuple[Track, ...]]:
        names = list(dict.fromkeys(name for phase in arc.phases for name in phase.playlists))
        lists: dict[str, Members] = {}
        for name in names:
            try:
                playlist = open_playlist(find(name, self._arc_path, self._home))
            except InputError as error:
                self.named += error.faults
                continue
            lists[name] = members_of(playlist, self._roots, self._folders, self._by_place)
        for members in lists.values():
            self._ask(members)
        self._shelf.measures(m.found for members in lists.values() for m in members.members)
        return {name: self._pool(members) for name, members in lists.items()}

    def _by_place(self, path: str) -> bool:
        return _lies_among_ambiences(path, self._roots)

    def _ask(self, members: Members) -> None:
        """Adds what a playlist's query takes of the library's music."""
        if members.query is None:
            return
        files, faults = _files(self._roots, self._folders)
        self.left_out += faults
        music = [found for found in files if not self._by_place(found.path)]
        self._shelf.tags(music)
        if members.query.low > 0.0 or members.query.high < 1.0:
            # Only what no tag speaks for has to be measured before it can be asked.
            self._shelf.measures(f for f in music if self._shelf.intensity_of(f) is None)
        have = {member.found.path for member in members.members}
        for found in music:
            tags = self._shelf.tags_of(found)
            intensity = self._shelf.intensity_of(found)
            if isinstance(tags, Fault):
                self.left_out.append(tags)
            elif (
                found.path not in have
                and not _says_ambience(tags.tags)
                and members.query.takes(
                    members.query.low if intensity is None else intensity, tags.tags
                )
            ):
                members.members.append(Member(found, Entry(found.name), named=False))

    def _pool(self, members: Members) -> tuple[Track, ...]:
        tracks: list[Track] = []
        faults = list(members.faults)
        for member in members.members:
            track = self._shelf.track(member.found)
            if isinstance(track, Fault):
                faults.append(with_line(track, member, members.playlist))
                continue
            if _is_ambience(track, self._roots):
                if member.named:
                    faults.append(_at(member, members, f"`{member.entry.name}` is an ambience"))
                continue
            track = replace(track, **override(member))  # type: ignore[arg-type]
            if track.length_s <= 0 or track.end_s > track.duration_s + 0.5:
                length = f"the {track.duration_s:.1f} s `{member.entry.name}` has"
                faults.append(_at(member, members, f"its cue points do not fit {length}"))
                continue
            tracks.append(track)
        self.left_out += faults
        if not tracks:
            self._empty(members, faults)
        return tuple(tracks)

    def _empty(self, members: Members, faults: Sequence[Fault]) -> None:
        where = shown(members.playlist.path)
        asked = len(members.members) + len(members.faults)
        do = ""
        if members.query is not None and not self._roots:
            do = "there is no library: give --library FOLDER, or run `soundscape library starter`"
        elif members.query is not None and not asked:
            do = "no track of the library answers its query"
        self.named += [Fault(where, "has no track that can be played", do), *faults]

    def ambiences(self, arc: Arc) -> dict[str, Track]:
        """All ambiences of the library by name, so that a cue may call for any of them."""
        wanted = dict.fromkeys(
            phase.ambience.name
            for phase in arc.phases
            if phase.ambience is not None and phase.ambience.name != "off"
        )
        # The starter ambiences stay at hand where --library holds music alone.
        starter = self._home / STARTER[1]
        places = dict.fromkeys((*self._roots, *([starter] if starter.is_dir() else [])))
        files = [
            found
            for found in _files(tuple(places), self._folders)[0]
            if _lies_among_ambiences(found.path, tuple(places)) or self._tagged(found)
        ]
        by_path = {name: found for name in wanted if (found := self._by_path(name)) is not None}
        self._shelf.measures([*files, *(f for f in by_path.values() if isinstance(f, Found))])
        known: dict[str, Track] = {}
        titles: dict[str, Track] = {}
        for found in files:
            track = self._shelf.track(found)
            if isinstance(track, Fault):
                self.left_out.append(track)
                continue
            known.setdefault(Path(found.path).stem, track)
            titles.setdefault(track.title.casefold(), track)
        folded = {name.casefold(): track for name, track in known.items()}
        for name in wanted:
            named = by_path.get(name)
            answer = self._shelf.track(named) if isinstance(named, Found) else named
            answer = answer or folded.get(name.casefold()) or titles.get(name.casefold())
            if isinstance(answer, Track):
                known[name] = answer
            elif isinstance(answer, Fault):
                self.named.append(answer)
            else:
                self.named.append(self._unknown_ambience(name, sorted(known), list(places)))
        return known

    def _tagged(self, found: Found) -> bool:
        """Whether a file elsewhere says it is an ambience; only asked of what was read already."""
        tags = self._shelf.index.tags(found)
        return isinstance(tags, Tags) and _says_ambience(tags.tags)

    def _by_path(self, name: str) -> Found | Fault | None:
        if "/" not in name and not has_audio_name(name):
            return None
        beside = self._arc_path.absolute().parent
        paths = [place / Path(name).expanduser() for place in (beside, *self._roots)]
        looks = [look(str(path)) for path in paths]
        return next((found for found in looks if isinstance(found, Found)), looks[0])

    def _unknown_ambience(self, name: str, known: list[str], places: list[Path]) -> Fault:
        among = ", ".join(shown(place) for place in places) or "no folder: there is no library"
        what = f"no ambience `{shown(name)}`; looked in {among}"
        return Fault(shown(self._arc_path), what, nearest(name, known))


def _files(roots: Iterable[Path], folders: Folders) -> tuple[list[Found], list[Fault]]:
    """Every file of the folders, each once, in order of path."""
    files: dict[str, Found] = {}
    faults: list[Fault] = []
    for root in roots:
        walked = folders.walk(root)
        faults += walked.faults
        for found in walked.files:
            files.setdefault(found.path, found)
    return [files[path] for path in sorted(files)], faults


def _check_folders(roots: Sequence[Path], name: str) -> None:
    bad = [root for root in roots if not root.is_dir()]
    if bad:
        raise InputError(
            [
                Fault(
                    shown(root), f"is not a folder ({name})" if root.exists() else "no such folder"
                )
                for root in bad
            ]
        )


def _lies_among_ambiences(path: str, roots: Sequence[Path]) -> bool:
    """Whether a file lies in a library folder's `ambience` folder, or the library folder is one."""
    for root in roots:
        real = root.resolve()
        if Path(path).is_relative_to(real):
            steps = Path(path).relative_to(real).parts
            if real.name.lower() in AMBIENCE_FOLDERS:
                return True
            if len(steps) > 1 and steps[0].lower() in AMBIENCE_FOLDERS:
                return True
    return False


def _says_ambience(tags: Iterable[str]) -> bool:
    return "kind:ambience" in tags


def _is_ambience(track: Track, roots: Sequence[Path]) -> bool:
    return _says_ambience(track.tags) or _lies_among_ambiences(track.path, roots)


def _at(member: Member, members: Members, what: str) -> Fault:
    entry = member.entry
    return Fault(shown(members.playlist.path), what, "", entry.line, entry.column)


def _notes(shelf: Shelf) -> tuple[str, ...]:
    return tuple(f"{shown(path)}: {note}" for path, notes in shelf.notes.items() for note in notes)


def _once(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(dict.fromkeys(faults))
