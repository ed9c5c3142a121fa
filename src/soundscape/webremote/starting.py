"""Turns the web remote on. Separate, for those who only start it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from soundscape.core.errors import SoundscapeError
from soundscape.home import Home
from soundscape.process.sidecars import PAGE, end, find, last_of, start
from soundscape.protocol import ListenOn, Sidecar

MODULE = "soundscape.webremote.serving"

TIMEOUT_S = 5.0
"""Seconds that the page may take for an answer to its owner."""

LAN_PORT = 47400
"""The port on the network, if it is free: always the same, so that a phone finds the page again."""


def turn_on(home: Home, wanted: ListenOn) -> Sidecar:
    """Start the page of the running session, or return the one that runs.

    A page that must now listen on the network is started again. Its devices stay paired, and its
    loopback port stays the same. Raises `SoundscapeError`, and `NoSession` if no session runs.
    """
    found = find(home, PAGE)
    before = found or last_of(home, PAGE)
    if before is not None:
        wanted = replace(wanted, port=int(before.facts.get("port", 0)))
    if found is not None and wanted.lan and _differs(found.facts["wanted"], wanted):
        end(home, found)
    return start(home, PAGE, MODULE, [wanted.as_json()])


def _differs(now: Mapping[str, Any], wanted: ListenOn) -> bool:
    """Whether the page listens elsewhere than wanted. What `wanted` leaves out does not count."""
    asked = {"lan": True, "address": wanted.address, "lan_port": wanted.lan_port}
    return any(value and now[name] != value for name, value in asked.items())


def ask(page: Sidecar, what: str, asked: dict[str, Any]) -> dict[str, Any]:
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
        raise SoundscapeError(f"the page refused: {found.get('error', answer.status)}")
    return found
