"""`soundscape remote rm`: a device that is let in no more."""

from __future__ import annotations

from typing import Annotated

import typer

from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.cli.remote.list import paired
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.home import Home
from soundscape.process.sidecars import find
from soundscape.webremote.starting import KIND, ask


def rm(
    names: Annotated[
        list[str] | None, typer.Argument(help="devices, as `remote list` has them")
    ] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="every device")] = False,
    json: JsonOption = False,
) -> None:
    """Let a device in no more, from this moment: a page that is open there goes dark too."""
    home = Home.find()
    listed = paired(home)
    known = [each.id for each in listed.all]
    wanted = known if all_of_them else names or []
    faults = []
    if all_of_them and names:
        faults.append(Fault("--all", "cannot go with names", "leave one out"))
    if not wanted and not all_of_them:
        faults.append(Fault("DEVICE", "is missing", "name one, or say --all"))
    unknown = [name for name in wanted if name not in known]
    faults += [Fault(name, "no such device is paired", nearest(name, known)) for name in unknown]
    if faults:
        raise InputError(faults, "`soundscape remote list` lists them")
    page = find(home, KIND)
    for name in wanted:
        if page is not None:
            ask(page, "revoke", {"device": name})
        else:
            listed.revoke(name)
    if json:
        print_json({"revoked": wanted})
    else:
        say(f"revoked: {', '.join(wanted)}" if wanted else "no device was paired")
