"""The control port: HTTP on loopback, the one way in for command line, console and page.

Every request carries the session's bearer token, and names this host and no other origin, so that
neither another user nor a page in somebody's browser can give a cue.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Protocol, TypeVar, cast

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from soundscape.core.cues import CUES
from soundscape.core.errors import InputError, NoSession
from soundscape.core.events import Value
from soundscape.core.reply import Reply
from soundscape.remote.connection import LET_IN, Connection, Visitors
from soundscape.remote.control import Control

BODY_MOST = 16_384
"""Bytes; a cue with the longest note is far smaller."""

QUEUE = 1024
"""Connections that may wait to be accepted: one too many would try again only a second later."""

AT_ONCE = 16
"""So many are accepted before the others have their turn."""

REQUEST_MOST = 64
ANSWER_S = 4.0
OVER = "the session is over"

MOST = 2**53
"""The greatest whole number that every JSON reader knows exactly."""

_TOO_LARGE = f"a body has at most {BODY_MOST} bytes"

T = TypeVar("T")


class Desk(Protocol):
    """Whoever answers cues: the engine."""

    def cue(
        self, name: str, given: Sequence[str] | Mapping[str, Value], request: str = ""
    ) -> Future[Reply]:
        """Give a cue. One that is asked again by the same `request` is not obeyed twice."""

    def status(self) -> Future[dict[str, Any]]:
        """Ask how the session stands."""


class Gate:
    """Lets in only who holds the token, and only what was meant for this host."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app = app
        self._token = f"Bearer {token}".encode()
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost")}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the headers, then let the request through with its body limited."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        problem = self._problem(headers)
        if problem:
            await _turn_away(*problem)(scope, receive, send)
            return
        scope["state"][LET_IN]()
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > BODY_MOST:
                return {"type": "http.disconnect"}
            return message

        await self._app(scope, limited, send)

    def _problem(self, headers: Mapping[bytes, bytes]) -> tuple[int, str] | None:
        if headers.get(b"host", b"") not in self._hosts:
            return 403, "this port only answers to its own host name"
        if headers.get(b"origin", b"") not in self._origins | {b""}:
            return 403, "requests from another origin are refused"
        if not secrets.compare_digest(headers.get(b"authorization", b""), self._token):
            return 401, "the token is missing or wrong"
        try:
            length = int(headers.get(b"content-length", b"0"))
        except ValueError:
            return 400, "the length of the body is no number"
        if length > BODY_MOST:
            return 413, _TOO_LARGE
        return None


def _turn_away(status: int, why: str) -> JSONResponse:
    """A refusal after which the connection ends: whatever else comes is not read."""
    return JSONResponse({"error": why}, status, {"Connection": "close"})


Given = list[str] | dict[str, Value]


def _given(body: bytes) -> tuple[Given, str] | None:
    """A cue's words, or its values by name, and the request's own word; None where the body is
    neither."""
    try:
        data = json.loads(body or b"{}")
        given = data.get("words", data.get("args", {}))
        request = _whole(data.get("request", ""))[:REQUEST_MOST]
        if isinstance(given, list):
            return [_whole(word) for word in given], request
        return {_whole(name): _value(value) for name, value in given.items()}, request
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _value(value: object) -> Value:
    """A value as a cue may take one. Raises TypeError for lists and objects, ValueError for
    numbers that no cue can count with."""
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, int) and abs(value) > MOST:
        raise ValueError(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise TypeError(value)


def _whole(word: str) -> str:
    """Text with whole characters only: half ones, from a byte that is no UTF-8, become `?`."""
    return word.encode("utf-8", "replace").decode("utf-8")


class _Patience:
    """Waits for the desk's answers: for `ANSWER_S`, or until the session is over."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = False

    async def wait(self, answer: Future[T]) -> T:
        """The answer. Raises what it raises, TimeoutError, or `NoSession`."""
        self._loop = asyncio.get_running_loop()
        # Shielded: who gives up waiting must not take the answer from under the engine's hands.
        waiting = asyncio.shield(asyncio.wrap_future(answer))
        self._waiting.add(waiting)
        try:
            if self._over:
                raise NoSession(OVER)
            return await asyncio.wait_for(waiting, ANSWER_S)
        except asyncio.CancelledError:
            if self._over:
                raise NoSession(OVER) from None
            raise
        finally:
            self._waiting.discard(waiting)

    def end(self) -> None:
        """Nobody answers any more: let go whoever still waits."""
        if self._over:
            return
        self._over = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._let_go)

    def _let_go(self) -> None:
        for waiting in tuple(self._waiting):
            waiting.cancel()


def _app(desk: Desk, patience: _Patience) -> Starlette:
    async def cue(request: Request) -> JSONResponse:
        try:
            given = _given(await request.body())
        except ClientDisconnect:  # Nobody is there any more, or a body without a length grew on.
            return _turn_away(413, _TOO_LARGE)
        if given is None:
            return JSONResponse({"faults": ['expected {"words": [...]} or {"args": {...}}']}, 400)
        name = request.path_params["name"]
        try:
            reply = await patience.wait(desk.cue(name, *given))
        except InputError as error:
            faults = [fault.what + (f"; {fault.do}" if fault.do else "") for fault in error.faults]
            status = 400 if name in CUES else 404
            return JSONResponse({"faults": faults, "summary": error.summary}, status)
        except TimeoutError:
            return JSONResponse({"error": "no answer in time; the music goes on"}, 503)
        except NoSession as error:
            return JSONResponse({"error": str(error)}, 410)
        found = {"ok": reply.ok, "answer": reply.answer, "written": reply.written}
        return JSONResponse(found, 200 if reply.ok else 409)

    async def status(request: Request) -> JSONResponse:
        try:
            found = await patience.wait(desk.status())
        except TimeoutError:
            return JSONResponse({"error": "no answer in time"}, 503)
        except NoSession as error:
            return JSONResponse({"error": str(error)}, 410)
        return JSONResponse(found)

    return Starlette(routes=[Route("/cue/{name}", cue, methods=["POST"]), Route("/status", status)])


class _Server(uvicorn.Server):
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

    def end(self) -> None:
        """Stop serving; any thread may call it, and more than once."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._over.set)


class ControlPort:
    """The port of one session, served from a thread of its own.

    `listening` and `token` are those of an engine before this one, where there was one.
    """

    def __init__(
        self, desk: Desk, session: str, listening: socket.socket | None = None, token: str = ""
    ) -> None:
        self._socket = listening or self._listen()
        port = int(self._socket.getsockname()[1])
        token = token or secrets.token_urlsafe(32)
        self.control = Control(port, token, session, tuple(CUES))
        self._patience = _Patience()
        config = uvicorn.Config(
            Gate(_app(desk, self._patience), token, port),
            log_level="error",
            access_log=False,
            lifespan="off",
            ws="none",
            http=cast("type[asyncio.Protocol]", partial(Connection, visitors=Visitors())),
            h11_max_incomplete_event_size=BODY_MOST,
            loop="asyncio",
            server_header=False,
            date_header=False,
            backlog=AT_ONCE,
            timeout_keep_alive=120,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config, self._socket)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="port", daemon=True
        )

    @staticmethod
    def _listen() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.bind(("127.0.0.1", 0))
        made.listen(QUEUE)  # From here on whoever connects waits, and is not refused.
        return made

    def open(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def close(self) -> None:
        """Answer what is under way, then stop listening."""
        self._patience.end()
        self._server.end()
        self._thread.join(3.0)
        self._socket.close()
