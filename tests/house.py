"""The real program in a home of its own: its console script, its processes, its journal."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from support.until import PATIENCE_S, until

from soundscape.control.address import forget_copy, read_control
from soundscape.control.client import Client
from soundscape.core.errors import SoundscapeError
from soundscape.core.reply import Reply
from soundscape.home import Home

SCRIPT = Path(sys.executable).with_name("soundscape")

WRITTEN_LATER = " (done, not yet written)"
"""What an answer ends with where the disk is slow just then."""

MISTAKES = ("Traceback", "a mistake of this program's own")
"""What nobody may ever read."""

OURS = {
    b"soundscape.process.supervisor",
    b"soundscape.process.daemon",
    b"soundscape.webremote.serving",
}
"""Modules that are run as processes of their own."""

ARC = """\
name: Small
library: ../music
defaults: {crossfade: 4 s}
phases:
  onset:  {minutes: 60 s, playlist: soft, intensity: [0.1, 0.4], ambience: rain}
  peak:   {minutes: 60 s, playlist: full, intensity: [0.4, 0.8]}
  more:   {minutes: 60 s, playlist: soft, intensity: 0.4, stage: peak, only: booster}
  return: {minutes: 60 s, playlist: soft, intensity: [0.5, 0.1], level: -12 dB}
"""


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class House:
    """A home under `root`, with the arc of these tests beside the given music."""

    def __init__(self, root: Path, stock: Path) -> None:
        self.root = root / "home"
        self.arcs = stock / "arcs"
        self.arc = self.arcs / "small.yaml"
        self.home = Home(self.root, self.root, self.root / "run")
        self.env = {**os.environ, "SOUNDSCAPE_HOME": str(self.root)}
        self._pids: set[int] = set()
        self._started: list[subprocess.Popen[Any]] = []
        self.root.mkdir(mode=0o700, parents=True)
        # Known already, so that no test waits for the music to be measured.
        shutil.copyfile(stock / "library.db", self.home.index)

    def call(self, *words: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
        """The console script, to its end."""
        command = [str(SCRIPT), *map(str, words)]
        more = {"env": self.env, "stdin": subprocess.DEVNULL, **more}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, **more
        )
        assert not any(each in done.stdout + done.stderr for each in MISTAKES)
        return done

    def json(self, *words: str | Path) -> Any:
        """What a command prints for programs."""
        done = self.call(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, *words: str | Path, **more: Any) -> subprocess.Popen[str]:
        """The console script, left running; ended in `close`."""
        command = [str(SCRIPT), *map(str, words)]
        more = {
            "env": self.env,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            **more,
        }
        process = subprocess.Popen(command, text=True, **more)
        self._started.append(process)
        return process

    def play(self, *options: str, arc: Path | None = None, speed: float = 20) -> str:
        """A detached session on the null decks; its code."""
        words = ("run", arc or self.arc, "--out", "null", "--speed", str(speed), "--seed", "1")
        done = self.call(*words, "--detach", *options)
        assert done.returncode == 0, done.stderr
        return str(self.status()["session"])

    def status(self) -> dict[str, Any]:
        """How the session stands."""
        with closing(self.client()) as client:
            found = client.status()
        self._pids |= {found["pids"]["engine"]}
        return found

    def client(self) -> Client:
        """A connection to the session."""
        return Client(read_control(self.home.control))

    def cue(self, *words: str) -> Reply:
        """Give a cue without a process of its own."""
        with closing(self.client()) as client:
            return client.cue(words[0], words[1:])

    def wait(self, what: Callable[[dict[str, Any]], Any], why: str = "") -> dict[str, Any]:
        """Wait for a status in which something holds; that status."""
        found: dict[str, Any] = {}

        def look() -> Any:
            nonlocal found
            try:
                found = self.status()
            except SoundscapeError:
                return False
            return what(found)

        until(look, why)
        return found

    def wait_over(self) -> None:
        """Wait until every engine of this home has gone, and its supervisor, which tidies up."""
        until(lambda: not any(alive(pid) for pid in self._pids), "for the engine to go")
        until(lambda: not self.processes(), "for the supervisor to go")

    def processes(self) -> list[int]:
        """Every supervisor, engine and sidecar of this home that runs."""
        mine = f"SOUNDSCAPE_HOME={self.root}".encode()
        found = []
        for each in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (each / "cmdline").read_bytes().split(b"\0")
                ours = OURS & set(words)
                if ours and mine in (each / "environ").read_bytes().split(b"\0"):
                    found.append(int(each.name))
        return found

    def folder(self, code: str = "") -> Path:
        """A session's folder; the only one by default."""
        folders = [each for each in self.home.sessions.iterdir() if each.is_dir()]
        (found,) = [each for each in folders if code in ("", each.name)]
        return found

    def lines(self, code: str = "") -> list[dict[str, Any]]:
        """The facts of a journal, each with `n`, `stamp` and `prev` beside it."""
        text = (self.folder(code) / "journal.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.split("\n")[:-1]]  # Whole lines only.

    def facts(self, kind: str, code: str = "") -> list[dict[str, Any]]:
        """The facts of one type."""
        return [line["fact"] for line in self.lines(code) if line["fact"]["type"] == kind]

    def kill_all(self) -> dict[str, Any]:
        """Kill the supervisor and the engine at one moment, as a power cut would, with nothing left
        to write; the status before."""
        before = self.wait(lambda now: not now["health"]["journal_waiting"], "for the disk")
        os.kill(before["pids"]["engine"], signal.SIGSTOP)
        os.kill(before["pids"]["supervisor"], signal.SIGKILL)
        os.kill(before["pids"]["engine"], signal.SIGKILL)
        until(lambda: not alive(before["pids"]["engine"]), "for the engine to be dead")
        return before

    def end_now(self) -> None:
        """Cut, and close without the minute in which a stop can be taken back."""
        with suppress(SoundscapeError):
            for _ in range(2):
                self.cue("stop")
            until(lambda: self.cue("end").ok, "for the decks to be down")

    def close(self) -> None:
        """End whatever still runs, gently first and then by its own pid."""
        with suppress(SoundscapeError):
            self.status()
            self.end_now()
        deadline = time.monotonic() + 20.0
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.02)
        # Supervisor and engine each start the other anew: until none is left.
        while pids := self.processes():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()
        forget_copy(self.home.control)


@contextmanager
def house_in(root: Path, stock: Path) -> Iterator[House]:
    """A house that leaves nothing running."""
    made = House(root, stock)
    try:
        yield made
    finally:
        made.close()
