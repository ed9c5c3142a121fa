"""`soundscape recover`: continue a session that broke off."""

from __future__ import annotations

import sys
import threading
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from soundscape.cli.attach import ScreenOption, look_on
from soundscape.cli.broken import BrokenOff, last_broken, read_broken
from soundscape.cli.controllers.companion import (
    MediaKeysOption,
    OscOption,
    begin_hands,
    hands_wanted,
)
from soundscape.cli.options import offering
from soundscape.cli.out import complain, say
from soundscape.cli.passphrase import unlock
from soundscape.cli.remote.page import RemoteLanOption, RemoteOption, page_wanted, serve_beside
from soundscape.controllers.wanted import Hands
from soundscape.core.errors import Fault, InputError, JournalError
from soundscape.core.output_facts import OutputChosen
from soundscape.core.text import sentence
from soundscape.home import Home
from soundscape.journal.digest import roll
from soundscape.journal.encryption import hand_on
from soundscape.journal.reader import Journal, find_session
from soundscape.process.daemon import EngineJob, Voice
from soundscape.process.launch import Launch, refuse_a_second
from soundscape.process.takeover import Back
from soundscape.webremote.starting import ListenOn


def recover(
    code: Annotated[
        str,
        typer.Argument(
            help="a session's code; by default the session that broke off last",
            autocompletion=offering("sessions"),
        ),
    ] = "",
    out: Annotated[
        str, typer.Option(help="vlc, or null for silent decks; as before by default")
    ] = "",
    device: Annotated[
        str,
        typer.Option(
            help="the output device; as before by default", autocompletion=offering("devices")
        ),
    ] = "",
    detach: Annotated[
        bool, typer.Option("--detach", help="return as soon as the session plays")
    ] = False,
    foreground: Annotated[
        bool,
        typer.Option("--foreground", help="stay, for service managers; SIGTERM closes the session"),
    ] = False,
    speed: Annotated[
        float,
        typer.Option(help="play this many times as fast, on null decks only", min=1.0, max=1000),
    ] = 1.0,
    remote: RemoteOption = False,
    remote_lan: RemoteLanOption = False,
    osc: OscOption = "",
    media_keys: MediaKeysOption = None,
    screen: ScreenOption = True,
) -> None:
    """Continue a session that broke off, for instance after a power cut.

    The arc's time has gone on meanwhile. If the phase that played still lasts, its music fades in
    again. The journal continues after its last whole line, and nothing in it is overwritten.
    """
    faults = []
    if out not in ("", "vlc", "null"):
        faults.append(Fault("--out", f"expected vlc or null, not `{out}`"))
    if detach and foreground:
        faults.append(Fault("--detach", "cannot go with --foreground", "leave one out"))
    try:
        hands = hands_wanted(osc, media_keys)
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
        roll(home.sessions)  # Raises where the folder of sessions cannot be read.
        raise JournalError(
            "no session has broken off in the last hours; `soundscape log` lists all sessions, and "
            "`soundscape recover CODE` continues one that is open"
        )
    broken, journal = opened_up(broken)
    opened = journal.opened
    chosen = [each.fact for each in journal.entries if isinstance(each.fact, OutputChosen)]
    last = chosen[-1].device if chosen else opened.device
    voice = Voice(out or opened.out, device or last, speed)
    if voice.speed != 1.0 and voice.out != "null":
        raise InputError([Fault("--speed", "only the null decks can run faster")])
    page = page_wanted(remote, remote_lan)
    go_on(home, broken, voice, Stay(detach, foreground, screen, page, hands))


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
    """How the command that starts a session stays with it, which page it serves, and which
    controllers it listens to."""

    detach: bool
    foreground: bool
    screen: bool
    page: ListenOn | None
    hands: Hands


def go_on(home: Home, broken: BrokenOff, voice: Voice, how: Stay) -> None:
    """Start the processes, and let them go on with it."""
    broken, journal = opened_up(broken)
    for trouble in journal.trouble:
        complain(trouble)
    launch = Launch(home, voice, foreground=how.foreground)
    try:
        launch.warm()
    except BaseException:
        launch.call_off()
        raise
    back = Back("the session broke off", beat=broken.beat, device=voice.device or None)
    launch.play(EngineJob(str(broken.folder), back=asdict(back), lock=hand_on(broken.folder)))
    silent = ", silent (null decks)" if voice.out == "null" else ""
    say(f"{sentence(broken.told())}. It goes on{silent}.")
    stay(home, launch, broken.code, how)


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
    begin_hands(home, how.hands)
