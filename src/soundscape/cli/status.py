"""`soundscape status`: how the running session stands."""

from __future__ import annotations

from typing import Annotated

import typer


def status(
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Show how the running session stands."""
    from soundscape.cli.broken import no_session
    from soundscape.cli.out import console, print_json
    from soundscape.control.address import read_control
    from soundscape.control.client import Client
    from soundscape.core.errors import NoSession
    from soundscape.home import Home

    home = Home.find()
    try:
        found = Client(read_control(home.control)).status()
    except NoSession as error:
        raise no_session(home, error) from None
    if json:
        print_json(found)
        return
    from soundscape.tui.panel import picture

    console().print(picture(found))
