"""`soundscape service`: add, show and remove a service that plays an arc."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Annotated, Any

import typer

from soundscape.cli.arc.named import ArcArgument
from soundscape.cli.command import load
from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.cli.passphrase import FILE_VARIABLE
from soundscape.cli.service.manager import call, has_walls, lingers, service_file, systemctl
from soundscape.cli.service.unit import ServiceJob, agent, arc_of, unit
from soundscape.cli.settings import load_settings
from soundscape.cli.stay import check_options
from soundscape.cli.table import ROWS
from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.home import Home, at_home, make_private, write_private
from soundscape.library.arcs.load import load_arc

SHOWN = ("ActiveState", "SubState", "Result", "UnitFileState", "StatusText", "NRestarts")
"""What is asked of systemd, as it names it."""


def add(
    ctx: typer.Context,
    arc: ArcArgument,
    start: Annotated[bool, typer.Option("--start", help="begin the session now")] = False,
    json: JsonOption = False,
) -> None:
    """Write a service that plays this arc. It keeps the options of `run` that you give.

    The service begins only when you start it: `systemctl --user start soundscape`, or --start.
    """
    load_arc(arc)
    job = _job(arc, ctx.args)
    path = service_file()
    for folder in {job.home.data, job.home.config, job.home.run}:
        make_private(folder)
    notes: list[str] = []
    if path.suffix == ".plist":
        write_private(path, agent(job).decode("utf-8"))
        notes.append("nobody has tried this on macOS yet; it follows launchd's documentation")
        begin = ["launchctl", "bootstrap", f"gui/{os.getuid()}", str(path)]
    else:
        answers = systemctl("show-environment") is not None
        walls = answers and has_walls()
        if not answers:
            notes.append("your systemd does not answer now; it reads the service when it starts")
        if not walls:
            notes.append("the service can write to the disk: the protection cannot be tried here")
        write_private(path, unit(job, walls))
        systemctl("daemon-reload")
        begin = ["systemctl", "--user", "start", "soundscape"]
        if not lingers():
            notes.append("the session ends when you log out, unless: loginctl enable-linger")
    if start and call(begin) is None:
        raise SoundscapeError(f"{path} is written, but did not start: {' '.join(begin)} says why")
    if json:
        command = list(job.command)
        print_json({"path": str(path), "command": command, "started": start, "notes": notes})
        return
    say(f"The service is written: {path}")
    for note in notes:
        say(f"note: {note}")
    say("It plays now." if start else f"Start it with: {' '.join(begin)}")


def _job(arc: Path, words: Sequence[str]) -> ServiceJob:
    """The command of the service: `run`, with the given options, made to hold from any folder.

    Raises typer's usage errors (exit 2) for options that `run` does not take.
    """
    run = load(ROWS["run"])
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
    code = "from soundscape.cli import main; main()"
    program = [str(script)] if script.is_file() else [sys.executable, "-c", code]
    command = (*program, "run", str(arc.absolute()), "--foreground", *kept)
    root = os.environ.get("SOUNDSCAPE_HOME", "")
    root = str(Path(at_home(root)).absolute()) if root else ""
    return ServiceJob(command, str(arc.absolute()), home, root, passphrase)


def _as_given(param: Any, value: Any) -> list[str]:
    """An option as it is typed, with a path that holds from any folder."""
    if isinstance(value, bool):
        return [(param.opts if value else param.secondary_opts)[-1]]
    text = str(Path(at_home(str(value))).absolute() if isinstance(value, Path) else value)
    # A value that begins with a dash would read as an option of its own.
    return [f"{param.opts[-1]}={text}"] if text.startswith("-") else [param.opts[-1], text]


def show(json: JsonOption = False) -> None:
    """Show whether a service is installed, and what the service manager says of it."""
    path = service_file()
    there = path.exists()
    facts = _facts() if there and path.suffix != ".plist" else {}
    text = path.read_text("utf-8", "replace") if there else ""
    found: dict[str, Any] = {"installed": there, "path": str(path), "arc": arc_of(text) or None}
    found["manager"] = facts or None
    if json:
        print_json(found)
        return
    if not there:
        say("No service is installed; `soundscape service add ARC` writes one.")
        return
    say(f"{path} plays {found['arc'] or 'an arc'}.")
    if facts:
        more = f", {facts['StatusText']}" if facts.get("StatusText") else ""
        say(f"{facts.get('ActiveState')} ({facts.get('SubState')}{more})")
    else:
        say("No service manager answers for you here.")


def rm(json: JsonOption = False) -> None:
    """Remove the service. A service that plays is not removed."""
    path = service_file()
    there = path.exists()
    if there and path.suffix != ".plist":
        if _facts().get("ActiveState") in ("active", "activating", "deactivating"):
            raise SoundscapeError(
                "the service plays a session; close it with `soundscape end`, then remove it"
            )
        systemctl("disable", "soundscape")
    path.unlink(missing_ok=True)
    systemctl("daemon-reload")
    if json:
        print_json({"path": str(path), "removed": there})
    else:
        say(f"Removed: {path}" if there else "No service is installed.")


def _facts() -> dict[str, str]:
    """What systemd says of the service; nothing where none answers."""
    answer = systemctl("show", "soundscape", f"--property={','.join(SHOWN)}") or ""
    return dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)
