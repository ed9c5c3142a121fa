"""`soundscape status`: how the running session stands."""

from __future__ import annotations

from typing import Annotated

import typer


def status(
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Show how the running session stands."""
    from soundscape.cli.out import console, print_json
    from soundscape.home import Home
    from soundscape.remote.client import Client
    from soundscape.remote.control import read_control

    found = Client(read_control(Home.find().control)).status()
    if json:
        print_json(found)
        return
    from soundscape.console import picture

    console().print(picture(found))
