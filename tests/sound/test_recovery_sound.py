"""The engine crashes, and then stands still for a while: what is heard of it, recorded."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
from limits import FROM_SILENCE_DB_PER_S, hold_to_limits
from recording import RATE
from rig import Rig
from stage import Heard, Stage
from tones import write_tone

pytestmark = pytest.mark.sound

ARC = """
name: Tone
defaults: {crossfade: 6 s, level: 0 dB}
phases:
  one: {stage: onset, minutes: 3, playlist: one, intensity: 0.3}
"""
SWEEP_HZ_PER_S = 10.0
NEW_S = 2.0
"""Sound is back within this of the fault being noticed, which a death is at once."""

FLASH_S = 0.03
"""What libVLC writes at once when it goes on may sound for so long, before it can be told: 0.1 to
9 ms were recorded on a quiet machine."""

CLOCK_S = 0.2
"""So far a recording's clock and ours may be apart on a busy machine."""


@pytest.fixture(scope="module")
def heard(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """Nine seconds of a tone, SIGSEGV, eight more seconds, stopped for two, four seconds more."""
    folder = tmp_path_factory.mktemp("recovery")
    write_tone(folder / "a.flac", 300.0, 90.0, sweep_hz_per_s=SWEEP_HZ_PER_S)
    (folder / "arc.yaml").write_text(ARC)
    (folder / "one.yaml").write_text("name: one\ntracks: [a.flac]\n")
    stage = Stage(rig, folder)
    with stage.playing("arc.yaml"):
        stage.wait(9.0)
        engine = stage.status()["pids"]["engine"]
        stage.mark("crash")
        os.kill(engine, signal.SIGSEGV)
        stage.wait(8.0)
        engine = stage.status()["pids"]["engine"]
        stage.mark("still")
        os.kill(engine, signal.SIGSTOP)
        stage.wait(2.0)
        stage.mark("goes on")
        os.kill(engine, signal.SIGCONT)
        stage.wait(4.0)
        stage.mark("end")
    return stage.heard()


def place(heard: Heard, start_s: float) -> float:
    """Where in its file the tone is, by its pitch, half a second from a time."""
    hz = heard.recording.pitch(start_s + 0.25, 0.5)
    return (hz - 300.0) / SWEEP_HZ_PER_S


def silence(heard: Heard, after: str, until: str) -> tuple[float, float]:
    """From when to when nothing sounds between two moments, in seconds of the recording."""
    recording, start_s = heard.recording, heard.at[after]
    times = [recording.at_s(index) for index in range(len(recording.level))]
    quiet = [
        time
        for time, level in zip(times, recording.level, strict=True)
        if start_s < time < heard.at[until] and level < -80.0
    ]
    assert quiet, "nothing was silent"
    return quiet[0], quiet[-1]


def test_after_a_crash_the_track_comes_back_softly_where_it_was(heard: Heard) -> None:
    """Silent for less than two seconds, then up from nothing at the pace of any start, at the same
    place of the same track, no louder than it was."""
    began, over = silence(heard, "crash", "still")
    assert over - heard.at["crash"] < NEW_S
    before = place(heard, began - 1.5) + 1.0
    after = place(heard, over + 0.5) - 0.75
    assert after == pytest.approx(before, abs=2.0)
    hold_to_limits(
        heard.between(over - 0.2, "still"),
        highest_hz=600.0,
        rise=FROM_SILENCE_DB_PER_S,
        silence_s=1.0,
    )
    first = heard.recording.mean_db(over + 0.3, over + 1.0)
    assert first < heard.recording.mean_db(began - 1.0, began) - 10.0
    assert heard.log["gaps"][0]["what"] == "the engine was ended by SIGSEGV"


def test_what_stood_still_comes_back_from_nothing_too(heard: Heard) -> None:
    """The process is stopped and goes on: what its output still held sounds to its end; a flash of
    what was on its way, no louder than before; then silence, and up from nothing where it was."""
    _, over = silence(heard, "still", "end")
    assert -CLOCK_S < over - heard.at["goes on"] < NEW_S
    was = np.abs(heard.between(heard.at["still"] - 1.0, "still").samples).max()
    flash = np.abs(heard.between(heard.at["goes on"] - CLOCK_S, over).samples)
    heard_at = np.flatnonzero(flash > was / 100.0)
    assert len(heard_at) == 0 or (heard_at[-1] - heard_at[0]) / RATE < FLASH_S
    assert flash.max() <= was * 1.01
    hold_to_limits(
        heard.between(over, "end"),
        highest_hz=600.0,
        rise=FROM_SILENCE_DB_PER_S,
        silence_s=NEW_S,
    )
    after = place(heard, over + 0.5)
    assert after == pytest.approx(place(heard, heard.at["still"] - 1.5) + 1.5, abs=2.0)
    assert "stood still" in heard.log["gaps"][1]["what"]
