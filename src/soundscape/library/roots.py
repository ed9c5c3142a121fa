"""Which folders make up a library, and the files they hold."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from soundscape.core.arc import Arc
from soundscape.core.errors import Fault, InputError
from soundscape.core.text import shown, some_of
from soundscape.core.track import part_of
from soundscape.home import at_home
from soundscape.library.index import Index
from soundscape.library.playlists.seek import Folders
from soundscape.library.walk import FoundFile, Walked, as_there

STARTER = ("starter/music", "starter/ambience")
"""Where the music this program makes itself lies, below the home."""


def roots_of(arc: Arc, arc_path: Path, home: Path, added: Sequence[Path]) -> tuple[Path, ...]:
    """Where the arc's music lies: the arc's own `library:`, else those of `home_roots`. Raises
    `InputError` where the arc names a folder that is not there."""
    if not arc.library:
        return home_roots(home, added)
    root = as_there(arc_path.absolute().parent / at_home(arc.library))
    if not root.is_dir():
        raise InputError([Fault(shown(arc_path), f"library: no folder {shown(root)}")])
    return (root,)


def home_roots(home: Path, added: Sequence[Path]) -> tuple[Path, ...]:
    """The folders that were added to the library and are there, and the starter music."""
    known = (*added, *(home / name for name in STARTER))
    return tuple(dict.fromkeys(root for root in known if root.is_dir()))


def absent(added: Sequence[Path]) -> tuple[str, ...]:
    """A sentence for each added folder that is not there now, as on a disk that is not plugged
    in."""
    return tuple(
        f"{shown(folder)}: this folder of the library is not there; its music is missing"
        for folder in added
        if not folder.is_dir()
    )


def checked(roots: Sequence[Path]) -> tuple[Path, ...]:
    """The folders a person named, as the disk spells them. Raises `InputError` with a fault for
    each that is none."""
    roots = [as_there(root) for root in roots]
    bad = [root for root in roots if not root.is_dir()]
    if bad:
        what = ("no such folder", "is not a folder")
        raise InputError([Fault(shown(root), what[root.exists()]) for root in bad])
    return tuple(roots)


def files_of(roots: Iterable[Path], folders: Folders) -> Walked:
    """What all the folders hold, each file once, in order of path."""
    files: dict[str, FoundFile] = {}
    faults: list[Fault] = []
    unread: set[str] = set()
    for root in roots:
        walked = folders.walk(root)
        faults += walked.faults
        unread.update(walked.unread)
        for found in walked.files:
            files.setdefault(found.path, found)
    ordered = tuple(sorted(files.values(), key=lambda found: _place(found.path)))
    return Walked(ordered, tuple(faults), tuple(sorted(unread)))


def _place(path: str) -> tuple[str, float]:
    part = part_of(path)
    return part.file, part.start_s


def emptied(roots: Sequence[Path], folders: Folders, index: Index) -> tuple[Fault, ...]:
    """Folders of the library, and folders below them, that are empty now though the index knows
    files of theirs: as one to which a disk belongs that is not there."""
    added = {os.path.realpath(root): root for root in roots}
    out: list[Fault] = []
    for real, root in added.items():
        paths = {part_of(path).file for path in index.paths_below(real)}
        known = Counter(path.rpartition("/")[0] for path in paths)
        here = {found.file.rpartition("/")[0] for found in folders.walk(root).files}
        if not here:
            if known:
                out.append(_empty(str(root), known.total(), "`soundscape library rm` it"))
            continue
        lost: Counter[str] = Counter()
        for folder, files in known.items():
            if folder in here:
                continue
            while not Path(folder).is_dir():
                folder = folder.rpartition("/")[0]
            lost[folder] += files
        for folder, files in lost.items():
            if folder not in added and _is_bare(folder):
                out.append(_empty(folder, files, "remove the empty folder"))
    return tuple(out)


def _is_bare(folder: str) -> bool:
    try:
        return all(path.name.startswith(".") for path in Path(folder).iterdir())
    except OSError:
        return False  # The walk says why it cannot be opened.


def _empty(folder: str, files: int, way: str) -> Fault:
    many = "1 file" if files == 1 else f"{files} files"
    what = f"this folder of the library is empty; it held {many} of music when it was last scanned"
    do = (
        "if its disk is not connected, connect and mount it: what was measured is kept; if the "
        f"music was taken away on purpose, {way}"
    )
    return Fault(shown(folder), what, do)


def unread_notes(unread: Iterable[str]) -> tuple[str, ...]:
    """A sentence for each kind of file that looks like music and is not read."""
    kinds: dict[str, list[str]] = {}
    for path in unread:
        kinds.setdefault(Path(path).suffix.lower(), []).append(path)
    return tuple(
        f"{count} {'file looks' if count == 1 else 'files look'} like music and "
        f"{'is' if count == 1 else 'are'} not read ({kind}): " + some_of(paths, MOST_NAMED)
        for kind, paths in sorted(kinds.items())
        for count in (len(paths),)
    )


MOST_NAMED = 3
"""So many files of a kind that is not read are named; the JSON names all."""
