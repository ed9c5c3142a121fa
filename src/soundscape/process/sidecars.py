"""Sidecars: processes beside a session that give cues to it, such as the page on a phone.

Whatever listens to a network, a pedal or a desktop has its own process, so it never disturbs the
music and shares nothing with the engine. It is a client of the control port like any other. It
starts and ends without the session, and ends itself once that is over. A home has one sidecar of
each kind, held by a lock. Its file in the home's `run` describes it; that file, the lock and the
log are its owner's alone.

A kind's module is run as `python -m`, and passes its work to `serve`::

    sys.exit(serve("page", work, sys.argv[1:]))
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import filelock

from soundscape.control.address import is_held, read_control
from soundscape.control.client import GONE_S, Client, Following
from soundscape.core.errors import NoSession, SoundscapeError
from soundscape.home import Home, make_lock_file, make_private, open_private, write_private
from soundscape.process.trouble import LOG_FORMAT, be_discreet, close_output
from soundscape.protocol import Sidecar, StartAnswer, Status, run_module

PAGE, CONTROLLERS = "page", "hands"
"""The kinds of sidecars that there are. Their files and logs have these names."""

LOOK_S = 0.5
READY_S = 20.0
"""Seconds that a sidecar may take to start on a busy machine."""

NICENESS = 5
"""Niceness of a sidecar: on a busy processor the music comes first."""

LOCK_PATIENCE_S = 2.0
"""Seconds to wait for the lock: the sidecar before may be ending, or somebody may be looking."""

END_S = 5.0
"""Seconds that a sidecar may take to end before it is killed."""

_STARTED: list[subprocess.Popen[str]] = []
"""Sidecars that this process started, kept so that `find` reaps those that have ended."""

Heard = Callable[[Status | None], None]
"""Takes the session's status, twice a second; None if it does not answer."""


def file_of(home: Home, kind: str) -> Path:
    """Return the file in which a sidecar describes itself."""
    return home.run / f"{kind}.json"


def log_of(home: Home, kind: str) -> Path:
    """Return a sidecar's log."""
    return home.run / f"{kind}.log"


def find(home: Home, kind: str) -> Sidecar | None:
    """Return the sidecar of this kind that runs for this home; None for none."""
    _STARTED[:] = [each for each in _STARTED if each.poll() is None]
    file = file_of(home, kind)
    if os.path.lexists(file) and not os.access(file, os.R_OK):
        raise SoundscapeError(f"{file}: may not be read; the {kind} that runs is somebody else's")
    found = glance(file)
    return found if found is not None and is_held(_lock_of(home, kind)) else None


def glance(file: Path) -> Sidecar | None:
    """Read a sidecar's file, for callers that only show it. The sidecar may have just ended."""
    found = _read(file)
    # Another process may have its pid by now, but not its time of birth.
    return found if found is not None and found.born == _born(found.pid) else None


def last_of(home: Home, kind: str) -> Sidecar | None:
    """Return what the last one told, even if it was killed since; None if it ended properly."""
    return _read(file_of(home, kind))


def _read(file: Path) -> Sidecar | None:
    try:
        return Sidecar.read(file.stem, file.read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def start(home: Home, kind: str, module: str, words: Sequence[str] = ()) -> Sidecar:
    """Start one for the session that runs, and wait until it is ready. Return the one that already
    runs for that session; end one that was left from another.

    Raises `NoSession` if no session runs, `SoundscapeError` for anything else it says.
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
            run_module(module, *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            text=True,
        )
    said = _first_line(process)
    _STARTED.append(process)
    if said.error and not said.locked:
        raise SoundscapeError(said.error)
    found = find(home, kind)  # If it was locked, somebody else has just started one.
    if found is None or found.session != session:
        raise SoundscapeError(f"it did not start; {log_of(home, kind)} may say why")
    return found


def end(home: Home, found: Sidecar) -> None:
    """End a sidecar and wait until it has gone. Ask first; kill it only if it does not end."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, number)
        until = time.monotonic() + END_S
        while time.monotonic() < until:
            now = find(home, found.kind)
            if now is None or now.pid != found.pid:
                return
            time.sleep(0.05)
    raise SoundscapeError(f"process {found.pid} ({found.kind}) does not end")


class SidecarProcess:
    """The process itself, as its work sees it. Made by `serve`.

    `session` is the code of its session, `following.control` that one's port. `look_s` is the time
    between two status requests.
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
        # Not an event: a signal's handler may put into this kind of queue whatever it interrupts.
        self._ends: queue.SimpleQueue[str] = queue.SimpleQueue()

    def tell(self, **facts: Any) -> None:
        """Add facts to its file, if they are new. Any thread may call it."""
        with self._facts_lock:
            if self._told and self._facts | facts == self._facts:
                return
            self._facts, self._told = self._facts | facts, True
            pid = os.getpid()
            told = Sidecar(self._kind, pid, _born(pid), self.session, self._facts)
            with contextlib.suppress(OSError):
                write_private(file_of(self.home, self._kind), told.as_json())

    def ready(self, **facts: Any) -> None:
        """Tell whoever started it that it works."""
        self.tell(**facts)
        StartAnswer(ready=True).say()
        close_output(1)

    def follow(self, heard: Heard) -> None:
        """Pass the session's status to `heard`, from its own thread, until the session is over."""
        threading.Thread(target=self._follow, args=(heard,), name="looks", daemon=True).start()

    def look_now(self) -> None:
        """Ask for the status at once: something has just changed. Any thread may call it."""
        self._look_now.set()

    def wait(self) -> str:
        """Wait until it must end; return why: `over` with its session, or `asked` by somebody."""
        return self._ends.get()

    def leave(self, why: str = "asked") -> None:
        """End `wait`. Any thread and a signal's handler may call it."""
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
    work: Callable[[SidecarProcess, Sequence[str]], None],
    words: Sequence[str] = (),
    *,
    gone_s: float = GONE_S,
) -> int:
    """Be a sidecar of this kind; return the exit code. `work` calls `ready`, then `wait`.

    `gone_s` is how long to wait for a session that was killed, while its file says that it may come
    back.
    """
    os.umask(0o077)
    os.nice(NICENESS)
    be_discreet(LOG_FORMAT)  # The session that it follows may be encrypted.
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    home = Home.find()
    lock = filelock.FileLock(_lock_of(home, kind), timeout=LOCK_PATIENCE_S, mode=0o600)
    try:
        make_private(home.run)
        make_lock_file(_lock_of(home, kind))
        with lock:
            sidecar = SidecarProcess(home, kind, gone_s)
            signal.signal(signal.SIGTERM, lambda *_: sidecar.leave())
            try:
                work(sidecar, words)
            finally:
                file_of(home, kind).unlink(missing_ok=True)
    except filelock.Timeout:
        StartAnswer(error=f"a {kind} runs already under this home", locked=True).say()
        return 1
    except (SoundscapeError, OSError) as error:
        StartAnswer(error=str(error)).say()
        return 1
    return 0


def _lock_of(home: Home, kind: str) -> Path:
    return home.run / f"{kind}.lock"


def _born(pid: int) -> str:
    """Return when a process began, as Linux counts it; "" if it is gone or nothing tells."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _first_line(process: subprocess.Popen[str]) -> StartAnswer:
    """Read what it says first; end it if that takes too long."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    stream = process.stdout
    assert stream is not None
    threading.Thread(target=lambda: lines.put(stream.readline()), daemon=True).start()
    try:
        said = StartAnswer.read(lines.get(timeout=READY_S))
    except (queue.Empty, ValueError, TypeError):
        process.kill()
        said = StartAnswer()
    if not said.ready:
        process.wait()
    stream.close()
    return said
