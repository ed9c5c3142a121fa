"""`soundscape remote devices` and `revoke`: who is paired with the page."""

from __future__ import annotations

from typing import Annotated

import typer

from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.control.address import read_control
from soundscape.core.errors import Fault, InputError, NoSession, nearest
from soundscape.home import Home
from soundscape.process.sidecars import find
from soundscape.webremote.devices import Devices, file_of
from soundscape.webremote.starting import KIND, ask


def devices(json: JsonOption = False) -> None:
    """List the devices that are paired."""
    found = _devices(Home.find()).all
    if json:
        print_json([each.as_fact() for each in found])
        return
    for each in found:
        until = "until revoked" if not each.session else "for this session"
        say(f"{each.id}  {each.kind:<8} paired {each.paired[:16].replace('T', ' ')}, {until}")
    if not found:
        say("no device is paired; `soundscape remote on` pairs one")


def revoke(
    names: Annotated[list[str] | None, typer.Argument(help="devices, as `devices` lists")] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="every device")] = False,
    json: JsonOption = False,
) -> None:
    """Let a device in no more, from this moment: a page that is open there goes dark too."""
    home = Home.find()
    listed = _devices(home)
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
        raise InputError(faults, "`soundscape remote devices` lists them")
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


def _devices(home: Home) -> Devices:
    """The devices of this home, as far as they are good now."""
    try:
        session = read_control(home.control).session
    except NoSession:
        session = ""
    return Devices(file_of(home), session)
