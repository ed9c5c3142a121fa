"""Options of the commands that start a session, and how they stay with it."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.attach import look_on
from soundscape.cli.controllers.sidecar import begin_controllers, controllers_wanted
from soundscape.cli.exclusions import NO_WISHES, Wishes, read_wishes
from soundscape.cli.out import complain, say
from soundscape.cli.remote.page import serve_beside
from soundscape.core.errors import Fault, InputError
from soundscape.core.text import typed
from soundscape.engine.appointment import next_showing
from soundscape.home import Home
from soundscape.process.launch import Launch
from soundscape.protocol import ListenOn, ListenTo

OutOption = Annotated[str, typer.Option(help="vlc, or null for silent decks")]
DetachOption = Annotated[bool, typer.Option("--detach", help="return as soon as the session plays")]
ForegroundOption = Annotated[
    bool, typer.Option("--foreground", help="stay, for service managers; SIGTERM ends the session")
]
SpeedOption = Annotated[
    float, typer.Option(help="play this many times as fast, on null decks", min=1.0, max=1000)
]


@dataclass(frozen=True, slots=True)
class Stay:
    """How the command that starts a session stays with it, which page it serves, and which
    controllers it listens to."""

    detach: bool
    foreground: bool
    screen: bool
    page: ListenOn | None
    listen: ListenTo


def check_options(
    *,
    out: str,
    speed: float,
    detach: bool,
    foreground: bool,
    osc: str,
    media_keys: bool | None,
    at: str = "",
    avoid: list[str] | None = None,
    avoid_file: Path | None = None,
    series: str = "",
    keep_fresh: int = 0,
) -> tuple[Wishes, ListenTo]:
    """What these options of `run` ask for. Raises `InputError` with all that is wrong with them, or
    does not go together."""
    faults = []
    if out not in ("vlc", "null"):
        faults.append(Fault("--out", f"expected vlc or null, not {typed(out)}"))
    if speed != 1.0 and out != "null":
        faults.append(Fault("--speed", "only the null decks can run faster", "add --out null"))
    if detach and foreground:
        faults.append(Fault("--detach", "cannot go with --foreground", "leave one out"))
    try:
        next_showing(at or "0:00")
    except ValueError as error:
        faults.append(Fault("--at", str(error)))
    wishes = NO_WISHES
    try:
        wishes = read_wishes(avoid, avoid_file, series, keep_fresh)
    except InputError as error:
        faults += error.faults
    try:
        listen = controllers_wanted(osc, media_keys)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    return wishes, listen


def stay(home: Home, launch: Launch, code: str, how: Stay) -> None:
    """Follow the session that plays: to its end, until Ctrl-C, or not at all."""
    if how.foreground:
        # Beside us: a SIGTERM that comes meanwhile has to be heard.
        threading.Thread(target=_begin_beside, args=(home, how)).start()
        sys.exit(launch.wait())
    _begin_beside(home, how)
    if how.detach:
        say("`soundscape status` shows it, `soundscape end` closes it.")
        return
    if not look_on(home, screen=how.screen):
        return
    if launch.ended() == 0:
        say(f"The session is over. `soundscape log show {code}` shows it.")
    else:
        complain(
            f"The engine broke off. What was heard is kept: `soundscape log show {code}` shows it, "
            f"and `soundscape recover {code}` continues it. {home.log} may say why."
        )
        raise typer.Exit(1)


def _begin_beside(home: Home, how: Stay) -> None:
    """Start what goes with the session in processes of its own."""
    if how.page is not None:
        serve_beside(home, how.page, told=not how.foreground)
    begin_controllers(home, how.listen)
