"""What connects an engine to others: its heartbeat to the supervisor, its state for a service
manager, and the files by which it is found."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from soundscape.control.address import SUPERVISOR, keep_copy
from soundscape.home import Home, make_private, write_private
from soundscape.journal.encryption import LOCK_NAME, lock_of, write_lock
from soundscape.journal.score import SCORE_NAME, Score, write_score
from soundscape.protocol import (
    ADOPT,
    ENGINE,
    Adoption,
    Beat,
    EngineJob,
    EngineOutput,
    Pulse,
    Wires,
    run_module,
)

AGAIN_S = 1.0
"""Least seconds between the starts of two supervisors."""

FILES_S = 0.5
"""Seconds between two checks of a session's files."""

CLOSE_S = 2.0
"""Seconds that a check under way may take at the end."""

WATCHDOG_BEATS = 3
"""Signs of life in each interval of a service manager's watchdog."""


class Heartbeat:
    """The line to the supervisor. Nothing waits for it: a supervisor that does not read never
    delays the music. If the supervisor dies, the engine starts another one, which adopts it.

    `output` is what the next engine starts with. `mind` is called with every beat.
    """

    def __init__(self, wires: Wires, output: EngineOutput, mind: Callable[[], None]) -> None:
        assert wires.watch is not None
        self._wires, self._write = wires, wires.watch
        self._output = output
        self._mind = mind
        self._started_at = -AGAIN_S
        self._started: subprocess.Popen[bytes] | None = None
        self._playing: EngineJob | None = None
        self.pid = wires.supervisor
        os.set_blocking(self._write, False)

    def playing(self, job: EngineJob) -> None:
        """Say what is played and how it is reached; also kept for the next supervisor."""
        self._playing = job
        self._say(Pulse(playing=job))

    def beat(self, beat: Beat) -> None:
        """Send a heartbeat."""
        self._say(Pulse(beat=beat))
        self._mind()

    def busy(self, seconds: float) -> None:
        """Announce that the next heartbeat may be `seconds` away."""
        self._say(Pulse(busy=seconds))

    def over(self) -> None:
        """Say that the session is closed: an exit from now on is no crash."""
        self._say(Pulse(over=True))

    def _say(self, pulse: Pulse) -> None:
        try:
            os.write(self._write, pulse.as_line())
        except BlockingIOError:
            pass  # It has not read for minutes; it may read again.
        except OSError:
            self._replace()

    def _replace(self) -> None:
        if time.monotonic() - self._started_at < AGAIN_S:
            return
        self._started_at = time.monotonic()
        os.close(self._write)
        logging.warning("the supervisor has gone; another one takes over")
        if self._started is not None:
            self._started.poll()  # Or it would stay as a zombie.
        read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        port, memory = self._wires.port, self._wires.memory
        assert port is not None
        adopted = Adoption(os.getpid(), read, port, memory).as_json()
        engine = run_module(ENGINE, self._output.as_json())
        self._started = subprocess.Popen(
            run_module(SUPERVISOR, ADOPT, adopted, *engine),
            pass_fds=[each for each in (read, port, memory) if each is not None],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=sys.stderr,
            start_new_session=True,
        )
        self.pid = self._started.pid
        os.close(read)
        if self._playing is not None:
            self._say(Pulse(playing=self._playing))


class Notifier:
    """Reports to the service manager that started this process, by systemd's protocol: a datagram
    of plain text (sd_notify(3), systemd.service(5)).

    Without `NOTIFY_SOCKET` in the environment it does nothing. A report that fails never disturbs
    the session.
    """

    def __init__(self) -> None:
        address, wait = (os.environ.get(n, "") for n in ("NOTIFY_SOCKET", "WATCHDOG_USEC"))
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        # A watchdog's time that is not a number counts as none.
        self._every_s = int(wait) / 1e6 / WATCHDOG_BEATS if wait.isdecimal() else 0.0
        self._beat_at = 0.0

    def ready(self, status: str) -> None:
        """Report that it has begun. Anybody may read `status`."""
        self._tell(f"READY=1\nSTATUS={status}\nWATCHDOG=1")

    def beat(self) -> None:
        """Pass on a sign of life as often as the watchdog needs it."""
        now = time.monotonic()
        if self._every_s and now - self._beat_at >= self._every_s:
            self._beat_at = now
            self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """Report that it is closing, which may take as long as the closing fade."""
        self._tell("STOPPING=1\nSTATUS=closing")

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)  # A manager that does not listen holds up no music.
            line.connect(self._address)
            line.send(message.encode())


class SessionFiles:
    """Keeps the files without which nobody could give a cue or recover the session: if somebody
    deletes or spoils them while it runs, it writes them again, until `close`.

    It has its own thread, which a disk that hangs may hold.
    """

    def __init__(self, home: Home, folder: Path, control: Callable[[], str], score: Score) -> None:
        self._home, self._folder = home, folder
        self._control, self._score = control, score
        self._over = threading.Event()
        self._mistake = ""
        self._thread = threading.Thread(target=self._run, name="files", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop. Does not wait for a disk that hangs."""
        self._over.set()
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._over.wait(FILES_S):
            try:
                self._put_back()
            except MemoryError:
                raise
            except OSError:  # The journal reports a disk that takes nothing.
                pass
            except Exception as error:  # Whatever failed, the next check is tried too.
                if repr(error) != self._mistake:
                    self._mistake = repr(error)
                    logging.exception("a mistake in looking after a session's files")

    def _put_back(self) -> None:
        folder = self._folder
        keep_copy(self._home.control, self._control())
        if not self._reads_as_written():
            write_private(self._home.control, self._control())
        lock = lock_of(folder)
        if lock is not None and not (folder / LOCK_NAME).exists():
            write_lock(folder, lock)
        if not (folder / SCORE_NAME).exists():
            make_private(folder)
            write_score(folder, self._score)

    def _reads_as_written(self) -> bool:
        try:
            return self._home.control.read_text("utf-8") == self._control()
        except (FileNotFoundError, ValueError):
            return False
