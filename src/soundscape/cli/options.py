"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer


def offering(
    what: Literal["arcs", "playlists", "sessions", "devices"],
) -> Callable[[str], list[str]]:
    """What a shell completes a word with."""

    def offer(incomplete: str) -> list[str]:
        from soundscape.cli.completion import offered  # Nobody but a shell needs it.

        return [each for each in offered(what) if each.startswith(incomplete)]

    return offer


JsonOption = Annotated[bool, typer.Option("--json", help="print JSON, for programs")]
LibraryOption = Annotated[Path | None, typer.Option(help="the folder that holds the music")]
CodeArgument = Annotated[
    str,
    typer.Argument(
        help="a session's code; the newest session by default", autocompletion=offering("sessions")
    ),
]
DeviceOption = Annotated[
    str,
    typer.Option(
        help="the output device; `soundscape devices` lists them",
        autocompletion=offering("devices"),
    ),
]
