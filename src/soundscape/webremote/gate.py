"""Guards the page: takes only requests meant for this host, and adds headers that confine it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape

from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from soundscape.control.http import BODY_MOST, limited
from soundscape.webremote.network import literal

HEADERS = {
    b"content-security-policy": b"default-src 'none'; script-src 'self'; style-src 'self'; "
    b"img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    b"trusted-types 'none'",
    b"cache-control": b"no-store",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"screen-wake-lock=(self), camera=(), microphone=(), geolocation=()",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
}


class HostGate:
    """Passes requests on if they name the very address they came in on, or one of `hosts`.

    `hosts` are this server's names, each with its port, all by `scheme`. If somebody points another
    name at this machine (DNS rebinding), the browser still sends that name, and it is refused.
    """

    def __init__(self, app: ASGIApp, scheme: str, hosts: Callable[[], frozenset[str]]) -> None:
        self._app = app
        self._scheme = scheme
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the headers, pass the request on, and add our headers to the answer."""
        if scope["type"] != "http":
            return

        headers = dict(scope["headers"])
        send = _in_words(scope, receive, send) if _reads(headers) else send

        async def shut_in(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [each for each in message["headers"] if each[0] not in HEADERS]
                message = {**message, "headers": [*own, *HEADERS.items()]}
            await send(message)

        why = self._problem(scope, headers)
        if why:
            turned_away = JSONResponse({"error": why}, 403, {"Connection": "close"})
            await turned_away(scope, receive, shut_in)
            return
        await self._app(scope, limited(receive), shut_in)

    def _problem(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        address, port = scope["server"]
        if host != f"{literal(address)}:{port}" and host not in self._hosts():
            return "this page answers only at its own address"
        method = scope["method"]
        own = f"{self._scheme}://{host}"
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        # A request that changes something must name its origin; one that only reads need not.
        if origin != own and (origin or method not in ("GET", "HEAD")):
            return "requests from another origin are refused"
        if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
            return "requests from another site are refused"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > BODY_MOST:
            return f"a request may have at most {BODY_MOST} bytes"
        return ""


def _reads(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a person, not a script, will read the answer."""
    return b"text/html" in headers.get(b"accept", b"")


def _in_words(scope: Scope, receive: Receive, send: Send) -> Send:
    """Return a `send` that turns a refusal into a page."""
    refused: Message | None = None

    async def told(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start" and message["status"] >= 400:
            refused = message
        elif refused is None:
            await send(message)
        elif not message.get("more_body"):
            page = HTMLResponse(_page(refused["status"], message.get("body", b"")))
            kept = [each for each in refused["headers"] if each[0] not in dict(page.raw_headers)]
            page.status_code, page.raw_headers = refused["status"], [*page.raw_headers, *kept]
            await page(scope, receive, send)

    return told


def _page(status: int, body: bytes) -> str:
    """Write a refusal for a person: why, and what to do."""
    try:
        why = str(json.loads(body)["error"])
    except (ValueError, LookupError, TypeError):
        why = "there is no such page" if status == 404 else f"this computer answered {status}"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="dark">\n<title>soundscape</title>\n</head>\n<body>\n'
        f"<h1>Page not available</h1>\n<p>{escape(why[:1].upper() + why[1:])}.</p>\n"
        "<p>The music is not affected. Open the page by the link or the address that\n"
        "<code>soundscape remote show</code> shows on the computer that plays.</p>\n"
        "</body>\n</html>\n"
    )
