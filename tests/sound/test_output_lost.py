"""The sound server dies and comes back, the device is unplugged: one real session, recorded.

Its music is a tone that rises by 10 Hz a second, so that its pitch tells where in the file one is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from limits import (
    FROM_SILENCE_DB_PER_S,
    hold_to_limits,
    no_fast_rise,
    no_full_scale,
    no_step,
)
from recording import Recording
from rig import Rig
from support.until import until
from tones import write_tone

from soundscape.clock import BootClock

pytestmark = [pytest.mark.sound, pytest.mark.slow]

ARC = """
name: Tone
defaults: {level: 0 dB}
phases:
  one: {stage: onset, minutes: 5, playlist: one, intensity: 0.3}
"""
START_HZ, SWEEP_HZ_PER_S, HIGHEST_HZ = 300.0, 10.0, 1500.0
FULL_DB = -23.0
HANG_S = 120.0


@dataclass
class Told:
    """The recordings, the journal, and when (on the boot clock) what was done to the server, and
    when the session began (`zero`)."""

    again: Recording
    other: Recording
    facts: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    at: dict[str, float] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    zero: float = 0.0

    def after(self, when: str, kind: str) -> tuple[float, dict[str, Any]]:
        """The first fact of a kind after something was done: seconds since then, and the fact."""
        since = self.at[when]
        return next(
            (boot_s - since, fact)
            for boot_s, fact in self.facts
            if boot_s >= since and fact["type"] == kind
        )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("lost")
    rig = Rig(folder)
    write_tone(folder / "a.flac", START_HZ, 120.0, sweep_hz_per_s=SWEEP_HZ_PER_S)
    (folder / "arc.yaml").write_text(ARC)
    (folder / "one.yaml").write_text("name: one\ntracks: [a.flac]\n")
    env = {**rig.env, "SOUNDSCAPE_HOME": str(folder / "home")}
    program = str(Path(sys.executable).with_name("soundscape"))
    clock = BootClock()
    at: dict[str, float] = {}

    def soundscape(*words: str) -> str:
        done = subprocess.run([program, *words], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def wait(what: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        def look() -> Any:
            found = json.loads(soundscape("status", "--json"))
            return what(found) and found

        return until(look, "for the status", pause_s=0.1)

    rig.start()
    try:
        soundscape("run", str(folder / "arc.yaml"), "--detach", "--seed", "1")
        time.sleep(5.0)
        at["killed"] = clock.now()
        rig.kill()
        status = wait(lambda found: found["health"]["output"] != "takes sound")
        rig.start()
        at["returned"] = clock.now()
        with rig.recording(folder / "again"):
            at["recording"] = clock.now()
            time.sleep(14.0)
            rig.add_sink("two")
            with rig.recording(folder / "other", "two"):
                modules = rig.ask("list", "short", "modules").splitlines()
                (out,) = [line.split()[0] for line in modules if "sink_name=out" in line]
                at["unplugged"] = clock.now()
                rig.ask("unload-module", out)
                time.sleep(8.0)
                at["paused"] = clock.now()
                soundscape("pause")
                time.sleep(11.0)
                at["over"] = clock.now()
        soundscape("stop")
        soundscape("end")
    finally:
        for name in ("stop", "stop", "end"):
            subprocess.run([program, name], env=env, capture_output=True)
        rig.stop()
    (journal,) = (folder / "home" / "sessions").glob("*/journal.jsonl")
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    facts = [(line["stamp"]["boot_s"], line["fact"]) for line in lines]
    recordings = [Recording.read(folder / name) for name in ("again", "other")]
    zero = lines[-1]["stamp"]["boot_s"] - lines[-1]["stamp"]["at_s"]
    return Told(*recordings, facts, at, status, zero)


def comes_back_softly(recording: Recording) -> None:
    """Up from nothing within the limits; every limit holds from two seconds after it begins.

    Before that libVLC, on a busy machine, may hold a new stream back once for half a second, at
    about -50 dBFS: the edges of that are its own, and too faint for all but the clicks' limit.
    """
    no_full_scale(recording)
    no_step(recording)
    no_fast_rise(recording, FROM_SILENCE_DB_PER_S)
    quiet = recording.between(recording.starts_s, recording.starts_s + 4.0)
    first_s = quiet.first_above(-70.0)
    assert first_s is not None
    rest = recording.between(first_s + 2.0, recording.ends_s)
    hold_to_limits(rest, highest_hz=HIGHEST_HZ, rise=FROM_SILENCE_DB_PER_S)


def test_a_dead_server_is_noticed_and_told(told: Told) -> None:
    """Within 2 s, in the journal as a fault and in the status; heard ends when it last was."""
    noticed_s, lost = told.after("killed", "output_lost")
    assert noticed_s < 2.0
    assert lost["what"] == "the sound server is gone"
    _, heard = told.after("killed", "heard_to")
    assert heard["why"] == "fault"
    assert heard["at_s"] <= lost["at_s"]
    fault_s, fault = told.after("killed", "fault")
    assert fault_s < 2.0
    assert fault["what"] == "no sound: the sound server is gone"
    health = told.status["health"]
    assert health["output"] == "the sound server is gone"
    assert not health["sound"]


def test_sound_is_back_where_it_was_and_comes_from_nothing(told: Told) -> None:
    """Within 3 s of the server's return, the same track from where it was last heard, up from
    nothing within the limits to its full level."""
    again = told.again.between(0.0, 14.0)
    first_s = again.first_above(-70.0)
    assert first_s is not None
    assert first_s < 3.0
    comes_back_softly(again)
    assert again.mean_db(13.0, 14.0) == pytest.approx(FULL_DB, abs=3.0)
    _, until_then = told.after("killed", "heard_to")
    _, since = told.after("killed", "heard_from")
    assert since["position_s"] == pytest.approx(until_then["position_s"], abs=0.1)
    began_s = told.zero + since["at_s"] - told.at["recording"]
    in_file_s = (again.pitch(12.0, 0.4) - START_HZ) / SWEEP_HZ_PER_S
    assert in_file_s == pytest.approx(since["position_s"] + 12.2 - began_s, abs=0.7)


def test_an_unplugged_device_gives_way_to_the_other(told: Told) -> None:
    """The server moves a stream over by itself, at full level; it is cut, told, and comes back
    softly on the other device."""
    noticed_s, lost = told.after("unplugged", "output_lost")
    assert noticed_s < 2.0
    assert lost["what"] == "the output has changed"
    back_s, _ = told.after("unplugged", "output_back")
    assert back_s < 3.0
    other = told.other
    first_s = other.first_above(-70.0)
    assert first_s is not None
    # What the server moved over sounds until it is cut: a moment.
    cut_s = first_s + 0.4
    rising = other.between(cut_s, cut_s + 7.0)
    comes_back_softly(rising)
    assert rising.mean_db(cut_s + 6.0, cut_s + 7.0) > -45.0


def test_a_human_pause_is_not_a_loss(told: Told) -> None:
    """Nine seconds of a chosen silence, the stream held back: no fault, nothing lost."""
    chosen = [
        fact["type"]
        for boot_s, fact in told.facts
        if told.at["paused"] <= boot_s <= told.at["over"]
    ]
    assert "paused" in chosen
    assert "output_lost" not in chosen
    assert "fault" not in chosen
