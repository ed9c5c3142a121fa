"""The files of a playlist: every line of it looked up, every one that leads nowhere listed.

What a playlist names relatively is looked for beside the playlist, then in the library folders:
so one written over the starter music holds no absolute path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path

from soundscape.core.errors import Fault
from soundscape.core.text import lasting, shown, typed
from soundscape.core.track import Track, part_of
from soundscape.home import at_home
from soundscape.library.playlists.forms.values import ListEntry, PlaylistFile, Work
from soundscape.library.playlists.naming import is_remote
from soundscape.library.playlists.query import Query
from soundscape.library.playlists.seek import BY_END, Folders, Meant, Seeker
from soundscape.library.walk import FoundFile, as_there, glob_matches, has_audio_name, is_glob

JINGLE_S = 60.0
"""Seconds, rounded. What lasts less is a jingle, an effect or a sample, not music to lie to: it is
planned only where a playlist names that very file."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a playlist and the line that named it, with what that line overrides.

    `named` is true where the line named this one file, not a folder or a pattern. `how` says by
    what it was found where that is not its path, as the end of a sentence.
    """

    found: FoundFile
    entry: ListEntry
    named: bool
    how: str = ""


@dataclass
class Members:
    """The files of one playlist, in its order, each once; its query, still to be asked."""

    playlist: PlaylistFile
    members: list[Member] = field(default_factory=list)
    query: Query | None = None
    faults: list[Fault] = field(default_factory=list)

    def miss(self, entry: ListEntry, what: str, do: str = "") -> None:
        """Notes what is wrong with a line."""
        where = shown(self.playlist.path)
        self.faults.append(Fault(where, what, do, entry.line, entry.column))


def members_of(
    playlist: PlaylistFile,
    roots: Sequence[Path],
    folders: Folders,
    ambient: Container[str],
    by_work: Callable[[Work], Meant | Fault] | None = None,
) -> Members:
    """Every file a playlist names, but for its query. Missing and bad ones are in `faults`.

    Each file comes once, where it is first named; what a line says that names the file itself
    stands over what a pattern or a folder says, wherever it stands. Lines that name different
    pieces of one file are members of their own. `by_work` finds what has no path.
    """
    out = Members(playlist, query=playlist.query, faults=list(playlist.left_out))
    beside = playlist.path.absolute().parent
    seeker = Seeker(beside, roots, folders)
    taken: list[Member] = []

    def take_all(files: Iterable[FoundFile], entry: ListEntry) -> None:
        # A folder may hold ambiences beside its music: those are passed over, not missed.
        music = (found for found in files if found.path not in ambient)
        taken.extend(Member(found, entry, named=False) for found in music)

    for entry in (*playlist.entries, *playlist.folders):
        if entry.kind == "folder":
            name = at_home(entry.name.strip())
            meant = (as_there(each / name) for each in seeker.places)
            folder = next((each for each in meant if each.is_dir()), None)
            if folder is None:
                out.miss(entry, f"no folder {typed(name)}{seeker.looked()}")
                continue
            walked = folders.walk(folder)
            out.faults += walked.faults
            take_all(walked.files, entry)
        elif _is_pattern(entry, beside):
            matched = _matching(at_home(entry.name.strip()), beside, roots, folders)
            if not matched:
                out.miss(entry, f"nothing matches {typed(entry.name)}{seeker.looked()}")
            take_all(matched, entry)
        else:
            member = _named(entry, seeker, by_work)
            if isinstance(member, Fault):
                out.miss(entry, member.what, member.do)
            else:
                taken.append(member)
    out.members = _each_once(_pieces(taken))
    return out


def _named(
    entry: ListEntry, seeker: Seeker, by_work: Callable[[Work], Meant | Fault] | None
) -> Member | Fault:
    """The file one line means: by its path, or where it has none by what it says of the music."""
    fault = Fault("", f"{typed(entry.title)} names no file")
    if entry.name:
        sought = seeker.file(entry)
        if isinstance(sought, Meant):
            if not has_audio_name(sought.found.file):
                return Fault("", f"{typed(entry.name)} is not named like an audio file")
            return Member(sought.found, entry, named=True, how=sought.how)
        fault = sought
        if not all(map(is_remote, (entry.name, *entry.others))):
            return fault
    if by_work is None or not entry.work:
        return fault
    meant = by_work(entry.work)
    if isinstance(meant, Fault):
        return replace(meant, what=f"{fault.what}; {meant.what}") if entry.name else meant
    return Member(meant.found, entry, named=True, how=meant.how)


def _points(member: Member) -> tuple[float | None, float | None]:
    return member.entry.cue_in_s, member.entry.cue_out_s


def _pieces(members: Sequence[Member]) -> list[Member]:
    """The members, those that name different pieces of one file as parts of it."""
    points: dict[str, set[tuple[float | None, float | None]]] = {}
    titles: Counter[tuple[str, str]] = Counter()
    for each in members:
        if each.named:
            points.setdefault(each.found.path, set()).add(_points(each))
            titles[each.found.path, each.entry.title] += 1
    out: list[Member] = []
    for each in members:
        (start, stop), entry, path = _points(each), each.entry, each.found.path
        several = each.named and len(points[path]) > 1 and (start, stop) != (None, None)
        if several and (start or 0.0) < (inf if stop is None else stop):
            # What is called like its neighbour is called after its place in the file.
            work = entry.work or Work(entry.title)
            own = titles[path, entry.title] == 1
            says = [("title", work.title), ("artist", work.creator)] if own else []
            found = each.found.part(start or 0.0, stop, [pair for pair in says if pair[1]])
            each = replace(each, found=found, entry=replace(entry, cue_in_s=None, cue_out_s=None))
        out.append(each)
    return out


def _each_once(members: Iterable[Member]) -> list[Member]:
    taken: dict[str, Member] = {}
    for each in members:
        old = taken.get(each.found.path)
        if old is None or (each.named and not old.named):
            taken[each.found.path] = each
    return list(taken.values())


def overridden(track: Track, entry: ListEntry) -> Track | None:
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


def jingle(track: Track) -> Fault:
    """Why a short file that a folder, a pattern or a query brought along is not planned."""
    what = f"lasts {lasting(track.length_s)} only: what is under a minute is not planned"
    return Fault(shown(track.path), what, "a playlist that names this very file has it played")


def _moved(
    shape: tuple[float, float, float] | None, by: float
) -> tuple[float, float, float] | None:
    if shape is None or by == 0.0:
        return shape
    start, middle, end = (min(max(value + by, 0.0), 1.0) for value in shape)
    return start, middle, end


def moved_note(members: Members) -> str:
    """A sentence about files that are not where the playlist says; "" where all are."""
    moved = sum(member.how == BY_END for member in members.members)
    named = sum(member.how not in ("", BY_END) for member in members.members)
    said = []
    if moved:
        said.append(
            f"{moved} of its files are not where it says and were taken from elsewhere, by what "
            "their paths end in"
        )
    if named:
        said.append(f"{named} of its entries name no file and were found by what they are called")
    where = shown(members.playlist.path)
    return f"{where}: {'; '.join(said)}; `soundscape playlist check` lists them" if said else ""


def with_line(fault: Fault, member: Member, playlist: PlaylistFile) -> Fault:
    """A file's own fault, said with the line of the playlist that names it."""
    if member.entry.line is None or not member.named:
        return fault
    return replace(fault, do=fault.do or f"named by {shown(playlist.path)}:{member.entry.line}")


def _is_pattern(entry: ListEntry, beside: Path) -> bool:
    if entry.kind != "either":
        return entry.kind == "pattern"
    try:
        names = (entry.name, at_home(entry.name))
        return is_glob(entry.name) and not any((beside / name).is_file() for name in names)
    except (OSError, ValueError):
        return False


def _matching(name: str, beside: Path, roots: Sequence[Path], folders: Folders) -> list[FoundFile]:
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
        found: list[FoundFile] = []
        for folder in group:
            below, pattern = folder, name
            # `calm/*.ogg` has no need to see more than `calm`.
            while "/" in pattern and not is_glob(pattern.split("/", 1)[0]):
                step, pattern = pattern.split("/", 1)
                below = as_there(below / step)
            if not below.is_dir():
                continue
            files: dict[str, list[FoundFile]] = {}
            for file in folders.walk(below).files:
                files.setdefault(part_of(file.name).file, []).append(file)
            found += [file for match in glob_matches(pattern, files) for file in files[match]]
        if found:
            return found
    return []
