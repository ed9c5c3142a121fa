"""HTTP as the control port and the web remote serve it: one way to run uvicorn, its limits, and
what a cue's body may hold.

uvicorn waits for a request as long as its client likes, and counts connections without asking who
holds them: a few hundred that say nothing would keep every cue out. Here a request has to be whole
in time, and where there are too many connections the oldest that never showed a token goes.

Two classes of uvicorn are extended, which its version is bounded for.
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
"""The greatest whole number that every JSON reader knows exactly."""

QUEUE = 1024
"""Connections that may wait to be accepted: one too many would try again only a second later."""

AT_ONCE = 16
"""So many are accepted before the others have their turn."""

READ_S = 10.0
"""From a connection, or from the first byte of a further request, to the answer to that request."""

MOST = 256
"""Connections at once: far more than a house has programs, far fewer than the files that a process
may have open, of which the music needs some."""

LET_IN = "let in"
"""Under this name a request's state holds what to call once its token was right."""

STREAMS = "streams"
"""Under this one, what to call where the answer goes on for as long as its reader is there."""


class Visitors:
    """Those who are connected, the oldest first; who showed the token is known."""

    def __init__(self) -> None:
        self._strangers: dict[Connection, None] = {}
        self._known: set[Connection] = set()

    def enter(self, one: Connection) -> None:
        """Somebody connects; where that is one too many, the oldest stranger goes."""
        self._strangers[one] = None
        if len(self._strangers) + len(self._known) > MOST:
            next(iter(self._strangers)).drop()

    def know(self, one: Connection) -> None:
        """Somebody has shown the token."""
        if self._strangers.pop(one, one) is None:
            self._known.add(one)

    def leave(self, one: Connection) -> None:
        """Somebody is gone."""
        self._strangers.pop(one, None)
        self._known.discard(one)


class Connection(H11Protocol):
    """uvicorn's own, with a limit of time for each request."""

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
        """Cut it, without a word: it may not be read."""
        self._visitors.leave(self)
        self._disarm()
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody connects."""
        super().connection_made(transport)
        self._arm()
        self._visitors.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody is gone."""
        self._visitors.leave(self)
        self._disarm()
        self.app_state = {}  # It led back here: what is gone is freed at once, by no collector.
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something of a request."""
        self._arm()
        super().data_received(data)

    def on_response_complete(self) -> None:
        """A request was answered; the next one has a time of its own."""
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
    """Waits to be told of the end, where uvicorn's own looks for it ten times a second.

    Looking cost more than the decks' thread: a sixth of the CPU of a session that only plays.
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
                log_config=None,  # What goes wrong is told as this process tells things.
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
        self._listening.listen(QUEUE)  # asyncio has made it as short as what it accepts at once.
        if not self.should_exit:
            await self.over.wait()

    def soon(self, do: Callable[[], object]) -> None:
        """Have its loop do something; at once where it does not turn yet, or no more."""
        if self._loop is None or self._loop.is_closed():
            do()
            return
        self._loop.call_soon_threadsafe(do)

    def end(self) -> None:
        """Stop serving; any thread may call it, and more than once."""
        self.should_exit = True
        self.soon(self.over.set)


def limited(receive: Receive) -> Receive:
    """The same, but whoever sends too much is gone."""
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
    """A cue's words, or its values by name, the request's own word, and the place that its giver
    saw; None where the body is none of that."""
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
    """A value as a cue may take one. Raises TypeError for lists and objects, ValueError for
    numbers that no cue can count with."""
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, int) and abs(value) > NUMBER_MOST:
        raise ValueError(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise TypeError(value)


def _number(value: object) -> float:
    """A number. Raises TypeError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(value)
    return value


def _whole(word: str) -> str:
    """Text with whole characters only: half ones, from a byte that is no UTF-8, become `?`."""
    return word.encode("utf-8", "replace").decode("utf-8")
