"""`soundscape run`: from an arc's file to a session that plays by itself."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from soundscape.cli.arc.named import ArcArgument
from soundscape.cli.attach import ScreenOption
from soundscape.cli.broken import BrokenOff, last_broken
from soundscape.cli.controllers.sidecar import (
    MediaKeysOption,
    OscOption,
    bindings_of,
)
from soundscape.cli.exclusions import (
    AvoidFileOption,
    AvoidOption,
    KeepFreshOption,
    SeriesOption,
)
from soundscape.cli.options import DeviceOption, LibraryOption
from soundscape.cli.out import complain, say, tell_left_out, with_progress
from soundscape.cli.passphrase import new_master
from soundscape.cli.recover import go_on
from soundscape.cli.remote.page import RemoteLanOption, RemoteOption, page_wanted
from soundscape.cli.settings import load_settings
from soundscape.cli.stay import (
    DetachOption,
    ForegroundOption,
    OutOption,
    SpeedOption,
    Stay,
    check_options,
    stay,
)
from soundscape.clock import BootClock
from soundscape.core.errors import SoundscapeError
from soundscape.core.text import clock as as_clock
from soundscape.core.text import counted, lasting
from soundscape.engine.appointment import Appointment, next_showing
from soundscape.home import Home
from soundscape.journal.encryption import hand_on
from soundscape.process.launch import Launch, refuse_a_second
from soundscape.protocol import EngineJob, EngineOutput

if TYPE_CHECKING:
    from soundscape.cli.prepare import Prepared


def run(
    arc: ArcArgument,
    at: Annotated[str, typer.Option(help="begin when the clock shows HH:MM")] = "",
    device: DeviceOption = "",
    library: LibraryOption = None,
    detach: DetachOption = False,
    screen: ScreenOption = True,
    remote: RemoteOption = False,
    remote_lan: RemoteLanOption = False,
    end_with_arc: Annotated[
        bool, typer.Option("--end-with-arc", help="close the session when its last phase is over")
    ] = False,
    encrypt: Annotated[
        bool | None,
        typer.Option(
            "--encrypt/--no-encrypt",
            help="encrypt this session with a passphrase, which you choose now and must not lose",
            show_default=False,
        ),
    ] = None,
    recover: Annotated[
        bool | None,
        typer.Option(
            "--recover/--no-recover",
            help="continue a session that broke off, or begin a new one; asks by default",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="the same seed makes the same plan", min=0)
    ] = None,
    avoid: AvoidOption = None,
    avoid_file: AvoidFileOption = None,
    series: SeriesOption = "",
    keep_fresh: KeepFreshOption = 0,
    osc: OscOption = "",
    media_keys: MediaKeysOption = None,
    foreground: ForegroundOption = False,
    out: OutOption = "vlc",
    speed: SpeedOption = 1.0,
) -> None:
    """Play a session. It goes on when this window closes; you can give cues from any other."""
    wishes, listen = check_options(
        out=out,
        speed=speed,
        detach=detach,
        foreground=foreground,
        at=at,
        avoid=avoid,
        avoid_file=avoid_file,
        series=series,
        keep_fresh=keep_fresh,
        osc=osc,
        media_keys=media_keys,
    )
    home = Home.find()
    refuse_a_second(home)
    settings = load_settings(home.settings)
    bindings_of(home)  # Raises for a bad file now, before the music plays.
    device = device or settings.device
    how = Stay(detach, foreground, screen, page_wanted(remote, remote_lan), listen)
    broken = _to_go_on_with(home, recover, may_ask=not (detach or foreground))
    if broken is not None:
        go_on(home, broken, EngineOutput(out, device, speed), how)
        return
    waits = _appointment(at)
    master = new_master(home) if (settings.encrypt if encrypt is None else encrypt) else None
    library = library or settings.library_folder
    launch = Launch(home, EngineOutput(out, device, speed), foreground=foreground)
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    try:
        # Loaded while the engine warms up beside us.
        from soundscape.cli.prepare import discard, open_folder, prepare

        ready = with_progress(lambda step: prepare(home, arc, library, chosen, step, wishes))
        launch.warm()
        folder = open_folder(
            home,
            ready,
            BootClock(),
            out=out,
            device=device,
            end_with_arc=end_with_arc,
            outside=settings.outside_volume,
            when_gone=settings.device_gone,
            master=master,
        )
    except BaseException:
        launch.call_off()
        raise
    try:
        refused = launch.play(
            EngineJob(str(folder), waits.when.isoformat() if waits else "", lock=hand_on(folder))
        )
    except SoundscapeError:
        discard(folder)
        raise
    notes = (*ready.gathered.warnings, *map(str, ready.plan.warnings), *_unheard_of(ready))
    tell_left_out(ready.gathered.left_out, notes)
    length = as_clock(ready.arc.length_s)
    say(
        f"Session {folder.name}: {ready.arc.name}, {length}, {len(ready.plan.items)} tracks, "
        f"seed {chosen}"
        + (", silent (null decks)" if out == "null" else "")
        + (", encrypted" if master else "")
    )
    if refused:
        say(f"note: {refused}; `soundscape check` says what to do")
    if waits:
        say(f"It begins at {waits.told()}. `soundscape stop` calls it off.")
    stay(home, launch, folder.name, how)


def _appointment(at: str) -> Appointment | None:
    """When the session begins; None for now. For a time that has just passed it asks whether to
    begin now. Where nobody can be asked, it begins now."""
    if not at:
        return None
    waits, ago_s = next_showing(at)
    if ago_s is None:
        return waits
    passed = f"{at} was {lasting(ago_s)} ago"
    if sys.stdin.isatty():
        question = f"{passed}. Begin now? Else it begins at {waits.told()}"
        return None if typer.confirm(question, default=True, err=True) else waits
    complain(f"note: {passed}; it begins now")
    return None


def _to_go_on_with(home: Home, recover: bool | None, *, may_ask: bool) -> BrokenOff | None:
    """A session that broke off and that the person wants to continue."""
    broken = None if recover is False else last_broken(home)
    if broken is None:
        return None
    if recover is None and may_ask and sys.stdin.isatty():
        recover = typer.confirm(f"{broken.told()}. Continue it?", default=True, err=True)
    elif recover is None:
        complain(f"note: {broken.told()}; `soundscape recover {broken.code}` continues it")
    return broken if recover else None


def _unheard_of(ready: Prepared) -> tuple[str, ...]:
    """A note where nobody knows whether there is a voice in some tracks of the plan."""
    count = sum(item.track.voice == "unknown" for item in ready.plan.items)
    if not count:
        return ()
    tracks = f"{counted(count, 'track')} of the plan"
    return (f"nobody knows whether there is a voice in {tracks}; `soundscape check` names them",)
