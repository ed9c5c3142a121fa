"""Where a session goes, recorded: a late dose, a hold across a track's end, a booster, the next
track, a pause of everything, and the closing. An ambience goes on underneath, in a band of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path

import numpy as np
import pytest
from limits import (
    FROM_SILENCE_DB_PER_S,
    crosses,
    hold_to_limits,
    is_silent,
    no_fast_fall,
    no_fast_rise,
    no_full_scale,
)
from recording import Recording
from rig import Rig
from stage import Heard, Stage
from tones import write_noise, write_tone

pytestmark = [pytest.mark.sound, pytest.mark.slow]

ARC = """
name: Course
library: music
defaults: {crossfade: 4 s, level: 0 dB, ambience: {name: noise, level: -10 dB}}
phases:
  arrive: {stage: arrival, until: dose, playlist: first, intensity: 0.1}
  onset: {minutes: 80 s, playlist: low, intensity: 0.1, level: -3 dB}
  more: {stage: peak, only: booster, minutes: 2, playlist: high, intensity: 0.1}
  close: {stage: return, minutes: 1, playlist: low, intensity: 0.1, level: -6 dB}
"""
HZ = {"a": 300.0, "b": 500.0, "c": 800.0, "d": 1100.0}
HIGHEST_HZ = HZ["d"]
NOISE_HZ = (3000.0, 9000.0)
TRACKS = {"a": 31.0, "b": 90.0, "c": 90.0, "d": 90.0}
"""Name and seconds."""


def record(rig: Rig, folder: Path, more: Mapping[str, str] | None = None, until: str = "") -> Heard:
    """The session. What its music is called tells its pitch."""
    write_noise(folder / "music" / "ambience" / "noise.flac", *NOISE_HZ, 15.0)
    for name, seconds in TRACKS.items():
        write_tone(folder / "music" / f"{name}.flac", HZ[name], seconds, intensity=0.1)
    (folder / "arc.yaml").write_text(ARC)
    (folder / "first.yaml").write_text("name: first\ntracks: [music/a.flac]\n")
    (folder / "low.yaml").write_text("name: low\ntracks: [music/a.flac, music/b.flac]\n")
    (folder / "high.yaml").write_text("name: high\ntracks: [music/c.flac, music/d.flac]\n")
    stage = Stage(rig, folder, more, until)
    with stage.playing("arc.yaml"):
        stage.wait(14.0)
        stage.cue("dose", 6.0, "--ago", "1")
        stage.cue("hold", 13.0)
        stage.cue("booster", 1.5)
        stage.cue("transition", 8.0)
        stage.cue("next", 8.0)
        stage.cue("pause", 10.5, "--all")
        stage.cue("resume", 14.0)
        stage.cue("end", 13.5, "12")
    return stage.heard()


@pytest.fixture(scope="module")
def heard(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    return record(rig, tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def music(heard: Heard) -> Heard:
    """The same without the ambience."""
    return Heard(heard.recording.band(100.0, 1500.0), heard.at, heard.log)


def around(name: str) -> tuple[float, float]:
    """Where that track's tone is."""
    return HZ[name] - 60.0, HZ[name] + 60.0


def seam(music: Heard, out: str, into: str, *, after: str, until: str) -> Recording:
    """From a second and a half before a track comes in until one and a half after the seam."""
    begin = music.between(after, until)
    come = begin.band(*around(into)).first_above(-50.0)
    assert come is not None, f"{into} never comes"
    return music.between(come - 1.8, music.at[until])


def test_a_late_dose_is_not_heard(music: Heard) -> None:
    """Said to have been a minute ago: the arc moves, the music goes on, the level glides."""
    dose = music.at["dose"]
    hold_to_limits(music.between(dose - 1.0, "hold"), highest_hz=HIGHEST_HZ)
    before = music.recording.mean_db(dose - 1.0, dose)
    after = music.recording.mean_db(music.at["hold"] - 0.5, music.at["hold"])
    assert after - before == pytest.approx(-3.0, abs=0.4)
    onset = next(each for each in music.log["phases"] if each["name"] == "onset")
    a = next(each for each in music.log["heard"] if each["title"] == "a")
    assert a["to_arc_s"] - (a["to_s"] - onset["start_s"]) == pytest.approx(60.0, abs=0.5)


def test_a_hold_goes_on_across_a_tracks_end(music: Heard) -> None:
    """The track ends while the phase is held: fresh music comes by the phase's own seam of 4 s."""
    part = seam(music, "a", "b", after="hold", until="booster")
    crosses(part, around("a"), around("b"), 4.0)
    hold_to_limits(part, highest_hz=HIGHEST_HZ)


def test_a_booster_is_longer_and_not_louder_at_once(music: Heard) -> None:
    """The booster phase comes by a seam of 6 s, and its level rises by a decibel a second."""
    part = music.between("booster", "next")
    hold_to_limits(part, highest_hz=HIGHEST_HZ)
    assert [each["name"] for each in music.log["phases"]] == ["arrive", "onset", "more"]


def test_next_crosses_with_equal_power(music: Heard) -> None:
    """Another track, whichever it is, over 6 s."""
    cue = music.at["next"]
    titles = [each["title"] for each in music.log["heard"] if each["layer"] == "music"]
    out, into = titles[titles.index("b") + 1 :][:2]
    part = music.between(cue - 1.0, "pause")
    crosses(part, around(out), around(into), 6.0)
    hold_to_limits(part, highest_hz=HIGHEST_HZ)


def test_a_pause_of_everything_is_silent(heard: Heard, music: Heard) -> None:
    """`pause --all` takes the ambience too; `resume` brings both back from nothing."""
    pause, resume = heard.at["pause"], heard.at["resume"]
    is_silent(heard.between(pause + 8.9, resume))
    hold_to_limits(music.between(pause - 0.5, resume), highest_hz=HIGHEST_HZ, silence_s=inf)
    for part in (music.recording, heard.recording.band(*NOISE_HZ).by(0.25)):
        assert no_fast_fall(part.between(pause - 0.5, resume)) > 5.0
        back = part.between(resume - 0.5, heard.at["end"])
        assert no_fast_rise(back, FROM_SILENCE_DB_PER_S) > 1.0
        before, after = part.mean_db(pause - 1.0, pause), part.mean_db(back.ends_s - 1, back.ends_s)
        assert after - before == pytest.approx(0.0, abs=0.5)
    back = music.between(resume - 0.5, "end")
    hold_to_limits(back, highest_hz=HIGHEST_HZ, rise=FROM_SILENCE_DB_PER_S, silence_s=inf)


def test_the_end_comes_down_evenly_to_nothing(heard: Heard, music: Heard) -> None:
    """`end 12`: music and ambience together, in 12 s, and the session is closed."""
    end = heard.at["end"]
    down = music.between(end - 0.5, inf)
    hold_to_limits(down, highest_hz=HIGHEST_HZ, silence_s=inf)
    assert 3.0 < no_fast_fall(down) < 6.5
    is_silent(heard.between(end + 12.8, inf))
    gone = music.between(end, inf).last_above(-80.0)
    assert gone is not None
    assert gone - end == pytest.approx(12.0, abs=1.5)
    assert heard.log["reason"] == "end"


def test_the_ambience_lies_under_all_of_it(heard: Heard) -> None:
    """From its beginning to the pause its band keeps its level; nothing is at full scale."""
    noise = heard.recording.band(*NOISE_HZ).by(0.25)
    began = noise.first_above(-60.0)
    assert began is not None
    level = noise.between(began + 9.0, heard.at["pause"]).level
    assert level.max() - level.min() < 2.0
    assert np.median(level) > -45.0
    no_full_scale(heard.recording)
