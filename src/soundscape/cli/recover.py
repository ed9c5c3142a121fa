"""`soundscape recover`: go on with a session that broke off, engine, supervisor and all."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import Annotated

import typer

from soundscape.cli.attach import ScreenOption, look_on
from soundscape.cli.broken import BrokenOff, last_broken, read_broken
from soundscape.cli.controllers.sidecar import (
    MediaKeysOption,
    OscOption,
    begin_controllers,
    controllers_wanted,
)
from soundscape.cli.options import offering
from soundscape.cli.out import complain, say
from soundscape.cli.passphrase import unlock
from soundscape.cli.remote.page import RemoteLanOption, RemoteOption, page_wanted, serve_beside
from soundscape.core.errors import Fault, InputError, JournalError
from soundscape.core.machine_facts import OutputChosen
from soundscape.home import Home
from soundscape.journal.digest import roll
from soundscape.journal.encryption import hand_on
from soundscape.journal.reader import Journal, find_session
from soundscape.process.launch import Launch, refuse_a_second
from soundscape.protocol import EngineJob, EngineOutput, Interruption, ListenOn, ListenTo


def recover(
    code: Annotated[
        str,
        typer.Argument(
            help="a session's code; the one that broke off last by default",
            autocompletion=offering("sessions"),
        ),
    ] = "",
    out: Annotated[str, typer.Option(help="vlc, or null: silent decks; as it was")] = "",
    device: Annotated[
        str,
        typer.Option(help="an output device; as it was", autocompletion=offering("devices")),
    ] = "",
    detach: Annotated[bool, typer.Option("--detach", help="return once it plays")] = False,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="for service managers: stay; SIGTERM closes")
    ] = False,
    speed: Annotated[
        float, typer.Option(help="run this many times as fast (null decks only)", min=1.0, max=1000)
    ] = 1.0,
    remote: RemoteOption = False,
    remote_lan: RemoteLanOption = False,
    osc: OscOption = "",
    media_keys: MediaKeysOption = None,
    screen: ScreenOption = True,
) -> None:
    """Go on with a session that broke off: after a power cut, say, or where all of it was killed.

    The arc has moved on meanwhile; what played comes back from nothing where its phase still goes
    on. Its journal is never written over: it goes on after the last whole line.
    """
    faults = []
    if out not in ("", "vlc", "null"):
        faults.append(Fault("--out", f"expected vlc or null, not `{out}`"))
    if detach and foreground:
        faults.append(Fault("--detach", "cannot go with --foreground", "leave one out"))
    try:
        listen = controllers_wanted(osc, media_keys)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    home = Home.find()
    refuse_a_second(home)
    if code:
        folder = find_session(home.sessions, code)
        unlock(folder)
        broken: BrokenOff | None = read_broken(folder)
    else:
        broken = last_broken(home)
    if broken is None:
        roll(home.sessions)  # Where nobody may look for sessions, that is what is said.
        raise JournalError(
            "no session has broken off within the last hours; `soundscape log` lists all, and "
            "`soundscape recover CODE` goes on with any that is open"
        )
    broken, journal = opened_up(broken)
    opened = journal.opened
    chosen = [each.fact for each in journal.entries if isinstance(each.fact, OutputChosen)]
    last = chosen[-1].device if chosen else opened.device
    output = EngineOutput(out or opened.out, device or last, speed)
    if output.speed != 1.0 and output.out != "null":
        raise InputError([Fault("--speed", "only the null decks can run faster")])
    page = page_wanted(remote, remote_lan)
    go_on(home, broken, output, Stay(detach, foreground, screen, page, listen))


def opened_up(broken: BrokenOff) -> tuple[BrokenOff, Journal]:
    """A session that broke off, with its journal: where it is encrypted the passphrase is asked
    for. Raises `InputError` for a wrong one, `Locked` where nobody can be asked."""
    if broken.journal is None:
        unlock(broken.folder)
        broken = read_broken(broken.folder)
    assert broken.journal is not None
    return broken, broken.journal


@dataclass(frozen=True, slots=True)
class Stay:
    """How whoever started a session stays with it; which page is served beside it, and what else
    is listened to."""

    detach: bool
    foreground: bool
    screen: bool
    page: ListenOn | None
    listen: ListenTo


def go_on(home: Home, broken: BrokenOff, output: EngineOutput, how: Stay) -> None:
    """Start the processes, and let them go on with it."""
    broken, journal = opened_up(broken)
    for trouble in journal.trouble:
        complain(trouble)
    launch = Launch(home, output, foreground=how.foreground)
    try:
        launch.warm()
    except BaseException:
        launch.call_off()
        raise
    back = Interruption("the session broke off", beat=broken.beat, device=output.device or None)
    launch.play(EngineJob(str(broken.folder), back=back, lock=hand_on(broken.folder)))
    silent = ", silent (null decks)" if output.out == "null" else ""
    told = broken.told()
    say(f"{told[0].upper()}{told[1:]}. It goes on{silent}.")
    stay(home, launch, broken.code, how)


def stay(home: Home, launch: Launch, code: str, how: Stay) -> None:
    """With the session that plays: to its end, until Ctrl-C, or not at all."""
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
        say(f"The session is over. `soundscape log show {code}` tells it again.")
    else:
        complain(
            f"The engine broke off. What was heard is kept: `soundscape log show {code}` tells it, "
            f"and `soundscape recover {code}` goes on; {home.log} may say why."
        )
        raise typer.Exit(1)


def _begin_beside(home: Home, how: Stay) -> None:
    """Start what goes with the session in processes of its own."""
    if how.page is not None:
        serve_beside(home, how.page, told=not how.foreground)
    begin_controllers(home, how.listen)
