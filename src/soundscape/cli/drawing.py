"""How commands draw: a scene in the terminal, and on a page for `--picture`."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from soundscape.drawing.scene import Scene

WIDE = 120
"""From so many columns on there is room beside things, and for a higher picture."""
TALL_PICTURE = 15
INKS = {
    "": "",
    "curve": "bold dark_orange",
    "bar": "steel_blue",
    "quiet": "dim",
    "faint": "dim",
    "name": "bold",
    "talk": "reverse",
}
"""How each ink of the picture looks. None of it is needed to read it."""

PictureOption = Annotated[
    Path | None,
    typer.Option("--picture", help="draw it too, on a page: an .svg or .png file"),
]
DarkOption = Annotated[bool, typer.Option("--dark", help="that page for a dark screen")]


def check_drawing(picture: Path | None, dark: bool, force: bool) -> bool:
    """Whether a picture that is there may be replaced. Raises `InputError` where `--picture` and
    `--dark` ask for what cannot be drawn."""
    from soundscape.cli.written import place_for
    from soundscape.core.errors import Fault, InputError
    from soundscape.drawing.page import check_picture

    if picture:
        check_picture(picture)
        return place_for(picture, force=force)
    if dark:
        what = "is about a picture, and none is drawn"
        raise InputError([Fault("--dark", what, "add --picture")])
    return False


def draw_picture(drawn: Scene, picture: Path, *, dark: bool, quiet: bool, replace: bool) -> None:
    """Draw a page, and say so unless `quiet`. Raises `InputError`, `OSError`."""
    from soundscape.cli.out import say
    from soundscape.drawing.page import draw
    from soundscape.home import Home, hand_over_path, make_private

    # What matplotlib remembers of the fonts is kept under the home, like all else.
    fonts = Home.find().data / "fonts"
    with suppress(OSError):  # A home that takes nothing keeps no picture back.
        make_private(fonts)
    os.environ.setdefault("MPLCONFIGDIR", str(fonts))
    draw(drawn, picture, dark=dark, replace=replace)
    for each in fonts.glob("*"):
        hand_over_path(each)
    if not quiet:
        say(f"drawn: {picture}")


def show_picture(out: Console, drawn: Scene) -> None:
    """Print the name and the picture of a scene."""
    from rich.text import Text

    from soundscape.drawing.terminal import HEIGHT, terminal

    out.print(Text.assemble((drawn.name, "bold"), (f"   {drawn.about}", "dim")))
    ascii = not out.encoding.lower().startswith("utf")
    height = TALL_PICTURE if out.width >= WIDE else HEIGHT
    for row in terminal(drawn, out.width, height=height, ascii=ascii):
        out.print(Text.assemble(*((text, INKS[ink]) for text, ink in row), no_wrap=True))
