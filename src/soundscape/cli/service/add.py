"""`soundscape service add`: a service written that plays an arc."""

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
from soundscape.cli.run import check_options
from soundscape.cli.service import unit as service_unit
from soundscape.cli.service.manager import call, has_walls, lingers, service_file, systemctl
from soundscape.cli.service.unit import ServiceJob
from soundscape.cli.settings import load_settings
from soundscape.cli.table import ROWS
from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.home import Home, at_home, make_private, write_private
from soundscape.library.arcs.load import load_arc


def add(
    ctx: typer.Context,
    arc: ArcArgument,
    start: Annotated[bool, typer.Option("--start", help="begin the session now")] = False,
    json: JsonOption = False,
) -> None:
    """Write a service that plays this arc; options of `run` are kept in it.

    Nothing begins by itself: `systemctl --user start soundscape` does, or --start.
    """
    load_arc(arc)
    job = _job(arc, ctx.args)
    path = service_file()
    for folder in {job.home.data, job.home.config, job.home.run}:
        make_private(folder)
    notes: list[str] = []
    if path.suffix == ".plist":
        write_private(path, service_unit.agent(job).decode("utf-8"))
        notes.append("macOS: written by the book, and tried by nobody yet")
        begin = ["launchctl", "bootstrap", f"gui/{os.getuid()}", str(path)]
    else:
        answers = systemctl("show-environment") is not None
        walls = answers and has_walls()
        if not answers:
            notes.append("no systemd of this person answers here; one that starts will read it")
        if not walls:
            notes.append("written without the read-only disk: it could not be tried here")
        write_private(path, service_unit.unit(job, walls))
        systemctl("daemon-reload")
        begin = ["systemctl", "--user", "start", "soundscape"]
        if not lingers():
            notes.append("it ends when you log out, unless: loginctl enable-linger")
    if start and call(begin) is None:
        raise SoundscapeError(f"{path} is written, and did not start: {' '.join(begin)} says why")
    if json:
        command = list(job.command)
        print_json({"path": str(path), "command": command, "started": start, "notes": notes})
        return
    say(f"Written: {path}")
    for note in notes:
        say(f"note: {note}")
    say("It plays now." if start else f"It begins with: {' '.join(begin)}")


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
