"""`soundscape log rm`: a session gone from every place the program wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import typer

from soundscape.cli.log.story import not_running
from soundscape.cli.options import offering
from soundscape.cli.out import print_json, say
from soundscape.cli.settings import load_settings
from soundscape.clock import BootClock
from soundscape.control.address import copy_of
from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.home import Home
from soundscape.journal.erase import BEYOND, Traces, erase, older_than, traces
from soundscape.journal.reader import find_session


def rm(
    codes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE...", help="the sessions' codes", autocompletion=offering("sessions")
        ),
    ] = None,
    old: Annotated[
        bool, typer.Option("--old", help="those older than the settings' `retention`")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    json: Annotated[bool, typer.Option("--json", help="for programs; with --yes")] = False,
) -> None:
    """Erase sessions: journal, notes, consent, the tracks they could choose from, run-time files.

    Lists what will be deleted, then asks. Names copies that it cannot reach, such as backups.
    """
    if bool(codes) == old:
        what = "give codes or --old, not both" if old else "which sessions? give codes, or --old"
        raise InputError([Fault("log rm", what, "`soundscape log` lists them")])
    if any(not code.strip() for code in codes or ()):
        raise InputError([Fault("CODE", "is empty", "`soundscape log` lists the codes")])
    if json and not yes:
        raise InputError([Fault("--json", "asks nothing", "give --yes too")])
    home = Home.find()
    wanted = _old_ones() if old else list(dict.fromkeys(codes or ()))
    folders = [find_session(home.sessions, code) for code in wanted]
    for folder in folders:
        not_running(folder, "it cannot be erased now")
    copy = copy_of(home.control)
    found = [traces(folder, home.sessions, home.run, copy) for folder in folders]
    if not found:
        say("Nothing is old enough.")
        return
    if not json:
        _tell(found)
    if not yes and not typer.confirm("Erase all of this for good?"):
        say("Nothing was erased.")
        raise typer.Exit(1)
    failed = [each for one in found for each in erase(one)]
    if json:
        print_json(
            {
                "erased": [one.folder.name for one in found],
                "files": [str(path) for one in found for path in one.files],
                "failed": failed,
                "named_in": sorted({each for one in found for each in one.named_in}),
                "unread": sorted({each for one in found for each in one.unread}),
                "beyond": list(BEYOND),
            }
        )
    if failed:
        raise SoundscapeError("\n".join(["not all of it could be erased:", *failed]))
    if not json:
        say("Erased. What this program cannot reach:")
        for each in BEYOND:
            say(f"  - {each}")


def _tell(found: Sequence[Traces]) -> None:
    for one in found:
        say(f"Session {one.folder.name}:")
        for path in one.files:
            say(f"  {path}")
        for each in one.named_in:
            say(f"  its code stays in session {each}, whose music was chosen to be fresh after it")
        for each in one.unread:
            say(f"  session {each} is encrypted: whether its code stands there is not looked into")


def _old_ones() -> list[str]:
    home = Home.find()
    settings = load_settings(home.settings)
    if settings.retention_days is None:
        do = "such as `retention: 90 days`, or name the codes"
        raise InputError([Fault(str(home.settings), "sets no `retention`", do)])
    limit = days_ago(settings.retention_days)
    return [each.session for each in older_than(home.sessions, limit)]


def days_ago(days: float) -> datetime:
    """A moment so many days ago, by the wall clock."""
    return BootClock().wall() - timedelta(days=days)
