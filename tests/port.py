"""A control port to send anything to, and a desk behind it that answers when a test says so."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import Future
from contextlib import closing
from typing import Any

from house import PATIENCE_S

from soundscape.control.address import Control
from soundscape.core.reply import Reply

Answer = tuple[int, Any]


class Port:
    """Requests to a session's port, as raw as a test wants them."""

    def __init__(self, control: Control) -> None:
        self.control = control

    def ask(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Answer:
        """One request with good headers, but for those that are given; None leaves one out."""
        good: dict[str, str | None] = {
            "Host": f"127.0.0.1:{self.control.port}",
            "Authorization": f"Bearer {self.control.token}",
        }
        if body is not None:
            good["Content-Length"] = str(len(body))
        good |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.control.port, timeout=PATIENCE_S)
        with closing(connection):
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in good.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body.encode() if isinstance(body, str) else body)
            answer = connection.getresponse()
            content = answer.read()
        try:
            return answer.status, json.loads(content)
        except ValueError:
            return answer.status, content.decode()

    def cue(self, name: str, body: Any, **headers: str | None) -> Answer:
        """A cue with a body of JSON."""
        return self.ask("POST", f"/cue/{name}", json.dumps(body), headers)


class Desk:
    """A desk whose answers come when a test says so."""

    def __init__(self) -> None:
        self.asked: list[Future[Any]] = []

    def cue(
        self, name: str, given: object, request: str = "", seen: object = None
    ) -> Future[Reply]:
        return self.status()

    def status(self) -> Future[Any]:
        self.asked.append(Future())
        return self.asked[-1]
