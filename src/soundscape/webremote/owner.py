"""What the owner of this home may ask of the page: pair one more device, or revoke one.

Only on loopback, and only with the token in the companion's file, which nobody else can read.
"""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from soundscape.control.connection import LET_IN
from soundscape.core.errors import SoundscapeError
from soundscape.process.sidecars import Found
from soundscape.webremote.desk import Desk

TIMEOUT_S = 5.0

Handler = Callable[[dict[str, Any]], Response]


def routes(desk: Desk, word: str) -> list[Route]:
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


def ask(page: Found, what: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Send a request to the running page. Raises `SoundscapeError` if it fails or is refused."""
    port = int(page.facts["port"])
    own = f"127.0.0.1:{port}"
    headers = {"Authorization": f"Bearer {page.facts['owner']}", "Origin": f"http://{own}"}
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)) as line:
            line.request("POST", f"/owner/{what}", json.dumps(asked), headers)
            answer = line.getresponse()
            found: dict[str, Any] = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SoundscapeError(
            f"the page does not answer ({error or type(error).__name__})"
        ) from None
    if answer.status != 200:
        raise SoundscapeError(f"the page refused: {found.get('error', answer.status)}")
    return found
