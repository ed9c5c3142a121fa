"""What stands before the page: only what was meant for this host, and headers that shut it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from soundscape.remote.bodies import BODY_MOST, limited

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


class Gate:
    """`hosts` are what this server may be called, each with its port, all by `scheme`."""

    def __init__(self, app: ASGIApp, scheme: str, hosts: Callable[[], frozenset[str]]) -> None:
        self._app = app
        self._scheme = scheme
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the headers, let the request through, and add ours to the answer."""
        if scope["type"] != "http":
            return

        async def shut_in(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [each for each in message["headers"] if each[0] not in HEADERS]
                message = {**message, "headers": [*own, *HEADERS.items()]}
            await send(message)

        why = self._problem(scope["method"], dict(scope["headers"]))
        if why:
            turned_away = JSONResponse({"error": why}, 403, {"Connection": "close"})
            await turned_away(scope, receive, shut_in)
            return
        await self._app(scope, limited(receive), shut_in)

    def _problem(self, method: str, headers: Mapping[bytes, bytes]) -> str:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in self._hosts():
            return "this page only answers to its own address"
        own = f"{self._scheme}://{host}"
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        # Who asks for something to be done says where he comes from; who only reads need not.
        if origin != own and (origin or method not in ("GET", "HEAD")):
            return "requests from another origin are refused"
        if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
            return "requests from another site are refused"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > BODY_MOST:
            return f"a body has at most {BODY_MOST} bytes"
        return ""
