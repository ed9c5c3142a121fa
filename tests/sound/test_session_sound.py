"""A real session through the real program into a real sound server: what is heard is measured.

One session of a minute and a half is recorded; every test reads the same recording. Its tracks
are tones of different pitch, so that each can be told from the other while both sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path

import numpy as np
import pytest
from limits import (
    FROM_SILENCE_DB_PER_S,
    STOP_DB_PER_S,
    crosses,
    hold_to_limits,
    is_silent,
    no_fast_fall,
    no_fast_rise,
    no_silence,
)
from recording import HOP_S
from rig import Rig
from stage import Heard, Stage
from tones import write_tone

from soundscape.core.track import DRAIN_S

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
B_S = 40.0
HIGHEST_HZ = 1500.0
FULL_DB = -23.0
"""About where a sine ends up once it is matched to -23 LUFS; K-weighting moves it a little."""


def record(rig: Rig, folder: Path, more: Mapping[str, str] | None = None, until: str = "") -> Heard:
    """The session: start, softer, pause, resume, the next phase, a track's end, stop."""
    write_tone(folder / "a.flac", 300.0, 120.0, sweep_hz_per_s=SWEEP_HZ_PER_S)
    write_tone(folder / "b.flac", 1000.0, B_S)
    write_tone(folder / "c.flac", 1500.0, 120.0, intensity=0.6)
    (folder / "arc.yaml").write_text(ARC)
    (folder / "one.yaml").write_text("name: one\ntracks: [a.flac]\n")
    (folder / "two.yaml").write_text("name: two\ntracks: [b.flac, c.flac]\n")
    stage = Stage(rig, folder, more, until)
    with stage.playing("arc.yaml"):
        stage.wait(15.0)
        stage.cue("soften", 8.0)
        stage.cue("pause", 10.5)
        stage.cue("resume", 14.5)
        stage.cue("transition", 44.0)
        stage.cue("stop", 4.0)
    return stage.heard()


@pytest.fixture(scope="module")
def heard(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    return record(rig, tmp_path_factory.mktemp("tones"))


def test_the_session_rises_from_nothing_no_faster_than_allowed(heard: Heard) -> None:
    """A start comes up from nothing, at most 6 dB a second above -50 dBFS, to its full level."""
    until = heard.at["soften"]
    start = heard.between("start", until)
    assert start.level[:5].max() < -80.0
    hold_to_limits(start, highest_hz=HIGHEST_HZ, rise=FROM_SILENCE_DB_PER_S, silence_s=inf)
    assert no_fast_rise(start, FROM_SILENCE_DB_PER_S) > 1.0
    assert heard.recording.mean_db(until - 1.0, until) == pytest.approx(FULL_DB, abs=3.0)
    began = start.first_above(-60.0)
    assert began is not None
    no_silence(heard.between(began + 0.2, "pause"))


def test_soften_is_four_db_and_two_of_them_within_a_second(heard: Heard) -> None:
    """`soften` is felt now: 2 dB in the first second, 4 dB in all, within half a dB."""
    cue = heard.at["soften"]
    before = heard.recording.mean_db(cue - 1.0, cue)
    after = heard.recording.mean_db(cue + 6.8, cue + 7.6)
    # The cue's time is known from the size of a file; when the fall began is read off the sound.
    tail = heard.between(cue, cue + 2.0)
    began = tail.at_s(int(np.argmax(tail.level < before - 0.15)))
    within_a_second = heard.recording.mean_db(began + 0.9, began + 1.05)
    assert after - before == pytest.approx(-4.0, abs=0.5)
    assert within_a_second - before == pytest.approx(-2.0, abs=0.5)
    hold_to_limits(heard.between(cue - 1.0, "pause"), highest_hz=HIGHEST_HZ)


def test_pause_fades_to_nothing(heard: Heard) -> None:
    """`pause` falls to nothing within 8 s and no faster than 10 dB a second, and stays there."""
    cue, back = heard.at["pause"], heard.at["resume"]
    pause = heard.between(cue - 0.5, back)
    hold_to_limits(pause, highest_hz=HIGHEST_HZ, silence_s=inf)
    assert no_fast_fall(pause) > 5.0
    is_silent(heard.between(cue + 8.7, back))


def test_resume_comes_back_from_where_it_was(heard: Heard) -> None:
    """`resume` goes on within half a second of where the music waited, up from nothing."""
    pause, resume = heard.at["pause"], heard.at["resume"]
    last = heard.between(pause, resume).last_above(-100.0)
    back = heard.between(resume - 0.5, resume + 13.0)
    first = back.first_above(-100.0)
    assert last is not None
    assert first is not None
    before = heard.recording.pitch(last - 0.525, 0.5)
    after = heard.recording.pitch(first - 0.025, 0.5)
    assert abs((after - before) / SWEEP_HZ_PER_S - 0.5) < 0.5
    hold_to_limits(back, highest_hz=HIGHEST_HZ, rise=FROM_SILENCE_DB_PER_S, silence_s=inf)
    assert no_fast_rise(back, FROM_SILENCE_DB_PER_S) > 1.0


def test_transition_crossfades_with_equal_power(heard: Heard) -> None:
    """`transition` takes 6 s, and the summed power stays within half a dB all the way."""
    cue = heard.at["transition"]
    seam = heard.between(cue - 1.2, cue + 11.0)
    crosses(seam, TONE_A, TONE_B, 6.0)
    hold_to_limits(seam, highest_hz=HIGHEST_HZ)


def test_a_track_gives_way_at_its_end_without_a_gap(heard: Heard) -> None:
    """At a track's end the next one is there: equal power over 12 s, never under -60 dBFS."""
    cue = heard.at["transition"]
    seam = cue + B_S - DRAIN_S - 12.0
    crosses(heard.between(seam - 2.5, seam + 14.0), TONE_B, TONE_C, 12.0)
    hold_to_limits(heard.between(cue, "stop"), highest_hz=HIGHEST_HZ)


def test_stop_takes_everything_down_at_once(heard: Heard) -> None:
    """`stop` is down to nothing within 1.5 s of its beginning, spread over more than 100 ms."""
    tail = heard.between(heard.at["stop"] - 0.5, inf)
    full = tail.level[:10].mean()
    began = int(np.argmax(tail.level < full - 0.5))
    silent = int(np.argmax(tail.level < -75.0))
    assert 0.1 < (silent - began) * HOP_S <= 1.6
    is_silent(heard.between(tail.at_s(silent) + 0.3, inf))
    hold_to_limits(tail, highest_hz=HIGHEST_HZ, fall=STOP_DB_PER_S, silence_s=inf)


def test_the_journal_says_what_was_heard(heard: Heard) -> None:
    """Heard intervals agree with the recording: order, seams, and the pause between two of them."""
    music = [each for each in heard.log["heard"] if each["layer"] == "music"]
    assert [each["title"] for each in music] == ["a", "a", "b", "c"]
    first, second, b, c = music
    paused_s = second["from_s"] - first["to_s"]
    level = heard.between("pause", heard.at["resume"] + 3.0).level
    silent_s = np.count_nonzero(level < -100.0) * HOP_S
    assert paused_s == pytest.approx(silent_s, abs=0.3)
    assert b["from_s"] < second["to_s"]
    assert c["from_s"] < b["to_s"]
    assert b["to_s"] - b["from_s"] == pytest.approx(B_S - DRAIN_S, abs=0.6)
