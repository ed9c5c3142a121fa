"""The argument that says which arc, the same for every command that takes one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.options import offering
from soundscape.home import Home
from soundscape.library.arcs.places import find_arc


def arc_path(word: str) -> Path:
    """The file of the arc that a person means. Raises `InputError` where there is none so named."""
    return find_arc(word, Home.find().data)


ArcArgument = Annotated[
    Path,
    typer.Argument(
        metavar="ARC",
        help="an arc: its YAML file, or its name (`soundscape arc list`)",
        show_default=False,
        parser=arc_path,
        autocompletion=offering("arcs"),
    ),
]
