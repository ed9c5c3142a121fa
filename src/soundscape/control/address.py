"""Where a running session is found: a small file with its port and token, its owner's alone."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soundscape.core.errors import NoSession


@dataclass(frozen=True, slots=True)
class Control:
    """How to reach a session: loopback port, bearer token, its code, the names of its cues, and of
    those among them that have to silence the room whatever hangs.

    `supervisor` is the process that keeps its engine alive, 0 where there is none. `lock` is the
    file that its engine holds, where that is known.
    """

    port: int
    token: str
    session: str
    cues: tuple[str, ...]
    silencing: tuple[str, ...] = ()
    supervisor: int = 0
    lock: Path | None = None

    def is_held(self) -> bool:
        """Whether an engine of this home lives, or is followed by one; yes where nobody can
        tell."""
        return self.lock is None or self._supervised or is_held(self.lock)

    def end_hung_engine(self) -> None:
        """Have the supervisor end an engine that gives no sign of life."""
        if self._supervised:
            with suppress(OSError):
                os.kill(self.supervisor, signal.SIGUSR1)

    @property
    def _supervised(self) -> bool:
        """Whether that process is a supervisor; no where nobody can tell."""
        with suppress(OSError):
            words = Path(f"/proc/{self.supervisor}/cmdline").read_bytes().split(b"\0")
            return b"soundscape.process.supervisor" in words
        return False

    def as_text(self) -> str:
        """What is written into the file."""
        return json.dumps(
            {
                "port": self.port,
                "token": self.token,
                "session": self.session,
                "cues": list(self.cues),
                "silencing": list(self.silencing),
                "supervisor": self.supervisor,
            }
        )


def is_held(lock: Path) -> bool:
    """Whether a process holds this lock; yes where nobody can tell."""
    if not lock.exists():
        return False
    import filelock

    try:
        with filelock.FileLock(lock, timeout=0, mode=0o600):
            return False
    except (filelock.Timeout, OSError):
        return True


def _holder(lock: Path) -> int:
    """The process that holds this lock; 0 where nobody can tell."""
    with suppress(OSError, ValueError, IndexError):
        inode = f":{lock.stat().st_ino}"
        for line in Path("/proc/locks").read_text("utf-8").splitlines():
            _, kind, _, _, pid, place, *_ = line.split()
            if kind == "FLOCK" and place.endswith(inode):
                return max(int(pid), 0)
    return 0


LOCK_NAME = "engine.lock"
"""Beside the control file: held by the engine while it runs."""

MENDED = (
    "the session that runs writes it anew as soon as the disk takes it: free some space there. Its "
    "live screen and its remote still reach it"
)

NO_SESSION = "no session is running; `soundscape run ARC` starts one"


class Unreachable(NoSession):
    """A session runs, and what leads to it is damaged."""


def read_control(path: Path) -> Control:
    """Read the file. Raises `NoSession` where there is none, or none that can be read."""
    lock = path.with_name(LOCK_NAME)
    try:
        data: Any = json.loads(path.read_text("utf-8"))
        port, token = int(data["port"]), str(data["token"])
        if not (0 < port < 65536 and token and token.isascii() and token.isprintable()):
            raise ValueError("no port and token of ours")
        cues, silencing = tuple(map(str, data["cues"])), tuple(map(str, data.get("silencing", ())))
        session, supervisor = str(data["session"]), int(data.get("supervisor", 0))
        return Control(port, token, session, cues, silencing, supervisor, lock)
    except FileNotFoundError:
        raise NoSession(NO_SESSION) from None
    except PermissionError:
        raise NoSession(f"{path}: belongs to somebody else; the session is theirs") from None
    except OSError as error:
        raise NoSession(f"{path}: cannot be read ({error.strerror}); {NO_SESSION}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        if is_held(lock):
            pid = _holder(lock)
            way_out = f"; `kill {pid}` fades it out and closes it" if pid else ""
            raise Unreachable(f"{path}: is damaged; {MENDED}{way_out}") from None
        raise NoSession(f"{path}: is damaged; {NO_SESSION}") from None
