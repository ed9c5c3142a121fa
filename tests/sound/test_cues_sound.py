"""The later cues, recorded: talk and reflect, a chosen silence, and a stop that is taken back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rig import RATE, WINDOW_S, Rig, largest_step, levels, pitch, read, steepest
from test_session_sound import FULL_DB, SWEEP_HZ_PER_S, Heard
from tones import write_tone

pytestmark = pytest.mark.sound

ARC = """
name: Tone
defaults: {crossfade: 12 s, level: 0 dB}
phases:
  one: {stage: onset, minutes: 5, playlist: one, intensity: 0.3}
"""


@pytest.fixture(scope="module")
def heard(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    folder = tmp_path_factory.mktemp("cues")
    write_tone(folder / "a.flac", 300.0, 300.0, sweep_hz_per_s=SWEEP_HZ_PER_S)
    (folder / "arc.yaml").write_text(ARC)
    (folder / "one.yaml").write_text("name: one\ntracks: [a.flac]\n")
    env = {**rig.env, "SOUNDSCAPE_HOME": str(folder / "home")}
    program = str(Path(sys.executable).with_name("soundscape"))

    def soundscape(*words: str) -> str:
        done = subprocess.run([program, *words], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    path = folder / "recording"
    at: dict[str, float] = {}

    def cue(name: str, then_s: float, *words: str, called: str = "") -> None:
        at[called or name] = path.stat().st_size / 8 / RATE
        soundscape(name, *words)
        time.sleep(then_s)

    soundscape("plan", str(folder / "arc.yaml"))

    def gone() -> None:
        """Whatever failed, no session is left playing."""
        for name in ("stop", "stop", "end"):
            subprocess.run([program, name], env=env, capture_output=True)

    with ExitStack() as stack:
        stack.callback(gone)
        stack.enter_context(rig.recording(path))
        soundscape("run", str(folder / "arc.yaml"), "--detach", "--seed", "1")
        time.sleep(15.0)
        cue("talk", 7.0)
        cue("reflect", 22.0)
        cue("silence", 26.0, "0.2")
        cue("stop", 0.6)
        cue("undo", 13.5)
        cue("stop", 4.0, called="stop again")
        cue("undo", 14.0, called="undo again")
        cue("stop", 2.5, called="at last")
        soundscape("end")
    samples = read(path)
    log = json.loads(soundscape("log", "show", "--json"))
    return Heard(samples, levels(samples), at, log)


def pitch_at(heard: Heard, window: int, count: int = 8) -> float:
    size = int(WINDOW_S * RATE)
    return pitch(heard.samples[window * size : (window + count) * size])


def test_talk_goes_under_the_voices_in_five_seconds(heard: Heard) -> None:
    """18 dB down, even and gentle, and it stays there."""
    cue, back = heard.at["talk"], heard.at["reflect"]
    before = heard.level[heard.windows(cue - 1.0, cue)].mean()
    _, fall = steepest(heard.level[heard.windows(cue, back)], 1.0)
    assert 3.0 < fall <= 4.2
    assert heard.level[heard.windows(cue + 5.9, back)].mean() - before == pytest.approx(
        -18, abs=0.5
    )


def test_reflect_comes_back_no_faster_than_a_decibel_a_second(heard: Heard) -> None:
    """Up again over 20 s to where it was."""
    cue, then = heard.at["reflect"], heard.at["silence"]
    rise, _ = steepest(heard.level[heard.windows(cue, then)], 4.0)
    assert 0.7 < rise <= 1.1
    assert heard.level[heard.windows(then - 0.8, then)].mean() == pytest.approx(FULL_DB, abs=3.0)


def test_a_silence_is_silent_and_ends_by_itself(heard: Heard) -> None:
    """Twelve seconds after the cue the music comes back from where it was, from nothing."""
    cue, then = heard.at["silence"], heard.at["stop"]
    level = heard.level[heard.windows(cue, then)]
    silent = np.flatnonzero(level < -100.0)
    assert silent[0] * WINDOW_S < 9.0
    assert silent[-1] * WINDOW_S == pytest.approx(12.3, abs=0.8)
    assert (np.diff(silent) == 1).all()
    first = int(cue / WINDOW_S)
    lost = pitch_at(heard, first + silent[-1] + 2) - pitch_at(heard, first + silent[0] - 9)
    assert abs(lost / SWEEP_HZ_PER_S - 11 * WINDOW_S) < 0.6
    rise, _ = steepest(level[silent[-1] :], 0.5)
    assert 1.0 < rise <= 6.0


def test_a_stop_taken_back_at_once_turns_round(heard: Heard) -> None:
    """Half-way down it rises again, gently, and the tone has gone on all the while."""
    stop, undo, then = heard.at["stop"], heard.at["undo"], heard.at["stop again"]
    low = heard.level[heard.windows(stop, then)].min()
    assert -110.0 <= low < FULL_DB - 6.0
    rise, _ = steepest(heard.level[heard.windows(undo + 0.6, then)], 0.5)
    assert 1.0 < rise <= 6.0
    assert heard.level[heard.windows(then - 0.8, then)].mean() == pytest.approx(FULL_DB, abs=3.0)


def test_a_stop_taken_back_later_comes_back_from_where_it_was(heard: Heard) -> None:
    """All was silent; it comes up from nothing at the second it was left."""
    stop, undo, then = (heard.at[name] for name in ("stop again", "undo again", "at last"))
    level = heard.level
    assert level[heard.windows(stop + 2.5, undo)].max() < -100.0
    heard_before = np.flatnonzero(level[heard.windows(stop, undo)] > -70.0)
    last = int(stop / WINDOW_S) + int(heard_before[-1])
    first = int(undo / WINDOW_S) + int(np.argmax(level[int(undo / WINDOW_S) :] > -70.0))
    lost_s = (pitch_at(heard, first + 2) - pitch_at(heard, last - 9)) / SWEEP_HZ_PER_S
    assert abs(lost_s - 11 * WINDOW_S) < 1.0
    rise, _ = steepest(level[heard.windows(undo, then)], 0.5)
    assert 1.0 < rise <= 6.0


def test_nothing_jumps(heard: Heard) -> None:
    """No 50 ms step over 1 dB above -50 dBFS but for the three stops, and no full-scale sample."""
    pieces = [
        (0.0, "stop"),
        (heard.at["undo"] + 0.6, "stop again"),
        (heard.at["undo again"], "at last"),
    ]
    for start_s, end in pieces:
        kept = heard.samples[int(start_s * RATE) : int(heard.at[end] * RATE)]
        assert largest_step(levels(kept)) <= 1.0
    assert np.abs(heard.samples).max() < 0.99


def test_the_journal_knows_each_stretch(heard: Heard) -> None:
    """The silence and the long stop part the one track into three; the short stop does not."""
    music = [each for each in heard.log["heard"] if each["layer"] == "music"]
    assert [each["title"] for each in music] == ["a", "a", "a"]
    assert [round(b["from_s"] - a["to_s"]) for a, b in pairwise(music)] == [5, 3]
    assert heard.log["reason"] == "stop"
