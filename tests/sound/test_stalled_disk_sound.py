"""Disks that stall while a session plays, and decks that hang: what is heard of it, recorded.

The disks are real ones for all that the program can tell: folders seen through FUSE, in which every
open and read waits as long as the test says.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from math import inf
from pathlib import Path

import numpy as np
import pytest
from limits import (
    FLOOR_DB,
    FROM_SILENCE_DB_PER_S,
    hold_to_limits,
    is_silent,
    no_fast_fall,
    no_fast_rise,
    no_silence,
    no_step,
    stays_at,
)
from recording import levels
from rig import Rig
from stage import Stage
from stalled_disk import StalledDisk
from support.until import until
from tones import write_dense_tone, write_noise

pytestmark = [pytest.mark.sound, pytest.mark.slow]

ARC = """
name: Stall
defaults: {{crossfade: 4 s, level: 0 dB}}
phases:
  one: {{stage: onset, minutes: 9, playlist: [{music}], intensity: 0.3, ambience: {ambience}}}
"""
HIGHEST_HZ = 900.0
NOISE_HZ = (2000.0, 6000.0)
STOP_S = 2.0
"""Whatever hangs, the room is silent so long after `stop`."""

CUT_S = 0.6
"""So long after a second one, on a machine that is busy with a recording."""

PATIENCE_S = 120.0


def _write_arc(folder: Path, ambience: Path, *music: Path) -> None:
    names = ", ".join(map(str, music))
    (folder / "arc.yaml").write_text(ARC.format(music=names, ambience=ambience))


def _plays_from(stage: Stage, seconds: float) -> Path:
    """Wait until a track has played so long; its path."""

    def played() -> bool:
        track = stage.status()["track"]
        return bool(track and (track["position_s"] or 0.0) > seconds)

    until(played)
    return Path(stage.status()["track"]["path"])


def test_a_disk_that_stalls_costs_its_own_track_alone(rig: Rig, tmp_path: Path) -> None:
    """In the middle of a track its disk stalls: the track is crossed over to one on another disk
    before it runs dry, the ambience does not move, and nothing of it is heard again when the disk
    is back."""
    noise = write_noise(tmp_path / "noise.flac", *NOISE_HZ, 60.0)
    with ExitStack() as stack:
        disks: list[StalledDisk] = []
        for name, hz in (("a", 500.0), ("b", 800.0)):
            write_dense_tone(tmp_path / "store" / name / f"{name}.wav", hz, 60.0)
            disk = StalledDisk(tmp_path / "store" / name, tmp_path / name)
            disks.append(stack.enter_context(disk))
        _write_arc(tmp_path, noise, *(disk.mount for disk in disks))
        stage = Stage(rig, tmp_path)
        with stage.playing("arc.yaml"):
            path = _plays_from(stage, 14.0)
            stage.mark("stall")
            stalled = next(disk for disk in disks if path.is_relative_to(disk.mount))
            stalled.stall()
            until(lambda: (stage.status()["track"] or {}).get("path") not in (None, str(path)))
            stage.wait(22.0)
            stalled.answer()
            stage.mark("back")
            stage.wait(5.0)
    heard = stage.heard()
    music = heard.between(heard.at["stall"] - 2.0, inf).band(0.0, NOISE_HZ[0] - 500.0)
    hold_to_limits(music, highest_hz=HIGHEST_HZ)
    ambience = heard.between(heard.at["stall"] - 2.0, inf).band(*NOISE_HZ)
    by_second = levels(ambience.samples, 1.0, 1.0)
    stays_at(ambience, np.full(len(by_second) - 1, by_second[0]), 1.0)
    faults = [(fault["what"], fault["where"]) for fault in heard.log["faults"]]
    assert faults == [("stalled", str(path))]
    assert heard.log["heard"][-1]["path"] != str(path)


def _mid_track(stage: Stage, disk: StalledDisk) -> None:
    """Both layers play on what was read ahead of them."""
    disk.stall()
    stage.wait(6.0)


def _opening(stage: Stage, disk: StalledDisk) -> None:
    """The next track's file does not open."""
    disk.stall("open")
    stage.cue("next", 0.6)


def _in_a_seam(stage: Stage, disk: StalledDisk) -> None:
    """Two tracks cross, and neither can be read any further."""
    stage.cue("next", 2.5)
    disk.stall()
    stage.wait(1.5)


@pytest.mark.parametrize("stalls", [_mid_track, _opening, _in_a_seam])
def test_stop_is_true_while_the_disk_of_all_that_sounds_stalls(
    rig: Rig, tmp_path: Path, stalls: Callable[[Stage, StalledDisk], None]
) -> None:
    """Music and ambience lie on a disk that has stalled: `stop` is as quick as ever, and all stays
    silent when the disk is back. `undo` brings the music back softly then."""
    store = tmp_path / "store"
    for name, hz in (("music/a", 500.0), ("music/b", 800.0), ("rain", 300.0)):
        write_dense_tone(store / f"{name}.wav", hz, 60.0)
    with StalledDisk(store, tmp_path / "mount") as disk:
        _write_arc(tmp_path, disk.mount / "rain.wav", disk.mount / "music")
        stage = Stage(rig, tmp_path)
        with stage.playing("arc.yaml"):
            _plays_from(stage, 14.0)
            stage.mark("stall")
            stalls(stage, disk)
            stage.cue("stop", 5.0)
            disk.answer()
            stage.wait(3.0)
            stage.cue("undo", 9.0)
    heard = stage.heard()
    is_silent(heard.between(heard.at["stop"] + STOP_S, heard.at["undo"]))
    before = heard.between(heard.at["stall"] - 1.0, heard.at["stop"])
    no_step(before)
    no_fast_fall(before)
    no_silence(before)
    after = heard.between(heard.at["undo"], inf)
    no_fast_rise(after, FROM_SILENCE_DB_PER_S)
    assert after.level.max() > FLOOR_DB


@pytest.mark.parametrize("name", ["", "stop"])
def test_decks_that_hang_are_followed(rig: Rig, tmp_path: Path, name: str) -> None:
    """The decks' thread does not come back, for whatever reason. Without a cue the heartbeat stops,
    and another engine plays. With `stop` the room is silent all the same, and stays so."""
    music = write_dense_tone(tmp_path / "music" / "a.wav", 500.0, 60.0)
    noise = write_noise(tmp_path / "noise.flac", *NOISE_HZ, 60.0)
    _write_arc(tmp_path, noise, music.parent)
    hang = tmp_path / "hang"
    broken = {
        "PYTHONPATH": str(Path(__file__).with_name("sabotage")),
        "SABOTAGE": "hung_decks",
        "HANG": str(hang),
    }
    stage = Stage(rig, tmp_path, broken)
    with stage.playing("arc.yaml"):
        _plays_from(stage, 14.0)
        engine = stage.status()["pids"]["engine"]
        hang.touch()
        until(lambda: not hang.exists())
        stage.mark("hang")
        if name:
            stage.cue(name, 0.0)
        until(lambda: stage.engine not in (0, engine))
        stage.mark("followed")
        stage.wait(8.0)
    heard = stage.heard()
    if name:
        is_silent(heard.between(heard.at["stop"] + STOP_S, inf))
    else:
        no_silence(heard.between("followed", inf), 6.0)
        no_fast_rise(heard.between("followed", inf), FROM_SILENCE_DB_PER_S)


def test_stop_silences_an_engine_that_stands_still(rig: Rig, tmp_path: Path) -> None:
    """Its process gets no time at all and cannot be told: it is ended, its sound goes with it, and
    the one that follows stays silent."""
    music = write_dense_tone(tmp_path / "music" / "a.wav", 500.0, 60.0)
    noise = write_noise(tmp_path / "noise.flac", *NOISE_HZ, 60.0)
    _write_arc(tmp_path, noise, music.parent)
    stage = Stage(rig, tmp_path)
    with stage.playing("arc.yaml"):
        _plays_from(stage, 8.0)
        engine = stage.engine
        os.kill(engine, signal.SIGSTOP)
        time.sleep(0.3)
        stage.cue("stop", 4.0)
        assert stage.engine not in (0, engine)
    is_silent((heard := stage.heard()).between(heard.at["stop"] + STOP_S, inf))


def test_a_stop_said_twice_cuts_while_the_disk_stalls(rig: Rig, tmp_path: Path) -> None:
    """The second one does not wait for the first, nor for the disk."""
    store = tmp_path / "store"
    for name, hz in (("music/a", 500.0), ("rain", 300.0)):
        write_dense_tone(store / f"{name}.wav", hz, 60.0)
    with StalledDisk(store, tmp_path / "mount") as disk:
        _write_arc(tmp_path, disk.mount / "rain.wav", disk.mount / "music")
        stage = Stage(rig, tmp_path)
        with stage.playing("arc.yaml"):
            _plays_from(stage, 8.0)
            disk.stall()
            stage.cue("stop", 0.3)
            stage.cue("stop", 2.0, called="cut")
            disk.answer()
            stage.wait(2.0)
    heard = stage.heard()
    is_silent(heard.between(heard.at["cut"] + CUT_S, inf))


def test_a_disk_that_stalls_at_a_seek_costs_no_more_than_elsewhere(
    rig: Rig, tmp_path: Path
) -> None:
    """A cue point lies minutes into a file, and the disk stalls as soon as that file is open: what
    plays goes on until something else has come."""
    write_dense_tone(tmp_path / "here" / "a.wav", 500.0, 60.0)
    noise = write_noise(tmp_path / "noise.flac", *NOISE_HZ, 60.0)
    write_dense_tone(tmp_path / "store" / "b.wav", 800.0, 400.0)
    with StalledDisk(tmp_path / "store", tmp_path / "mount") as disk:
        cued = tmp_path / "cued.m3u8"
        cued.write_text(f"{disk.mount / 'b.wav'}#t=300,390\n")
        _write_arc(tmp_path, noise, tmp_path / "here", cued)
        stage = Stage(rig, tmp_path)
        with stage.playing("arc.yaml"):
            path = _plays_from(stage, 8.0)
            disk.stall("read")
            stage.mark("stall")
            stage.cue("next", 8.0)
            disk.answer()
            stage.wait(3.0)
    heard = stage.heard()
    music = heard.between(heard.at["stall"] - 2.0, inf).band(0.0, NOISE_HZ[0] - 500.0)
    no_step(music)
    no_silence(music)
    assert path.name == "a.wav"


def test_the_first_track_waits_for_a_disk_that_sleeps(rig: Rig, tmp_path: Path) -> None:
    """A disk that takes some seconds to wake costs a later beginning and nothing else: no track is
    left out for it, and the music comes up from nothing."""
    write_dense_tone(tmp_path / "store" / "a.wav", 500.0, 60.0)
    write_dense_tone(tmp_path / "store" / "b.wav", 800.0, 60.0)
    noise = write_noise(tmp_path / "noise.flac", *NOISE_HZ, 60.0)
    with StalledDisk(tmp_path / "store", tmp_path / "mount") as disk:
        _write_arc(tmp_path, noise, disk.mount)
        stage = Stage(rig, tmp_path)
        stage.soundscape("plan", str(tmp_path / "arc.yaml"))
        disk.stall("read")
        with stage.playing("arc.yaml"):
            until(lambda: disk.waiting)
            stage.wait(6.0)
            disk.answer()
            stage.mark("awake")
            _plays_from(stage, 3.0)
            first = stage.status()["track"]["path"]
            stage.wait(6.0)
    heard = stage.heard()
    assert heard.log["faults"] == []
    assert [row["path"] for row in heard.log["heard"] if row["layer"] == "music"] == [first]
    no_fast_rise(heard.between("awake", inf), FROM_SILENCE_DB_PER_S)
