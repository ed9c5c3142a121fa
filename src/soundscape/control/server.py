"""The control port: HTTP on loopback, the one way in for command line, console and page.

Every request carries the session's bearer token and names this host and no other origin, so neither
another user nor a page in somebody's browser can give a cue. One request needs no token: the answer
to a nonce proves that this port knows the token, before a client shows it.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
import time
from asyncio import FIRST_COMPLETED
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from soundscape.control.address import PROOF_PATH, Control, proof
from soundscape.control.http import BODY_MOST, LET_IN, QUEUE, TOO_LARGE, QuietServer, given, limited
from soundscape.core.cues.table import CUES
from soundscape.core.errors import InputError, NoSession, SoundscapeError
from soundscape.core.events import Value
from soundscape.core.reply import Reply
from soundscape.protocol import CueAnswered, Status

ANSWER_S = 4.0
HANG_S = 10.0
"""Seconds without a turn after which a loop counts as hung, on the busiest machine."""

ASKED_S = 1.0
"""Longest seconds between two calls of `ControlPort.turns`."""

OVER = "the session is over"

T = TypeVar("T")


class CueTaker(Protocol):
    """What answers cues: the engine."""

    def cue(
        self,
        name: str,
        given: Sequence[str] | Mapping[str, Value],
        request: str = "",
        seen: Mapping[str, float] | None = None,
    ) -> Future[Reply]:
        """Give a cue. A repeated `request` is obeyed once; `seen` is the place its giver saw."""

    def status(self) -> Future[Status]:
        """Ask for the session's status."""


class TokenGate:
    """Lets in only requests that carry the token and are meant for this host."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app = app
        self._token, self._port = token, port
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost")}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the headers, then pass the request on with its body limited."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        problem = self._misdirected(headers)
        if problem is None and scope["path"].startswith(PROOF_PATH):
            nonce = scope["path"].removeprefix(PROOF_PATH)
            right = proof(self._token, self._port, nonce)
            await PlainTextResponse(right)(scope, receive, send)
            return
        problem = problem or self._refusal(headers)
        if problem:
            await _turn_away(*problem)(scope, receive, send)
            return
        scope["state"][LET_IN]()
        await self._app(scope, limited(receive), send)

    def _misdirected(self, headers: Mapping[bytes, bytes]) -> tuple[int, str] | None:
        if headers.get(b"host", b"") not in self._hosts:
            return 403, "this port only answers to its own host name"
        if headers.get(b"origin", b"") not in self._origins | {b""}:
            return 403, "requests from another origin are refused"
        return None

    def _refusal(self, headers: Mapping[bytes, bytes]) -> tuple[int, str] | None:
        shown = f"Bearer {self._token}".encode()
        if not secrets.compare_digest(headers.get(b"authorization", b""), shown):
            return 401, "the token is missing or wrong"
        try:
            length = int(headers.get(b"content-length", b"0"))
        except ValueError:
            return 400, "the length of the body is no number"
        if length > BODY_MOST:
            return 413, TOO_LARGE
        return None


def _turn_away(status: int, why: str) -> JSONResponse:
    """Refuse, and end the connection: nothing more of it is read."""
    return JSONResponse({"error": why}, status, {"Connection": "close"})


def _failed(error: TimeoutError | SoundscapeError) -> JSONResponse:
    if isinstance(error, TimeoutError):
        return JSONResponse({"error": "no answer in time; the music goes on"}, 503)
    return JSONResponse({"error": str(error)}, 410 if isinstance(error, NoSession) else 500)


class ControlPort:
    """The port of one session, served from its own thread.

    `listening` and `token` are those of the engine before this one, if there was one.
    """

    def __init__(
        self, desk: CueTaker, session: str, listening: socket.socket | None = None, token: str = ""
    ) -> None:
        # From here on a client that connects waits and is not refused.
        self._socket = listening or socket.create_server(("127.0.0.1", 0), backlog=QUEUE)
        port = int(self._socket.getsockname()[1])
        token = token or secrets.token_urlsafe(32)
        silencing = tuple(cue.name for cue in CUES.values() if cue.silences)
        self.control = Control(port, token, session, tuple(CUES), silencing)
        self._desk = desk
        routes = [
            Route("/cue/{name}", self._cue, methods=["POST"]),
            Route("/status", self._status),
            Route("/openapi.json", _described),
        ]
        self._server = QuietServer(TokenGate(Starlette(routes=routes), token, port), self._socket)
        self._turned = threading.Event()
        self._turned.set()
        self._asked_at, self._waited_s = time.monotonic(), 0.0
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="port", daemon=True
        )

    def open(self) -> None:
        """Start to listen."""
        self._thread.start()

    def turns(self) -> bool:
        """Whether its loop turns; False after `HANG_S` in which it did not. One thread must call it
        again and again."""
        now = time.monotonic()
        # Between two calls that are far apart nothing in this process had time.
        self._waited_s += min(now - self._asked_at, ASKED_S)
        self._asked_at = now
        if self._turned.is_set():
            self._turned.clear()
            self._waited_s = 0.0
            self._server.soon(self._turned.set)
        return self._waited_s < HANG_S

    def close(self) -> None:
        """Answer the open requests, then stop listening."""
        self._server.end()
        self._thread.join(3.0)
        self._socket.close()

    async def _cue(self, request: Request) -> JSONResponse:
        try:
            found = given(await request.body())
        except ClientDisconnect:  # The client has gone, or sent a body without end.
            return _turn_away(413, TOO_LARGE)
        if found is None:
            return JSONResponse({"faults": ['expected {"words": [...]} or {"args": {...}}']}, 400)
        name = request.path_params["name"]
        try:
            reply = await self._answer(self._desk.cue(name, *found))
        except InputError as error:
            faults = [fault.what + (f"; {fault.do}" if fault.do else "") for fault in error.faults]
            status = 400 if name in CUES else 404
            return JSONResponse({"faults": faults, "summary": error.summary}, status)
        except (TimeoutError, SoundscapeError) as error:
            return _failed(error)
        told = CueAnswered(ok=reply.ok, answer=reply.answer, written=reply.written)
        return JSONResponse(told, 200 if reply.ok else 409)

    async def _status(self, request: Request) -> JSONResponse:
        try:
            return JSONResponse(await self._answer(self._desk.status()))
        except (TimeoutError, SoundscapeError) as error:
            return _failed(error)

    async def _answer(self, answer: Future[T]) -> T:
        """Wait for an answer: for `ANSWER_S`, or until the session is over. Raises what it raises,
        TimeoutError, or `NoSession`. The engine's own future is never cancelled."""
        asked = asyncio.wrap_future(answer)
        over = asyncio.ensure_future(self._server.over.wait())
        first: set[asyncio.Future[Any]] = {asked, over}
        # An answer that comes too late must not be logged as never read.
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await asyncio.wait(first, timeout=ANSWER_S, return_when=FIRST_COMPLETED)
        finally:
            over.cancel()
        if asked.done():
            return asked.result()
        raise NoSession(OVER) if self._server.over.is_set() else TimeoutError


async def _described(request: Request) -> JSONResponse:
    from soundscape.control.openapi import description  # No session needs it.

    return JSONResponse(description())
