"""A function as a command of Typer's, and the command of a row of the table."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer

from soundscape.cli.table import CommandRow


def load(row: CommandRow) -> Any:
    """The command of a row, with its options."""
    module, _, function = row.place.partition(":")
    run = getattr(import_module(f"soundscape.cli.{module}"), function)
    return command(row.name, run, rest=row.rest)


def command(name: str, run: Callable[..., None], *, rest: str | None, **settings: Any) -> Any:
    """A function as a command of Typer's; with a `rest` it reads further words itself."""
    if rest is not None:
        settings["options_metavar"] = rest
        settings["context_settings"] = {"allow_extra_args": True, "ignore_unknown_options": True}
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, **settings)(run)
    return typer.main.get_command(app)
