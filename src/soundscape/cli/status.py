"""`soundscape status`: the state of the running session."""

from __future__ import annotations

from soundscape.cli.broken import no_session
from soundscape.cli.drawing import inked
from soundscape.cli.options import JsonOption
from soundscape.cli.out import console, print_json
from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.core.errors import NoSession
from soundscape.home import Home
from soundscape.tui.face import summary


def status(
    json: JsonOption = False,
) -> None:
    """Show the state of the running session."""
    home = Home.find()
    try:
        found = Client(read_control(home.control)).status()
    except NoSession as error:
        raise no_session(home, error) from None
    if json:
        print_json(found)
        return
    out = console()
    for row in summary(found, out.width):
        out.print(inked(row))
    out.print("`soundscape attach` opens the live screen; `soundscape cues` lists the cues")
