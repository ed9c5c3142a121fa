"""From what a playlist's line writes to the one file it means.

Tried in this order, and the first that is there is taken:

1. the path as written, beside the playlist, then in the library folders;
2. the same in the form in which names are compared (`core.names`), where just one file fits;
3. for playlists of other programs: the file whose path ends most alike (`C:\\Music\\calm\\sea.flac`
   is `/srv/music/calm/sea.flac`), beside the playlist or anywhere in the library folders, where
   just one file fits. A name that says nothing, such as `01.mp3`, needs its folder to fit too.

Two files that fit equally well are a fault, never a guess.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from soundscape.core.errors import Fault, nearest
from soundscape.core.names import canonical
from soundscape.core.text import shown, some_of, typed
from soundscape.core.track import part_of
from soundscape.library.playlists.cuesheet import cut_up
from soundscape.library.playlists.forms.values import ListEntry
from soundscape.library.playlists.naming import NotAFile, is_foreign, says_little, steps_of, ways
from soundscape.library.walk import FoundFile, Walked, has_audio_name, look, walk

LONGEST_PATH = 4096
"""No system has a longer path: such a text is not even looked for."""

MOST_STEPS = 16
"""How many steps of a path's end are compared with what lies beside the playlist."""

MOST_HINTS = 20
"""How many missing files of one playlist get a "did you mean": each costs a look at all names."""


class Folders:
    """Walks each folder once, however many playlists name it."""

    def __init__(self) -> None:
        self._walked: dict[str, Walked] = {}

    def walk(self, folder: Path) -> Walked:
        """What the folder holds; what cue sheets cut, as its tracks."""
        key = os.path.realpath(folder)
        if key not in self._walked:
            walked = walk(folder)
            self._walked[key] = cut_up(walked, [Path(sheet) for sheet in walked.sheets])
        return self._walked[key]


BY_END = "which ends alike"
"""How a file was found that is not where its line says."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The file that a line means. `how` says by what it was found where that is not its path, as
    the end of a sentence."""

    found: FoundFile
    how: str = ""


class Seeker:
    """Looks for the files of one playlist. `beside` is its folder, `roots` the library folders."""

    def __init__(self, beside: Path, roots: Sequence[Path], folders: Folders) -> None:
        self.places = tuple(dict.fromkeys((beside, *roots)))
        self._beside = beside
        self._roots = roots
        self._folders = folders
        self._listed: dict[str, dict[str, list[str]]] = {}
        self._tails: dict[str, list[tuple[tuple[str, ...], FoundFile]]] | None = None
        self._hints = 0

    def file(self, entry: ListEntry) -> Meant | Fault:
        """The file a line means, or the part of one (`FILE#t=START,STOP`), or a fault that says
        what is wrong; its place is the line's."""
        part = part_of(entry.name)
        if part.mark:
            whole = self.file(replace(entry, name=part.file))
            if isinstance(whole, Fault):
                return whole
            says = [("title", entry.title)] if entry.title else []
            return replace(whole, found=whole.found.part(part.start_s, part.stop_s, says))
        refused: Fault | None = None
        paths: list[str] = []
        first = ""
        for name in (entry.name, *entry.others):
            try:
                if len(name) <= LONGEST_PATH:
                    paths += ways(name, entry.coding)
                    first = first or next(iter(paths[-1:]), "")
            except NotAFile as error:
                refused = refused or Fault("", f"{typed(name)} {error}")
        for look_for in (self._as_written, self._alike):
            for path in paths:
                sought = look_for(path)
                if isinstance(sought, Meant):
                    return sought
                refused = refused or sought
        if paths and entry.coding != "plain":
            sought = self._by_tail(paths)
            if isinstance(sought, Meant):
                return sought
            refused = refused or sought
        return refused or self._missing(entry, first)

    def _as_written(self, path: str) -> Meant | Fault | None:
        fault: Fault | None = None
        for place in self._places(path):
            found = look(str(place))
            if isinstance(found, FoundFile):
                return Meant(found)
            if found.what != "no such file" and fault is None:
                fault = Fault("", f"{typed(path)} {found.what}", found.do)
        return fault

    def _places(self, path: str) -> list[Path]:
        return [Path(path)] if path.startswith("/") else [each / path for each in self.places]

    def _alike(self, path: str) -> Meant | Fault | None:
        """A file whose name is another spelling of the same."""
        if is_foreign(path):
            return None
        for place in [Path("/")] if path.startswith("/") else self.places:
            found = self._below(place, path)
            if found:
                return _only(path, found)
        return None

    def _below(self, place: Path, path: str) -> list[FoundFile]:
        """The files below a folder that a path fits, step by step; an exact name comes first."""
        heres = [str(place)]
        for step in path.split("/"):
            if not heres:
                break
            if step in ("", "."):
                continue
            if step == "..":
                heres = [os.path.normpath(f"{here}/..") for here in heres]
                continue
            heres = [
                f"{here.rstrip('/')}/{name}" for here in heres for name in self._names(here, step)
            ]
        looks = (look(here) for here in heres)
        return [found for found in looks if isinstance(found, FoundFile)]

    def _names(self, folder: str, step: str) -> list[str]:
        """The names in a folder that a step may mean."""
        if folder not in self._listed:
            names: dict[str, list[str]] = {}
            try:
                for path in sorted(Path(folder).iterdir()):
                    names.setdefault(canonical(path.name), []).append(path.name)
            except (OSError, ValueError):
                pass  # not a folder, or not ours to see: nothing in it is found
            self._listed[folder] = names
        alike = self._listed[folder].get(canonical(step), [])
        return [step] if step in alike else alike

    def _by_tail(self, paths: Iterable[str]) -> Meant | Fault | None:
        """The file whose path has the longest end in common with one of these."""
        best: dict[str, FoundFile] = {}
        most, wanted = 0, ""
        for path in paths:
            for common, found in self._ends_alike(steps_of(path)):
                if common > most:
                    best, most, wanted = {}, common, path
                if common == most:
                    best[found.path] = found
        if not best:
            return None
        sought = _only(wanted, list(best.values()))
        return replace(sought, how=BY_END) if isinstance(sought, Meant) else sought

    def _ends_alike(self, steps: tuple[str, ...]) -> Iterator[tuple[int, FoundFile]]:
        """Files whose paths end as these steps do, each with how many steps agree."""
        for count in range(1, min(len(steps), MOST_STEPS) + 1):
            end = "/".join(steps[-count:])
            for found in self._below(self._beside, end):
                yield _common(steps_of(f"{self._beside}/{end}"), steps), found
        # A name that says nothing is no proof by itself.
        least = 2 if steps and says_little(steps[-1]) else 1
        for here, found in self._all().get(steps[-1], ()) if steps else ():
            common = _common(here, steps)
            if common >= least:
                yield common, found

    def _all(self) -> dict[str, list[tuple[tuple[str, ...], FoundFile]]]:
        """Every file of the library folders by its name's form, each with the steps to it."""
        if self._tails is None:
            self._tails = {}
            for root in self._roots:
                files = dict.fromkeys(each.whole() for each in self._folders.walk(root).files)
                for found in files:
                    # As it is reached: links may lead to quite other names.
                    steps = steps_of(f"{root.absolute()}/{found.name}")
                    self._tails.setdefault(steps[-1], []).append((steps, found))
        return self._tails

    def _missing(self, entry: ListEntry, path: str) -> Fault:
        title = f" ({entry.title[:80]})" if entry.title else ""
        hint = ""
        self._hints += 1
        if path and self._hints <= MOST_HINTS:
            hint = nearest(Path(path).name[:200], self._neighbours(path))
        if entry.name.lstrip().startswith("#") and not hint:
            hint = "what begins with `#` is a remark, or a file's name"
        return Fault("", f"no file {typed(entry.name)}{title}{self.looked()}", hint)

    def _neighbours(self, path: str) -> list[str]:
        """The audio files that lie where this one should."""
        if is_foreign(path):
            path = Path(path).name
        folders = dict.fromkeys(str(place.parent) for place in self._places(path))
        for folder in folders:
            self._names(folder, "")
        listed = (n for folder in folders for names in self._listed[folder].values() for n in names)
        return sorted({name for name in listed if has_audio_name(name)})

    def looked(self) -> str:
        """Where was looked, as the end of a message."""
        return "; looked in " + ", ".join(shown(place) for place in self.places)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many steps two paths have in common at their ends."""
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        count += 1
    return count


def _only(path: str, found: Sequence[FoundFile]) -> Meant | Fault:
    """The one file, or a fault that lists those that fit equally well."""
    several = sorted({each.path: each for each in found})
    if len(several) == 1:
        return Meant(found[0])
    return any_of(path, several)


def any_of(written: str, paths: Sequence[str]) -> Fault:
    """That several files fit equally well."""
    among = some_of([f"`{shown(each)}`" for each in paths], 3)
    return Fault(
        "", f"{typed(written)} may be any of {among}", "write the path of the one you mean"
    )
