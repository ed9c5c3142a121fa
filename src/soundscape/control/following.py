"""A session, asked again and again how it stands, until it is over."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from soundscape.control.address import Control, read_control
from soundscape.control.client import TIMEOUT_S, Client
from soundscape.core.errors import NoSession, SoundscapeError

GONE_S = 3.0
"""So long a session whose port nobody holds is still waited for, while its file says it is there:
an engine that has lost its supervisor starts another one."""


class Following:
    """Follows the session that `control_file` tells of, and no other. For one thread.

    `control` is where it is now: after `soundscape recover` that is another port. Raises
    `NoSession` where none is told of.
    """

    def __init__(
        self, control_file: Path, *, gone_s: float = GONE_S, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._file = control_file
        self._gone_s, self._timeout_s = gone_s, timeout_s
        self._gone_since: float | None = None
        self.control = read_control(control_file)
        self._client = Client(self.control, timeout_s)

    def look(self) -> dict[str, Any] | None:
        """How it stands; None where it does not answer now. Raises `NoSession` once it is over."""
        now = time.monotonic()
        try:
            status = self._client.status()
        except NoSession as over:
            self._gone_since = self._gone_since or now
            found = self._again()
            if found is None or now - self._gone_since > self._gone_s:
                raise over from None
            self._client.close()
            self.control, self._client = found, Client(found, self._timeout_s)
            return None
        except (SoundscapeError, OSError):
            return None
        self._gone_since = None
        return status

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _again(self) -> Control | None:
        """Where the session is told to be now; None where it is not, or where it is another one."""
        try:
            found = read_control(self._file)
        except NoSession:
            return None
        return found if found.session == self.control.session else None
