"""Where a running session is found: a small file with its port and token, its owner's alone.

On Linux a copy is kept in memory, so that `stop` reaches the session even if the home's disk hangs.
A control file can outlive its session, and another program may have its port by then. So the port
must prove that it knows the token before a client shows it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from soundscape.atomic import write_whole
from soundscape.core.errors import NoSession


@dataclass(frozen=True, slots=True)
class Control:
    """How to reach a session: loopback port, bearer token, code, the names of its cues, and of the
    cues that must silence the room whatever hangs.

    `supervisor` is the process that keeps its engine alive, 0 for none. `lock` is the file that its
    engine holds, if that is known.
    """

    port: int
    token: str
    session: str
    cues: tuple[str, ...]
    silencing: tuple[str, ...] = ()
    supervisor: int = 0
    lock: Path | None = None

    def is_held(self) -> bool:
        """Whether an engine of this home lives or will be followed by one; yes if nothing tells."""
        return self.lock is None or self.supervised or is_held(self.lock)

    def end_hung_engine(self) -> None:
        """Ask the supervisor to end an engine that gives no sign of life."""
        if self.supervised:
            with suppress(OSError):
                os.kill(self.supervisor, signal.SIGUSR1)

    @property
    def supervised(self) -> bool:
        """Whether that process is a supervisor; no if nothing tells."""
        with suppress(OSError):
            words = Path(f"/proc/{self.supervisor}/cmdline").read_bytes().split(b"\0")
            return SUPERVISOR.encode() in words
        return False

    def as_text(self) -> str:
        """Write the file's content."""
        return json.dumps({name: value for name, value in asdict(self).items() if name != "lock"})


def is_held(lock: Path) -> bool:
    """Whether a process holds this lock; yes if nothing tells."""
    if not lock.exists():
        return False
    import filelock

    try:
        with filelock.FileLock(lock, timeout=0, mode=0o600):
            return False
    except (filelock.Timeout, OSError):
        return True


def _holder(lock: Path) -> int:
    """Return the process that holds this lock; 0 if nothing tells."""
    with suppress(OSError, ValueError, IndexError):
        inode = f":{lock.stat().st_ino}"
        for line in Path("/proc/locks").read_text("utf-8").splitlines():
            _, kind, _, _, pid, place, *_ = line.split()
            if kind == "FLOCK" and place.endswith(inode):
                return max(int(pid), 0)
    return 0


SUPERVISOR = "soundscape.process.supervisor"
"""The module of the process that keeps a session's engine alive. It stands here as a cue's client
knows the process by it, and loads no more of the protocol than this."""

MEMORY = Path("/dev/shm")
"""Files there are kept in memory. Anybody may write there; other systems lack it."""

LOCK_NAME = "engine.lock"
"""The file beside the control file that the engine locks while it runs."""

MENDED = (
    "the session that runs writes it anew as soon as the disk takes it: free some space there. Its "
    "live screen and its remote still reach it"
)

NO_SESSION = "no session is running; `soundscape run ARC` starts one"


PROOF_PATH = "/proof/"
"""Path of the proof. A nonce follows it; the token is not sent."""

PROOF_MOST = 200
"""Most bytes of a proof."""


class Unreachable(NoSession):
    """A session runs, but its control file is damaged."""


def read_control(path: Path) -> Control:
    """Read the file, or its copy in memory while that copy's supervisor lives.

    Raises `NoSession` if neither can be read.
    """
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        control = _control(_read_copy(path), path)
        if control.supervised:
            return control
    try:
        return _control(path.read_text("utf-8"), path)
    except FileNotFoundError:
        raise NoSession(NO_SESSION) from None
    except PermissionError:
        raise NoSession(f"{path}: belongs to somebody else; the session is theirs") from None
    except OSError as error:
        raise NoSession(f"{path}: cannot be read ({error.strerror}); {NO_SESSION}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        lock = path.with_name(LOCK_NAME)
        if is_held(lock):
            pid = _holder(lock)
            way_out = f"; `kill {pid}` fades it out and closes it" if pid else ""
            raise Unreachable(f"{path}: is damaged; {MENDED}{way_out}") from None
        raise NoSession(f"{path}: is damaged; {NO_SESSION}") from None


def _control(text: str, path: Path) -> Control:
    data: Any = json.loads(text)
    port, token = int(data["port"]), str(data["token"])
    if not (0 < port < 65536 and token and token.isascii() and token.isprintable()):
        raise ValueError("no port and token of ours")
    cues, silencing = tuple(map(str, data["cues"])), tuple(map(str, data.get("silencing", ())))
    session, supervisor = str(data["session"]), int(data.get("supervisor", 0))
    lock = path.with_name(LOCK_NAME)
    return Control(port, token, session, cues, silencing, supervisor, lock)


def keep_copy(path: Path, text: str) -> None:
    """Keep this text in memory as the copy of the file at `path`, if the system has such memory."""
    with suppress(OSError, ValueError):
        if _read_copy(path) == text:
            return
    with suppress(OSError):
        write_whole(copy_of(path), text.encode("utf-8"))


def forget_copy(path: Path) -> None:
    """Delete the copy: the session is over."""
    with suppress(OSError):
        copy_of(path).unlink()


def _read_copy(path: Path) -> str:
    """Read the copy. Raises OSError if this user has none: anybody may write there."""
    if not MEMORY.is_dir():
        raise FileNotFoundError
    number = os.open(copy_of(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(number, encoding="utf-8") as file:
        if os.fstat(number).st_uid != os.geteuid():
            raise PermissionError
        return file.read()


def copy_of(path: Path) -> Path:
    """Return the path of a control file's copy."""
    home = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return MEMORY / f"soundscape-{os.geteuid()}-{home}.json"


def proof(token: str, port: int, nonce: str) -> str:
    """Answer a nonce on this port as only a holder of the token can: an HMAC in hex."""
    return hmac.digest(token.encode(), f"soundscape {port} {nonce}".encode(), "sha256").hex()
