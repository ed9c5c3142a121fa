"""Files that a command writes where you want them: whole or not at all, never over another file
without asking, and readable by their owner alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from soundscape.atomic import write_whole
from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.core.text import reason

ForceOption = Annotated[bool, typer.Option("--force", help="overwrite an existing file")]


def place_for(target: Path, *, force: bool) -> bool:
    """Whether a file there may be replaced: with `force`, or where a person before the terminal
    says so. Raises `InputError` where nothing must be written there."""
    what = do = ""
    if not target.absolute().parent.is_dir():
        what = f"there is no folder {target.absolute().parent}"
    elif target.is_dir():
        what = "is a folder"
    elif target.exists() and not target.is_file():
        what = "is a device, a pipe or a socket, not a file"
    elif os.path.lexists(target) and not force:
        if sys.stdin.isatty() and sys.stderr.isatty():
            question = f"{target} is there already. Write over it?"
            force = typer.confirm(question, default=False, err=True)
        if not force:
            what, do = "is there already", "--force writes over it"
    if what:
        raise InputError([Fault(str(target), what, do)])
    return force


def write_file(target: Path, text: str, *, replace: bool) -> None:
    """Write it. Raises `SoundscapeError` where the disk refuses; what was there stays then."""
    try:
        write_whole(target.absolute(), text.encode("utf-8"), replace=replace)
    except OSError as error:
        what = f"{target}: cannot be written ({reason(error)}); nothing was changed"
        raise SoundscapeError(what) from None
