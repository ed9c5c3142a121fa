"""Turns the web remote on. Separate, for those who only start it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from soundscape.home import Home
from soundscape.process.sidecars import Found, end, find, last_of, start

KIND = "page"
MODULE = "soundscape.webremote"

LAN_PORT = 47400
"""The port on the network, if it is free: always the same, so that a phone finds the page again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where to listen: always on loopback, at `port` if it is free. With `lan` also on the network,
    at one `address` of this machine or ("") at all of them, at `lan_port`."""

    port: int = 0
    lan: bool = False
    address: str = ""
    lan_port: int = 0


def turn_on(home: Home, wanted: Wanted) -> Found:
    """Start the page of the running session, or return the one that runs.

    A page that must now listen on the network is started again. Its devices stay paired, and its
    loopback port stays the same. Raises `SoundscapeError`, and `NoSession` if no session runs.
    """
    found = find(home, KIND)
    before = found or last_of(home, KIND)
    if before is not None:
        wanted = replace(wanted, port=int(before.facts.get("port", 0)))
    if found is not None and wanted.lan and _differs(found.facts["wanted"], wanted):
        end(home, found)
    return start(home, KIND, MODULE, [json.dumps(asdict(wanted))])


def _differs(now: Mapping[str, Any], wanted: Wanted) -> bool:
    """Whether the page listens elsewhere than wanted. What `wanted` leaves out does not count."""
    asked = {"lan": True, "address": wanted.address, "lan_port": wanted.lan_port}
    return any(value and now[name] != value for name, value in asked.items())
