"""`soundscape remote list`: the devices that are paired."""

from __future__ import annotations

from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.control.address import read_control
from soundscape.core.errors import NoSession
from soundscape.core.text import wall_minute
from soundscape.home import Home
from soundscape.webremote.devices import Devices, file_of


def list_devices(json: JsonOption = False) -> None:
    """List the devices that are paired."""
    found = paired(Home.find()).all
    if json:
        print_json([each.as_fact() for each in found])
        return
    for each in found:
        until = "until revoked" if not each.session else "for this session"
        say(f"{each.id}  {each.kind:<8} paired {wall_minute(each.paired)}, {until}")
    if not found:
        say("no device is paired; `soundscape remote on` pairs one")


def paired(home: Home) -> Devices:
    """The devices of this home, as far as they are good now."""
    try:
        session = read_control(home.control).session
    except NoSession:
        session = ""
    return Devices(file_of(home), session)
