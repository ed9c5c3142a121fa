"""Options and arguments that several commands have, alike in each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="for programs")]
LibraryOption = Annotated[Path | None, typer.Option(help="the folder that holds the music")]
CodeArgument = Annotated[str, typer.Argument(help="a session's code; the newest by default")]
