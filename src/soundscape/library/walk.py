"""Which audio files a folder holds: each real file once, in a stable order, and nothing hangs.

A library is other people's folders: links that point back to themselves, names in any script,
folders that may not be opened, pipes and sockets. Nothing here opens a file.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from soundscape.core.errors import Fault
from soundscape.core.names import canonical, folded
from soundscape.core.text import reason, shown
from soundscape.core.track import Part, part_of

_READ = """
.mp3 .mp2 .mpa .mpga .flac .ogg .oga .opus .m4a .m4b .m4r .mp4 .mka .webm .weba .aac .adts .ac3
.eac3 .wma .asf .wv .wav .wave .bwf .rf64 .aif .aiff .aifc .au .snd .caf
"""
_UNREAD = """
.ape .apl .spx .tta .tak .ofr .ofs .shn .la .mpc .mp+ .mpp .dsf .dff .wsd
.w64 .dts .dtshd .ac4 .mlp .thd .m4p .aax .aaxc .aa .mp1 .m1a .m2a .adt .loas .latm
.ra .rm .ram .rmvb .amr .awb .3gp .3gpp .3g2 .3ga .voc .gsm .vox .sph .8svx .qcp .sd2
.mkv .mov .avi .m4v .f4a .f4v .mpg .mpeg .ts .mts .m2ts .vob .ogv .ogm .ogx .flv .wmv .wm
.mid .midi .kar .rmi .mod .xm .it .s3m .mptm .sid .nsf .spc .vgm
.oma .at3 .aa3 .nut .cda .swa .alac .wvc
"""

AUDIO_SUFFIXES = frozenset(_READ.split())
"""What is taken for audio by its name; whether it is, is found out by reading it."""

UNREAD_SUFFIXES = frozenset(_UNREAD.split())
"""What looks like music by its name and is not read: the player does not play it, loses its clock
in it, or nobody has tried (`docs/guides/library.md` says which)."""

_BINS = re.compile(
    r"\$recycle\.bin|recycler|(network )?recycle bin|trash-\d+|trashbox|[#@]recycle"
    r"|@recently-snapshot|[#@~]snapshots?|@gmt-[\d.-]+|@eadir|@sharesnap\w*"
    r"|system volume information|lost\+found|found\.\d{3}|network trash folder|__macosx"
    r"|backups\.backupdb|files_(trashbin|versions)"
    r"|temporary items|thevolumesettingsfolder|lost\.dir"
)
"""Folders, in small letters, in which systems and network disks keep what was thrown away, and
yesterday's state. (Those that begin with a dot are hidden, and passed over as that.)"""


def has_audio_name(name: str) -> bool:
    """Whether a name ends like an audio file's."""
    return _suffix(name) in AUDIO_SUFFIXES


def _suffix(name: str) -> str:
    return "." + name.rpartition(".")[2].lower()


Progress = Callable[[str, int, int], None]
"""What is being done ("reading tags", "measuring"), how many files are done, of how many."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: `path` absolute with links resolved, `name` as reached from the folder.

    `size` in bytes, `mtime_ns` and `ctime_ns` together tell whether it changed; the index is keyed
    by them. (Taggers may put the first two back as they were; the last is the system's own.)
    Of a part of a file, `path` is the part's, and `says` what its list says of it, by the names of
    `tags_of`.
    """

    path: str
    name: str
    size: int
    mtime_ns: int
    ctime_ns: int = 0
    says: tuple[tuple[str, str], ...] = ()

    @property
    def file(self) -> str:
        """The file itself."""
        return part_of(self.path).file

    def whole(self) -> FoundFile:
        """All of it."""
        part = part_of(self.path)
        name = self.name.removesuffix(part.mark)
        return replace(self, path=part.file, name=name, says=())

    def part(
        self, start_s: float, stop_s: float | None, says: Iterable[tuple[str, str]] = ()
    ) -> FoundFile:
        """A part of it, from and to seconds (None: its end)."""
        part = Part(self.file, start_s, stop_s)
        return replace(self, path=part.path, name=self.name + part.mark, says=tuple(says))


@dataclass(frozen=True, slots=True)
class Walked:
    """What one folder held, in order of name, and what could not be looked at; `unread` are the
    paths of files that look like music and are not read, `sheets` those of cue sheets."""

    files: tuple[FoundFile, ...]
    faults: tuple[Fault, ...]
    unread: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()


def look(path: str, name: str = "") -> FoundFile | Fault:
    """One file by its path. Follows links; a folder, pipe or missing file is a fault."""
    where = shown(path)
    try:
        path.encode()
        real = os.path.realpath(path)
        real.encode()
        info = Path(real).stat()
    except UnicodeEncodeError:
        return Fault(where, "its name is not UTF-8", "rename it")
    except FileNotFoundError:
        gone = Path(path).is_symlink()
        return Fault(where, "is a link to a file that is not there" if gone else "no such file")
    except (OSError, ValueError) as error:
        return Fault(where, f"cannot be looked at: {reason(error)}")
    if not stat.S_ISREG(info.st_mode):
        is_folder = stat.S_ISDIR(info.st_mode)
        return Fault(where, "is a folder, not a file" if is_folder else "is not a regular file")
    return FoundFile(
        real, name or Path(path).name, info.st_size, info.st_mtime_ns, info.st_ctime_ns
    )


def as_there(path: Path) -> Path:
    """The path as the disk spells it: a step that is not there, in the one spelling that is.

    A name may lie there with its accents composed or not (as macOS writes them), and a person types
    it the other way. As it was written where there is none, or several that fit.
    """
    here = Path(path.anchor)
    for step in path.parts[1 if path.anchor else 0 :]:
        if step != ".." and not (here / step).exists():
            try:
                alike = [name for name in here.iterdir() if canonical(name.name) == canonical(step)]
            except OSError:
                return path
            if len(alike) != 1:
                return path
            here = alike[0]
        else:
            here /= step
    return here


def walk(folder: Path) -> Walked:
    """All audio files below `folder`, following links, each real folder and file once.

    Hidden files and folders are skipped (the folder itself may be hidden, or below one), and so are
    wastebaskets and snapshots. What cannot be opened is a fault, and the rest goes on; so is a
    folder that is not there.
    """
    root = os.path.realpath(folder)
    files: list[FoundFile] = []
    faults: list[Fault] = []
    unread: list[str] = []
    sheets: list[str] = []
    seen: set[tuple[int, int]] = set()
    waiting = [(root, "")]
    while waiting:
        place, prefix = waiting.pop()
        try:
            info = Path(place).stat()
            if (info.st_dev, info.st_ino) in seen:
                continue
            seen.add((info.st_dev, info.st_ino))
            with os.scandir(place) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            faults.append(Fault(shown(place), f"cannot be opened: {reason(error)}"))
            continue
        below: list[tuple[str, str]] = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            name = prefix + entry.name
            try:
                if entry.is_dir():
                    if _BINS.fullmatch(entry.name.lower()):
                        continue
                    linked = entry.is_symlink()
                    place_below = os.path.realpath(entry.path) if linked else entry.path
                    below.append((place_below, name + "/"))
                    continue
            except OSError:
                pass  # A link in a ring: told below, if it is named like audio.
            if has_audio_name(entry.name):
                _take(entry, name, seen, files, faults)
            elif _suffix(entry.name) in UNREAD_SUFFIXES:
                unread.append(shown(entry.path))
            elif _suffix(entry.name) == ".cue":
                sheets.append(entry.path)
        waiting.extend(reversed(below))
    files.sort(key=lambda found: found.name)
    return Walked(tuple(files), tuple(faults), tuple(sorted(unread)), tuple(sorted(sheets)))


def _take(
    entry: os.DirEntry[str],
    name: str,
    seen: set[tuple[int, int]],
    files: list[FoundFile],
    faults: list[Fault],
) -> None:
    """Adds one entry. The common case (a plain file) costs one `stat`; oddities go to `look`."""
    try:
        info = entry.stat()
        plain = stat.S_ISREG(info.st_mode) and not entry.is_symlink()
        name.encode()
    except (OSError, UnicodeEncodeError):
        info, plain = None, False
    if info is not None:
        if (info.st_dev, info.st_ino) in seen:
            return
        seen.add((info.st_dev, info.st_ino))
    found = (
        FoundFile(entry.path, name, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        if plain and info is not None
        else look(entry.path, name)
    )
    if isinstance(found, Fault):
        faults.append(found)
    else:
        files.append(found)


def is_glob(text: str) -> bool:
    """Whether a name written in a playlist is a pattern."""
    return any(character in text for character in "*?[")


def glob_matches(pattern: str, names: Iterable[str]) -> list[str]:
    """The names a pattern takes: `*` and `?` stay within a folder, `**/` spans any number. Other
    spellings of a name (`core.names.folded`) fit too.

    >>> glob_matches("**/a*.ogg", ["a.ogg", "x/y/ab.ogg", "b.ogg"])
    ['a.ogg', 'x/y/ab.ogg']
    """
    taken, alike = _steps(pattern), _steps(folded(pattern))
    return [
        name
        for name in names
        if _fits(name.split("/"), taken) or _fits(folded(name).split("/"), alike)
    ]


def _steps(pattern: str) -> list[str]:
    steps = pattern.split("/")
    return [*steps, "*"] if steps[-1] == "**" else steps  # At the end: everything below.


def _fits(name: Sequence[str], pattern: Sequence[str]) -> bool:
    # How many steps of the pattern may have been used up by the steps of the name so far.
    used = {0}
    for step in name:
        for at in range(len(pattern)):
            if at in used and pattern[at] == "**":
                used.add(at + 1)
        used = {
            at + (pattern[at] != "**")
            for at in used
            if at < len(pattern) and (pattern[at] == "**" or fnmatchcase(step, pattern[at]))
        }
    return len(pattern) in used
