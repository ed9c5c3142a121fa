"""Companions: processes beside a session that give cues to it, such as the page on a phone.

Whatever listens to a network, a pedal or a desktop has a process of its own, so that the music
never notices it and it shares nothing with the engine. It is a client of the control port like
any other, it is started and ended without the session, and it ends itself once that is over. Of
each kind there is one for a home, held by a lock; its file in the home's `run` says who it is,
and holds what it has to tell: both are its owner's alone, and so is its log.

A kind's module is run as `python -m`, and hands `serve` the work it does::

    sys.exit(serve("page", work, sys.argv[1:]))
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock

from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.control.following import GONE_S, Following
from soundscape.core.errors import NoSession, SoundscapeError
from soundscape.home import Home, make_lock_file, make_private, open_private, write_private
from soundscape.process.discreet import be_discreet

LOOK_S = 0.5
READY_S = 20.0
"""So long one may take to begin on a busy machine."""

NICENESS = 5
"""After the music, where the processor is short."""

LOCK_PATIENCE_S = 2.0
"""How long one waits for the one before it to have gone, or for whoever just looks."""

END_S = 5.0
"""So long one may take to go before it is killed."""

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"

_STARTED: list[subprocess.Popen[str]] = []
"""Those that run, held so that none becomes a zombie for longer than need be."""

Heard = Callable[[Mapping[str, Any] | None], None]
"""Is told how the session stands, twice a second; None where it does not answer."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A companion that runs: its process, the session it is for, and what it tells."""

    kind: str
    pid: int
    session: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def file_of(home: Home, kind: str) -> Path:
    """Where a companion says who it is, and what it has to tell."""
    return home.run / f"{kind}.json"


def log_of(home: Home, kind: str) -> Path:
    """What a companion says in trouble."""
    return home.run / f"{kind}.log"


def find(home: Home, kind: str) -> Sidecar | None:
    """The companion of this kind that runs for this home; None for none."""
    _STARTED[:] = [each for each in _STARTED if each.poll() is None]
    file = file_of(home, kind)
    if os.path.lexists(file) and not os.access(file, os.R_OK):
        raise SoundscapeError(f"{file}: may not be read; the {kind} that runs is somebody else's")
    found = glance(file_of(home, kind))
    return found if found is not None and _held(home, kind) else None


def glance(file: Path) -> Sidecar | None:
    """What a companion tells in its file, for whoever looks often and only shows it: it may have
    gone just now."""
    found, born = _read(file)
    # A pid may be somebody else's by now: the moment it was born is its own.
    return found if found is not None and born == _born(found.pid) else None


def last_of(home: Home, kind: str) -> Sidecar | None:
    """What the last one told, even where it was killed since; None where it took its leave."""
    return _read(file_of(home, kind))[0]


def _read(file: Path) -> tuple[Sidecar | None, str]:
    """What stands in a companion's file, and when its process was born."""
    try:
        told = json.loads(file.read_text("utf-8"))
        found = Sidecar(file.stem, int(told["pid"]), str(told["session"]), dict(told["facts"]))
        return found, str(told["born"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None, ""


def start(home: Home, kind: str, module: str, words: Sequence[str] = ()) -> Sidecar:
    """Start one for the session that runs, and wait until it is ready. One that runs already for
    that session is left as it is; one that stayed behind from another is ended first.

    Raises `NoSession` where none runs, `SoundscapeError` for whatever else it says.
    """
    control = read_control(home.control)
    session = control.session
    with contextlib.closing(Client(control)) as client:
        client.reach()
    found = find(home, kind)
    if found is not None and found.session == session:
        return found
    if found is not None:
        end(home, found)
    make_private(home.run)
    with open(log_of(home, kind), "a", opener=open_private) as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            text=True,
        )
    said = _first_line(process)
    _STARTED.append(process)
    if "error" in said and "locked" not in said:
        raise SoundscapeError(str(said["error"]))
    found = find(home, kind)  # Where it was locked, somebody else has just started one.
    if found is None or found.session != session:
        raise SoundscapeError(f"it did not start; {log_of(home, kind)} may say why")
    return found


def end(home: Home, found: Sidecar) -> None:
    """End one that runs, and wait until it has gone. It is asked first, and killed only if it does
    not go."""
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, number)
        until = time.monotonic() + END_S
        while time.monotonic() < until:
            now = find(home, found.kind)
            if now is None or now.pid != found.pid:
                return
            time.sleep(0.05)
    raise SoundscapeError(f"process {found.pid} ({found.kind}) does not end")


class Companion:
    """The process itself, as its work sees it. Made by `serve`.

    `session` is the code of the one it is for, `following.control` its port; `look_s` is how long
    it waits between two looks at it.
    """

    def __init__(self, home: Home, kind: str, gone_s: float) -> None:
        self.home = home
        self.following = Following(home.control, gone_s=gone_s)
        self.session = self.following.control.session
        self.look_s = LOOK_S
        self._kind = kind
        self._facts: dict[str, Any] = {}
        self._facts_lock = threading.Lock()
        self._told = False
        self._look_now = threading.Event()
        # No event: a signal's handler may put into a queue of this kind whatever it interrupts.
        self._ends: queue.SimpleQueue[str] = queue.SimpleQueue()

    def tell(self, **facts: Any) -> None:
        """Write into its file what others may know of it, beside what it has told before. Any
        thread may call it."""
        with self._facts_lock:
            self._facts |= facts
            told = {
                "pid": os.getpid(),
                "born": _born(os.getpid()),
                "session": self.session,
                "facts": self._facts,
            }
            with contextlib.suppress(OSError):
                write_private(file_of(self.home, self._kind), json.dumps(told))

    def ready(self, **facts: Any) -> None:
        """It works: whoever started it is told, and goes."""
        self.tell(**facts)
        _say({"ready": True})
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 1)
        os.close(nothing)

    def follow(self, heard: Heard) -> None:
        """Look how the session stands, from a thread of its own, and tell `heard`; when it is over
        the companion is."""
        threading.Thread(target=self._follow, args=(heard,), name="looks", daemon=True).start()

    def look_now(self) -> None:
        """Look at once: something has just changed. Any thread may call it."""
        self._look_now.set()

    def wait(self) -> str:
        """Stay until it is to end; why: `over` with its session, or `asked` by somebody."""
        return self._ends.get()

    def leave(self, why: str = "asked") -> None:
        """End `wait`; any thread may call it, and a signal's handler."""
        self._ends.put(why)

    def _follow(self, heard: Heard) -> None:
        while True:
            try:
                heard(self.following.look())
            except NoSession:
                self.leave("over")
                return
            except Exception:
                logging.exception("the session could not be followed")
                self.leave("broken")
                return
            self._look_now.wait(self.look_s)
            self._look_now.clear()


def serve(
    kind: str,
    work: Callable[[Companion, Sequence[str]], None],
    words: Sequence[str] = (),
    *,
    gone_s: float = GONE_S,
) -> int:
    """Be a companion of this kind: `work` says `ready` and stays until `wait` returns. The exit
    code. `gone_s`: for so long a session that was killed is waited for, as long as its file says
    that it may come back.
    """
    os.umask(0o077)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    be_discreet(LOG_FORMAT)  # The session that it follows may be encrypted.
    for name in ("SIGHUP", "SIGINT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    home = Home.find()
    lock = filelock.FileLock(_lock_of(home, kind), timeout=LOCK_PATIENCE_S, mode=0o600)
    try:
        make_private(home.run)
        make_lock_file(_lock_of(home, kind))
        with lock:
            companion = Companion(home, kind, gone_s)
            signal.signal(signal.SIGTERM, lambda *_: companion.leave())
            try:
                work(companion, words)
            finally:
                file_of(home, kind).unlink(missing_ok=True)
    except filelock.Timeout:
        _say({"error": f"a {kind} runs already under this home", "locked": True})
        return 1
    except SoundscapeError as error:
        _say({"error": str(error)})
        return error.exit_code
    except OSError as error:
        _say({"error": str(error)})
        return 1
    return 0


def _lock_of(home: Home, kind: str) -> Path:
    return home.run / f"{kind}.lock"


def _held(home: Home, kind: str) -> bool:
    """Whether somebody holds the lock of this kind."""
    path = _lock_of(home, kind)
    if not path.exists():
        return False
    try:
        with filelock.FileLock(path, timeout=0, mode=0o600):
            return False
    except filelock.Timeout:
        return True
    except OSError:
        return False


def _born(pid: int) -> str:
    """When a process began, as Linux counts it; "" where nobody tells, or there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _first_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What it says first; it is ended where that takes too long."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    stream = process.stdout
    assert stream is not None
    threading.Thread(target=lambda: lines.put(stream.readline()), daemon=True).start()
    try:
        said: dict[str, Any] = json.loads(lines.get(timeout=READY_S) or "{}")
    except (queue.Empty, ValueError):
        process.kill()
        said = {}
    if "ready" not in said:
        process.wait()
    stream.close()
    return said


def _say(answer: dict[str, Any]) -> None:
    """One line to whoever started this; it may be gone."""
    with contextlib.suppress(OSError):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
