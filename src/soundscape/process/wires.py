"""What ties an engine to its supervisor, and to the files by which it is found."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from soundscape.control.address import keep_copy
from soundscape.engine.heartbeat import Heartbeat
from soundscape.home import Home, make_private, write_private
from soundscape.journal.encryption import LOCK_NAME, lock_of, write_lock
from soundscape.journal.score import SCORE_NAME, Score, write_score

FILES_S = 0.5
"""Seconds between two looks at a session's files."""

CLOSE_S = 2.0
"""Seconds that a look which is under way may take at the end."""


@dataclass(frozen=True, slots=True)
class Wires:
    """What the supervisor hands to an engine: the pipe for its signs of life, the control port's
    socket, memory for what waits for the disk, its own process id, and whether this one is to wait
    until another broke off."""

    watch: int | None = None
    port: int | None = None
    memory: int | None = None
    supervisor: int = 0
    spare: bool = False


def watched(wires: Wires, words: Sequence[str], mind: Callable[[], None]) -> Heartbeat | None:
    """The line to the supervisor; None where there is none. `words` are the engine's own.

    Where the supervisor has gone, the engine starts another one that takes it on as it is.
    """
    if wires.watch is None or wires.port is None:
        return None
    shared = {"port": wires.port}
    if wires.memory is not None:
        shared["memory"] = wires.memory
    started: list[subprocess.Popen[bytes]] = []

    def start_another() -> tuple[int, int]:
        logging.warning("the supervisor has gone; another one takes over")
        for each in started:
            each.poll()  # So that none stays behind as a zombie.
        read, write = os.pipe()
        adopted = json.dumps({"pid": os.getpid(), "watch": read, **shared})
        module = [sys.executable, "-m"]
        command = [*module, "soundscape.process.daemon", *words]
        process = subprocess.Popen(
            [*module, "soundscape.process.supervisor", "--adopt", adopted, *command],
            pass_fds=(read, *shared.values()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=sys.stderr,
            start_new_session=True,
        )
        started[:] = [process]
        os.close(read)
        return process.pid, write

    return Heartbeat(wires.watch, wires.supervisor, start_another, mind)


class Files:
    """Looks after the files without which nobody could give a cue any more, or recover the session:
    where somebody takes them away or spoils them while it runs, they are written again, until
    `close`.

    It has a thread of its own, which a disk that hangs may hold.
    """

    def __init__(self, home: Home, folder: Path, control: Callable[[], str], score: Score) -> None:
        self._home, self._folder = home, folder
        self._control, self._score = control, score
        self._over = threading.Event()
        self._mistake = ""
        self._thread = threading.Thread(target=self._run, name="files", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look after them no more. A disk that hangs is not waited for."""
        self._over.set()
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._over.wait(FILES_S):
            try:
                self._put_back()
            except MemoryError:
                raise
            except OSError:  # A disk that takes nothing is told of by the journal.
                pass
            except Exception as error:  # Whatever it is, they are looked after again.
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
