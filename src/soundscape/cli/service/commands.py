"""`soundscape service`: a session that the machine's own service manager looks after."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soundscape.cli.arc.named import ArcArgument

if TYPE_CHECKING:
    from soundscape.cli.service.unit import Job

PATIENCE_S = 30.0
SHOWN = ("ActiveState", "SubState", "Result", "UnitFileState", "StatusText", "NRestarts")

service = typer.Typer(
    help="A session that systemd (macOS: launchd) looks after.", rich_markup_mode=None
)


@service.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    options_metavar="[options of `run`]",
)
def install(
    ctx: typer.Context,
    arc: ArcArgument,
    start: Annotated[bool, typer.Option("--start", help="begin the session now")] = False,
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Write a service that plays this arc; options of `run` are kept in it.

    Nothing begins by itself: `systemctl --user start soundscape` does, or --start.
    """
    from soundscape.cli.out import print_json, say
    from soundscape.cli.service import unit as service_unit
    from soundscape.core.errors import SoundscapeError
    from soundscape.home import make_private, write_private
    from soundscape.library.arcs.load import load_arc

    load_arc(arc)
    job = _job(arc, ctx.args)
    path = _path()
    for folder in {job.home.data, job.home.config, job.home.run}:
        make_private(folder)
    notes: list[str] = []
    if path.suffix == ".plist":
        write_private(path, service_unit.agent(job).decode("utf-8"))
        notes.append("macOS: written by the book, and tried by nobody yet")
        begin = ["launchctl", "bootstrap", f"gui/{os.getuid()}", str(path)]
    else:
        answers = _systemctl("show-environment") is not None
        walls = answers and _walls()
        if not answers:
            notes.append("no systemd of this person answers here; one that starts will read it")
        if not walls:
            notes.append("written without the read-only disk: it could not be tried here")
        write_private(path, service_unit.unit(job, walls))
        _systemctl("daemon-reload")
        begin = ["systemctl", "--user", "start", "soundscape"]
        if not _lingers():
            notes.append("it ends when you log out, unless: loginctl enable-linger")
    if start and _call(begin) is None:
        raise SoundscapeError(f"{path} is written, and did not start: {' '.join(begin)} says why")
    if json:
        command = list(job.command)
        print_json({"path": str(path), "command": command, "started": start, "notes": notes})
        return
    say(f"Written: {path}")
    for note in notes:
        say(f"note: {note}")
    say("It plays now." if start else f"It begins with: {' '.join(begin)}")


@service.command()
def remove(
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Take the service away; not while it plays."""
    from soundscape.cli.out import print_json, say
    from soundscape.core.errors import SoundscapeError

    path = _path()
    there = path.exists()
    if there and path.suffix != ".plist":
        if _shown().get("ActiveState") in ("active", "activating", "deactivating"):
            raise SoundscapeError(
                "the service plays a session; `soundscape end` closes it, then remove it"
            )
        _systemctl("disable", "soundscape")
    path.unlink(missing_ok=True)
    _systemctl("daemon-reload")
    if json:
        print_json({"path": str(path), "removed": there})
    else:
        say(f"Removed: {path}" if there else "No service is installed.")


@service.command()
def status(
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Say whether a service is installed, and what its manager says of it."""
    from soundscape.cli.out import print_json, say
    from soundscape.cli.service.unit import arc_of

    path = _path()
    there = path.exists()
    shown = _shown() if there and path.suffix != ".plist" else {}
    text = path.read_text("utf-8", "replace") if there else ""
    found: dict[str, Any] = {"installed": there, "path": str(path), "arc": arc_of(text) or None}
    found["manager"] = shown or None
    if json:
        print_json(found)
        return
    if not there:
        say("No service is installed; `soundscape service install ARC` writes one.")
        return
    say(f"{path}: plays {found['arc'] or 'an arc'}")
    if shown:
        more = f", {shown['StatusText']}" if shown.get("StatusText") else ""
        say(f"{shown.get('ActiveState')} ({shown.get('SubState')}{more})")
    else:
        say("No service manager of this person answers here.")


def _job(arc: Path, words: Sequence[str]) -> Job:
    """The command of the service: `run`, with the given options, made to hold from any folder.

    Raises typer's usage errors (exit 2) for options that `run` does not take.
    """
    from inspect import signature

    from soundscape.cli.app import app
    from soundscape.cli.passphrase import FILE_VARIABLE
    from soundscape.cli.run import check_options
    from soundscape.cli.service.unit import Job
    from soundscape.cli.settings import load_settings
    from soundscape.core.errors import Fault, InputError
    from soundscape.home import Home, at_home

    run = typer.main.get_command(app).commands["run"]  # type: ignore[attr-defined]
    given = run.make_context("soundscape run", [str(arc), *words]).params
    if given["detach"]:
        raise InputError([Fault("--detach", "a service stays with its manager", "leave it out")])
    check_options(**{name: given[name] for name in signature(check_options).parameters})
    home = Home.find()
    passphrase = os.environ.get(FILE_VARIABLE, "")
    encrypts = given["encrypt"]
    if load_settings(home.settings).encrypt if encrypts is None else encrypts:
        if not passphrase:
            do = f"name a file that holds it in {FILE_VARIABLE}, and install again"
            raise InputError([Fault("--encrypt", "nobody can be asked for the passphrase", do)])
        passphrase = str(Path(at_home(passphrase)).absolute())
    # Restarted, or started after a power cut, it goes on where it was, and asks nobody.
    kept = ["--recover"] if given["recover"] is not False else ["--no-recover"]
    for param in run.params:
        value = given[param.name]
        if param.name in ("arc", "foreground", "recover") or value in (None, [], (), param.default):
            continue
        for each in value if isinstance(value, (list, tuple)) else [value]:
            kept += _as_given(param, each)
    script = Path(sys.executable).with_name("soundscape")
    call = "from soundscape.cli import main; main()"
    program = [str(script)] if script.is_file() else [sys.executable, "-c", call]
    command = (*program, "run", str(arc.absolute()), "--foreground", *kept)
    root = os.environ.get("SOUNDSCAPE_HOME", "")
    root = str(Path(at_home(root)).absolute()) if root else ""
    return Job(command, str(arc.absolute()), home, root, passphrase)


def _as_given(param: Any, value: Any) -> list[str]:
    """An option as it is typed, with a path that holds from any folder."""
    if isinstance(value, bool):
        return [(param.opts if value else param.secondary_opts)[-1]]
    from soundscape.home import at_home

    text = str(Path(at_home(str(value))).absolute() if isinstance(value, Path) else value)
    # A value that begins with a dash would read as an option of its own.
    return [f"{param.opts[-1]}={text}"] if text.startswith("-") else [param.opts[-1], text]


def _path() -> Path:
    """Where the service is written. Raises `SoundscapeError` where nobody would read it."""
    from soundscape.cli.service import unit as service_unit
    from soundscape.core.errors import SoundscapeError

    system = platform.system()
    if system == "Linux":
        config = os.environ.get("XDG_CONFIG_HOME", "")
        return service_unit.unit_path(Path(config) if config else Path.home() / ".config")
    if system == "Darwin":
        return service_unit.agent_path(Path.home() / "Library")
    raise SoundscapeError(
        f"{system} has no services of a person's own. `soundscape run ARC --detach` plays a "
        "session that outlives its window; Task Scheduler can start that at an hour or at logon"
    )


def _walls() -> bool:
    """Whether this machine lets a person's service have a read-only disk: tried once."""
    from soundscape.cli.service.unit import WALLS

    if shutil.which("systemd-run") is None:
        return False
    words = [word for wall in WALLS for word in ("-p", wall)]
    return _call(["systemd-run", "--user", "--quiet", "--wait", *words, "true"]) is not None


def _lingers() -> bool:
    answer = _call(["loginctl", "show-user", str(os.getuid()), "--property=Linger"])
    return answer is not None and answer.strip() == "Linger=yes"


def _shown() -> dict[str, str]:
    """What systemd says of the service; nothing where none answers."""
    answer = _systemctl("show", "soundscape", f"--property={','.join(SHOWN)}") or ""
    return dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)


def _systemctl(*words: str) -> str | None:
    return _call(["systemctl", "--user", *words])


def _call(command: Sequence[str]) -> str | None:
    """A command's output; None where it is not there, fails or takes too long."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
