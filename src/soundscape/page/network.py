"""This machine on the network: the addresses it has there now, and its names."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress

AGAIN_S = 10.0
"""So long what was found counts: another network gives another address."""

NOWHERE = ("192.0.2.1", 9)
"""An address that belongs to nobody: asking the way there sends nothing."""


def addresses() -> tuple[str, ...]:
    """The IPv4 addresses of this machine but loopback; that of the default way first."""
    found: list[str] = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(NOWHERE)
        found.append(asking.getsockname()[0])
    with suppress(OSError):
        known = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        found += [str(each[4][0]) for each in known]
    return tuple(each for each in dict.fromkeys(found) if not _is_loopback(each))


def names() -> tuple[str, ...]:
    """What this machine calls itself, where that is a name that can be asked for."""
    name = socket.gethostname().lower()
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", name) or name == "localhost":
        return ()
    return (name,) if "." in name else (name, f"{name}.local")


def hosts_at(address: str, port: int) -> Callable[[], frozenset[str]]:
    """What whoever comes from the network may call this machine by, as it is at that moment;
    with one `address` only by that."""
    known: frozenset[str] = frozenset()
    at = -AGAIN_S

    def hosts() -> frozenset[str]:
        nonlocal known, at
        if time.monotonic() - at >= AGAIN_S:
            own = (address,) if address else (*addresses(), *names())
            known = frozenset(f"{each}:{port}" for each in own)
            at = time.monotonic()
        return known

    return hosts


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback
