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
import logging
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import filelock

from soundscape.control.address import is_held, read_control
from soundscape.control.client import Client
from soundscape.control.following import GONE_S, Following
from soundscape.core.errors import NoSession, SoundscapeError
from soundscape.home import Home, make_lock_file, make_private, open_private, write_private
from soundscape.process.trouble import LOG_FORMAT, be_discreet
from soundscape.protocol import Sidecar, StartAnswer, close_output, run_module

LOOK_S = 0.5
READY_S = 20.0
"""So long one may take to begin on a busy machine."""

NICENESS = 5
"""After the music, where the processor is short."""

LOCK_PATIENCE_S = 2.0
"""How long one waits for the one before it to have gone, or for whoever just looks."""

END_S = 5.0
"""So long one may take to go before it is killed."""

_STARTED: list[subprocess.Popen[str]] = []
"""Those that run, held so that none becomes a zombie for longer than need be."""

Heard = Callable[[Mapping[str, Any] | None], None]
"""Is told how the session stands, twice a second; None where it does not answer."""


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
    found = glance(file)
    return found if found is not None and is_held(_lock_of(home, kind)) else None


def glance(file: Path) -> Sidecar | None:
    """What a companion tells in its file, for whoever looks often and only shows it: it may have
    gone just now."""
    found = _read(file)
    # A pid may be somebody else's by now: the moment it was born is its own.
    return found if found is not None and found.born == _born(found.pid) else None


def last_of(home: Home, kind: str) -> Sidecar | None:
    """What the last one told, even where it was killed since; None where it took its leave."""
    return _read(file_of(home, kind))


def _read(file: Path) -> Sidecar | None:
    try:
        return Sidecar.read(file.stem, file.read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


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
    found = find(home, kind)  # Where it was locked, somebody else has just started one.
    if found is None or found.session != session:
        raise SoundscapeError(f"it did not start; {log_of(home, kind)} may say why")
    return found


def end(home: Home, found: Sidecar) -> None:
    """End one that runs, and wait until it has gone. It is asked first, and killed only if it does
    not go."""
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
            pid = os.getpid()
            told = Sidecar(self._kind, pid, _born(pid), self.session, self._facts)
            with contextlib.suppress(OSError):
                write_private(file_of(self.home, self._kind), told.as_json())

    def ready(self, **facts: Any) -> None:
        """It works: whoever started it is told, and goes."""
        self.tell(**facts)
        StartAnswer(ready=True).say()
        close_output(1)

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
            companion = Companion(home, kind, gone_s)
            signal.signal(signal.SIGTERM, lambda *_: companion.leave())
            try:
                work(companion, words)
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
    """When a process began, as Linux counts it; "" where nobody tells, or there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _first_line(process: subprocess.Popen[str]) -> StartAnswer:
    """What it says first; it is ended where that takes too long."""
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
