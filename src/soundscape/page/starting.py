"""Turning the page on, and what it tells of itself, for those who only start it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from soundscape.companion import Found, end, find, start
from soundscape.home import Home

KIND = "page"
MODULE = "soundscape.page"

LAN_PORT = 47400
"""The same each time where it is free, so that a phone finds the page again where it was."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where to listen: always on loopback, at `port` where that is free, and with `lan` on the
    network, at one `address` of this machine or ("") at all of them, at `lan_port`."""

    port: int = 0
    lan: bool = False
    address: str = ""
    lan_port: int = LAN_PORT


def turn_on(home: Home, wanted: Wanted) -> Found:
    """The page of the session that runs; started where it is not, and started anew where it is to
    listen on the network and does not: its devices stay paired, its loopback port stays its own.

    Raises `SoundscapeError`, and `NoSession` where none runs.
    """
    found = find(home, KIND)
    if found is not None:
        wanted = replace(wanted, port=int(found.facts["port"]))
        if wanted.lan and not found.facts["lan"]:
            end(home, found)
    return start(home, KIND, MODULE, [json.dumps(asdict(wanted))])
