"""A session of the real program on our own sound server, recorded, with cues given at known times.

stage = Stage(rig, folder)
with stage.playing("arc.yaml"):
    stage.wait(15.0)
    stage.cue("soften", 8.0)
heard = stage.heard()
hold_to_limits(heard.between("start", "soften"), ...)
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from recording import RATE, Recording
from rig import Rig

from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.core.errors import SoundscapeError
from soundscape.home import Home

PROGRAM = str(Path(sys.executable).with_name("soundscape"))


@dataclass(frozen=True)
class Heard:
    """The recording, when in it each cue was given, and the journal as `log show --json` has it."""

    recording: Recording
    at: dict[str, float]
    log: dict[str, Any]

    def between(self, start: str | float, end: str | float) -> Recording:
        """A stretch, between cues or times."""
        return self.recording.between(self._time(start), self._time(end))

    def _time(self, moment: str | float) -> float:
        return self.at[moment] if isinstance(moment, str) else moment


class Enough(Exception):
    """The session was to be recorded only so far."""


class Stage:
    """A folder with the session's home and recording. `more` is added to the environment. The
    script ends once the cue `until` has had its time."""

    def __init__(
        self, rig: Rig, folder: Path, more: Mapping[str, str] | None = None, until: str = ""
    ) -> None:
        self.folder = folder
        self._until = until
        self._rig = rig
        self._tape = folder / "recording"
        root = folder / "home"
        self._home = Home(root, root, root / "run")
        self._env = {**rig.env, "SOUNDSCAPE_HOME": str(root), **(more or {})}
        self._at: dict[str, float] = {}

    def soundscape(self, *words: str) -> str:
        """Run the program to its end; what it printed."""
        done = subprocess.run([PROGRAM, *words], env=self._env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr or done.stdout
        return done.stdout

    def status(self) -> dict[str, Any]:
        """How the session stands."""
        with closing(Client(read_control(self._home.control))) as client:
            return client.status()

    @property
    def engine(self) -> int:
        """The process that plays; 0 while none answers."""
        try:
            return int(self.status()["pids"]["engine"])
        except (OSError, SoundscapeError):
            return 0

    @property
    def now_s(self) -> float:
        """How much has been recorded by now."""
        return self._tape.stat().st_size / 8 / RATE

    @contextmanager
    def playing(self, arc: str, *words: str) -> Iterator[None]:
        """A session of that arc, recorded from before its start; gone when the context is left."""
        path = str(self.folder / arc)
        self.soundscape("plan", path)  # Measures the music, so that the session starts at once.
        with suppress(Enough), ExitStack() as stack:
            stack.callback(self._end)
            stack.enter_context(self._rig.recording(self._tape))
            self._at["start"] = self.now_s
            self.soundscape("run", path, "--detach", "--seed", "1", *words)
            yield

    def _end(self) -> None:
        """Whatever failed, no session is left playing."""
        for name in ("stop", "stop"):
            subprocess.run([PROGRAM, name], env=self._env, capture_output=True)
        for _ in range(100):  # Refused until the decks have told that they are down.
            subprocess.run([PROGRAM, "end"], env=self._env, capture_output=True)
            try:
                self.status()
            except (OSError, SoundscapeError):
                return
        pytest.fail(f"a session in {self._home.data} still plays")

    def cue(self, name: str, then_s: float, *words: str, called: str = "") -> None:
        """Give a cue, and let time pass. `called` is its name in `Heard.at`.

        By the control port, as the program does it, but without starting one: it comes at once.
        """
        with closing(Client(read_control(self._home.control))) as client:
            self.mark(called or name)
            reply = client.cue(name, words)
        assert reply.ok, reply.answer
        self.wait(then_s, called or name)

    def mark(self, name: str) -> None:
        """Remember this moment."""
        self._at[name] = self.now_s

    def wait(self, seconds: float, after: str = "start") -> None:
        """Let time pass."""
        time.sleep(seconds)
        if after == self._until:
            raise Enough

    def heard(self) -> Heard:
        """What came of it."""
        log = json.loads(self.soundscape("log", "show", "--json"))
        # Beside the recording, for whoever looks at one that failed.
        self._tape.with_suffix(".json").write_text(json.dumps({"at": self._at, "log": log}))
        return Heard(Recording.read(self._tape), dict(self._at), log)
