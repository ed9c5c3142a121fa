"""What the owner of this home may ask of the page: pair one more device, or revoke one.

Only on loopback, and only with the token in the companion's file, which nobody else can read.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from soundscape.control.http import LET_IN
from soundscape.core.errors import SoundscapeError
from soundscape.webremote.desk import Access

Handler = Callable[[dict[str, Any]], Response]


def routes(desk: Access, word: str) -> list[Route]:
    """Return the owner's routes, for requests that show `word`."""

    def owned(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
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
