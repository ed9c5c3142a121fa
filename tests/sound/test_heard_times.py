"""The times of what was heard, as the journal tells them, against what was recorded of it.

One real session with cues, a killed engine and a sound server that dies and is started again. Each
file sounds in a band of its own, so that the recording shows from when to when each was heard.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recording import RATE, Recording
from rig import Rig
from support.until import until
from tones import write_tone

from soundscape.clock import BootClock
from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.home import Home

pytestmark = [pytest.mark.sound, pytest.mark.slow]

ARC = """
name: Tones
library: music
defaults: {crossfade: 4 s, level: 0 dB, ambience: {name: high, level: -6 dB}}
phases:
  one: {stage: onset, minutes: 5, playlist: three, intensity: 0.3}
"""
HZ = {"a": 300.0, "b": 800.0, "c": 1600.0, "high": 4000.0}
HEARD_DB = -86.0
"""A tone at its full level here is at -23 dBFS; one that fades is cut off 60 dB below that."""

HOLE_S = 0.1
"""A shorter hole in a tone is none."""

BURST_S = 0.5
"""What is shorter is no music: the click, in all bands, of something that was killed, or the
rounding of another tone that is nearly gone."""

HELD_S = 0.6
"""libVLC may hold a new stream back once for so long, in the first half second of it."""

NEAR_S = 0.25
HANG_S = 120.0

Span = tuple[float, float]


@dataclass
class Tape:
    """A recording while it is made: how much of it there was, when, on the boot clock."""

    path: Path
    seen: list[tuple[float, int]] = field(default_factory=list)

    @contextmanager
    def running(self, rig: Rig) -> Iterator[None]:
        """Record, and look at the clock now and then."""
        over, clock = threading.Event(), BootClock()

        def look() -> None:
            while not over.wait(0.03):
                self.seen.append((clock.now(), self.path.stat().st_size))

        thread = threading.Thread(target=look)
        with rig.recording(self.path):
            thread.start()
            try:
                yield
            finally:
                over.set()
                thread.join()

    def heard(self, hz: float) -> list[Span]:
        """From when to when that tone sounded, on the boot clock."""
        # What comes late from the server comes late; what came soonest tells the two clocks apart.
        began = min(now - size / 8 / RATE for now, size in self.seen)
        band = Recording.read(self.path).band(hz * 0.9, hz * 1.1)
        loud = np.flatnonzero(band.level > HEARD_DB)
        if not len(loud):
            return []
        parts = np.split(loud, np.flatnonzero(np.diff(loud) * 0.01 > HOLE_S) + 1)
        spans = [(began + band.at_s(int(p[0])), began + band.at_s(int(p[-1]))) for p in parts]
        found: list[Span] = []
        for since, to in spans:
            if found and found[-1][1] - found[-1][0] < HELD_S and since - found[-1][1] < HELD_S:
                since = found.pop()[0]
            found.append((since, to))
        return [each for each in found if each[1] - each[0] > BURST_S]


@dataclass(frozen=True)
class Told:
    """What was recorded, by file; what `log show --json` says; what the report says; times from
    the session's start. `down` is from when to when there was no server."""

    recorded: dict[str, list[Span]]
    log: dict[str, Any]
    report: str
    down: Span


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("times")
    (folder / "after").mkdir()
    rig = Rig(folder)
    for name, hz in HZ.items():
        place = folder / "music" / ("ambience" if name == "high" else "")
        write_tone(place / f"{name}.flac", hz, 100.0)
    (folder / "arc.yaml").write_text(ARC)
    listed = [f"../music/{name}.flac" for name in HZ if name != "high"]
    (folder / "playlists").mkdir()
    (folder / "playlists" / "three.m3u8").write_text("\n".join(listed))
    env = {**rig.env, "SOUNDSCAPE_HOME": str(folder / "home")}
    home = Home(folder / "home", folder / "home", folder / "home" / "run")
    program = str(Path(sys.executable).with_name("soundscape"))
    clock = BootClock()

    def soundscape(*words: str) -> str:
        done = subprocess.run([program, *words], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def client() -> Client:
        return Client(read_control(home.control))

    def cue(*words: str) -> None:
        with closing(client()) as connection:
            reply = connection.cue(words[0], words[1:])
        assert reply.ok, reply.answer

    def wait(what: Callable[[dict[str, Any]], Any]) -> None:
        def look() -> Any:
            with closing(client()) as connection:
                return what(connection.status())

        until(look, "for the status", pause_s=0.1)

    tapes = [Tape(folder / "first"), Tape(folder / "second")]
    rig.start()
    after = Rig(folder / "after")
    try:
        soundscape("plan", str(folder / "arc.yaml"))
        with tapes[0].running(rig):
            soundscape("run", str(folder / "arc.yaml"), "--detach", "--seed", "1")
            time.sleep(8.0)
            cue("soften")
            cue("next")
            time.sleep(7.0)
            cue("pause")
            time.sleep(9.0)
            cue("resume")
            time.sleep(4.0)
            with closing(client()) as connection:
                os.kill(connection.status()["pids"]["engine"], signal.SIGKILL)
            time.sleep(5.0)
            cue("ambience", "off")
            cue("mark", "here")
            time.sleep(7.0)
            killed = clock.now()
            rig.kill()
        wait(lambda now: now["health"]["output"] != "takes sound")
        # The one that comes after it is recorded from before anybody knows its address.
        after.start()
        with tapes[1].running(after):
            time.sleep(0.3)
            after.listen_for(rig)
            back = clock.now()
            wait(lambda now: now["track"] and now["track"]["sounds"])
            time.sleep(3.0)
            cue("next")
            time.sleep(6.5)
            cue("end", "8")
            time.sleep(9.5)
    finally:
        for name in ("stop", "stop", "end"):
            subprocess.run([program, name], env=env, capture_output=True)
        rig.stop()
        after.stop()
    log = json.loads(soundscape("log", "show", "--json"))
    soundscape("log", "report", "--out", str(folder / "report.html"))
    (journal,) = (folder / "home" / "sessions").glob("*/journal.jsonl")
    stamp = json.loads(journal.read_text("utf-8").splitlines()[-1])["stamp"]
    zero = stamp["boot_s"] - stamp["at_s"]
    recorded = {
        name: [(since - zero, to - zero) for tape in tapes for since, to in tape.heard(hz)]
        for name, hz in HZ.items()
    }
    return Told(
        recorded, log, (folder / "report.html").read_text("utf-8"), (killed - zero, back - zero)
    )


def heard(told: Told, name: str) -> list[Span]:
    """From when to when a file was heard, by the journal."""
    rows = [row for row in told.log["heard"] if Path(row["path"]).stem == name]
    return [(row["from_s"], row["to_s"]) for row in rows]


@pytest.mark.parametrize("name", list(HZ))
def test_what_the_journal_calls_heard_is_what_was_recorded(told: Told, name: str) -> None:
    """Each stretch of each file, and no other, begins and ends within 0.25 s of when the recording
    has it begin and end: seams, a pause, the killed engine, the dead server and the closing."""
    recorded, journal = told.recorded[name], heard(told, name)
    assert len(recorded) >= 1
    assert len(journal) == len(recorded), (recorded, journal)
    for there, here in zip(recorded, journal, strict=True):
        assert here == pytest.approx(there, abs=NEAR_S)


def test_the_gaps_are_told_where_they_were(told: Told) -> None:
    """The killed engine is a gap from the very end of what was recorded, the dead server a fault at
    its; what came after each begins when the recording has it; log and report name both."""
    (gap,) = told.log["gaps"]
    assert gap["what"] == "the engine was ended by SIGKILL"
    before, after = told.recorded["high"][:2]
    assert gap["from_s"] == pytest.approx(before[1], abs=NEAR_S)
    assert gap["from_s"] < gap["to_s"] < after[0] + NEAR_S
    gone = [fault for fault in told.log["faults"] if "sound server is gone" in fault["what"]]
    assert [fault["at_s"] for fault in gone] == pytest.approx([told.down[0]], abs=NEAR_S)
    assert not any(
        since < told.down[1] and (to is None or to > told.down[0] + NEAR_S)
        for name in HZ
        for since, to in heard(told, name)
    )
    assert gap["what"] in told.report
    assert gone[0]["what"] in told.report
