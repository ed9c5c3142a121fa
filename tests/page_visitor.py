"""The page of a session in a house, and a visitor to it who sends whatever a test wants."""

from __future__ import annotations

import http.client
import json
import ssl
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from house import PATIENCE_S, House

from soundscape.process.sidecars import Sidecar, find
from soundscape.webremote.starting import ask


@dataclass(frozen=True)
class Told:
    """What was answered."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Visitor:
    """A browser's requests, as raw as a test wants them; with its cookie, once it has one."""

    def __init__(self, host: str, port: int, place: str = "/", *, secure: bool = False) -> None:
        self.host, self.port, self.place, self.secure = host, port, place, secure
        self.cookie = ""

    @property
    def origin(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}"

    def line(self) -> http.client.HTTPConnection:
        if not self.secure:
            return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(
            self.host, self.port, timeout=PATIENCE_S, context=trusting
        )

    def begin(
        self, line: http.client.HTTPConnection, method: str, path: str, body: Any, **headers: Any
    ) -> http.client.HTTPResponse:
        """Ask on a line that stays open. A header of None is left out."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Host": f"{self.host}:{self.port}", "Cookie": self.cookie or None}
        if method != "GET":
            sent |= {"Origin": self.origin, "Content-Length": str(len(content))}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if not path.startswith("/"):
            path = self.place + path
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            if value is not None:
                line.putheader(name, value)
        line.endheaders(content if method != "GET" else None)
        return line.getresponse()

    def ask(self, method: str, path: str, body: Any = None, **headers: Any) -> Told:
        """One request."""
        with closing(self.line()) as line:
            answer = self.begin(line, method, path, body, **headers)
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Told(answer.status, told, answer.read())

    def pair(self, **shown: str) -> Told:
        """Show a secret or a code; the cookie is kept."""
        told = self.ask("POST", "pair", shown)
        if told.status == 200:
            self.cookie = told.headers["set-cookie"].split(";")[0]
        return told


def page_of(house: House) -> Sidecar:
    """The page's process, which must run."""
    found = find(house.home, "page")
    assert found is not None
    return found


def visitor(house: House) -> Visitor:
    """Somebody who is not paired, on loopback."""
    port, place = page_of(house).facts["here"].removeprefix("http://127.0.0.1:").split("/", 1)
    return Visitor("127.0.0.1", int(port), f"/{place}")


def ticket_of(house: House, *, keep: bool = False) -> dict[str, Any]:
    """What pairs one device: as `soundscape remote on` has it, without a process of its own."""
    return ask(page_of(house), "open", {"keep": keep})


def paired(house: House) -> Visitor:
    """Somebody who is."""
    ticket = ticket_of(house)
    one = visitor(house)
    assert one.pair(secret=ticket["secret"]).status == 200
    return one
