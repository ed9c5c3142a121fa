"""Ambiences, recorded: under music, under talk and alone they go on, and their loop has no seam.

Two recordings. One is of a session with an ambience of steady noise, short enough to go
round every nine seconds, in a band where the music has nothing: its level may not move. The other
is of all the starter ambiences, whole files, each on an output of its own, as they come round; what
should be heard there is known from the files.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from pathlib import Path

import av
import numpy as np
import pytest
from limits import (
    FROM_SILENCE_DB_PER_S,
    hold_to_limits,
    is_silent,
    no_click,
    no_fast_fall,
    no_fast_rise,
    no_silence,
    slope_in,
    stays_at,
)
from recording import RATE, Floats, Recording, levels
from rig import Rig
from stage import Heard, Stage
from tones import write_noise, write_tone

from soundscape.audio.deck import LOOP_FADE_S
from soundscape.core.track import DRAIN_S
from soundscape.starter.make import make_starter
from soundscape.starter.pieces import AMBIENCE_NAMES

pytestmark = [pytest.mark.sound, pytest.mark.slow]

ARC = """
name: Noise
library: music
defaults: {crossfade: 4 s, level: 0 dB, ambience: {name: noise, level: -18 dB}}
phases:
  alone: {stage: arrival, minutes: 5}
  music: {stage: onset, minutes: 5, playlist: one, intensity: 0.3}
"""
TONE_HZ = 300.0
NOISE_HZ = (2000.0, 6000.0)
ROUND_S = 14.0 - 14.0 / 3 - DRAIN_S
"""How long a round of the noise takes: its file without the part that crosses, and its last."""

BEFORE_END_S = 16.0
"""The starter ambiences are played from so long before their end."""

STARTER_S = 25.0
UP_S = 7.0
"""Their own fade is over by then."""

WINDOW_S = 2.0


def record(rig: Rig, folder: Path, more: Mapping[str, str] | None = None, until: str = "") -> Heard:
    """The session: ambience alone, with music, under talk, while the music is paused, gone."""
    write_noise(folder / "music" / "ambience" / "noise.flac", *NOISE_HZ, 14.0)
    write_tone(folder / "music" / "a.flac", TONE_HZ, 120.0)
    (folder / "arc.yaml").write_text(ARC)
    (folder / "one.yaml").write_text("name: one\ntracks: [music/a.flac]\n")
    stage = Stage(rig, folder, more, until)
    with stage.playing("arc.yaml"):
        stage.wait(21.0)
        stage.cue("transition", 14.0)
        stage.cue("talk", 9.0)
        stage.cue("pause", 10.0)
        stage.cue("ambience", 9.0, "off")
    return stage.heard()


@dataclass(frozen=True)
class Loop:
    """One starter ambience: what was recorded of it, and its file's left channel at `RATE`."""

    recording: Recording
    file: Floats


def _left_channel(path: Path) -> Floats:
    resampler = av.AudioResampler("fltp", "stereo", RATE)
    blocks = []
    with av.open(str(path)) as file:
        for frame in [*file.decode(audio=0), None]:
            blocks += [made.to_ndarray()[0] for made in resampler.resample(frame)]
    return np.concatenate(blocks).astype(np.float64)


def make(folder: Path) -> dict[str, Path]:
    """All starter ambiences, whole."""
    return dict(zip(AMBIENCE_NAMES, make_starter(folder, AMBIENCE_NAMES), strict=True))


def record_starters(rig: Rig, paths: Mapping[str, Path]) -> dict[str, Loop]:
    """Each on an output of its own, through the real decks, from shortly before its end."""
    files = {name: _left_channel(path) for name, path in paths.items()}
    jobs = []
    with ExitStack() as stack, ThreadPoolExecutor(len(paths)) as together:
        recordings = []
        for name, path in paths.items():
            seconds = len(files[name]) / RATE
            job = {"path": str(path), "seconds": seconds, "from_s": seconds - BEFORE_END_S}
            jobs.append({**job, "sink": name})
            rig.add_sink(name)
            recordings.append(rig.recording(path.with_suffix(".recording"), name))
        list(together.map(stack.enter_context, recordings))  # A new sink takes 2 s to begin.
        program = [sys.executable, str(Path(__file__).with_name("loop_player.py"))]
        player = subprocess.Popen([*program, json.dumps(jobs)], env=rig.env, stdin=subprocess.PIPE)
        try:
            time.sleep(STARTER_S)
            assert player.poll() is None
        finally:
            player.communicate()
    return {
        name: Loop(Recording.read(path.with_suffix(".recording")), files[name])
        for name, path in paths.items()
    }


@pytest.fixture(scope="module")
def loops(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Loop]:
    return record_starters(rig, make(tmp_path_factory.mktemp("starters")))


@pytest.fixture(scope="module")
def heard(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    return record(rig, tmp_path_factory.mktemp("ambience"))


def going_round(heard: Heard) -> Recording:
    """The ambience's own band, from when it is up until it is let go."""
    began = heard.recording.first_above(-60.0)
    assert began is not None
    up = heard.recording.band(*NOISE_HZ).between(began + 9.0, heard.at.get("ambience", inf))
    return up.between(up.starts_s, up.ends_s - 0.5)


def keeps_its_level(noise: Recording) -> None:
    """Every quarter of a second is as loud as the others."""
    level = levels(noise.samples, 0.25, 0.25)
    stays_at(noise, np.full(len(level), np.median(level)), 0.25)


def expected(loop: Loop, name: str) -> tuple[Recording, Floats]:
    """The stretch around the seam, and the level it should have, each `WINDOW_S`: its end and its
    beginning by equal power, which is what sounds add up to that have nothing in common."""
    began = loop.recording.first_above(-90.0)
    assert began is not None, name
    file, size = loop.file, round(WINDOW_S * RATE)
    before = file[-round(BEFORE_END_S * RATE) : -round(DRAIN_S * RATE)]
    seam = round((LOOP_FADE_S - 0.2) * RATE)  # A deck takes a moment to open its file.
    after = file[: seam + 5 * RATE]
    angle = np.clip(np.arange(seam) / (LOOP_FADE_S * RATE), 0.0, 1.0) * np.pi / 2
    gone = before.copy()
    gone[-seam:] *= np.cos(angle)
    come = after.copy()
    come[:seam] *= np.sin(angle)
    power = np.zeros(len(before) + len(after) - seam)
    power[: len(before)] += gone**2
    power[len(before) - seam :] += come**2
    whole = np.sqrt(power)
    wanted = levels(whole[round(UP_S * RATE) :], WINDOW_S, WINDOW_S)
    stretch = loop.recording.between(began + UP_S, inf)
    length = min(len(wanted), len(stretch.samples) // size)
    return stretch.between(0.0, stretch.starts_s + length * WINDOW_S), wanted[:length]


@pytest.mark.parametrize("name", AMBIENCE_NAMES)
def test_a_starter_ambience_comes_round_without_a_seam(loops: dict[str, Loop], name: str) -> None:
    """Within 1 dB of what the file holds, two seconds at a time; no click; never silent."""
    stretch, wanted = expected(loops[name], name)
    assert len(wanted) * WINDOW_S >= BEFORE_END_S - UP_S + 2.0
    stays_at(stretch, wanted, WINDOW_S)
    no_click(stretch, slope_in(loops[name].file), percents=2)
    no_silence(stretch)


def test_an_ambience_stays_where_it_is_whatever_the_music_does(heard: Heard) -> None:
    """Alone, under music, under talk, in a pause: its own band keeps its level within 1 dB, in
    every quarter of a second, and it goes round again and again meanwhile."""
    noise = going_round(heard)
    assert noise.ends_s - noise.starts_s > 4 * ROUND_S
    keeps_its_level(noise)
    (ambience,) = [each for each in heard.log["heard"] if each["layer"] == "ambience"]
    assert ambience["to_s"] - ambience["from_s"] > 5 * ROUND_S


def test_an_ambience_begins_and_ends_gently(heard: Heard) -> None:
    """Up from nothing and down to nothing, no faster than music may."""
    slowly = heard.recording.by(0.25)
    first, last = slowly.between(0.0, 18.0), slowly.between(heard.at["ambience"] - 1.0, inf)
    assert no_fast_rise(first, FROM_SILENCE_DB_PER_S) > 1.0
    assert no_fast_fall(last) > 1.0
    is_silent(heard.between(heard.at["ambience"] + 8.7, heard.at["ambience"] + 9.0))


def test_music_comes_and_goes_over_an_ambience(heard: Heard) -> None:
    """The music's band has nothing before its phase, comes from nothing, goes under, and falls."""
    music = heard.recording.band(200.0, 400.0)
    cues = ["start", "transition", "talk", "pause", "ambience"]
    alone, came, under, paused = (
        music.between(heard.at[a], heard.at[b]) for a, b in pairwise(cues)
    )
    is_silent(alone, -80.0)
    hold_to_limits(
        music.between(heard.at["transition"] - 1.0, came.ends_s),
        highest_hz=TONE_HZ,
        rise=FROM_SILENCE_DB_PER_S,
        silence_s=inf,
    )
    hold_to_limits(music.between(came.ends_s - 1.0, under.ends_s), highest_hz=TONE_HZ)
    hold_to_limits(paused, highest_hz=TONE_HZ, silence_s=inf)
    is_silent(music.between(paused.ends_s - 1.0, paused.ends_s), -80.0)
