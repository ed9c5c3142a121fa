"""Arcs by name: from the word a person writes to an arc's file, and which arcs there are.

A word is a path; else a name that is looked for beside the person, in the `arcs/` there, in the
`arcs/` of the home, and among the arcs that ship with the program.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.text import shown
from soundscape.home import at_home
from soundscape.library.playlists.load import YAML_SUFFIXES, is_arc
from soundscape.library.walk import as_there


@dataclass(frozen=True, slots=True)
class ArcFolder:
    """A folder where arcs lie, and what it is called."""

    name: str
    folder: Path


def shipped(kind: Literal["arcs", "playlists"]) -> Path:
    """The folder of the arcs, or of the playlists, that come with the program."""
    # By path, not by importlib.resources, which every command that plays would have to load: pip
    # always unpacks. After `pip install -e` the package is its sources, and these lie beside it.
    package = Path(__file__).parents[2]
    inside = package / kind
    return inside if os.path.isdir(inside) else package.parents[1] / kind  # noqa: PTH112 - unreadable?


def arc_places(here: Path, home: Path) -> tuple[ArcFolder, ...]:
    """Where arcs are looked for, in order. `home` is where the home keeps its data."""
    return (
        ArcFolder("beside you", here),
        ArcFolder("beside you, in arcs/", here / "arcs"),
        ArcFolder("in the home", home / "arcs"),
        ArcFolder("that ship", shipped("arcs")),
    )


def arcs_of(home: Path, here: Path | None = None) -> Iterator[tuple[ArcFolder, Path]]:
    """Every arc that can be called by its name, each file once, in order of place and name."""
    seen: set[Path] = set()
    for place in arc_places(here or Path(), home):
        try:
            paths = sorted(place.folder.iterdir())
        except OSError:
            continue
        for path in paths:
            real = path.resolve()
            if path.suffix.lower() in YAML_SUFFIXES and path.is_file() and real not in seen:
                seen.add(real)
                if is_arc(path):
                    yield place, path


def find_arc(word: str, home: Path, here: Path | None = None) -> Path:
    """The file a person means, who stands in `here`: as it was written, or of that name.

    A path that leads nowhere is given back as it is: reading it says why. Raises `InputError` for
    a name that no arc has, with the nearest one.
    """
    written = Path(at_home(word))
    suffixed = written.suffix.lower() in YAML_SUFFIXES
    try:
        if written.exists() or "\0" in word:
            return written
        if len(written.parts) != 1:
            return as_there(written)
        places = arc_places(here or Path(), home)
        for spelled, place in ((how, place) for how in (Path, as_there) for place in places):
            for suffix in ("",) if suffixed else YAML_SUFFIXES:
                path = spelled(place.folder / f"{word}{suffix}")
                if path.is_file() and is_arc(path):
                    return path
    except OSError:  # What may not be looked at says so where it is read.
        return written
    if suffixed:
        return written
    names = sorted({path.stem for _, path in arcs_of(home, here)})
    hint = nearest(word[:100], names)
    do = f"{hint} `soundscape arc list` shows them all".strip()
    raise InputError([Fault(shown(word)[:80], "no such file, and no arc of that name", do)])
