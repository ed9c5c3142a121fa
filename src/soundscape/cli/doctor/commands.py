"""`soundscape doctor`: all that helps to find a trouble, in one text that may be given away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from soundscape.cli.doctor.look import look
from soundscape.cli.doctor.mask import Mask
from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.home import Home


def doctor(
    titles: Annotated[
        bool, typer.Option("--titles", help="include the names of music, files and devices")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Gather versions, devices, permissions and the last faults in one text.

    It holds no names of people, music, files or this machine, so you can show it to others.
    """
    found, music = look(Home.find(), titles)
    shown = Mask(Path.home(), music, keep=titles).all_of(found)
    if json:
        print_json(shown)
        return
    for part, data in shown.items():
        say(f"== {part}")
        for line in _lines(data, ""):
            say(line)


def _lines(data: Any, indent: str) -> Iterator[str]:
    """Plain data as lines, what is within something further in."""
    rows = data.items() if isinstance(data, dict) else (("-", each) for each in data)
    for key, value in rows:
        if isinstance(value, (dict, list)) and value:
            yield f"{indent}{key}{'' if key == '-' else ':'}"
            yield from _lines(value, indent + "  ")
        else:
            said = "none" if value in (None, [], {}) else value
            yield f"{indent}{key} {said}" if key == "-" else f"{indent}{key}: {said}"
