"""The library's one face: an arc and some folders in, pools of tracks out.

`gather` is what a session needs: every playlist of the arc as tracks, and the ambiences. `scan`
reads and measures whole folders ahead of time. Both go through the index, so that a second time
costs next to nothing: then neither mutagen nor NumPy nor PyAV is even imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from soundscape.core.arc import Arc
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.track import Pools, Track
from soundscape.library.findings import About
from soundscape.library.index import Index
from soundscape.library.playlistfile import Entry, PlaylistFile
from soundscape.library.playlists import (
    Folders,
    Member,
    Members,
    at_home,
    find,
    members_of,
    open_playlist,
    overridden,
    with_line,
)
from soundscape.library.shelf import Shelf
from soundscape.library.tags import Tags
from soundscape.library.walk import Found, Progress, has_audio_name, look, shown

AMBIENCE_FOLDERS = ("ambience", "ambiences")
MOST_FAULTS = 20
"""How many members of one playlist without music are named in its error."""

STARTER = ("starter/music", "starter/ambience")
"""Where the music this program makes itself lies, below the home."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What an arc can be played from.

    `pools` by playlist name as the arc writes it; `ambiences` by file name without suffix, and by
    whatever else the arc calls them; `left_out` the members that cannot be played, each with why;
    `warnings` sentences for the facilitator; `about` what else is known of each track, by path.
    """

    pools: Pools
    ambiences: Mapping[str, Track]
    left_out: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()
    about: Mapping[str, About] = field(default_factory=dict)


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
    _checked(roots)
    with Index(index_path) as index:
        shelf = Shelf(index, progress, again=True)
        folders = Folders()
        files, faults = _files(roots, folders)
        ambient = _ambient(roots, folders)
        shelf.measures(files)
        tracks: list[Track] = []
        ambiences: list[Track] = []
        for found in files:
            track = shelf.track(found)
            if isinstance(track, Fault):
                faults.append(track)
            else:
                (ambiences if _is_ambience(track, ambient) else tracks).append(track)
        warnings = (*index.warnings, *_notes(shelf))
    return ScanResult(
        tuple(tracks), tuple(ambiences), _once(faults), warnings, shelf.read, shelf.measured
    )


def roots_of(arc: Arc, arc_path: Path, home: Path, index: Index) -> tuple[Path, ...]:
    """Where the arc's music lies: the arc's own `library:`, else the home's library folders and
    the starter music. Raises `InputError` where the arc names a folder that is not there."""
    if arc.library:
        root = arc_path.absolute().parent / at_home(arc.library)
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
    with Index(index_path) as index:
        shelf = Shelf(index, progress)
        desk = _Desk(arc_path, home, shelf)
        lists = desk.find(arc)
        desk.enter(lambda: _checked(roots) or roots_of(arc, arc_path, home, index))
        pools = desk.pools(lists)
        ambiences = desk.ambiences(arc)
        warnings = (*index.warnings, *_notes(shelf))
    desk.refuse()
    return Gathered(pools, ambiences, _once(desk.left_out), warnings)


class _Desk:
    """One gathering: collects what was named and is bad, and what is left out."""

    def __init__(self, arc_path: Path, home: Path, shelf: Shelf) -> None:
        self.named: list[Fault] = []
        self.left_out: list[Fault] = []
        self._arc_path = arc_path
        self._home = home
        self._shelf = shelf
        self._folders = Folders()
        self._roots: tuple[Path, ...] = ()
        self._with_starter: tuple[Path, ...] = ()
        self._ambient: frozenset[str] = frozenset()

    def refuse(self) -> None:
        """Raises what was named and is bad, if anything was."""
        if self.named:
            raise InputError(_once(self.named))

    def find(self, arc: Arc) -> dict[str, PlaylistFile]:
        """The arc's playlists, by the names it writes."""
        out: dict[str, PlaylistFile] = {}
        for name in dict.fromkeys(name for phase in arc.phases for name in phase.playlists):
            try:
                out[name] = open_playlist(find(name, self._arc_path, self._home))
            except InputError as error:
                self.named += error.faults
        return out

    def enter(self, roots: Callable[[], tuple[Path, ...]]) -> None:
        """Goes into the library. Without one nothing more can be judged, so that ends it here."""
        try:
            self._roots = roots()
        except InputError as error:
            self.named += error.faults
            self.refuse()
        # The starter ambiences stay at hand where --library holds music alone.
        starter = self._home / STARTER[1]
        more = [starter] if starter.is_dir() else []
        self._with_starter = tuple(dict.fromkeys([*self._roots, *more]))
        self._ambient = _ambient(self._with_starter, self._folders)

    def pools(self, lists: Mapping[str, PlaylistFile]) -> dict[str, tuple[Track, ...]]:
        """Each playlist's tracks, all measured in one go."""
        held = {
            name: members_of(playlist, self._roots, self._folders, self._ambient)
            for name, playlist in lists.items()
        }
        for members in held.values():
            self._ask(members)
        self._shelf.measures(m.found for members in held.values() for m in members.members)
        return {name: self._pool(members) for name, members in held.items()}

    def _ask(self, members: Members) -> None:
        """Adds what a playlist's query takes of the library's music."""
        if members.query is None:
            return
        files, faults = _files(self._roots, self._folders)
        self.left_out += faults
        music = [found for found in files if found.path not in self._ambient]
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
            if _is_ambience(track, self._ambient):
                if member.named:
                    faults.append(_at(member, members, f"`{member.entry.name}` is an ambience"))
                continue
            played = overridden(track, member.entry)
            if played is None:
                what = f"the cue points of `{shown(member.entry.name)}` leave nothing of it"
                faults.append(_at(member, members, what))
                continue
            tracks.append(played)
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
        more = len(faults) - MOST_FAULTS
        rest = [Fault(where, f"and {more} more like these")] if more > 0 else []
        what = "has no track that can be played"
        self.named += [Fault(where, what, do), *faults[:MOST_FAULTS], *rest]

    def ambiences(self, arc: Arc) -> dict[str, Track]:
        """All ambiences of the library by name, so that a cue may call for any of them."""
        wanted = dict.fromkeys(
            phase.ambience.name
            for phase in arc.phases
            if phase.ambience is not None and phase.ambience.name != "off"
        )
        everything = _files(self._with_starter, self._folders)[0]
        self._shelf.tags(everything)
        files = [f for f in everything if f.path in self._ambient or self._tagged(f)]
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
                self.named.append(self._unknown_ambience(name, sorted(known)))
        return known

    def _tagged(self, found: Found) -> bool:
        """Whether a file elsewhere in the library says of itself that it is an ambience."""
        tags = self._shelf.tags_of(found)
        return isinstance(tags, Tags) and _says_ambience(tags.tags)

    def _by_path(self, name: str) -> Found | Fault | None:
        if "/" not in name and not has_audio_name(name):
            return None
        beside = self._arc_path.absolute().parent
        paths = [place / at_home(name) for place in (beside, *self._roots)]
        looks = [look(str(path)) for path in paths]
        return next((found for found in looks if isinstance(found, Found)), looks[0])

    def _unknown_ambience(self, name: str, known: list[str]) -> Fault:
        among = ", ".join(map(shown, self._with_starter)) or "no folder: there is no library"
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


def _checked(roots: Sequence[Path]) -> tuple[Path, ...]:
    """The folders a person named, or a fault for each that is none."""
    bad = [root for root in roots if not root.is_dir()]
    if bad:
        what = ("no such folder", "is not a folder")
        raise InputError([Fault(shown(root), what[root.exists()]) for root in bad])
    return tuple(roots)


def _ambient(roots: Iterable[Path], folders: Folders) -> frozenset[str]:
    """The files that lie in a library folder's `ambience` folder, or the library folder is one."""
    return frozenset(
        found.path
        for root in roots
        for found in folders.walk(root).files
        if root.name.lower() in AMBIENCE_FOLDERS
        or found.name.partition("/")[0].lower() in AMBIENCE_FOLDERS
    )


def _says_ambience(tags: Iterable[str]) -> bool:
    return "kind:ambience" in tags


def _is_ambience(track: Track, ambient: frozenset[str]) -> bool:
    return track.path in ambient or _says_ambience(track.tags)


def _at(member: Member, members: Members, what: str) -> Fault:
    entry = member.entry
    return Fault(shown(members.playlist.path), what, "", entry.line, entry.column)


def _notes(shelf: Shelf) -> tuple[str, ...]:
    return tuple(f"{shown(path)}: {note}" for path, notes in shelf.notes.items() for note in notes)


def _once(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(dict.fromkeys(faults))
