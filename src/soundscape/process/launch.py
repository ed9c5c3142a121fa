"""Starting the processes of a session: launcher (this one), supervisor, engine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import replace
from typing import IO

from soundscape.clock import BootClock
from soundscape.control.address import SUPERVISOR, read_control
from soundscape.control.client import Client, session_running
from soundscape.core.errors import InputError, NoSession, NoSound, SoundscapeError
from soundscape.core.text import clock as as_clock
from soundscape.home import Home, make_private, open_private
from soundscape.protocol import ENGINE, EngineJob, EngineOutput, StartAnswer, run_module

LOOK_S = 0.5
LOCK_LOOKS, LOCK_LOOK_S = 30, 0.1
"""How often to ask the session that holds the lock who it is, and seconds between two tries."""


def refuse_a_second(home: Home) -> None:
    """Raises `SoundscapeError` that says which session is running, if one is."""
    try:
        running = Client(read_control(home.control)).status()
    except NoSession:
        return
    where = f"in {running['phase']}" if running["phase"] else "waiting to begin"
    where = "closing" if running["closing"] else where
    if running["stopped"]:
        where = "stopped just now (`soundscape undo` brings it back)"
    raise SoundscapeError(
        f"session {running['session']} is running already: {running['arc']}, {where}, "
        f"{as_clock(running['now_s'])} in. `soundscape end` closes it; another home "
        "(SOUNDSCAPE_HOME) plays beside it"
    )


class Launch:
    """An engine on its way: warming up while the arc is read, then given its job."""

    def __init__(self, home: Home, output: EngineOutput, *, foreground: bool) -> None:
        self._home, self._foreground = home, foreground
        make_private(home.run)
        if output.speed != 1.0:
            output = replace(output, since=BootClock().now())
        with open(home.log, "wb", opener=open_private) as log:
            self._process = subprocess.Popen(
                run_module(SUPERVISOR, *run_module(ENGINE, output.as_json())),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=not foreground,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def call_off(self) -> None:
        """Let an engine go that has not begun: the arc was bad."""
        with contextlib.suppress(OSError):
            self._input.close()
        self._process.wait()

    def warm(self) -> None:
        """Wait until the engine can play. Raises `NoSound`, or what else it reports."""
        self._answer()

    def play(self, job: EngineJob) -> str:
        """Give the engine its job and wait until it plays. Return what the platform refused that
        would keep the machine awake, "" for nothing.

        Ctrl-C waits as well: from here on the music may sound, and only the session's own cues end
        it. In the foreground SIGTERM is passed on.
        """
        if self._foreground:
            signal.signal(signal.SIGTERM, self._close)
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        with contextlib.suppress(OSError):  # It may be gone; its last answer tells why.
            self._input.write(job.as_json() + "\n")
            self._input.flush()
        try:
            return self._answer().refused
        finally:
            signal.signal(signal.SIGINT, before)

    def ended(self) -> int:
        """Wait until the processes are gone; return the engine's exit code.

        If the supervisor was killed, the engine has another one by now and goes on.
        """
        code = self._process.wait()
        if code >= 0 or not session_running(self._home.control):
            return code
        while session_running(self._home.control):
            time.sleep(LOOK_S)
        return 0

    def _close(self, *_: object) -> None:
        """SIGTERM: the session closes with its fade."""
        if self._process.poll() is None:
            self._process.terminate()
            return
        with contextlib.suppress(SoundscapeError):
            Client(read_control(self._home.control)).cue("end", [])

    def wait(self) -> int:
        """Stay until the session is over and pass SIGTERM on; return the engine's exit code."""
        while True:
            try:
                return self.ended()
            except KeyboardInterrupt:
                continue  # The engine got it too, and closes with its fade.

    @property
    def _input(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _answer(self) -> StartAnswer:
        """Read the engine's next answer. Raises it if it is an error."""
        assert self._process.stdout is not None
        answer = StartAnswer.read(self._process.stdout.readline())
        if answer.warm or answer.ready:
            return answer
        self._process.wait()
        if answer.locked:
            for _ in range(LOCK_LOOKS):  # It may be only just beginning to answer, or to go.
                refuse_a_second(self._home)
                time.sleep(LOCK_LOOK_S)
            raise SoundscapeError(
                "another session is just starting or ending under this home; try again"
            )
        if not answer.error:
            raise SoundscapeError(f"the engine did not start; {self._home.log} says why")
        if answer.exit_code == InputError.exit_code:
            raise InputError((), answer.error)
        raise NoSound(answer.error)
