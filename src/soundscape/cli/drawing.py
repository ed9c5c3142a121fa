"""How commands draw: a scene in the terminal, and on a page for `--picture`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from soundscape.cli.out import say
from soundscape.cli.written import place_for
from soundscape.core.errors import Fault, InputError
from soundscape.drawing.page import check_picture, draw
from soundscape.drawing.rows import Ink, Row
from soundscape.drawing.scene import Scene
from soundscape.drawing.terminal import HEIGHT, terminal

WIDE = 120
"""From so many columns on there is room beside things, and for a higher picture."""
TALL_PICTURE = 15
INKS: dict[Ink, str] = {
    "curve": "bold dark_orange",
    "bar": "steel_blue",
    "quiet": "dim",
    "faint": "dim",
    "name": "bold",
    "strong": "bold",
    "talk": "reverse",
    "state": "bold yellow",
    "alarm": "bold red",
    "note": "yellow",
}
"""How the inks look; the others look like the rest of the terminal. None is needed to read it."""

PictureOption = Annotated[
    Path | None,
    typer.Option("--picture", help="also draw it on a page: an .svg or .png file"),
]
DarkOption = Annotated[bool, typer.Option("--dark", help="draw that page for a dark screen")]


def check_drawing(picture: Path | None, dark: bool, force: bool) -> bool:
    """Whether a picture that is there may be replaced. Raises `InputError` where `--picture` and
    `--dark` ask for what cannot be drawn."""
    if picture:
        check_picture(picture)
        return place_for(picture, force=force)
    if dark:
        what = "needs a picture"
        raise InputError([Fault("--dark", what, "add --picture")])
    return False


def draw_picture(drawn: Scene, picture: Path, *, dark: bool, quiet: bool, replace: bool) -> None:
    """Draw a page, and say so unless `quiet`. Raises `InputError`, `OSError`."""
    draw(drawn, picture, dark=dark, replace=replace)
    if not quiet:
        say(f"drawn: {picture}")


def show_picture(out: Console, drawn: Scene) -> None:
    """Print the name and the picture of a scene."""
    out.print(Text.assemble((drawn.name, "bold"), (f"   {drawn.about}", "dim")))
    ascii = not out.encoding.lower().startswith("utf")
    height = TALL_PICTURE if out.width >= WIDE else HEIGHT
    for row in terminal(drawn, out.width, height=height, ascii=ascii):
        out.print(inked(row))


def inked(row: Row) -> Text:
    """A row in the colours of its inks."""
    return Text.assemble(*((text, INKS.get(ink, "")) for text, ink in row), no_wrap=True)
