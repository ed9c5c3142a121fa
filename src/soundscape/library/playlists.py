"""Playlists by name, and the files they name: from what an arc writes to music files.

A name is looked for beside the arc, in the `playlists/` there, in the `playlists/` beside the
arc's folder, and in the home; then it is an error that says where was looked. A path (anything
with a `/`, or ending like a playlist) is taken from the arc's folder, then those same places.

What a playlist names relatively is looked for beside the playlist, then in the library folders:
so one written over the starter music holds no absolute path.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.track import Track
from soundscape.library.playlistfile import (
    M3U_SUFFIXES,
    YAML_SUFFIXES,
    Entry,
    PlaylistFile,
    Query,
    is_arc,
    read_playlist,
)
from soundscape.library.walk import (
    Found,
    Walked,
    glob_matches,
    has_audio_name,
    is_glob,
    look,
    shown,
    walk,
)

SUFFIXES = (*YAML_SUFFIXES, *M3U_SUFFIXES)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a playlist and the line that named it, with what that line overrides.

    `named` is true where the line named this one file, not a folder or a pattern.
    """

    found: Found
    entry: Entry
    named: bool


@dataclass
class Members:
    """The files of one playlist, in its order, each once; its query, still to be asked."""

    playlist: PlaylistFile
    members: list[Member] = field(default_factory=list)
    query: Query | None = None
    faults: list[Fault] = field(default_factory=list)


class Folders:
    """Walks each folder once, however many playlists name it."""

    def __init__(self) -> None:
        self._walked: dict[str, Walked] = {}

    def walk(self, folder: Path) -> Walked:
        """What the folder holds."""
        key = os.path.realpath(folder)
        if key not in self._walked:
            self._walked[key] = walk(folder)
        return self._walked[key]


def places(arc_path: Path, home: Path) -> tuple[Path, ...]:
    """Where an arc's playlists are looked for, in order."""
    beside = arc_path.absolute().parent
    looked = (beside, beside / "playlists", beside.parent / "playlists", home / "playlists")
    return tuple(dict.fromkeys(looked))


def find(name: str, arc_path: Path, home: Path) -> Path:
    """The playlist file or folder an arc means by `name`.

    Raises `InputError` with one fault (of the arc) that names the places and the nearest name.
    """
    where = shown(arc_path)
    looked = places(arc_path, home)
    if not name.strip():
        raise InputError([Fault(where, "a playlist without a name")])
    written = Path(at_home(name))
    try:
        for place in (Path("/"),) if written.is_absolute() else looked:
            for suffix in ("", *SUFFIXES):
                candidate = place / (written if not suffix else f"{written}{suffix}")
                if _is_playlist(candidate, arc_path):
                    return candidate
    except (OSError, ValueError) as error:
        fault = Fault(where, f"playlist `{shown(name)[:80]}` cannot be looked for: {error}")
        raise InputError([fault]) from error
    if written.is_absolute():
        raise InputError([Fault(where, f"playlist `{shown(name)}`: no such file or folder")])
    hint = nearest(name, sorted({known for place in looked for known in _names(place, arc_path)}))
    among = ", ".join(shown(place) for place in looked)
    raise InputError([Fault(where, f"no playlist `{shown(name)[:80]}`; looked in {among}", hint)])


def _is_playlist(path: Path, arc_path: Path) -> bool:
    if path.is_dir():
        return True
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    # An arc may have the name of a playlist it uses, and lies where playlists are looked for.
    if path.suffix.lower() not in YAML_SUFFIXES:
        return True
    return not (arc_path.exists() and path.samefile(arc_path)) and not is_arc(path)


def _names(place: Path, arc_path: Path) -> Iterator[str]:
    try:
        for path in place.iterdir():
            if path.suffix.lower() in SUFFIXES and _is_playlist(path, arc_path):
                yield path.stem
    except OSError:
        return


def open_playlist(path: Path) -> PlaylistFile:
    """The playlist at a path `find` gave; a folder is one whose tracks are all it holds."""
    if path.is_dir():
        return PlaylistFile(path, path.name, folders=(Entry(str(path.absolute())),))
    return read_playlist(path)


def members_of(
    playlist: PlaylistFile,
    roots: Sequence[Path],
    folders: Folders,
    ambient: Container[str],
) -> Members:
    """Every file a playlist names, but for its query. Missing and bad ones are in `faults`."""
    out = Members(playlist, query=playlist.query)
    beside = playlist.path.absolute().parent
    taken: set[str] = set()

    def take(files: Iterable[Found], entry: Entry, *, named: bool) -> None:
        for found in files:
            # A folder may hold ambiences beside its music: those are passed over, not missed.
            if found.path not in taken and (named or found.path not in ambient):
                taken.add(found.path)
                out.members.append(Member(found, entry, named))

    def miss(entry: Entry, what: str, do: str = "") -> None:
        where = shown(playlist.path)
        out.faults.append(Fault(where, what, do, entry.line, entry.column))

    for entry in playlist.entries:
        name = _as_path(entry.name, playlist.path)
        if name is None:
            miss(entry, f"`{shown(entry.name)}` is not a file of this machine")
        elif is_glob(name) and not Path(beside, name).is_file():
            matched = _matching(name, beside, roots, folders)
            if not matched:
                miss(entry, f"nothing matches `{shown(name)}`{_looked(beside, roots)}")
            take(matched, entry, named=False)
        else:
            found = _named(name, beside, roots)
            if found is None:
                hint = nearest(Path(name).name, _neighbours(name, beside, roots))
                miss(entry, f"no file `{shown(name)}`{_looked(beside, roots)}", hint)
            elif isinstance(found, Fault):
                miss(entry, f"`{shown(name)}` {found.what}", found.do)
            elif not has_audio_name(found.path):
                miss(entry, f"`{shown(name)}` is not named like an audio file")
            else:
                take([found], entry, named=True)
    for entry in playlist.folders:
        name = at_home(entry.name)
        folder = next((p for p in _places(name, beside, roots) if p.is_dir()), None)
        if folder is None:
            miss(entry, f"no folder `{shown(name)}`{_looked(beside, roots)}")
            continue
        walked = folders.walk(folder)
        out.faults += walked.faults
        take(walked.files, entry, named=False)
    return out


def overridden(track: Track, entry: Entry) -> Track | None:
    """The track with what its line says over what was read and measured.

    A cue-out behind the end is the end. None where the cue points leave nothing.
    """
    cue_out = entry.cue_out_s
    track = replace(
        track,
        intensity=track.intensity if entry.intensity is None else entry.intensity,
        gain_db=entry.gain_db,
        cue_in_s=entry.cue_in_s or 0.0,
        cue_out_s=cue_out if cue_out is not None and cue_out < track.duration_s else None,
    )
    return track if track.length_s > 0 else None


def _as_path(name: str, playlist: Path) -> str | None:
    """What is written, as a path of this system; None for an address that is no file here."""
    if "://" in name:
        from urllib.parse import unquote, urlsplit

        address = urlsplit(name)
        if address.scheme.lower() != "file" or address.netloc not in ("", "localhost"):
            return None
        return unquote(address.path)
    if playlist.suffix.lower() in M3U_SUFFIXES and "\\" in name:
        # Written on Windows. A drive's letter leads nowhere here, and is said to be missing.
        return name.replace("\\", "/")
    return at_home(name)


def at_home(name: str) -> str:
    """A path with a leading `~` written out."""
    try:
        return str(Path(name).expanduser()) if name.startswith("~") else name
    except RuntimeError:
        return name  # `~somebody` who is not known here: a strange file name then


def _places(name: str, beside: Path, roots: Sequence[Path]) -> list[Path]:
    return [Path(name)] if name.startswith("/") else [place / name for place in (beside, *roots)]


def _named(name: str, beside: Path, roots: Sequence[Path]) -> Found | Fault | None:
    """The first file of that name; a fault where it is there but is none; None where it is not."""
    fault: Fault | None = None
    for place in _places(name, beside, roots):
        found = look(str(place))
        if isinstance(found, Found):
            return found
        if found.what != "no such file" and fault is None:
            fault = found
    return fault


def _matching(name: str, beside: Path, roots: Sequence[Path], folders: Folders) -> list[Found]:
    """Files a pattern takes: those beside the playlist, else those in the library folders."""
    if name.startswith("/"):
        # Walk from the last folder before the first wildcard.
        steps = name.split("/")
        plain = next(i for i, step in enumerate(steps) if is_glob(step))
        starts, name = [Path("/".join(steps[:plain]) or "/")], "/".join(steps[plain:])
        groups: list[Sequence[Path]] = [starts]
    else:
        groups = [[beside], roots]
    for group in groups:
        found: list[Found] = []
        for folder in group:
            below, pattern = folder, name
            # `calm/*.ogg` has no need to see more than `calm`.
            while "/" in pattern and not is_glob(pattern.split("/", 1)[0]):
                step, pattern = pattern.split("/", 1)
                below = below / step
            if not below.is_dir():
                continue
            files = {file.name: file for file in folders.walk(below).files}
            found += [files[match] for match in glob_matches(pattern, files)]
        if found:
            return found
    return []


def _neighbours(name: str, beside: Path, roots: Sequence[Path]) -> list[str]:
    names: list[str] = []
    for place in _places(name, beside, roots):
        try:
            names += [path.name for path in place.parent.iterdir() if has_audio_name(path.name)]
        except (OSError, ValueError):
            continue
    return sorted(set(names))


def _looked(beside: Path, roots: Sequence[Path]) -> str:
    return "; looked in " + ", ".join(shown(place) for place in dict.fromkeys((beside, *roots)))


def with_line(fault: Fault, member: Member, playlist: PlaylistFile) -> Fault:
    """A file's own fault, said with the line of the playlist that names it."""
    if member.entry.line is None or not member.named:
        return fault
    return replace(fault, do=fault.do or f"named by {shown(playlist.path)}:{member.entry.line}")
