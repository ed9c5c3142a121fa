"""uvicorn's server, at rest while nobody asks anything."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import uvicorn

QUEUE = 1024
"""Connections that may wait to be accepted: one too many would try again only a second later."""

AT_ONCE = 16
"""So many are accepted before the others have their turn."""


class QuietServer(uvicorn.Server):
    """Waits to be told of the end, where uvicorn's own looks for it ten times a second.

    Looking cost more than the decks' thread: a sixth of the CPU of a session that only plays.
    """

    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        super().__init__(config)
        self._listening = listening
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = asyncio.Event()

    async def main_loop(self) -> None:
        """Stay until `end`."""
        self._loop = asyncio.get_running_loop()
        self._listening.listen(QUEUE)  # asyncio has made it as short as what it accepts at once.
        if not self.should_exit:
            await self._over.wait()

    def soon(self, do: Callable[[], object]) -> None:
        """Have its loop do something; at once where it does not turn yet, or no more."""
        if self._loop is None or self._loop.is_closed():
            do()
            return
        self._loop.call_soon_threadsafe(do)

    def end(self) -> None:
        """Stop serving; any thread may call it, and more than once."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._over.set)
