"""One connection to the control port: how long it may take, and who goes where there are too many.

uvicorn waits for a request as long as its client likes, and counts connections without asking who
holds them: a few hundred that say nothing would keep every cue out. Here a request has to be whole
in time, and where there are too many connections the oldest that never showed the token goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

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
        config: Config,
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
