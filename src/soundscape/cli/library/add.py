"""`soundscape library add`: more folders in the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.library.scan import scan_and_tell
from soundscape.cli.options import JsonOption
from soundscape.cli.out import complain
from soundscape.core.text import shown
from soundscape.home import Home, at_home
from soundscape.library.people import change_said, load_said
from soundscape.library.roots import checked


def add(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER", help="folders of music", show_default=False)
    ],
    json: JsonOption = False,
) -> None:
    """Add folders to the library, and read and measure what they hold."""
    home = Home.find()
    real = [folder.resolve() for folder in checked([Path(at_home(str(each))) for each in folders])]
    had = load_said(home.library_file).folders
    change_said(home.library_file, lambda said: said.with_folders(real))
    for folder in real:
        if folder in had:
            complain(f"note: {shown(folder)} is in the library already")
    scan_and_tell(home, real, json=json)
