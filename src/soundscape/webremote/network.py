"""This machine on the network: its present addresses and its names."""

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
"""Seconds for which found addresses count; on another network the machine has another address."""

NOWHERE = ("192.0.2.1", 9)
"""A reserved address that belongs to nobody. Asking for the route to it sends nothing."""


def addresses() -> tuple[str, ...]:
    """List this machine's addresses except loopback: IPv4, or IPv6 if there is no IPv4.

    The default route's address comes first, and real adapters come before virtual ones.
    """
    found: list[str] = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(NOWHERE)
        found.append(asking.getsockname()[0])
    with suppress(OSError):
        adapters = sorted(ifaddr.get_adapters(), key=lambda each: not _is_real(each.nice_name))
        # A tuple is an IPv6 address with its zone.
        found += [
            each.ip if isinstance(each.ip, str) else each.ip[0] for a in adapters for each in a.ips
        ]
    usable = [each for each in dict.fromkeys(found) if _is_usable(each)]
    return tuple([each for each in usable if ":" not in each] or usable)


def literal(address: str) -> str:
    """Write an address as links do: IPv4 behind an IPv6 socket as IPv4, IPv6 in brackets."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or f"[{found}]")
    return str(found)


def names() -> tuple[str, ...]:
    """List this machine's names, if they are valid host names."""
    name = socket.gethostname().lower()
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", name) or name == "localhost":
        return ()
    return (name,) if "." in name else (name, f"{name}.local")


def hosts_at(address: str, port: int) -> Callable[[], frozenset[str]]:
    """Return a function that lists how clients may call this machine at that moment.

    With `address` only by that address.
    """
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
    """Whether an adapter is a real device, as far as Linux tells; a bridge is not."""
    return Path("/sys/class/net", adapter, "device").exists()


def _is_usable(address: str) -> bool:
    """Whether a link may hold the address: no browser takes one that needs a zone."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return not (found.is_loopback or (found.version == 6 and found.is_link_local))
