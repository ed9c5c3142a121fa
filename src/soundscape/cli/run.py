"""`soundscape run`: from an arc's file to a session that plays by itself."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from soundscape.cli.arc.named import ArcArgument
from soundscape.cli.attach import ScreenOption
from soundscape.cli.broken import BrokenOff, last_broken
from soundscape.cli.controllers.sidecar import (
    MediaKeysOption,
    OscOption,
    bindings_of,
    controllers_wanted,
)
from soundscape.cli.exclusions import (
    NO_WISHES,
    AvoidFileOption,
    AvoidOption,
    KeepFreshOption,
    SeriesOption,
    Wishes,
    read_wishes,
)
from soundscape.cli.options import DeviceOption, LibraryOption
from soundscape.cli.out import complain, say, tell_left_out, with_progress
from soundscape.cli.passphrase import new_master
from soundscape.cli.recover import Stay, go_on, stay
from soundscape.cli.remote.page import RemoteLanOption, RemoteOption, page_wanted
from soundscape.cli.settings import load_settings
from soundscape.clock import Appointment, BootClock, next_showing
from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.core.words import clock as as_clock
from soundscape.core.words import lasting
from soundscape.home import Home
from soundscape.journal.encryption import hand_on
from soundscape.process.launch import Launch, refuse_a_second
from soundscape.protocol import EngineJob, EngineOutput, ListenTo

if TYPE_CHECKING:
    from soundscape.cli.prepare import Prepared


def run(
    arc: ArcArgument,
    at: Annotated[str, typer.Option(help="begin when the wall clock shows HH:MM")] = "",
    device: DeviceOption = "",
    library: LibraryOption = None,
    detach: Annotated[bool, typer.Option("--detach", help="return once it plays")] = False,
    screen: ScreenOption = True,
    remote: RemoteOption = False,
    remote_lan: RemoteLanOption = False,
    end_with_arc: Annotated[
        bool, typer.Option("--end-with-arc", help="close when the last phase is over")
    ] = False,
    encrypt: Annotated[
        bool | None,
        typer.Option(
            "--encrypt/--no-encrypt",
            help="keep this session encrypted with a passphrase; it is asked for, and is final",
            show_default=False,
        ),
    ] = None,
    recover: Annotated[
        bool | None,
        typer.Option(
            "--recover/--no-recover",
            help="go on with a session that broke off, or begin a new one; else it asks",
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
    foreground: Annotated[
        bool, typer.Option("--foreground", help="for service managers: stay; SIGTERM closes")
    ] = False,
    out: Annotated[str, typer.Option(help="vlc, or null: silent decks")] = "vlc",
    speed: Annotated[
        float, typer.Option(help="run this many times as fast (null decks only)", min=1.0, max=1000)
    ] = 1.0,
) -> None:
    """Play a session. It goes on when this window is closed; cues come from any other."""
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
    bindings_of(home)  # Its faults are told now, and not once the music plays.
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


def check_options(
    *,
    out: str,
    speed: float,
    detach: bool,
    foreground: bool,
    at: str,
    avoid: list[str] | None,
    avoid_file: Path | None,
    series: str,
    keep_fresh: int,
    osc: str,
    media_keys: bool | None,
) -> tuple[Wishes, ListenTo]:
    """What these options of `run` ask for. Raises `InputError` with all that is wrong with them, or
    does not go together."""
    faults = []
    if out not in ("vlc", "null"):
        faults.append(Fault("--out", f"expected vlc or null, not `{out}`"))
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


def _appointment(at: str) -> Appointment | None:
    """When the session begins; None for now. Whether a time that has just passed was meant for now
    a person is asked; where nobody can be asked it was."""
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
    """A session that broke off and is wanted back, rather than a new one."""
    broken = None if recover is False else last_broken(home)
    if broken is None:
        return None
    if recover is None and may_ask and sys.stdin.isatty():
        recover = typer.confirm(f"{broken.told()}. Go on with it?", default=True, err=True)
    elif recover is None:
        complain(f"note: {broken.told()}; `soundscape recover {broken.code}` would go on with it")
    return broken if recover else None


def _unheard_of(ready: Prepared) -> tuple[str, ...]:
    """That nobody has said of some tracks whether anybody sings in them."""
    count = sum(item.track.voice == "unknown" for item in ready.plan.items)
    if not count:
        return ()
    tracks = "1 track of the plan" if count == 1 else f"{count} tracks of the plan"
    return (f"whether anybody sings in {tracks} is unknown; `soundscape check` says which",)
