"""`soundscape library rm`: a folder less in the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.out import say
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.names import canonical
from soundscape.core.text import shown
from soundscape.home import Home, at_home
from soundscape.library.people import change_said, load_said
from soundscape.library.playlists.naming import steps_of


def rm(
    folder: Annotated[Path, typer.Argument(help="a folder you added", show_default=False)],
) -> None:
    """Take a folder out of the library. Its files stay, and so does what was measured of them."""
    home = Home.find()
    known = load_said(home.library_file).folders
    there = Path(at_home(str(folder)))
    ways = (there.absolute(), there.resolve())
    found = next((each for each in known if each in ways), None)
    # A name may be typed with other accents than the disk's: the folder may be gone by now.
    alike = [each for each in known if any(steps_of(str(each)) == steps_of(str(w)) for w in ways)]
    found = alike[0] if found is None and len(alike) == 1 else found
    if found is None:
        hint = nearest(str(ways[0]), list(map(str, known)))
        by_name = [each for each in known if canonical(each.name) == canonical(folder.name)]
        if by_name:
            hint = f"did you mean `{shown(by_name[0])}`?"
        if not hint:
            hint = f"in it are {', '.join(map(shown, known))}" if known else "nothing was added yet"
        raise InputError([Fault(shown(folder), "is no folder of the library", hint)])
    change_said(home.library_file, lambda said: said.without_folder(found))
    say(f"{shown(found)} is no longer in the library; its files are where they were")
