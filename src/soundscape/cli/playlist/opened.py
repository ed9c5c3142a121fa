"""The playlist that a command is given, opened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.options import offering
from soundscape.cli.out import with_progress
from soundscape.cli.settings import load_settings
from soundscape.home import Home
from soundscape.library.playlists.onelist import OneList, open_one
from soundscape.library.playlists.places import find_here

Name = Annotated[
    str,
    typer.Argument(
        help="a name as an arc here would write it, a file, or a folder",
        autocompletion=offering("playlists"),
    ),
]


def opened(name: str, library: Path | None, *, measured: bool) -> OneList:
    """Read it with its tracks, and measure those where `measured`. Raises `InputError`."""
    home = Home.find()
    root = library or load_settings(home.settings).library_folder
    path = find_here(name, Path.cwd(), home.data)
    found: OneList = with_progress(
        lambda step: open_one(
            path,
            home=home.data,
            roots=(root,) if root else (),
            index_path=home.index,
            progress=step,
            measured=measured,
        )
    )
    return found
