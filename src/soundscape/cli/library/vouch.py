"""`soundscape library vouch`: somebody has listened, and says what they heard."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.library.common import file_at, find_file, known_files, scanned
from soundscape.cli.out import say, tell_left_out, with_progress
from soundscape.cli.settings import load_settings
from soundscape.core.errors import Fault, InputError
from soundscape.core.text import counted, shown
from soundscape.core.track import Track
from soundscape.home import Home
from soundscape.library.catalog import matches, scan
from soundscape.library.people import LibraryNotes, Says, Vouch, change_said, load_said
from soundscape.library.playlists.load import form_of
from soundscape.library.playlists.onelist import open_one
from soundscape.library.playlists.places import find_here
from soundscape.library.walk import has_audio_name

MOST_TOLD = 10


def vouch(
    names: Annotated[
        list[str],
        typer.Argument(metavar="TRACK|FOLDER|PLAYLIST", help="paths, titles or playlists"),
    ],
    voice: Annotated[
        bool, typer.Option("--voice", help="somebody does sing or speak in them")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="take back what was said of them")] = False,
) -> None:
    """Say of tracks, having listened to them, that nobody sings or speaks in them."""
    if voice and undo:
        raise InputError([Fault("--voice", "cannot go with --undo", "leave one out")])
    home = Home.find()
    said = load_said(home.library_file)
    tracks = _tracks(home, said, names)
    if undo:
        keys = frozenset(each.key for each in tracks) & said.vouches.keys()
        change_said(home.library_file, lambda now: now.without_vouches(keys))
        say(f"{counted(len(keys), 'track')}: what was said of {_them(len(keys))} is taken back")
        return
    says: Says = "voice" if voice else "instrumental"
    today = datetime.datetime.now().astimezone().date().isoformat()
    vouches = {
        each.key: Vouch(says=says, title=each.title, path=each.path, on=today) for each in tracks
    }
    change_said(home.library_file, lambda now: now.with_vouches(vouches))
    heard = "somebody sings or speaks in" if voice else "nobody sings or speaks in"
    which = counted(len(vouches), "track")
    say(f"{which}: {heard} {_them(len(vouches))}, says somebody who listened")
    for track in tracks[:MOST_TOLD]:
        against = track.voice == "voice" and not voice
        say(f"  {track.title}{' (its tags speak of a voice)' if against else ''}")
    if len(tracks) > MOST_TOLD:
        against_all = sum(track.voice == "voice" for track in tracks[MOST_TOLD:]) * (not voice)
        more = f", {against_all} of them with tags that speak of a voice" if against_all else ""
        say(f"  and {len(tracks) - MOST_TOLD} more{more}")


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _tracks(home: Home, said: LibraryNotes, names: Sequence[str]) -> list[Track]:
    """The tracks that are meant, each sound once. Raises `InputError` with all names that mean
    nothing, or more than one thing."""
    found: dict[str, Track] = {}
    faults: list[Fault] = []
    for name in names:
        try:
            for track in _of(home, said, name):
                found.setdefault(track.key, track)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return list(found.values())


def _of(home: Home, said: LibraryNotes, name: str) -> Sequence[Track]:
    """The tracks of one name: a file's, a folder's, a playlist's, or a track's in the library."""
    path: Path | None = None
    misfit: InputError | None = None
    if not (file_at(name) and has_audio_name(name)):
        try:
            path = find_here(name, Path.cwd(), home.data)
        except InputError as error:
            misfit = error
    if path is not None:
        _refuse_two_meanings(home, said, name, path)
        return _of_folder(home, path) if path.is_dir() else _of_playlist(home, path)
    try:
        held = find_file(home, said, name)
    except InputError:
        if misfit is not None and not _is_bare(name):
            raise misfit from None  # A path was meant, and that tells what is wrong with it.
        raise
    if held.track is None:
        assert held.fault is not None
        raise InputError([held.fault])
    return [held.track]


def _is_bare(name: str) -> bool:
    """Whether a name is neither a path nor a playlist's file, so that it may be a title."""
    return "/" not in name and form_of(Path(name)) is None


def _refuse_two_meanings(home: Home, said: LibraryNotes, name: str, path: Path) -> None:
    """A bare word may be a playlist or folder here and a track of the library."""
    if not _is_bare(name):
        return
    try:
        tracks = matches(name, known_files(home, said))
    except InputError:
        return  # No library: it cannot be a track of one.
    if tracks:
        paths = [str(path), *(each.found.path for each in tracks[:3])]
        ways = ", ".join(map(shown, paths))
        fault = Fault(shown(name), f"may be any of {ways}", "say which by its path")
        raise InputError([fault])


def _of_folder(home: Home, folder: Path) -> Sequence[Track]:
    result = scanned(lambda step: scan([folder], home.index, step))
    tell_left_out(result.left_out, result.warnings)
    tracks = [each.track for each in result.held if each.track]
    if not tracks:
        raise InputError([Fault(shown(folder), "holds no track that can be played")])
    return tracks


def _of_playlist(home: Home, path: Path) -> Sequence[Track]:
    own = load_settings(home.settings).library_folder
    roots = (own,) if own else ()
    one = with_progress(
        lambda step: open_one(
            path, home=home.data, roots=roots, index_path=home.index, progress=step
        )
    )
    tell_left_out(one.left_out, one.warnings)
    tracks: Sequence[Track] = one.tracks
    return tracks
