"""Where a running session is found: a small file with its port and token, its owner's alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soundscape.core.errors import NoSession


@dataclass(frozen=True, slots=True)
class Control:
    """How to reach a session: loopback port, bearer token, its code, the names of its cues.

    `lock` is the file that its engine holds, where that is known.
    """

    port: int
    token: str
    session: str
    cues: tuple[str, ...]
    lock: Path | None = None

    def is_held(self) -> bool:
        """Whether an engine of this home lives; yes where nobody can tell."""
        if self.lock is None:
            return True
        if not self.lock.exists():
            return False
        import filelock

        try:
            with filelock.FileLock(self.lock, timeout=0, mode=0o600):
                return False
        except (filelock.Timeout, OSError):
            return True

    def as_text(self) -> str:
        """What is written into the file."""
        return json.dumps(
            {
                "port": self.port,
                "token": self.token,
                "session": self.session,
                "cues": list(self.cues),
            }
        )


LOCK_NAME = "engine.lock"
"""Beside the control file: held by the engine while it runs."""

NO_SESSION = "no session is running; `soundscape run ARC` starts one"


def read_control(path: Path) -> Control:
    """Read the file. Raises `NoSession` where there is none, or none that can be read."""
    try:
        data: Any = json.loads(path.read_text("utf-8"))
        port, token = int(data["port"]), str(data["token"])
        if not (0 < port < 65536 and token and token.isascii() and token.isprintable()):
            raise ValueError("no port and token of ours")
        lock = path.with_name(LOCK_NAME)
        return Control(port, token, str(data["session"]), tuple(map(str, data["cues"])), lock)
    except FileNotFoundError:
        raise NoSession(NO_SESSION) from None
    except PermissionError:
        raise NoSession(f"{path}: belongs to somebody else; the session is theirs") from None
    except OSError as error:
        raise NoSession(f"{path}: cannot be read ({error.strerror}); {NO_SESSION}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoSession(f"{path}: is damaged; {NO_SESSION}") from None
