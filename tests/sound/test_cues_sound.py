"""The later cues, recorded: talk and reflect, a chosen silence, and a stop that is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import inf
from pathlib import Path

import numpy as np
import pytest
from limits import (
    FROM_SILENCE_DB_PER_S,
    STOP_DB_PER_S,
    hold_to_limits,
    is_silent,
    no_fast_fall,
    no_fast_rise,
)
from rig import Rig
from stage import Heard, Stage
from test_session_sound import FULL_DB, SWEEP_HZ_PER_S
from tones import write_tone

pytestmark = [pytest.mark.sound, pytest.mark.slow]

ARC = """
name: Tone
defaults: {crossfade: 12 s, level: 0 dB}
phases:
  one: {stage: onset, minutes: 5, playlist: one, intensity: 0.3}
"""
HIGHEST_HZ = 1500.0
"""The tone begins at 300 Hz and has risen to this by the end."""


def record(rig: Rig, folder: Path, more: Mapping[str, str] | None = None, until: str = "") -> Heard:
    """The session: talk and back, a silence that ends by itself, two stops that are taken back."""
    write_tone(folder / "a.flac", 300.0, 300.0, sweep_hz_per_s=SWEEP_HZ_PER_S)
    (folder / "arc.yaml").write_text(ARC)
    (folder / "one.yaml").write_text("name: one\ntracks: [a.flac]\n")
    stage = Stage(rig, folder, more, until)
    with stage.playing("arc.yaml"):
        stage.wait(15.0)
        stage.cue("talk", 7.0)
        stage.cue("reflect", 22.0)
        stage.cue("silence", 26.0, "0.2")
        stage.cue("stop", 0.6)
        stage.cue("undo", 13.5)
        stage.cue("stop", 4.0, called="stop again")
        stage.cue("undo", 14.0, called="undo again")
        stage.cue("stop", 2.5, called="at last")
        stage.cue("end", 0.0)
    return stage.heard()


@pytest.fixture(scope="module")
def heard(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    return record(rig, tmp_path_factory.mktemp("cues"))


def test_talk_goes_under_the_voices_in_five_seconds(heard: Heard) -> None:
    """18 dB down, even and gentle, and it stays there."""
    cue, back = heard.at["talk"], heard.at["reflect"]
    before = heard.recording.mean_db(cue - 1.0, cue)
    down = heard.between(cue - 1.0, back)
    hold_to_limits(down, highest_hz=HIGHEST_HZ)
    assert 3.0 < no_fast_fall(down) <= 4.2
    after = heard.recording.mean_db(cue + 5.9, back)
    assert after - before == pytest.approx(-18, abs=0.5)


def test_reflect_comes_back_no_faster_than_a_decibel_a_second(heard: Heard) -> None:
    """Up again over 20 s to where it was."""
    cue, then = heard.at["reflect"], heard.at["silence"]
    up = heard.between(cue - 0.5, then)
    hold_to_limits(up, highest_hz=HIGHEST_HZ)
    assert no_fast_rise(up) > 0.7
    assert heard.recording.mean_db(then - 0.8, then) == pytest.approx(FULL_DB, abs=3.0)


def test_a_silence_is_silent_and_ends_by_itself(heard: Heard) -> None:
    """Twelve seconds after the cue the music comes back from where it was, from nothing."""
    cue = heard.at["silence"]
    whole = heard.between(cue - 0.5, "stop")
    silent = np.flatnonzero(whole.level < -100.0)
    began, ended = whole.at_s(int(silent[0])), whole.at_s(int(silent[-1]))
    assert began - cue < 9.0
    assert ended - cue == pytest.approx(12.3, abs=0.8)
    is_silent(heard.between(began, ended), -100.0)
    lost = heard.recording.pitch(ended + 0.075, 0.4) - heard.recording.pitch(began - 0.475, 0.4)
    assert abs(lost / SWEEP_HZ_PER_S - 0.55) < 0.6
    hold_to_limits(whole, highest_hz=HIGHEST_HZ, rise=FROM_SILENCE_DB_PER_S, silence_s=inf)
    assert no_fast_rise(whole, FROM_SILENCE_DB_PER_S) > 1.0


def test_a_stop_taken_back_at_once_turns_round(heard: Heard) -> None:
    """Half-way down it rises again, gently, and the tone has gone on all the while."""
    stop, undo, then = heard.at["stop"], heard.at["undo"], heard.at["stop again"]
    low = heard.between(stop, then).level.min()
    assert -110.0 <= low < FULL_DB - 6.0
    hold_to_limits(
        heard.between(stop - 0.5, then),
        highest_hz=HIGHEST_HZ,
        rise=FROM_SILENCE_DB_PER_S,
        fall=STOP_DB_PER_S,
        silence_s=3.0,  # It may have been under -60 dBFS when it turned.
    )
    assert no_fast_rise(heard.between(undo, then), FROM_SILENCE_DB_PER_S) > 1.0
    assert heard.recording.mean_db(then - 0.8, then) == pytest.approx(FULL_DB, abs=3.0)


def test_a_stop_taken_back_later_comes_back_from_where_it_was(heard: Heard) -> None:
    """All was silent; it comes up from nothing at the second it was left."""
    stop, undo, then = (heard.at[name] for name in ("stop again", "undo again", "at last"))
    is_silent(heard.between(stop + 2.5, undo), -100.0)
    last = heard.between(stop, undo).last_above(-70.0)
    first = heard.between(undo, then).first_above(-70.0)
    assert last is not None
    assert first is not None
    lost = heard.recording.pitch(first + 0.075, 0.4) - heard.recording.pitch(last - 0.475, 0.4)
    assert abs(lost / SWEEP_HZ_PER_S - 0.55) < 1.0
    hold_to_limits(
        heard.between(stop - 0.5, then),
        highest_hz=HIGHEST_HZ,
        rise=FROM_SILENCE_DB_PER_S,
        fall=STOP_DB_PER_S,
        silence_s=inf,
    )
    assert no_fast_rise(heard.between(undo - 0.5, then), FROM_SILENCE_DB_PER_S) > 1.0


def test_the_journal_knows_each_stretch(heard: Heard) -> None:
    """The silence and the long stop part the one track into three; the short stop does not."""
    music = [each for each in heard.log["heard"] if each["layer"] == "music"]
    assert [each["title"] for each in music] == ["a", "a", "a"]
    assert [round(b["from_s"] - a["to_s"]) for a, b in pairwise(music)] == [5, 3]
    assert heard.log["reason"] == "stop"
