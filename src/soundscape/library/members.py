"""The files of a playlist: every line of it looked up, every one that leads nowhere listed.

What a playlist names relatively is looked for beside the playlist, then in the library folders:
so one written over the starter music holds no absolute path.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from soundscape.core.errors import Fault
from soundscape.core.track import Track
from soundscape.library.lists.values import Entry, PlaylistFile
from soundscape.library.naming import at_home, quoted
from soundscape.library.query import Query
from soundscape.library.seek import Folders, Seeker
from soundscape.library.spelled import as_there
from soundscape.library.walk import Found, glob_matches, has_audio_name, is_glob, shown


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a playlist and the line that named it, with what that line overrides.

    `named` is true where the line named this one file, not a folder or a pattern; `moved` where
    it was found elsewhere, by what its path ends in.
    """

    found: Found
    entry: Entry
    named: bool
    moved: bool = False


@dataclass
class Members:
    """The files of one playlist, in its order, each once; its query, still to be asked."""

    playlist: PlaylistFile
    members: list[Member] = field(default_factory=list)
    query: Query | None = None
    faults: list[Fault] = field(default_factory=list)

    def miss(self, entry: Entry, what: str, do: str = "") -> None:
        """Notes what is wrong with a line."""
        where = shown(self.playlist.path)
        self.faults.append(Fault(where, what, do, entry.line, entry.column))


def members_of(
    playlist: PlaylistFile,
    roots: Sequence[Path],
    folders: Folders,
    ambient: Container[str],
) -> Members:
    """Every file a playlist names, but for its query. Missing and bad ones are in `faults`.

    Each file comes once, where it is first named; what a line says that names the file itself
    stands over what a pattern or a folder says, wherever it stands.
    """
    out = Members(playlist, query=playlist.query, faults=list(playlist.left_out))
    beside = playlist.path.absolute().parent
    seeker = Seeker(beside, roots, folders)
    taken: dict[str, int] = {}

    def take(member: Member) -> None:
        path = member.found.path
        if path not in taken:
            taken[path] = len(out.members)
            out.members.append(member)
        elif member.named and not out.members[taken[path]].named:
            out.members[taken[path]] = member

    def take_all(files: Iterable[Found], entry: Entry) -> None:
        for found in files:
            # A folder may hold ambiences beside its music: those are passed over, not missed.
            if found.path not in ambient:
                take(Member(found, entry, named=False))

    for entry in (*playlist.entries, *playlist.folders):
        if entry.kind == "folder":
            name = at_home(entry.name.strip())
            meant = (as_there(each / name) for each in seeker.places)
            folder = next((each for each in meant if each.is_dir()), None)
            if folder is None:
                out.miss(entry, f"no folder {quoted(name)}{seeker.looked()}")
                continue
            walked = folders.walk(folder)
            out.faults += walked.faults
            take_all(walked.files, entry)
        elif _is_pattern(entry, beside):
            matched = _matching(at_home(entry.name.strip()), beside, roots, folders)
            if not matched:
                out.miss(entry, f"nothing matches {quoted(entry.name)}{seeker.looked()}")
            take_all(matched, entry)
        else:
            sought = seeker.file(entry)
            if isinstance(sought, Fault):
                out.miss(entry, sought.what, sought.do)
            elif not has_audio_name(sought.found.file):
                out.miss(entry, f"{quoted(entry.name)} is not named like an audio file")
            else:
                take(Member(sought.found, entry, named=True, moved=sought.moved))
    return out


def overridden(track: Track, entry: Entry) -> Track | None:
    """The track with what its line says over what was read and measured.

    A cue-out behind the end is the end of the file. The shape moves along with the intensity.
    None where the cue points leave nothing.
    """
    intensity = track.intensity if entry.intensity is None else entry.intensity
    cue_out = track.cue_out_s
    if entry.cue_out_s is not None:
        cue_out = entry.cue_out_s if entry.cue_out_s < track.duration_s else None
    track = replace(
        track,
        intensity=intensity,
        shape=_moved(track.shape, intensity - track.intensity),
        gain_db=entry.gain_db,
        cue_in_s=track.cue_in_s if entry.cue_in_s is None else entry.cue_in_s,
        cue_out_s=cue_out,
    )
    return track if track.length_s > 0 else None


def _moved(
    shape: tuple[float, float, float] | None, by: float
) -> tuple[float, float, float] | None:
    if shape is None or by == 0.0:
        return shape
    start, middle, end = (min(max(value + by, 0.0), 1.0) for value in shape)
    return start, middle, end


def moved_note(members: Members) -> str:
    """A sentence about files that are not where the playlist says; "" where all are."""
    moved = sum(member.moved for member in members.members)
    where = shown(members.playlist.path)
    if not moved:
        return ""
    return (
        f"{where}: {moved} of its files are not where it says and were taken from elsewhere, by "
        "what their paths end in; `soundscape playlist check` lists them"
    )


def with_line(fault: Fault, member: Member, playlist: PlaylistFile) -> Fault:
    """A file's own fault, said with the line of the playlist that names it."""
    if member.entry.line is None or not member.named:
        return fault
    return replace(fault, do=fault.do or f"named by {shown(playlist.path)}:{member.entry.line}")


def _is_pattern(entry: Entry, beside: Path) -> bool:
    if entry.kind != "either":
        return entry.kind == "pattern"
    try:
        names = (entry.name, at_home(entry.name))
        return is_glob(entry.name) and not any((beside / name).is_file() for name in names)
    except (OSError, ValueError):
        return False


def _matching(name: str, beside: Path, roots: Sequence[Path], folders: Folders) -> list[Found]:
    """Files a pattern takes: those beside the playlist, else those in the library folders."""
    if name.startswith("/"):
        # Walk from the last folder before the first wildcard.
        steps = name.split("/")
        plain = next((i for i, step in enumerate(steps) if is_glob(step)), len(steps) - 1)
        starts, name = [as_there(Path("/".join(steps[:plain]) or "/"))], "/".join(steps[plain:])
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
                below = as_there(below / step)
            if not below.is_dir():
                continue
            files = {file.name: file for file in folders.walk(below).files}
            found += [files[match] for match in glob_matches(pattern, files)]
        if found:
            return found
    return []
