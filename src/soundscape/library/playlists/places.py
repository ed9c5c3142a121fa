"""Playlists by name: from what an arc, or a person, writes to a playlist's file or folder.

A name is looked for beside the arc, in the `playlists/` there, in the `playlists/` beside the
arc's folder, in the home, and among those that ship; then it is an error that says where was
looked. In each place a file comes before a folder of that name. A path (anything with a `/`, or
ending like a playlist) is taken from the arc's folder, then those same places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.text import reason, shown, typed
from soundscape.home import at_home
from soundscape.library.arcs.places import shipped
from soundscape.library.playlists.forms.values import ListEntry, PlaylistFile
from soundscape.library.playlists.load import FORMS, YAML_SUFFIXES, form_of, is_arc, read_playlist
from soundscape.library.walk import as_there


def places(arc_path: Path, home: Path) -> tuple[Path, ...]:
    """Where an arc's playlists are looked for, in order."""
    beside = arc_path.absolute().parent
    looked = (beside, beside / "playlists", beside.parent / "playlists", home / "playlists")
    return tuple(dict.fromkeys((*looked, shipped("playlists"))))


def find(name: str, arc_path: Path, home: Path) -> Path:
    """The playlist file or folder an arc means by `name`.

    Raises `InputError` with one fault that names the arc's line, the places and the nearest name.
    """
    found = _look_for(name, places(arc_path, home), arc_path)
    if isinstance(found, Path):
        return found
    from soundscape.library.arcs.load import place_of_playlist

    line, column = place_of_playlist(arc_path, name) or (None, None)
    raise InputError([Fault(shown(arc_path), found.what, found.do, line, column)])


def find_here(name: str, folder: Path, home: Path) -> Path:
    """The playlist a person means who stands in a folder: what an arc there would mean.

    Raises `InputError`.
    """
    found = _look_for(name, places(folder / "-", home), None)
    if isinstance(found, Path):
        return found
    raise InputError([Fault("playlist", found.what, found.do)])


def playlists_here(folder: Path, home: Path) -> dict[str, Path]:
    """Every playlist file that a person who stands in a folder can call by its name, by name."""
    found: dict[str, Path] = {}
    for place in places(folder / "-", home):
        for path in sorted(_files(place, None)):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def _look_for(name: str, looked: Sequence[Path], arc_path: Path | None) -> Path | Fault:
    """The playlist of a name, or what is wrong (as a fault without its place)."""
    if not name.strip():
        return Fault("", "a playlist without a name")
    written = Path(at_home(name))
    title = typed(name)
    arc: Path | None = None
    try:
        among = (Path("/"),) if written.is_absolute() else looked
        for spelled, place in ((how, place) for how in (Path, as_there) for place in among):
            for suffix in ("", *FORMS):
                candidate = spelled(place / (written if not suffix else f"{written}{suffix}"))
                if form_of(candidate) is None or not candidate.is_file():
                    continue
                if not _is_an_arc(candidate, arc_path):
                    return candidate
                arc = arc or candidate
            folder = spelled(place / written)
            if folder.is_dir():
                return folder
        other = next((p for p in (each / written for each in looked) if p.exists()), None)
        if other not in (None, arc):
            ends = ", ".join(FORMS)
            return Fault("", f"{typed(str(other))} is not named like a playlist ({ends})")
    except (OSError, ValueError) as error:
        return Fault("", f"playlist {title} cannot be looked for: {reason(error)}")
    if arc is not None:
        return Fault("", f"no playlist {title}: {shown(arc)} is an arc")
    if written.is_absolute():
        return Fault("", f"playlist {title}: no such file or folder")
    hint = nearest(
        name[:100], sorted({each.stem for place in looked for each in _files(place, arc_path)})
    )
    where = ", ".join(shown(place) for place in looked)
    return Fault("", f"no playlist {title}; looked in {where}", hint)


def _is_an_arc(path: Path, arc_path: Path | None) -> bool:
    """An arc may have the name of a playlist it uses, and lies where playlists are looked for."""
    if path.suffix.lower() not in YAML_SUFFIXES:
        return False
    same = arc_path is not None and arc_path.exists() and path.samefile(arc_path)
    return same or is_arc(path)


def _files(place: Path, arc_path: Path | None) -> Iterator[Path]:
    """The playlists' files in a folder."""
    try:
        for path in place.iterdir():
            if form_of(path) and path.is_file() and not _is_an_arc(path, arc_path):
                yield path
    except OSError:
        return


def open_playlist(path: Path) -> PlaylistFile:
    """The playlist at a path `find` gave; a folder is one whose tracks are all it holds."""
    if path.is_dir():
        entry = ListEntry(str(path.absolute()), kind="folder")
        return PlaylistFile(path, path.name or str(path), folders=(entry,))
    return read_playlist(path)
