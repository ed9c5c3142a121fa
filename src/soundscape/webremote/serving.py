"""The web remote's process: a loop in its own thread. It listens on loopback and, if asked, on the
network too, there with TLS.

`soundscape remote on` starts it: `python -m soundscape.webremote.serving`.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.applications import Starlette

from soundscape.control.http import AT_ONCE, QuietServer
from soundscape.core.errors import SoundscapeError
from soundscape.home import Home, write_private
from soundscape.process.sidecars import PAGE, SidecarProcess, serve
from soundscape.protocol import ListenOn, Network, PageAddress, Status
from soundscape.webremote.app import owner_routes, routes
from soundscape.webremote.gate import HostGate
from soundscape.webremote.hub import Access
from soundscape.webremote.network import addresses, hosts_at, literal, names
from soundscape.webremote.starting import LAN_PORT

LOOPBACK = "127.0.0.1"
CLOSE_S = 3.0


@dataclass(frozen=True, slots=True)
class Listener:
    """One socket, the names it may be called by, and its certificate if it has one."""

    listening: socket.socket
    hosts: Callable[[], frozenset[str]]
    certificate: Path | None = None
    key: Path | None = None


class PageServer:
    """Serves one session's page. Call `open` first, from the process's main thread."""

    def __init__(self, sidecar: SidecarProcess, wanted: ListenOn) -> None:
        self._sidecar, self._wanted = sidecar, wanted
        listening = listen(LOOPBACK, wanted.port)
        self._port = listening.getsockname()[1]
        own = frozenset(f"{name}:{self._port}" for name in (LOOPBACK, "localhost"))
        self._listeners = [Listener(listening, lambda: own)]
        self._word = secrets.token_urlsafe(32)
        self._place = place(sidecar.home)
        self._lan: tuple[int, str] | None = None
        if wanted.lan:
            self._open_lan(wanted)
        self._loop = asyncio.new_event_loop()
        self._desk = Access(sidecar, self._where)
        self._desk.tell()
        self._servers = [self._server(each) for each in self._listeners]
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)

    def _open_lan(self, wanted: ListenOn) -> None:
        """Listen on the network too, with TLS. Raises `SoundscapeError`."""
        from soundscape.webremote.certificate import certificate  # Nothing else needs it.

        own = (wanted.address,) if wanted.address else addresses()
        if not own:
            raise SoundscapeError("this machine has no network address; connect it to a network")
        listening = listen(wanted.address, wanted.lan_port or LAN_PORT)
        port = listening.getsockname()[1]
        try:
            made = certificate(self._sidecar.home, (*own, *names()))
        except OSError as error:
            raise SoundscapeError(f"the certificate cannot be saved ({error})") from None
        hosts = hosts_at(wanted.address, port)
        self._listeners.append(Listener(listening, hosts, made.path, made.key))
        self._lan = (port, made.fingerprint)

    def _where(self) -> PageAddress:
        """Tell the page's present addresses: a network may come, go, or give another address."""
        here = f"http://{LOOPBACK}:{self._port}{self._place}"
        told = PageAddress(
            port=self._port,
            owner=self._word,
            wanted=asdict(self._wanted),
            here=here,
            address=here,
            lan=None,
        )
        if self._lan is not None:
            port, fingerprint = self._lan
            own = (self._wanted.address,) if self._wanted.address else addresses()
            links = [f"https://{literal(each)}:{port}/" for each in own]
            told["lan"] = Network(addresses=links, fingerprint=fingerprint)
            told["address"] = links[0] if links else here
        return told

    def open(self) -> None:
        """Start to listen, and to follow the session."""
        self._thread.start()
        self._sidecar.follow(self._heard)

    def close(self, *, over: bool) -> None:
        """Close the pages, tell them if the session is over, and stop listening."""
        self._loop.call_soon_threadsafe(self._end, over)
        self._thread.join(CLOSE_S)

    def _heard(self, status: Status | None) -> None:
        self._loop.call_soon_threadsafe(self._desk.hub.stands, status)

    def _end(self, over: bool) -> None:
        self._desk.hub.end(over=over)
        if over:
            self._desk.devices.forget_session()
        for server in self._servers:
            server.end()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())

    async def _main(self) -> None:
        for_ever = [
            asyncio.create_task(each)
            for each in (self._desk.hub.keep_time(), self._desk.keep_telling())
        ]
        await asyncio.gather(
            *(
                server.serve(sockets=[each.listening])
                for server, each in zip(self._servers, self._listeners, strict=True)
            )
        )
        for each in for_ever:
            each.cancel()

    def _server(self, listener: Listener) -> QuietServer:
        secure = listener.certificate is not None
        served = routes(self._desk, secure=secure, place="/" if secure else self._place)
        if not secure:
            served += owner_routes(self._desk, self._word)
        scheme = "https" if secure else "http"
        gate = HostGate(Starlette(routes=served), scheme, listener.hosts)
        return QuietServer(gate, listener.listening, listener.certificate, listener.key)


def place(home: Home) -> str:
    """Return the path below which the page lies on loopback. It is secret, and fixed for a home.

    A browser sends a cookie of 127.0.0.1 to every port there, also to another user's server. This
    cookie is sent only for this path. Raises `SoundscapeError`.
    """
    path = home.data / "remote" / "place"
    try:
        known = path.read_text("ascii").strip() if path.exists() else ""
        if not re.fullmatch(r"[A-Za-z0-9_-]{16}", known):
            known = secrets.token_urlsafe(12)
            write_private(path, known)
    except (OSError, ValueError) as error:
        raise SoundscapeError(f"{path}: cannot be saved ({error})") from None
    return f"/{known}/"


def listen(address: str, *ports: int) -> socket.socket:
    """Open a socket at the first free port of `ports`, else at any port.

    Without `address` it listens at all addresses, IPv4 and IPv6. Raises `SoundscapeError` if
    nothing can listen at this address.
    """
    both = not address and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    for port in (*ports, 0):
        try:
            return socket.create_server(
                (address, port), family=family, backlog=AT_ONCE, dualstack_ipv6=both
            )
        except OSError as error:
            why = error.strerror or error
    raise SoundscapeError(f"nothing can listen at {address or 'any address'} ({why})")


GONE_S = 600.0
"""Seconds to wait for a session whose processes were all killed. If `soundscape recover` brings it
back within that time, no device has to be paired again."""


def work(sidecar: SidecarProcess, words: Sequence[str]) -> None:
    """Serve the page until the session is over or somebody turns the page off."""
    server = PageServer(sidecar, ListenOn(**json.loads(words[0])))
    server.open()
    sidecar.ready()
    server.close(over=sidecar.wait() == "over")


if __name__ == "__main__":
    sys.exit(serve(PAGE, work, sys.argv[1:], gone_s=GONE_S))
