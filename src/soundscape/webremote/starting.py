"""Turning the page on, and asking it as its owner, for those who load nothing of the page."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any

from soundscape.core.errors import SoundscapeError
from soundscape.home import Home
from soundscape.process.sidecars import Found, end, find, last_of, start

KIND = "page"
MODULE = "soundscape.webremote"

TIMEOUT_S = 5.0
"""Seconds that the page may take for an answer to its owner."""

LAN_PORT = 47400
"""The same each time where it is free, so that a phone finds the page again where it was."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where to listen: always on loopback, at `port` where that is free, and with `lan` on the
    network, at one `address` of this machine or ("") at all of them, at `lan_port`."""

    port: int = 0
    lan: bool = False
    address: str = ""
    lan_port: int = 0


def turn_on(home: Home, wanted: Wanted) -> Found:
    """The page of the session that runs; started where it is not, and started anew where it is to
    listen on the network and does not: its devices stay paired, its loopback port stays its own.

    Raises `SoundscapeError`, and `NoSession` where none runs.
    """
    found = find(home, KIND)
    before = found or last_of(home, KIND)
    if before is not None:
        wanted = replace(wanted, port=int(before.facts.get("port", 0)))
    if found is not None and wanted.lan and _differs(found.facts["wanted"], wanted):
        end(home, found)
    return start(home, KIND, MODULE, [json.dumps(asdict(wanted))])


def _differs(now: Mapping[str, Any], wanted: Wanted) -> bool:
    """Whether it listens elsewhere than is asked for; what is not said is as it is."""
    asked = {"lan": True, "address": wanted.address, "lan_port": wanted.lan_port}
    return any(value and now[name] != value for name, value in asked.items())


def ask(page: Found, what: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Ask the page that runs. Raises `SoundscapeError` where it does not answer, or says no."""
    port = int(page.facts["port"])
    own = f"127.0.0.1:{port}"
    headers = {"Authorization": f"Bearer {page.facts['owner']}", "Origin": f"http://{own}"}
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)) as line:
            line.request("POST", f"/owner/{what}", json.dumps(asked), headers)
            answer = line.getresponse()
            found: dict[str, Any] = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SoundscapeError(
            f"the page does not answer ({error or type(error).__name__})"
        ) from None
    if answer.status != 200:
        raise SoundscapeError(f"the page said no: {found.get('error', answer.status)}")
    return found
