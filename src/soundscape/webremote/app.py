"""The page's routes: static files for anybody, the rest for paired devices or the owner alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from soundscape.control.http import LET_IN, STREAMS, TOO_LARGE, given
from soundscape.core.cues.table import CUES
from soundscape.core.errors import SoundscapeError
from soundscape.webremote.hub import Access
from soundscape.webremote.network import literal
from soundscape.webremote.pairing import PairedDevice, Refused

COOKIE = "soundscape"
SESSION_COOKIE_S = 24 * 3600
KEPT_COOKIE_S = 400 * 24 * 3600
"""No browser keeps a cookie for longer than 400 days."""

SHELL = {
    "": ("index.html", "text/html; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "page.js": ("page.js", "text/javascript; charset=utf-8"),
    "room.js": ("room.js", "text/javascript; charset=utf-8"),
    "cues.js": ("cues.js", "text/javascript; charset=utf-8"),
    "arc.js": ("arc.js", "text/javascript; charset=utf-8"),
    "manifest.webmanifest": ("manifest.webmanifest", "application/manifest+json"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
    "icon-192.png": ("icon-192.png", "image/png"),
    "icon-512.png": ("icon-512.png", "image/png"),
}
"""Files that anybody may read. They are the same for all sessions and say nothing of any."""

NOT_PAIRED = "this device is not paired"

Handler = Callable[[Request, PairedDevice], Awaitable[Response]]
OwnerHandler = Callable[[dict[str, Any]], Response]


def routes(desk: Access, *, secure: bool, place: str) -> list[Route]:
    """Return the routes below `place`, which ends in a slash.

    `secure` says that connections are encrypted, and makes the cookie ask for that.
    """
    cookie = f"__Host-{COOKIE}" if secure else COOKIE

    def paired(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Let only a device with a valid token use the handler."""

        async def checked(request: Request) -> Response:
            device = desk.devices.by_token(request.cookies.get(cookie, ""))
            if device is None:
                return JSONResponse({"error": NOT_PAIRED}, 401)
            request.scope["state"][LET_IN]()
            return await handler(request, device)

        return checked

    async def pair(request: Request) -> Response:
        shown = await _read(request)
        if shown is None:
            return JSONResponse({"error": 'expected {"code": "..."} or {"secret": "..."}'}, 400)
        address = literal(request.client.host) if request.client else ""
        try:
            device, token = desk.pair(shown, address, request.headers.get("user-agent", ""))
        except Refused as refused:
            wait_s = ceil(refused.wait_s)
            return JSONResponse({"error": refused.why, "wait_s": wait_s}, 429 if wait_s else 403)
        answer = JSONResponse({"device": device.id})
        answer.set_cookie(
            cookie,
            token,
            max_age=SESSION_COOKIE_S if device.session else KEPT_COOKIE_S,
            path=place,
            secure=secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    async def me(request: Request, device: PairedDevice) -> Response:
        return JSONResponse({"device": device.id})

    async def events(request: Request, device: PairedDevice) -> Response:
        request.scope["state"][STREAMS]()
        stream = desk.hub.enter(device)

        async def read() -> Any:
            try:
                async for news in stream.read():
                    yield news
            finally:
                desk.hub.leave(stream)

        return StreamingResponse(read(), media_type="text/event-stream")

    async def cue(request: Request, device: PairedDevice) -> Response:
        try:
            found = given(await request.body())
        except ClientDisconnect:
            return JSONResponse({"answer": TOO_LARGE}, 413)
        name = request.path_params["name"]
        args, word, seen = found or ([], "", {})
        if isinstance(args, list):
            return JSONResponse({"answer": 'expected {"args": {...}, "request": "..."}'}, 400)
        if name not in CUES:
            return JSONResponse({"answer": "there is no such cue"}, 404)
        request.scope["state"][STREAMS]()  # An engine that has to start answers late.
        status, body = await desk.hub.give(device, name, args, word, seen)
        return JSONResponse(body, status)

    return [
        *(Route(place + path, _static(*file)) for path, file in SHELL.items()),
        Route(f"{place}pair", pair, methods=["POST"]),
        Route(f"{place}me", paired(me)),
        Route(f"{place}events", paired(events)),
        Route(place + "cue/{name}", paired(cue), methods=["POST"]),
    ]


def owner_routes(desk: Access, word: str) -> list[Route]:
    """Return what the owner of this home may ask of the page: pair one more device, or revoke one.

    Only on loopback, and only with `word`, which stands in the sidecar's file.
    """

    def owned(handler: OwnerHandler) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            shown = request.headers.get("authorization", "")
            if not secrets.compare_digest(shown.encode(), f"Bearer {word}".encode()):
                return JSONResponse({"error": "the owner's token is missing or wrong"}, 401)
            request.scope["state"][LET_IN]()
            try:
                return handler(json.loads(await request.body()))
            except (ValueError, RecursionError, ClientDisconnect, KeyError, TypeError):
                return JSONResponse({"error": "the request cannot be read"}, 400)
            except SoundscapeError as error:
                return JSONResponse({"error": str(error)}, 409)

        return checked

    def open_pairing(asked: dict[str, Any]) -> Response:
        return JSONResponse(desk.open(keep=bool(asked["keep"])))

    def revoke(asked: dict[str, Any]) -> Response:
        device = desk.revoke(str(asked["device"]))
        return JSONResponse({"revoked": None if device is None else device.as_fact()})

    return [
        Route("/owner/open", owned(open_pairing), methods=["POST"]),
        Route("/owner/revoke", owned(revoke), methods=["POST"]),
    ]


async def _read(request: Request) -> dict[str, str] | None:
    """Read a small body of words by name; None if it is not one."""
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError, ClientDisconnect):
        return None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        return None
    return found if {"code", "secret"} & set(found) else None


def _static(name: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return Response(_content(name), media_type=kind)

    return answer


@cache
def _content(name: str) -> bytes:
    return (files("soundscape.webremote") / "static" / name).read_bytes()
