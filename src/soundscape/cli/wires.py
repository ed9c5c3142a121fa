"""What ties an engine to its supervisor, and to the files by which it is found."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from soundscape.home import Home, make_private, write_private
from soundscape.journal.keys import LOCK_NAME, lock_of, write_lock
from soundscape.journal.score import SCORE_NAME, Score, write_score
from soundscape.watched import Watched


@dataclass(frozen=True, slots=True)
class Wires:
    """What the supervisor hands to an engine: the pipe for its signs of life, the control port's
    socket, its own process id, and whether this one is to wait until another broke off."""

    watch: int | None = None
    port: int | None = None
    supervisor: int = 0
    spare: bool = False


def watched(wires: Wires, words: Sequence[str], mind: Callable[[], None]) -> Watched | None:
    """The line to the supervisor; None where there is none. `words` are the engine's own.

    Where the supervisor has gone, the engine starts another one that takes it on as it is.
    """
    if wires.watch is None or wires.port is None:
        return None
    port = wires.port
    started: list[subprocess.Popen[bytes]] = []

    def start_another() -> tuple[int, int]:
        logging.warning("the supervisor has gone; another one takes over")
        for each in started:
            each.poll()  # So that none stays behind as a zombie.
        read, write = os.pipe()
        adopted = json.dumps({"pid": os.getpid(), "watch": read, "port": port})
        module = [sys.executable, "-m"]
        command = [*module, "soundscape.cli.daemon", *words]
        process = subprocess.Popen(
            [*module, "soundscape.supervisor", "--adopt", adopted, *command],
            pass_fds=(read, port),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=sys.stderr,
            start_new_session=True,
        )
        started[:] = [process]
        os.close(read)
        return process.pid, write

    return Watched(wires.watch, wires.supervisor, start_another, mind)


def mind_files(home: Home, folder: Path, control: str, score: Score) -> None:
    """Without these files nobody could give a cue any more, or recover the session: where somebody
    took them away while it runs, they are written again."""
    try:
        if not home.control.exists():
            write_private(home.control, control)
        lock = lock_of(folder)
        if lock is not None and not (folder / LOCK_NAME).exists():
            write_lock(folder, lock)
        if not (folder / SCORE_NAME).exists():
            make_private(folder)
            write_score(folder, score)
    except OSError:
        pass  # A disk that takes nothing is told of by the journal.
