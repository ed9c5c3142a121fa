"""One gathering of an arc's music: playlists to members, members to tracks, each bad one told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from soundscape.core.arc import Arc
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.names import is_among, parted, spoken
from soundscape.core.text import shown, typed
from soundscape.core.track import Pools, Track
from soundscape.library.ambiences import ambient_files, find_ambiences, is_ambience, says_ambience
from soundscape.library.index import Index
from soundscape.library.measure.measured import About, Measured
from soundscape.library.pieces import one_piece_each
from soundscape.library.playlists.forms.values import ListEntry, PlaylistFile, Work
from soundscape.library.playlists.members import (
    JINGLE_S,
    Member,
    Members,
    jingle,
    members_of,
    moved_note,
    overridden,
    with_line,
)
from soundscape.library.playlists.places import find, open_playlist
from soundscape.library.playlists.query import Query
from soundscape.library.playlists.seek import Folders, Meant
from soundscape.library.playlists.works import Works
from soundscape.library.roots import STARTER, emptied, files_of
from soundscape.library.shelf import IndexedFiles
from soundscape.library.tags import Tags
from soundscape.library.walk import FoundFile

MOST_FAULTS = 20
"""How many members of one playlist without music are named in its error."""


class Collector:
    """One gathering: collects what was named and is bad, what is left out, and `notes` for the
    facilitator; `about` by path."""

    def __init__(self, arc_path: Path, home: Path, shelf: IndexedFiles) -> None:
        self.named: list[Fault] = []
        self.left_out: list[Fault] = []
        self.about: dict[str, About] = {}
        self.notes: list[str] = []
        self._arc_path = arc_path
        self._home = home
        self._shelf = shelf
        self._folders = Folders()
        self._roots: tuple[Path, ...] = ()
        self._with_starter: tuple[Path, ...] = ()
        self._ambient: frozenset[str] = frozenset()
        self._works: Works | None = None

    def refuse(self) -> None:
        """Raises what was named and is bad, if anything was."""
        if self.named:
            raise InputError(tuple(dict.fromkeys(self.named)))

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
        self._ambient = ambient_files(self._with_starter, self._folders)

    def emptied(self, index: Index) -> tuple[Fault, ...]:
        """The library's folders that hold nothing now, and held music before."""
        return emptied(self._roots, self._folders, index)

    def members(self, playlist: PlaylistFile) -> Members:
        """One playlist's files, its query answered; nothing is measured but what that needs."""
        members = self._members_of(playlist)
        if members.query is not None:
            candidates = self._may_answer(members)
            self._shelf.measures(candidates)
            self._answer(members, members.query, candidates)
        return members

    def _members_of(self, playlist: PlaylistFile) -> Members:
        members = members_of(playlist, self._roots, self._folders, self._ambient, self._by_work)
        # A line that names a long file means all of it.
        self._shelf.tags(each.found for each in members.members if not each.named)
        members.members = [
            replace(each, found=found)
            for each in members.members
            for found in ([each.found] if each.named else self._shelf.cut_up([each.found]))
        ]
        return members

    def _by_work(self, work: Work) -> Meant | Fault:
        """The library's file of a recording; all its tags are read once, where any list asks."""
        if self._works is None:
            files = self._shelf.cut_up(files_of(self._roots, self._folders).files)
            known = ((found, self._shelf.tags_of(found)) for found in files)
            self._works = Works((file, tags) for file, tags in known if isinstance(tags, Tags))
        return self._works.find(work)

    def tracks(self, members: Members) -> tuple[Track, ...]:
        """What of one playlist's files can be played."""
        self._shelf.measures(member.found for member in members.members)
        return self._pool(members)

    def pools(self, lists: Mapping[str, PlaylistFile]) -> Pools:
        """Each playlist's tracks, all measured in one go."""
        held = {name: self._members_of(playlist) for name, playlist in lists.items()}
        self.notes += filter(None, map(moved_note, held.values()))
        asked = {name: self._may_answer(each) for name, each in held.items()}
        self._shelf.measures(
            [m.found for each in held.values() for m in each.members]
            + [found for candidates in asked.values() for found in candidates]
        )
        for name, members in held.items():
            if members.query is not None:
                self._answer(members, members.query, asked[name])
        pools, twice = one_piece_each({name: self._pool(each) for name, each in held.items()})
        if twice:
            many = "1 piece is" if twice == 1 else f"{twice} pieces are"
            self.notes.append(f"{many} there in more than one file; a session plays one of them")
        return pools

    def _may_answer(self, members: Members) -> list[FoundFile]:
        """The library's music that a playlist's query may take, by what tags tell."""
        if members.query is None:
            return []
        walked = files_of(self._roots, self._folders)
        self.left_out += walked.faults
        have = {member.found.path for member in members.members}
        music = self._shelf.cut_up(f for f in walked.files if f.path not in self._ambient)
        self._say_unmet(members, members.query, music)
        out: list[FoundFile] = []
        for found in music:
            if found.path in have:
                continue
            tags = self._shelf.tags_of(found)
            if isinstance(tags, Fault):
                self.left_out.append(tags)
            elif not says_ambience(tags.tags) and members.query.may_take(
                found.path, found.name, tags.tags, tags.intensity
            ):
                out.append(found)
        return out

    def _say_unmet(self, members: Members, query: Query, music: Iterable[FoundFile]) -> None:
        """Tells which artists and albums a query asks for and nothing in the library has; and
        which of its words are there with accents only."""
        tags = [each for each in map(self._shelf.tags_of, music) if isinstance(each, Tags)]
        words = [word.partition(":")[2] or word for word in (*query.tags, *query.any_of)]
        asked = (
            ("artist", query.artists, {each.artist for each in tags}),
            ("album", query.albums, {each.album for each in tags}),
            ("tag", words, {tag.partition(":")[2] for each in tags for tag in each.tags}),
        )
        for kind, names, known in asked:
            for name in names:
                if any(is_among(name, each) for each in known):
                    continue
                near = {*known, *(part for each in known for part in parted(each))}
                if kind == "tag":
                    near = {each for each in near if spoken(each) == spoken(name)}
                if near or kind != "tag":
                    what = f"no music of the library has the {kind} {typed(name)} of its query"
                    hint = nearest(name, sorted(near))
                    members.faults.append(Fault(shown(members.playlist.path), what, hint))

    def _answer(self, members: Members, query: Query, candidates: Iterable[FoundFile]) -> None:
        played: dict[str, Any] = dict(query.played)
        for found in candidates:
            track, measured = self._shelf.track(found), self._shelf.measured_of(found)
            # One that cannot be played is a member too: it is told with the others that cannot.
            if isinstance(track, Fault) or (
                isinstance(measured, Measured) and query.takes(track, measured.range_lu)
            ):
                members.members.append(Member(found, ListEntry(found.name, **played), named=False))

    def _pool(self, members: Members) -> tuple[Track, ...]:
        tracks: list[Track] = []
        faults = list(members.faults)
        for member in members.members:
            track = self._shelf.track(member.found)
            if isinstance(track, Fault):
                faults.append(with_line(track, member, members.playlist))
                continue
            if is_ambience(track, self._ambient):
                if member.named:
                    faults.append(_at(member, members, f"`{member.entry.name}` is an ambience"))
                continue
            played = overridden(track, member.entry)
            if played is None:
                what = f"the cue points of `{shown(member.entry.name)}` leave nothing of it"
                faults.append(_at(member, members, what))
                continue
            if not member.named and round(played.length_s) < JINGLE_S:
                faults.append(jingle(played))
                continue
            tracks.append(played)
            self.about[track.path] = self._shelf.about(member.found)
        self.left_out += faults
        if not tracks:
            self._empty(members, faults)
        return tuple(tracks)

    def _empty(self, members: Members, faults: Sequence[Fault]) -> None:
        where = shown(members.playlist.path)
        do = ""
        if members.query is not None and not self._roots:
            do = "there is no library: give --library FOLDER, or run `soundscape library starter`"
        elif members.query is not None and not members.members:
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
        found = find_ambiences(
            wanted,
            files_of(self._with_starter, self._folders).files,
            self._ambient,
            self._shelf,
            arc_path=self._arc_path,
            roots=self._with_starter,
        )
        self.named += found.named
        self.left_out += found.left_out
        self.about |= {path: self._shelf.about(file) for path, file in found.files.items()}
        return found.known


def _at(member: Member, members: Members, what: str) -> Fault:
    entry = member.entry
    return Fault(shown(members.playlist.path), what, "", entry.line, entry.column)
