"""A real session through the real program into a real sound server: what is heard is measured.

One session of a minute and a half is recorded; every test reads the same recording. Its tracks
are tones of different pitch, so that each can be told from the other while both sound.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rig import RATE, WINDOW_S, Rig, largest_step, levels, pitch, read, steepest, tone_levels
from tones import write_tone

pytestmark = pytest.mark.sound

ARC = """
name: Tones
defaults: {crossfade: 12 s, level: 0 dB}
phases:
  one: {stage: onset, minutes: 2, playlist: one, intensity: 0.3}
  two: {stage: peak, minutes: 2, playlist: two, intensity: [0.3, 0.6]}
"""
SWEEP_HZ_PER_S = 10.0
TONE_A, TONE_B, TONE_C = (250.0, 930.0), (960.0, 1040.0), (1460.0, 1540.0)
FULL_DB = -23.0
"""About where a sine ends up once it is matched to -23 LUFS; K-weighting moves it a little."""


@dataclass
class Heard:
    """The recording, its levels each 50 ms, and when in it each cue was given (estimated)."""

    samples: np.ndarray
    level: np.ndarray
    at: dict[str, float]
    log: dict[str, Any]

    def windows(self, start_s: float, end_s: float) -> slice:
        return slice(int(start_s / WINDOW_S), int(end_s / WINDOW_S))


@pytest.fixture(scope="module")
def heard(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    folder = tmp_path_factory.mktemp("tones")
    write_tone(folder / "a.flac", 300.0, 120.0, sweep_hz_per_s=SWEEP_HZ_PER_S)
    write_tone(folder / "b.flac", 1000.0, 33.0)
    write_tone(folder / "c.flac", 1500.0, 120.0, intensity=0.6)
    (folder / "arc.yaml").write_text(ARC)
    (folder / "one.yaml").write_text("name: one\ntracks: [a.flac]\n")
    (folder / "two.yaml").write_text("name: two\ntracks: [b.flac, c.flac]\n")
    env = {**rig.env, "SOUNDSCAPE_HOME": str(folder / "home")}
    program = str(Path(sys.executable).with_name("soundscape"))

    def soundscape(*words: str) -> str:
        done = subprocess.run([program, *words], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    path = folder / "recording"
    at: dict[str, float] = {}

    def cue(name: str, then_s: float) -> None:
        at[name] = path.stat().st_size / 8 / RATE
        soundscape(name)
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
        at["start"] = path.stat().st_size / 8 / RATE
        time.sleep(15.0)
        cue("soften", 8.0)
        cue("pause", 10.5)
        cue("resume", 14.5)
        cue("transition", 37.0)
        cue("stop", 2.5)
    samples = read(path)
    log = json.loads(soundscape("log", "show", "--json"))
    return Heard(samples, levels(samples), at, log)


def test_the_session_rises_from_nothing_no_faster_than_allowed(heard: Heard) -> None:
    """A start comes up from nothing, at most 6 dB a second above -50 dBFS, to its full level."""
    until = heard.at["soften"]
    level = heard.level[heard.windows(0.0, until)]
    rise, _ = steepest(level, 0.5)
    assert level[:5].max() < -80.0
    assert 1.0 < rise <= 6.0
    assert level[-20:].mean() == pytest.approx(FULL_DB, abs=3.0)


def test_soften_is_four_db_and_two_of_them_within_a_second(heard: Heard) -> None:
    """`soften` is felt now: 2 dB in the first second, 4 dB in all, within half a dB."""
    cue = heard.at["soften"]
    before = heard.level[heard.windows(cue - 1.0, cue)].mean()
    after = heard.level[heard.windows(cue + 6.8, cue + 7.6)].mean()
    # The cue's time is known from the size of a file; when the fall began is read off the sound.
    tail = heard.level[heard.windows(cue, cue + 2.0)]
    began = cue + WINDOW_S * float(np.argmax(tail < before - 0.15))
    within_a_second = heard.level[heard.windows(began + 0.9, began + 1.05)].mean()
    assert after - before == pytest.approx(-4.0, abs=0.5)
    assert within_a_second - before == pytest.approx(-2.0, abs=0.5)


def test_pause_fades_to_nothing(heard: Heard) -> None:
    """`pause` falls to nothing within 8 s and no faster than 10 dB a second, and stays there."""
    cue, back = heard.at["pause"], heard.at["resume"]
    _, fall = steepest(heard.level[heard.windows(cue, back)], 0.5)
    assert 5.0 < fall <= 10.0
    assert heard.level[heard.windows(cue + 8.7, back)].max() < -90.0


def test_resume_comes_back_from_where_it_was(heard: Heard) -> None:
    """`resume` goes on within half a second of where the music waited, up from nothing."""
    pause, resume = heard.at["pause"], heard.at["resume"]
    level = heard.level
    sounds = np.flatnonzero(level[heard.windows(pause, resume)] > -100.0)
    last = int(pause / WINDOW_S) + int(sounds[-1])
    first = int(resume / WINDOW_S) + int(np.argmax(level[int(resume / WINDOW_S) :] > -100.0))
    size = int(WINDOW_S * RATE)
    before = pitch(heard.samples[(last - 10) * size : last * size])
    after = pitch(heard.samples[first * size : (first + 10) * size])
    lost_s = (after - before) / SWEEP_HZ_PER_S - 10 * WINDOW_S
    assert abs(lost_s) < 0.5
    rise, _ = steepest(level[heard.windows(resume, resume + 13.0)], 0.5)
    assert 1.0 < rise <= 6.0


def _shares(
    heard: Heard, start: float, end: float, out: tuple[float, float], into: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Power of the outgoing and incoming tone, each against its own level when it is alone."""
    stretch = heard.samples[int(start * RATE) : int(end * RATE)]
    gone, come = tone_levels(stretch, *out), tone_levels(stretch, *into)
    return 10 ** ((gone - gone[:20].mean()) / 10), 10 ** ((come - come[-20:].mean()) / 10)


def test_transition_crossfades_with_equal_power(heard: Heard) -> None:
    """`transition` takes 6 s, and the summed power stays within half a dB all the way."""
    cue = heard.at["transition"]
    gone, come = _shares(heard, cue - 1.2, cue + 11.0, TONE_A, TONE_B)
    summed = 10 * np.log10(gone + come)
    assert np.abs(summed).max() < 0.5
    between = np.flatnonzero((come > 0.01) & (come < 0.99))
    assert len(between) * WINDOW_S == pytest.approx(5.2, abs=0.6)


def test_a_track_gives_way_at_its_end_without_a_gap(heard: Heard) -> None:
    """At a track's end the next one is there: equal power over 12 s, never under -60 dBFS."""
    cue = heard.at["transition"]
    seam = cue + 33.0 - 12.0
    gone, come = _shares(heard, seam - 2.5, seam + 14.0, TONE_B, TONE_C)
    summed = 10 * np.log10(gone + come)
    assert np.abs(summed).max() < 0.5
    assert heard.level[heard.windows(cue, heard.at["stop"])].min() > -60.0
    between = np.flatnonzero((come > 0.01) & (come < 0.99))
    assert len(between) * WINDOW_S == pytest.approx(10.4, abs=1.0)


def test_stop_takes_everything_down_at_once(heard: Heard) -> None:
    """`stop` is down to nothing within 1.5 s of its beginning, spread over more than 100 ms."""
    tail = heard.level[heard.windows(heard.at["stop"], heard.at["stop"] + 2.3)]
    full = tail[:2].mean()
    began = int(np.argmax(tail < full - 0.5))
    silent = int(np.argmax(tail < -75.0))
    assert 0.1 < (silent - began) * WINDOW_S <= 1.6
    assert tail[-5:].max() < -90.0


def test_nothing_jumps_or_clicks(heard: Heard) -> None:
    """No 50 ms step over 1 dB above -50 dBFS (`stop` apart), no click, no sample at full scale."""
    kept = heard.samples[: int(heard.at["stop"] * RATE)]
    assert largest_step(levels(kept)) <= 1.0
    # The steepest a tone of 1500 Hz at its level can be, with a seam's partner beside it.
    steepest_own = 2 * np.pi * 1500.0 / RATE * 10 ** ((FULL_DB + 3.0) / 20) * 1.5
    assert np.abs(np.diff(heard.samples)).max() < steepest_own
    assert np.abs(heard.samples).max() < 0.99


def test_the_journal_says_what_was_heard(heard: Heard) -> None:
    """Heard intervals agree with the recording: order, seams, and the pause between two of them."""
    music = [each for each in heard.log["heard"] if each["layer"] == "music"]
    assert [each["title"] for each in music] == ["a", "a", "b", "c"]
    first, second, b, c = music
    paused_s = second["from_s"] - first["to_s"]
    level = heard.level[heard.windows(heard.at["pause"], heard.at["resume"] + 3.0)]
    silent_s = np.count_nonzero(level < -100.0) * WINDOW_S
    assert paused_s == pytest.approx(silent_s, abs=0.3)
    assert b["from_s"] < second["to_s"]
    assert c["from_s"] < b["to_s"]
    assert b["to_s"] - b["from_s"] == pytest.approx(33.0, abs=0.6)
