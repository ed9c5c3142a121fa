"""What `check` says of a real sound server, and how its tone sounds, recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limits import FROM_SILENCE_DB_PER_S, hold_to_limits
from recording import Recording
from rig import Rig
from tones import write_tone

pytestmark = [pytest.mark.sound, pytest.mark.slow]

ARC = """
name: Tones
defaults: {crossfade: 2 s, level: 0 dB}
phases:
  one: {stage: onset, minutes: 8 s, playlist: one, intensity: 0.3}
"""
NOT_HALF_AN_HOUR = """
import sys
from soundscape.preflight import coverage
from soundscape.cli.app import run_app
coverage.RESERVE_S = 5.0
sys.exit(run_app(sys.argv[1:]))
"""
SOUND = ("no sound", "device", "no speakers", "muted", "volume", "other sound", "tone")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three short tones and an arc of them."""
    made = tmp_path_factory.mktemp("check")
    for name in "abc":
        write_tone(made / f"{name}.flac", 300.0, 10.0)
    (made / "arc.yaml").write_text(ARC)
    (made / "one.yaml").write_text("name: one\ntracks: [a.flac, b.flac, c.flac]\n")
    return made


def check(rig: Rig, folder: Path, *words: str, **env: str) -> dict[str, Any]:
    """`check --json` of that arc, in this server's environment."""
    script = [sys.executable, "-c", NOT_HALF_AN_HOUR, "check", str(folder / "arc.yaml"), "--json"]
    home = {"SOUNDSCAPE_HOME": str(folder / "home")}
    done = subprocess.run(
        [*script, *words], env={**rig.env, **home, **env}, capture_output=True, text=True
    )
    assert "ALSA" not in done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def found(told: dict[str, Any]) -> dict[str, str]:
    """What was found of the sound, by kind, and how grave it is."""
    return {each["kind"]: each["severity"] for each in told["findings"] if each["kind"] in SOUND}


@pytest.fixture
def sink(rig: Rig) -> Iterator[str]:
    """The sink, put back afterwards as it was."""
    yield "out"
    rig.ask("set-sink-mute", "out", "0")
    rig.ask("set-sink-volume", "out", "100%")


def test_the_tone_is_soft_and_comes_and_goes_slowly(rig: Rig, folder: Path, tmp_path: Path) -> None:
    """`--tone` is heard: a sine at -30 dBFS, up at 6 dB a second at most, down at 10, no step; the
    server's word is asked, and an output that throws all away is told."""
    path = tmp_path / "recording"
    with rig.recording(path):
        told = check(rig, folder, "--tone")
    assert found(told) == {"no speakers": "warning"}, json.dumps(told["findings"], indent=1)
    results = {each["check"]: each["result"] for each in told["checked"]}
    assert results["tone"] == "ok"
    recording = Recording.read(path)
    assert recording.level.max() == pytest.approx(-30.0, abs=0.5)
    loudest_s = recording.at_s(int(np.argmax(recording.level)))
    assert recording.pitch(loudest_s, 0.5) == pytest.approx(480.0, abs=2.0)
    hold_to_limits(recording, highest_hz=500.0, rise=FROM_SILENCE_DB_PER_S, silence_s=inf)


@pytest.mark.parametrize(
    ("words", "kind", "severity"),
    [
        (("set-sink-mute", "1"), "muted", "stop"),
        (("set-sink-volume", "15%"), "volume", "warning"),
        (("set-sink-volume", "2%"), "volume", "stop"),
        (("set-sink-volume", "130%"), "volume", "warning"),
        (("set-sink-volume", "60%"), "", ""),
    ],
)
def test_an_output_nobody_hears_is_found(
    rig: Rig, folder: Path, sink: str, words: tuple[str, str], kind: str, severity: str
) -> None:
    """libVLC plays into a muted or turned-down output as if it were heard; the server knows."""
    rig.ask(words[0], sink, words[1])
    expected = {"no speakers": "warning", **({kind: severity} if kind else {})}
    assert found(check(rig, folder)) == expected


def test_other_programs_that_play_are_told(rig: Rig, folder: Path) -> None:
    """Another program's sound on the same output is a warning that names it."""
    command = ["pacat", "--client-name=Some Browser", "--raw", "/dev/zero"]
    with subprocess.Popen(command, env=rig.env, stdin=subprocess.DEVNULL) as other:
        try:
            while "Some Browser" not in rig.ask("list", "sink-inputs"):
                assert other.poll() is None
            told = check(rig, folder)
        finally:
            other.terminate()
    (one,) = [each for each in told["findings"] if each["kind"] == "other sound"]
    assert "Some Browser" in one["what"]


def test_a_device_that_is_not_there_stops(rig: Rig, folder: Path) -> None:
    """A named device has to exist; one that does is looked at by that name."""
    told = check(rig, folder, "--device", "nowhere")
    assert found(told) == {"device": "stop"}
    assert "out" in next(each["do"] for each in told["findings"] if each["kind"] == "device")
    assert found(check(rig, folder, "--device", "out")) == {"no speakers": "warning"}


def test_a_server_without_a_device_stops(tmp_path: Path, folder: Path) -> None:
    """The dummy that a server makes up where nothing is plugged in takes all sound, and nobody
    hears it. No server at all stops as well."""
    own = Rig(tmp_path)
    own.start()
    try:
        own.ask("load-module", "module-always-sink")
        own.ask("unload-module", "module-null-sink")
        told = check(own, folder)
    finally:
        own.stop()
    assert found(told) == {"no speakers": "stop"}
    assert not told["ready"]
    assert found(check(own, folder)) == {"no sound": "stop"}
