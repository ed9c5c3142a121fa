"""HTTP as the control port and the web remote serve it: one way to run uvicorn, its limits, and
what a cue's body may hold.

uvicorn waits for a request as long as its client likes, and does not ask who holds a connection: a
few hundred silent ones would keep every cue out. Here a request must be complete in time, and of
too many connections the oldest that never showed a token is dropped.

Two of uvicorn's classes are extended; its version is bounded for that.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Message, Receive
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from soundscape.core.events import Value

BODY_MOST = 16_384
"""Bytes; a cue with the longest note is far smaller."""

TOO_LARGE = f"a body has at most {BODY_MOST} bytes"

REQUEST_MOST = 64

NUMBER_MOST = 2**53
"""The greatest integer that every JSON reader holds exactly."""

QUEUE = 1024
"""Connections that may wait to be accepted. One more would try again only a second later."""

AT_ONCE = 16
"""Connections accepted before the others get their turn."""

READ_S = 10.0
"""Seconds from a connection, or from a further request's first byte, to the answer."""

MOST = 256
"""Most connections at once: far more than a house has programs, and far fewer than the files that a
process may have open, some of which the music needs."""

LET_IN = "let in"
"""A request's state holds under this name what to call once its token was right."""

STREAMS = "streams"
"""And under this name, what to call if the answer goes on for as long as its reader is there."""


class Visitors:
    """The open connections, the oldest first, and whether each has shown the token."""

    def __init__(self) -> None:
        self._all: dict[Connection, bool] = {}

    def enter(self, one: Connection) -> None:
        """Add a connection; drop the oldest stranger if there are too many."""
        self._all[one] = False
        if len(self._all) > MOST:
            next(each for each, known in self._all.items() if not known).drop()

    def know(self, one: Connection) -> None:
        """Note that a connection has shown the token."""
        if one in self._all:
            self._all[one] = True

    def leave(self, one: Connection) -> None:
        """Remove a connection."""
        self._all.pop(one, None)


class Connection(H11Protocol):
    """uvicorn's connection, with a time limit for each request."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        visitors: Visitors,
    ) -> None:
        calls: dict[str, Callable[[], None]] = {
            LET_IN: lambda: visitors.know(self),
            STREAMS: self._disarm,
        }
        super().__init__(config, server_state, {**app_state, **calls}, _loop)
        self._visitors = visitors
        self._deadline: asyncio.TimerHandle | None = None

    def drop(self) -> None:
        """Cut it without an answer, which might not be read."""
        self._visitors.leave(self)
        self._disarm()
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time limit."""
        super().connection_made(transport)
        self._arm()
        self._visitors.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._visitors.leave(self)
        self._disarm()
        self.app_state = {}  # It led back here; without that circle no collector is needed.
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request."""
        self._arm()
        super().data_received(data)

    def on_response_complete(self) -> None:
        """End the time limit: the next request has its own."""
        self._disarm()
        super().on_response_complete()

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(READ_S, self.drop)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class QuietServer(uvicorn.Server):
    """uvicorn's server, which waits for its end instead of polling for it ten times a second.

    Polling took more than the decks' thread: a sixth of the CPU of a session that only plays.
    """

    def __init__(
        self,
        app: ASGIApp,
        listening: socket.socket,
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,  # Errors go to this process's own log.
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
                ssl_certfile=certificate,
                ssl_keyfile=key,
            )
        )
        self._listening = listening
        self._loop: asyncio.AbstractEventLoop | None = None
        self.over = asyncio.Event()

    async def main_loop(self) -> None:
        """Stay until `end`."""
        self._loop = asyncio.get_running_loop()
        self._listening.listen(QUEUE)  # asyncio has set it to `AT_ONCE`.
        if not self.should_exit:
            await self.over.wait()

    def soon(self, do: Callable[[], object]) -> None:
        """Have its loop do something; do it at once if the loop does not run."""
        if self._loop is None or self._loop.is_closed():
            do()
            return
        self._loop.call_soon_threadsafe(do)

    def end(self) -> None:
        """Stop serving; any thread may call it, and more than once."""
        self.should_exit = True
        self.soon(self.over.set)


def limited(receive: Receive) -> Receive:
    """Return a `receive` that disconnects a client that sends too much."""
    seen = 0

    async def less() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_MOST:
            return {"type": "http.disconnect"}
        return message

    return less


Given = list[str] | dict[str, Value]


def given(body: bytes) -> tuple[Given, str, dict[str, float]] | None:
    """Read a cue's body: its words, or its values by name; the `request`; the place that its giver
    saw. None if the body is no such thing."""
    try:
        data = json.loads(body or b"{}")
        found = data.get("words", data.get("args", {}))
        request = _whole(data.get("request", ""))[:REQUEST_MOST]
        seen = {str(name): _number(value) for name, value in data.get("seen", {}).items()}
        if isinstance(found, list):
            return [_whole(word) for word in found], request, seen
        return {_whole(name): _value(value) for name, value in found.items()}, request, seen
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _value(value: object) -> Value:
    """Check a cue's value. Raises TypeError for lists and objects, ValueError for numbers that are
    too large."""
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, int) and abs(value) > NUMBER_MOST:
        raise ValueError(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise TypeError(value)


def _number(value: object) -> float:
    """Check a number. Raises TypeError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(value)
    return value


def _whole(word: str) -> str:
    """Replace half characters, which come from bytes that are not UTF-8, by `?`."""
    return word.encode("utf-8", "replace").decode("utf-8")
