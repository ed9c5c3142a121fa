"""A running session is moved to another output, its engine dies there, the output goes, and it is
moved back: one real session on PulseAudio, both outputs recorded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from limits import (
    FLOOR_DB,
    FROM_SILENCE_DB_PER_S,
    hold_to_limits,
    is_silent,
    no_fast_rise,
    no_step,
)
from recording import Recording
from rig import Rig
from stage import Stage
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
HANG_S = 120.0
SILENT_S = 5.0
"""Seconds from the jack to silence on a machine however busy; half a one where it is not."""


@dataclass
class Told:
    """What the room's output and the headphones got, when in both recordings what was done, what
    was said, and the journal's facts."""

    room: Recording
    phones: Recording
    at: dict[str, float]
    said: dict[str, str]
    facts: list[dict[str, Any]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("moved")
    rig = Rig(folder, modules=("module-rescue-streams",))
    write_tone(folder / "a.flac", 440.0, 280.0)
    (folder / "arc.yaml").write_text(ARC)
    (folder / "one.yaml").write_text("name: one\ntracks: [a.flac]\n")
    env = {**rig.env, "SOUNDSCAPE_HOME": str(folder / "home")}
    program = str(Path(sys.executable).with_name("soundscape"))
    clock = BootClock()
    at: dict[str, float] = {}
    said: dict[str, str] = {}

    def soundscape(*words: str) -> str:
        done = subprocess.run([program, *words], env=env, capture_output=True, text=True)
        return done.stdout + done.stderr

    def wait(what: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        def look() -> Any:
            found = json.loads(soundscape("status", "--json"))
            return what(found) and found

        return until(look, "for the status", pause_s=0.1)

    def wait_for(kind: str, count: int = 1) -> None:
        (journal,) = (folder / "home" / "sessions").glob("*/journal.jsonl")
        line = f'"type":"{kind}"'
        until(lambda: journal.read_text("utf-8").count(line) >= count, f"for {kind}", pause_s=0.1)

    def sounds(status: dict[str, Any]) -> Any:
        return status["track"] and status["track"]["sounds"]

    rig.start()
    rig.ask("load-module", "module-null-sink", "sink_name=phones", "rate=48000", "format=float32le")
    try:
        soundscape("run", str(folder / "arc.yaml"), "--detach", "--seed", "1")
        with rig.recording(folder / "room-tape"), rig.recording(folder / "phones-tape", "phones"):
            zero = clock.now()

            def do(name: str, *words: str) -> None:
                at[name] = clock.now() - zero
                if words:
                    said[name] = soundscape(*words)

            wait(sounds)
            time.sleep(13.0)
            do("refused", "output", "fones")
            do("moved", "output", "phones")
            wait_for("output_back")
            wait(sounds)
            time.sleep(14.0)
            do("killed")
            engine = wait(sounds)["pids"]["engine"]
            os.kill(engine, signal.SIGKILL)
            wait(lambda now: now["pids"]["engine"] != engine and sounds(now))
            do("back")
            time.sleep(9.0)
            do("gone")
            modules = rig.ask("list", "short", "modules").splitlines()
            (phones,) = [line.split()[0] for line in modules if "sink_name=phones" in line]
            rig.ask("unload-module", phones)
            said["lost"] = wait(lambda now: "gone" in now["health"]["output"])["health"]["output"]
            time.sleep(4.0)
            do("on", "output", "out")
            wait(sounds)
            time.sleep(13.0)
            do("over")
    finally:
        for name in ("stop", "stop", "end"):
            soundscape(name)
        rig.stop()
    (journal,) = (folder / "home" / "sessions").glob("*/journal.jsonl")
    facts = [json.loads(line)["fact"] for line in journal.read_text("utf-8").splitlines()]
    room, phones_heard = (Recording.read(folder / name) for name in ("room-tape", "phones-tape"))
    return Told(room, phones_heard, at, said, facts)


def test_a_name_that_is_none_is_refused_with_the_nearest(told: Told) -> None:
    """Nothing moves."""
    assert "did you mean `phones`" in told.said["refused"]


def test_a_running_session_moves_softly(told: Told) -> None:
    """Down in the room within the limits, then up from nothing in the headphones to the same
    level; the room is silent from then on."""
    moved_s = told.at["moved"]
    room = told.room.between(moved_s - 2.0, moved_s + 14.0)
    hold_to_limits(room, highest_hz=440.0, silence_s=14.0)
    is_silent(told.room.between(moved_s + 14.0, told.at["gone"]))
    full_db = told.room.mean_db(moved_s - 3.0, moved_s - 1.0)
    killed_s = told.at["killed"]
    phones = told.phones.between(0.0, killed_s)
    no_step(phones)
    no_fast_rise(phones, FROM_SILENCE_DB_PER_S)
    assert told.phones.mean_db(killed_s - 1.5, killed_s - 0.5) == pytest.approx(full_db, abs=1.0)
    assert "output_lost" not in [fact["type"] for fact in told.facts[: _place(told, "recovered")]]


def test_headphones_pulled_from_a_jack_are_silence_until_they_are_back(
    rig: Rig, tmp_path: Path
) -> None:
    """The room's speakers get nothing at any level; what was lost is named with the way on, and the
    music comes back from nothing with the headphones."""
    write_tone(tmp_path / "a.flac", 440.0, 280.0)
    (tmp_path / "arc.yaml").write_text(ARC)
    (tmp_path / "one.yaml").write_text("name: one\ntracks: [a.flac]\n")
    jack = tmp_path / "jack"
    sabotage = {"PYTHONPATH": str(Path(__file__).with_name("sabotage")), "SABOTAGE": "with_a_jack"}
    stage = Stage(rig, tmp_path, {**sabotage, "JACK": str(jack)})

    def leads_to(port: str) -> None:
        new = jack.with_suffix(".new")
        new.write_text(port)
        new.replace(jack)

    leads_to("analog-output-headphones")
    with stage.playing("arc.yaml"):
        until(lambda: ((stage.status()["track"] or {}).get("position_s") or 0.0) >= 14.0)
        leads_to("analog-output-speaker")
        stage.mark("pulled")
        until(lambda: "switched" in stage.status()["health"]["output"])
        stage.mark("lost")
        lost = stage.status()["health"]["output"]
        stage.wait(4.0)
        leads_to("analog-output-headphones")
        stage.mark("back")
        until(lambda: (stage.status()["track"] or {}).get("sounds"))
        stage.wait(13.0)
    heard = stage.heard()
    assert "switched from analog-output-headphones to analog-output-speaker" in lost
    assert "`output out` continues there" in lost
    is_silent(heard.between("lost", "back"))
    assert heard.at["lost"] - heard.at["pulled"] < SILENT_S
    after = heard.between("back", heard.at["back"] + 14.0)
    no_step(after)
    no_fast_rise(after, FROM_SILENCE_DB_PER_S)
    assert after.level.max() > FLOOR_DB


def _place(told: Told, kind: str) -> int:
    return next(n for n, fact in enumerate(told.facts) if fact["type"] == kind)


def test_an_engine_that_follows_plays_there_too(told: Told) -> None:
    """Not at the output that the session began with."""
    gone_s = told.at["gone"]
    assert told.phones.mean_db(gone_s - 1.5, gone_s - 0.5) > -40.0
    assert {"device": "phones", "type": "output_chosen"} in told.facts


def test_a_chosen_output_that_is_gone_is_named_and_left_silent(told: Told) -> None:
    """With the words that go on elsewhere, and nothing in the room before they are said, but the
    moment until what the server moves there is cut."""
    assert "(phones) is gone; `output out` continues there" in told.said["lost"]
    is_silent(told.room.between(told.at["gone"] + 1.5, told.at["on"]))


def test_it_goes_on_where_it_was_told_to(told: Told) -> None:
    """Up from nothing, to its full level."""
    on = told.room.between(told.at["on"], told.at["over"])
    no_step(on)
    no_fast_rise(on, FROM_SILENCE_DB_PER_S)
    over_s, moved_s = told.at["over"], told.at["moved"]
    full_db = told.room.mean_db(moved_s - 3.0, moved_s - 1.0)
    assert told.room.mean_db(over_s - 1.5, over_s - 0.5) == pytest.approx(full_db, abs=1.5)
