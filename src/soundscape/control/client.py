"""The client of the control port: one HTTP connection to the running session, and a follower that
asks for its status until it is over."""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from soundscape.control.address import (
    NO_SESSION,
    PROOF_MOST,
    PROOF_PATH,
    Control,
    proof,
    read_control,
)
from soundscape.core.errors import Fault, InputError, NoSession, SoundscapeError
from soundscape.core.reply import Reply

if TYPE_CHECKING:  # Loading them would cost a cue's client 10 ms.
    from soundscape.core.events import Value
    from soundscape.protocol import CueAsked, Status

TIMEOUT_S = 5.0
TRIES = 2
"""Timeouts to wait in all: by then another engine has taken over from one that hangs."""

PROOF_S = 1.0
"""Seconds in which a session must prove that it is there: its port waits for nothing else. If it
does not and its engine lives, the client waits `TIMEOUT_S`; for a cue that must silence the room it
has the engine ended."""

GONE_S = 3.0
"""Seconds to wait for a session whose port nobody holds while its file still names it: an engine
that lost its supervisor starts another one."""

RESETS_MOST = 4
RESET_PAUSE_S = 0.1


class Client:
    """Talks to one session. Not for more than one thread."""

    def __init__(self, control: Control, timeout_s: float = TIMEOUT_S) -> None:
        self._control = control
        self._timeout_s = timeout_s
        self._proof_s = min(PROOF_S, timeout_s)
        self._away_s = timeout_s * TRIES
        self._connection = http.client.HTTPConnection("127.0.0.1", control.port, timeout=timeout_s)
        # Only `_connect` connects, so that the token is never shown to a stranger.
        self._connection.auto_open = 0

    def cue(
        self,
        name: str,
        given: Sequence[str] | Mapping[str, Value],
        request: str = "",
        seen: Mapping[str, float] | None = None,
    ) -> Reply:
        """Give a cue with its words as typed, or its values by name. A cue that is given again with
        the same `request` is obeyed once. `seen` is the `place` in the status that a person sees.

        Raises `InputError` for words that the cue does not take, `NoSession` if nobody listens.
        """
        asked: CueAsked = (
            {"args": dict(given)} if isinstance(given, Mapping) else {"words": list(given)}
        )
        # If the engine dies before it answers, the next one knows the cue by this.
        asked["request"] = request or os.urandom(8).hex()
        if seen:
            asked["seen"] = dict(seen)
        silences = name in self._control.silencing
        status, body = self._ask("POST", f"/cue/{name}", asked, silences=silences)
        if status in (200, 409):
            return Reply(status == 200, str(body["answer"]), bool(body.get("written", True)))
        if status in (400, 404):
            faults = [Fault(name, str(fault)) for fault in body.get("faults", [])]
            raise InputError(faults, str(body.get("summary", "")))
        if status == 410:
            raise NoSession(str(body.get("error", NO_SESSION)))
        raise SoundscapeError(f"the session answered {status}: {body.get('error', '')}")

    def status(self) -> Status:
        """Return the session's status."""
        status, body = self._ask("GET", "/status")
        if status == 410:
            raise NoSession(str(body.get("error", NO_SESSION)))
        if status != 200:
            raise SoundscapeError(f"the session answered {status}: {body.get('error', '')}")
        return cast("Status", body)

    def reach(self) -> None:
        """Check that the session is there. Raises `NoSession` if it is not."""
        self._ask("GET", PROOF_PATH)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(
        self, method: str, path: str, body: object = None, *, silences: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """Ask until there is an answer: another engine takes over from one that breaks off."""
        if silences and self._connection.sock is not None:
            self.close()  # A new connection must prove at once that somebody is there.
        until = time.monotonic() + self._away_s
        resets = 0
        while True:
            try:
                answer = self._ask_once(method, path, body)
            except TimeoutError:
                proved = self._connection.sock is not None
                self.close()
                if not (proved or self._control.is_held()):
                    raise NoSession(self._stale) from None
                if silences and not proved:
                    self._control.end_hung_engine()
                if time.monotonic() >= until:
                    raise SoundscapeError(
                        f"session {self._control.session} does not answer; the music may still play"
                    ) from None
            except ConnectionError as error:
                resets += 1
                if resets == RESETS_MOST:
                    raise NoSession(f"{NO_SESSION} (the last one is gone: {error})") from None
            else:
                if answer[0] != 503 or time.monotonic() >= until:
                    return answer
            time.sleep(RESET_PAUSE_S)

    def _ask_once(self, method: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
        data = None if body is None else json.dumps(body).encode("utf-8")
        headers = {
            "Authorization": f"Bearer {self._control.token}",
            "Content-Type": "application/json",
        }
        try:
            if self._connection.sock is None:
                self._connect()
            self._connection.request(method, path, data, headers)
            answer = self._connection.getresponse()
            content = answer.read()
        except ConnectionRefusedError:
            self.close()
            raise NoSession(NO_SESSION) from None
        except TimeoutError:  # An `OSError` too, which `_ask` waits after.
            raise
        except (ConnectionError, http.client.IncompleteRead, http.client.NotConnected) as error:
            self.close()
            raise ConnectionError(str(error) or type(error).__name__) from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            what = str(error).strip() or type(error).__name__
            raise NoSession(f"{NO_SESSION} (the last one is gone: {what})") from None
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            found = {}
        return answer.status, found if isinstance(found, dict) else {}

    @property
    def _stale(self) -> str:
        return f"{NO_SESSION} (another program has port {self._control.port} of the last one now)"

    def _connect(self) -> None:
        """Connect, and have the other side prove itself. Raises `NoSession` if it cannot."""
        self._connection.timeout = self._proof_s
        try:
            self._prove()
        except TimeoutError:
            self.close()
            self._proof_s = self._timeout_s
            raise
        self._proof_s = min(PROOF_S, self._timeout_s)
        self._connection.sock.settimeout(self._timeout_s)

    def _prove(self) -> None:
        self._connection.connect()
        nonce = os.urandom(16).hex()
        self._connection.request("GET", f"{PROOF_PATH}{nonce}")
        answer = self._connection.getresponse()
        content = b""
        with closing(answer):
            if answer.status == 200 and 0 < (answer.length or 0) <= PROOF_MOST:
                content = answer.read()
        right = proof(self._control.token, self._control.port, nonce)
        if content.strip().decode("ascii", "replace") != right:
            self.close()
            raise NoSession(self._stale)


class Following:
    """Follows the session that `control_file` names, and no other. For one thread.

    `control` is where it is now; `soundscape recover` gives it another port. Raises `NoSession` if
    the file names none.
    """

    def __init__(self, control_file: Path, *, gone_s: float = GONE_S) -> None:
        self._file, self._gone_s = control_file, gone_s
        self._gone_since: float | None = None
        self.control = read_control(control_file)
        self._client = Client(self.control)

    def look(self) -> Status | None:
        """Return its status; None if it does not answer now. Raises `NoSession` once it is over."""
        now = time.monotonic()
        try:
            status = self._client.status()
        except NoSession as over:
            self._gone_since = self._gone_since or now
            found = self._again()
            if found is None or now - self._gone_since > self._gone_s:
                raise over from None
            self._client.close()
            self.control, self._client = found, Client(found)
            return None
        except (SoundscapeError, OSError):
            return None
        self._gone_since = None
        return status

    def _again(self) -> Control | None:
        """Read where the session is now; None if the file names none, or another one."""
        try:
            found = read_control(self._file)
        except NoSession:
            return None
        return found if found.session == self.control.session else None


def session_running(control_file: Path) -> str:
    """Return the code of the session that runs, also if it does not answer now; "" for none."""
    try:
        control = read_control(control_file)
        with closing(Client(control)) as client:
            client.status()
    except NoSession:
        return ""
    except SoundscapeError:  # It does not answer, but it may be playing.
        pass
    return control.session
