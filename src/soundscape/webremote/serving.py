"""The page's server: a loop in its own thread. It listens on loopback and, if asked, on the network
too, there with TLS."""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette

from soundscape.control.bodies import BODY_MOST
from soundscape.control.connection import Connection, Visitors
from soundscape.control.quiet import AT_ONCE, QuietServer
from soundscape.core.errors import SoundscapeError
from soundscape.home import Home, write_private
from soundscape.process.sidecars import Companion
from soundscape.protocol import ListenOn
from soundscape.webremote import owner
from soundscape.webremote.app import routes
from soundscape.webremote.desk import Access
from soundscape.webremote.gate import HostGate
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

    def __init__(self, companion: Companion, wanted: ListenOn) -> None:
        self._companion = companion
        listening = listen(LOOPBACK, wanted.port)
        port = listening.getsockname()[1]
        own = frozenset(f"{name}:{port}" for name in (LOOPBACK, "localhost"))
        self._listeners = [Listener(listening, lambda: own)]
        self._word = secrets.token_urlsafe(32)
        self._place = place(companion.home)
        here = f"http://{LOOPBACK}:{port}{self._place}"
        self.facts: dict[str, Any] = {"port": port, "owner": self._word}
        self.facts |= {"here": here, "wanted": asdict(wanted)}
        self._wanted = wanted
        self._lan: tuple[int, str] | None = None
        if wanted.lan:
            self._open_lan(wanted)
        self.facts |= self._where()
        self._loop = asyncio.new_event_loop()
        self._desk = Access(companion, self._where)
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
            made = certificate(self._companion.home, (*own, *names()))
        except OSError as error:
            raise SoundscapeError(f"the certificate cannot be saved ({error})") from None
        hosts = hosts_at(wanted.address, port)
        self._listeners.append(Listener(listening, hosts, made.path, made.key))
        self._lan = (port, made.fingerprint)

    def _where(self) -> dict[str, Any]:
        """Tell the page's present addresses: a network may come, go, or give another address."""
        if self._lan is None:
            return {"address": self.facts["here"], "lan": None}
        port, fingerprint = self._lan
        own = (self._wanted.address,) if self._wanted.address else addresses()
        links = [f"https://{literal(each)}:{port}/" for each in own]
        lan = {"addresses": links, "fingerprint": fingerprint}
        return {"address": links[0] if links else self.facts["here"], "lan": lan}

    def open(self) -> None:
        """Start to listen, and to follow the session."""
        self._thread.start()
        self._companion.follow(self._heard)

    def close(self, *, over: bool) -> None:
        """Close the pages, tell them if the session is over, and stop listening."""
        self._loop.call_soon_threadsafe(self._end, over)
        self._thread.join(CLOSE_S)

    def _heard(self, status: Mapping[str, Any] | None) -> None:
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
            served += owner.routes(self._desk, self._word)
        config = uvicorn.Config(
            HostGate(Starlette(routes=served), "https" if secure else "http", listener.hosts),
            log_config=None,  # This process logs errors in its own way.
            log_level="error",
            access_log=False,
            lifespan="off",
            ws="none",
            http=cast("type[asyncio.Protocol]", partial(Connection, visitors=Visitors())),
            h11_max_incomplete_event_size=BODY_MOST,
            loop="asyncio",
            server_header=False,
            date_header=False,
            proxy_headers=False,  # No proxy tells us where a request comes from.
            backlog=AT_ONCE,
            timeout_keep_alive=120,
            timeout_graceful_shutdown=1,
            ssl_certfile=listener.certificate,
            ssl_keyfile=listener.key,
        )
        return QuietServer(config, listener.listening)


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
    for port in (*ports, 0):
        made = socket.socket(socket.AF_INET6 if both else socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            if both:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            made.bind((address, port))
            made.listen(AT_ONCE)
        except OSError as error:
            made.close()
            if not port:
                raise SoundscapeError(
                    f"nothing can listen at {address or 'any address'} ({error.strerror or error})"
                ) from None
            continue
        return made
    raise AssertionError("the last port is any")
