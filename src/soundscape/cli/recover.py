"""`soundscape recover`: continue a session that broke off."""

from __future__ import annotations

from typing import Annotated

import typer

from soundscape.cli.attach import ScreenOption
from soundscape.cli.broken import BrokenOff, last_broken, read_broken
from soundscape.cli.controllers.sidecar import (
    MediaKeysOption,
    OscOption,
)
from soundscape.cli.options import DeviceOption, offering
from soundscape.cli.out import complain, say
from soundscape.cli.passphrase import unlock
from soundscape.cli.remote.page import RemoteLanOption, RemoteOption, page_wanted
from soundscape.cli.stay import (
    DetachOption,
    ForegroundOption,
    OutOption,
    SpeedOption,
    Stay,
    check_options,
    stay,
)
from soundscape.core.errors import Fault, InputError, JournalError
from soundscape.core.machine_facts import OutputChosen
from soundscape.core.text import sentence
from soundscape.home import Home
from soundscape.journal.digest import roll
from soundscape.journal.encryption import hand_on
from soundscape.journal.reader import Journal, find_session
from soundscape.process.launch import Launch, refuse_a_second
from soundscape.protocol import EngineJob, EngineOutput, Interruption


def recover(
    code: Annotated[
        str,
        typer.Argument(
            help="a session's code; by default the session that broke off last",
            autocompletion=offering("sessions"),
        ),
    ] = "",
    out: OutOption = "",
    device: DeviceOption = "",
    detach: DetachOption = False,
    foreground: ForegroundOption = False,
    speed: SpeedOption = 1.0,
    remote: RemoteOption = False,
    remote_lan: RemoteLanOption = False,
    osc: OscOption = "",
    media_keys: MediaKeysOption = None,
    screen: ScreenOption = True,
) -> None:
    """Continue a session that broke off, for instance after a power cut.

    The arc's time has gone on meanwhile. If the phase that played still lasts, its music fades in
    again. The journal continues after its last whole line, and nothing in it is overwritten. The
    output stays as it was unless you name another.
    """
    _, listen = check_options(
        out=out or "null",  # As it was, which is known below.
        speed=speed,
        detach=detach,
        foreground=foreground,
        osc=osc,
        media_keys=media_keys,
    )
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
    say(f"{sentence(broken.told())}. It goes on{silent}.")
    stay(home, launch, broken.code, how)
