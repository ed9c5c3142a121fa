"""The engine's process: it starts, gets a session, and plays that one.

It starts before the arc has been read: meanwhile it loads and tries the sound device. Then it waits
for its job on its standard input. Whoever started it may be gone by the time the music plays.

The supervisor starts a spare one, which waits in the same way until the session's engine breaks
off.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import filelock

from soundscape.awake import Awake
from soundscape.clock import BootClock, FastClock
from soundscape.core.errors import SoundscapeError
from soundscape.core.ports import Clock
from soundscape.home import Home, make_lock_file, make_private
from soundscape.process.trouble import LOG_FORMAT, log_aside
from soundscape.protocol import EngineJob, EngineOutput, StartAnswer, Wires

HAND_OVER_S = 0.0005
"""Seconds that one thread of Python keeps the others waiting. With Python's own 5 ms the decks
moved their gains only five or six times a second during the search for a plan: audibly."""

NICENESS = -10
"""Niceness of the engine, if the system allows it: what comes late is heard as a gap."""

LOCK_PATIENCE_S = 2.0
"""Seconds that a session waits for the one before it to close."""


def _load() -> ModuleType:
    """Load all that a session needs."""
    from soundscape.process import play

    return play


def _preload(output: EngineOutput, clock: Clock) -> None:
    """Load what the session needs, and check meanwhile that a device accepts sound.

    Raises `NoSound` if none does.
    """
    with ThreadPoolExecutor(1, "check") as beside:
        check = beside.submit(_check_output, output, clock)
        _load()
        check.result()


def _check_output(output: EngineOutput, clock: Clock) -> None:
    if output.out != "null":
        from soundscape.audio.vlc import check_output

        check_output(clock, output.device)


def _job() -> EngineJob | None:
    """Wait for the job; None if there is none, because the arc was bad."""
    line = sys.stdin.readline()
    return EngineJob.read(json.loads(line)) if line.strip() else None


def _begin(output: EngineOutput, clock: Clock, home: Home, wires: Wires) -> None:
    """Be the first engine of a session."""
    with contextlib.ExitStack() as held:
        _lock(home, held)
        awake = Awake()
        held.callback(awake.release)
        kept = awake.hold()
        _preload(output, clock)
        StartAnswer(warm=True).say()
        job = _job()
        if job is not None:
            _load().play(job, output, clock, home, wires, kept)


def _stand_by(output: EngineOutput, clock: Clock, home: Home, wires: Wires) -> None:
    """Load all that is needed, and wait for a session that needs an engine."""
    engine = _load()
    if output.out != "null":
        from soundscape.audio.vlc import preload

        preload()
    job = _job()
    if job is None:
        return
    with contextlib.ExitStack() as held:
        try:
            _lock(home, held)
        except filelock.Timeout:
            raise
        except OSError as error:  # A disk that is full or read-only: the music needs none.
            logging.error("the session goes on unlocked: %s", error)
        awake = Awake()
        held.callback(awake.release)
        engine.play(job, output, clock, home, wires, awake.hold())


def _lock(home: Home, held: contextlib.ExitStack) -> None:
    """Be the one engine of this home. Raises `filelock.Timeout`, and `OSError`."""
    make_private(home.run)
    make_lock_file(home.lock)
    held.enter_context(filelock.FileLock(home.lock, timeout=LOCK_PATIENCE_S, mode=0o600))


def serve(words: Sequence[str]) -> int:
    """Play one session from beginning to end; return the exit code."""
    os.umask(0o077)
    sys.setswitchinterval(HAND_OVER_S)
    with contextlib.suppress(OSError):  # Only root may, or a user with the right to.
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    log_aside(LOG_FORMAT)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    home = Home.find()
    output = EngineOutput(**json.loads(words[0]))
    wires = Wires(**json.loads(words[1]))
    clock: Clock = BootClock() if output.speed == 1.0 else FastClock(output.speed, output.since)
    try:
        (_stand_by if wires.spare else _begin)(output, clock, home, wires)
    except filelock.Timeout:
        StartAnswer(error="a session is running under this home", locked=True).say()
        return 1
    except SoundscapeError as error:
        StartAnswer(error=str(error), exit_code=error.exit_code).say()
        return error.exit_code
    except OSError as error:
        StartAnswer(error=f"{home.run}: {error.strerror or error}").say()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
