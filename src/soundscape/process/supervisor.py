"""The supervisor: a small parent between the terminal and the engine that keeps the engine alive.

It starts the engine in a process group of its own, so that closing the terminal ends neither, and
listens to its heartbeat. If an engine dies, or its loop stands still for 5 s, a spare that is
already warm takes over the journal and goes on from there. The supervisor owns the control port's
socket, so a cue given meanwhile waits and is not refused. It passes SIGTERM on and lets the engine
fade the music out. It imports nothing that it does not need: what it does not do cannot break it.

It needs no disk: what it writes to the log and beside the journal is optional.

What it hears from an engine and hands to one stands in `soundscape.protocol`. The key of an
encrypted session is held in memory and handed on by pipes alone. The last beat is also kept beside
the journal, for `soundscape recover`.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

from soundscape.home import open_private
from soundscape.protocol import ADOPT, Adoption, Beat, EngineJob, Interruption, Pulse, Wires

EXIT_KILLED = 1
BEAT_NAME = "beat.json"
BEAT_SIZE = 4096
"""Bytes of the beat's file: each beat overwrites the last one in one piece."""

HANG_S = 5.0
"""Seconds without a sign of life after which an engine counts as hung."""

FIRST_BEAT_S = 20.0
"""Seconds until the first beat of an engine that takes over on a busy machine."""

QUIET_S = 0.9
"""Seconds without a beat after which an engine that leaves `stop` unanswered is ended at once."""

TICK_S = 0.5
SPARE_AFTER_S = 3.0
"""Seconds from an engine's first sound until the next spare starts."""

SYNC_S = 5.0
SAY_S = 0.5
"""Seconds to wait for the log's disk."""

CRASHES_AT_ONCE = 5
"""Crashes within a minute that are followed at once. After that the wait grows with each."""

WAIT_STEP_S, WAIT_MOST_S = 0.5, 3.0
TRIES_MOST = 30
"""Engines in a row that never came to play, after which the supervisor gives up."""


def boot_s() -> float:
    """Read the engine's clock, which nobody can set."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Inheritance:
    """Descriptors that every engine of a session gets: the control port's socket, and memory for
    lines that wait for the disk, which outlives an engine; None if the system has no such memory.
    """

    port: int
    memory: int | None

    @classmethod
    def make(cls) -> Inheritance:
        """Open them."""
        memory = None
        with contextlib.suppress(AttributeError, OSError):  # Not on macOS, nor in every sandbox.
            memory = os.memfd_create("soundscape")
        return cls(socket.create_server(("127.0.0.1", 0), backlog=128).detach(), memory)


class EngineProcess:
    """An engine or a spare, and what it has said."""

    def __init__(self, read: int, process: subprocess.Popen[bytes] | None, pid: int) -> None:
        self.pipe = read
        self.process = process
        self.pid = pid
        self.playing: EngineJob | None = None
        self.beat: Beat | None = None
        self.over = False
        self.began = self.heard = time.monotonic()
        self.patience_s = FIRST_BEAT_S
        self._rest = b""
        os.set_blocking(read, False)

    @classmethod
    def start(cls, command: list[str], shared: Inheritance, *, spare: bool) -> EngineProcess:
        """Start an engine. The first one has the supervisor's own input and output."""
        read, write = os.pipe()
        wires = Wires(write, shared.port, shared.memory, os.getpid(), spare)
        pipes: dict[str, Any] = (
            {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL} if spare else {}
        )
        passed = [each for each in (write, shared.port, shared.memory) if each is not None]
        process = subprocess.Popen([*command, wires.as_json()], pass_fds=passed, **pipes)
        os.close(write)
        return cls(read, process, process.pid)

    def listen(self) -> bool:
        """Read what it has said; return False once it has gone."""
        while True:
            try:
                said = os.read(self.pipe, 65536)
            except BlockingIOError:
                return True
            if not said:
                return False
            *lines, self._rest = (self._rest + said).split(b"\n")
            for line in lines:
                self._take(Pulse.read(line))

    def _take(self, pulse: Pulse) -> None:
        self.heard, self.patience_s = time.monotonic(), HANG_S + pulse.busy
        self.beat = pulse.beat or self.beat
        self.over = self.over or pulse.over
        if pulse.playing is not None:
            self.playing = pulse.playing
            if self.playing.lock:
                leave_no_core()  # This memory holds the key, which may be nowhere else.
            self.patience_s = HANG_S if self.beat else FIRST_BEAT_S

    @property
    def hangs(self) -> bool:
        """Whether it should have given a sign of life by now."""
        return self.playing is not None and time.monotonic() - self.heard > self.patience_s

    def give(self, job: EngineJob) -> None:
        """Tell a spare what to play."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.began = self.heard = time.monotonic()
        self.playing, self.patience_s = job, FIRST_BEAT_S
        with contextlib.suppress(OSError):  # It has gone; the next `listen` will tell.
            self.process.stdin.write(job.as_json().encode() + b"\n")
            self.process.stdin.close()

    def send(self, number: int) -> None:
        """Send a signal if it still runs. While its pipe is open the pid is its own."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once and wait until it has gone."""
        self.send(signal.SIGKILL)
        until = time.monotonic() + HANG_S
        while time.monotonic() < until and self.listen():
            select.select([self.pipe], [], [], 0.1)

    def ended(self) -> int | None:
        """Return the exit code of one that has gone, negative for a signal; None if it is no
        child."""
        self.pid = 0  # From here on it may be another process's.
        os.close(self.pipe)
        return None if self.process is None else self.process.wait()


class Supervisor:
    """Keeps one session's engine alive. `command` starts an engine."""

    def __init__(
        self, command: list[str], shared: Inheritance, engine: EngineProcess | None = None
    ) -> None:
        self._command = command
        self._shared = shared
        self._engine = engine or EngineProcess.start(command, shared, spare=False)
        self._spare: EngineProcess | None = None
        self._ending = self._unanswered = False
        self._crashes: list[float] = []
        self._tries = 0
        self._beats = _BeatFile()

    def end(self, number: int, frame: FrameType | None) -> None:
        """Pass SIGTERM on to the engine. If it has just died, the next one is told."""
        self._ending = True
        self._engine.send(number)

    def silence(self, number: int, frame: FrameType | None) -> None:
        """Take SIGUSR1: a `stop` got no answer. End an engine that hangs, and its sound with it.
        The client gives the cue to the next one."""
        engine = self._engine
        if not engine.pid or not engine.beat or select.select([engine.pipe], [], [], 0.0)[0]:
            return
        if time.monotonic() - engine.heard > QUIET_S:
            self._unanswered = True
            engine.send(signal.SIGKILL)

    def keep(self) -> int:
        """Stay until the session is over; return the engine's exit code, 1 for a signal."""
        while True:
            before = time.monotonic()
            pipes = [each.pipe for each in (self._engine, self._spare) if each]
            select.select(pipes, [], [], TICK_S)
            stood_still = time.monotonic() - before > 2 * TICK_S + 1.0
            alive = self._engine.listen()
            if stood_still:  # So did the engine, which is not to blame for it.
                self._engine.heard = time.monotonic()
            if alive and not self._engine.hangs:
                if self._engine.playing is not None and self._engine.beat is not None:
                    self._beats.keep(self._engine.playing.folder, self._engine.beat)
                self._mind_spare()
                continue
            code = self._gone(hung=alive)
            if code is not None:
                self._let_spare_go()
                return code

    def _gone(self, *, hung: bool) -> int | None:
        """Follow an engine that died or hangs; return an exit code if that is the end."""
        engine = self._engine
        if hung:
            engine.kill()
        died = boot_s()
        code = engine.ended()
        if engine.over or engine.playing is None:
            if engine.playing is not None:
                self._beats.forget(engine.playing.folder)
            return EXIT_KILLED if code is None or code < 0 else code
        what = "the engine did not answer `stop`" if self._unanswered else _what(code, hung)
        self._unanswered = False
        _say(f"{what}; another one goes on")
        self._tries = 0 if engine.beat else self._tries + 1
        if self._tries >= TRIES_MOST:
            _say("no engine comes to play any more; `soundscape recover` goes on")
            return EXIT_KILLED
        self._wait_a_little(died)
        # One that died before it took over adds nothing to how the one before it ended.
        back = engine.playing.back or Interruption(what, died, engine.beat)
        back = replace(back, end=self._ending)
        if self._spare is None or not self._spare.listen():
            self._spare = EngineProcess.start(self._command, self._shared, spare=True)
        self._engine, self._spare = self._spare, None
        self._engine.give(replace(engine.playing, back=back))
        if self._ending and not back.end:  # SIGTERM came at this very moment.
            self._engine.send(signal.SIGTERM)
        return None

    def _wait_a_little(self, died: float) -> None:
        self._crashes = [*(each for each in self._crashes if died - each < 60.0), died]
        over = max(len(self._crashes) - CRASHES_AT_ONCE, self._tries - 2)
        if over > 0:
            time.sleep(min(over * WAIT_STEP_S, WAIT_MOST_S))

    def _mind_spare(self) -> None:
        """Keep a spare warm."""
        if self._spare is not None:
            if not self._spare.listen():
                self._spare.ended()
                self._spare, self._engine.began = None, time.monotonic()
            return
        since = time.monotonic() - self._engine.began
        if self._engine.beat and not self._ending and since >= SPARE_AFTER_S:
            self._spare = EngineProcess.start(self._command, self._shared, spare=True)

    def _let_spare_go(self) -> None:
        if self._spare is not None and self._spare.process is not None:
            assert self._spare.process.stdin is not None
            self._spare.process.stdin.close()  # Without a job it ends by itself.
            self._spare.process.wait()


class _BeatFile:
    """Writes the last beat beside the journal, in its own thread: a disk may refuse it or hang."""

    def __init__(self) -> None:
        self._due = threading.Event()
        self._last: tuple[str, Beat | None] = ("", None)
        self._synced = 0.0
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)
        self._thread.start()

    def keep(self, folder: str, beat: Beat) -> None:
        """Write a beat, unless it is the same."""
        if beat is not self._last[1]:
            self._last = (folder, beat)
            self._due.set()

    def forget(self, folder: str) -> None:
        """Delete it: the session is over. Does not wait for a disk that hangs."""
        self._last = (folder, None)
        self._due.set()
        self._thread.join(HANG_S)

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            folder, beat = self._last
            path = Path(folder, BEAT_NAME)
            with contextlib.suppress(Exception):  # Whatever failed, the next beat is tried too.
                if beat is not None:
                    self._write(path, beat)
                else:
                    path.unlink()
            if beat is None:
                return

    def _write(self, path: Path, beat: Beat) -> None:
        text = beat.as_json().encode().ljust(BEAT_SIZE - 1) + b"\n"
        with open(path, "wb", buffering=0, opener=_over) as file:
            file.write(text)
            if time.monotonic() - self._synced >= SYNC_S:
                self._synced = time.monotonic()
                os.fsync(file.fileno())


def _say(what: str) -> None:
    """Write to the log. A full disk may refuse it; does not wait for one that hangs."""

    def write() -> None:
        with contextlib.suppress(OSError, ValueError):
            os.write(sys.stderr.fileno(), f"{what}\n".encode())  # No lock of Python's is held.

    thread = threading.Thread(target=write, name="log", daemon=True)
    thread.start()
    thread.join(SAY_S)


def leave_no_core() -> None:
    """Let no crash of this process or its children write its memory to the disk."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _over(path: str, flags: int) -> int:
    """Open a file to overwrite it from its start, its owner's alone."""
    return open_private(path, os.O_WRONLY | os.O_CREAT)


def _what(code: int | None, hung: bool) -> str:
    """Say how an engine ended."""
    if hung:
        return f"the engine hung for {HANG_S:.0f} s and was ended"
    if code is None:
        return "the engine broke off"
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"the engine was ended by {signal.Signals(-code).name}"
        return f"the engine was ended by signal {-code}"
    return f"the engine ended with exit code {code}"


def supervise(words: list[str]) -> int:
    """Keep a session's engine alive to its end; return the exit code.

    The words are the engine's command; or `ADOPT`, the `Adoption` of an engine that lost its
    supervisor, and its command.
    """
    if words[0] == ADOPT:
        told, command = Adoption(**json.loads(words[1])), words[2:]
        engine = EngineProcess(told.watch, None, told.pid)
        supervisor = Supervisor(command, Inheritance(told.port, told.memory), engine)
    else:
        supervisor = Supervisor(words, Inheritance.make())
    signal.signal(signal.SIGTERM, supervisor.end)
    signal.signal(signal.SIGUSR1, supervisor.silence)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return supervisor.keep()


if __name__ == "__main__":
    sys.exit(supervise(sys.argv[1:]))
