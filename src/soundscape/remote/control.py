"""Where a running session is found: a small file with its port and token, its owner's alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soundscape.core.errors import NoSession


@dataclass(frozen=True, slots=True)
class Control:
    """How to reach a session: loopback port, bearer token, its code, the names of its cues."""

    port: int
    token: str
    session: str
    cues: tuple[str, ...]

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


NO_SESSION = "no session is running; `soundscape run ARC` starts one"


def read_control(path: Path) -> Control:
    """Read the file. Raises `NoSession` where there is none, or none that can be read."""
    try:
        data: Any = json.loads(path.read_text("utf-8"))
        return Control(
            int(data["port"]), str(data["token"]), str(data["session"]), tuple(data["cues"])
        )
    except FileNotFoundError:
        raise NoSession(NO_SESSION) from None
    except PermissionError:
        raise NoSession(f"{path}: belongs to somebody else; the session is theirs") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoSession(f"{path}: cannot be read ({error}); {NO_SESSION}") from None
