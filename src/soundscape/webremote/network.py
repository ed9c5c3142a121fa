"""This machine on the network: the addresses it has there now, and its names."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import ifaddr

AGAIN_S = 10.0
"""So long what was found counts: another network gives another address."""

NOWHERE = ("192.0.2.1", 9)
"""An address that belongs to nobody: asking the way there sends nothing."""


def addresses() -> tuple[str, ...]:
    """The addresses of this machine now, but loopback: IPv4, or IPv6 where there is none; that of
    the default way first, and those of real devices before those of virtual ones."""
    found: list[str] = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(NOWHERE)
        found.append(asking.getsockname()[0])
    with suppress(OSError):
        adapters = sorted(ifaddr.get_adapters(), key=lambda each: not _is_real(each.nice_name))
        # A tuple is IPv6, with its zone.
        found += [
            each.ip if isinstance(each.ip, str) else each.ip[0] for a in adapters for each in a.ips
        ]
    usable = [each for each in dict.fromkeys(found) if _is_usable(each)]
    return tuple([each for each in usable if ":" not in each] or usable)


def literal(address: str) -> str:
    """An address as links have it: that of an IPv6 socket that is IPv4 behind it as such, IPv6 in
    brackets."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or f"[{found}]")
    return str(found)


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


def _is_real(adapter: str) -> bool:
    """Whether there is a device behind it, as far as Linux tells: none is behind a bridge."""
    return Path("/sys/class/net", adapter, "device").exists()


def _is_usable(address: str) -> bool:
    """Whether a link may hold it: no browser takes an address with the zone that it needs."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return not (found.is_loopback or (found.version == 6 and found.is_link_local))
