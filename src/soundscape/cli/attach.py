"""`soundscape attach`: return to the screen of the running session."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from soundscape.cli.broken import no_session, read_broken
from soundscape.cli.controllers.sidecar import bindings_of
from soundscape.cli.out import complain, say
from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.core.errors import InputError, JournalError, NoSession, SoundscapeError
from soundscape.home import Home
from soundscape.tui.follow import follow
from soundscape.tui.link import Parted

ScreenOption = Annotated[
    bool,
    typer.Option(
        "--screen/--no-screen", help="show the live screen, or print a line when something changes"
    ),
]


def attach(screen: ScreenOption = True) -> None:
    """Return to the running session: its screen, with a key for every cue."""
    home = Home.find()
    try:
        control = read_control(home.control)
        with closing(Client(control)) as client:
            client.reach()
    except NoSession as error:
        raise no_session(home, error) from None
    if not look_on(home, screen=screen):
        return
    try:
        broken = read_broken(home.sessions / control.session)
    except JournalError:
        say(f"The session is over. `soundscape log show {control.session}` shows it.")
        return
    complain(f"{broken.told()}; `soundscape recover {control.session}` continues it")
    raise typer.Exit(1)


def look_on(home: Home, *, screen: bool) -> bool:
    """Follow the session until it is over (true) or the person leaves it (false). Then it goes on,
    and a message says how to return to it and how to end it."""
    bindings = None
    try:
        bindings = bindings_of(home)
    except InputError as error:
        complain(f"note: no key is bound: {error}")
    try:
        parted = follow(home, screen=screen, bound=bindings.keys if bindings else None)
    except KeyboardInterrupt:
        parted = Parted(over=False)
    except SoundscapeError as error:  # It did not answer; that does not end the music.
        complain(str(error))
        parted = Parted(over=False)
    if parted.over:
        return True
    for cue in parted.unanswered:
        complain(f"`{cue}` had no answer yet; `soundscape status` shows whether it was done")
    complain(
        "The session goes on. `soundscape attach` returns to it, and `soundscape status` shows it. "
        "`soundscape end` closes it gently, `soundscape stop` at once."
    )
    return False
