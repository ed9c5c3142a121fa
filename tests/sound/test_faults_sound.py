"""Files that fail while a session plays: what is heard of it, measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rig import RATE, WINDOW_S, Rig, levels, read, steepest
from tones import write_tone

pytestmark = pytest.mark.sound

ARC = """
name: Faults
defaults: {crossfade: 6 s, level: 0 dB}
phases:
  one: {stage: onset, minutes: 3, playlist: tones, intensity: [0.1, 0.9]}
"""


def test_a_file_that_goes_or_breaks_off_is_crossed_over(rig: Rig, tmp_path: Path) -> None:
    """A file gone when its turn comes costs nothing; one that breaks off at most 2 s of silence."""
    for index, name in enumerate("abcd"):
        write_tone(
            tmp_path / f"{name}.flac", 500.0 + 200 * index, 60.0, intensity=0.1 + 0.25 * index
        )
    (tmp_path / "arc.yaml").write_text(ARC)
    (tmp_path / "tones.yaml").write_text("name: tones\ntracks: ['*.flac']\n")
    env = {**rig.env, "SOUNDSCAPE_HOME": str(tmp_path / "home")}
    program = str(Path(sys.executable).with_name("soundscape"))

    def soundscape(*words: str) -> str:
        done = subprocess.run([program, *words], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def status() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(soundscape("status", "--json"))
        return found

    recording = tmp_path / "recording"
    with ExitStack() as stack:
        for name in ("end", "stop", "stop"):  # The last one first.
            stack.callback(subprocess.run, [program, name], env=env, capture_output=True)
        stack.enter_context(rig.recording(recording))
        soundscape("run", str(tmp_path / "arc.yaml"), "--detach", "--seed", "1")
        time.sleep(14.0)
        gone = tmp_path / f"{status()['next']}.flac"
        gone.unlink()
        swapped_s = recording.stat().st_size / 8 / RATE
        soundscape("next")
        time.sleep(9.0)
        now = status()
        cut = Path(now["track"]["path"])
        os.truncate(cut, int(cut.stat().st_size * (now["track"]["position_s"] + 4.0) / 60.0))
        cut_s = recording.stat().st_size / 8 / RATE
        time.sleep(16.0)
        after = status()
    level = levels(read(recording))
    swap = level[int((swapped_s - 1.0) / WINDOW_S) : int((swapped_s + 8.0) / WINDOW_S)]
    # A seam between tones of different pitch, so only its summed power is known to stay.
    assert swap.min() > -26.0
    broken = level[int(cut_s / WINDOW_S) :]
    silent = broken < -60.0
    longest = run = 0
    for quiet in silent:
        run = run + 1 if quiet else 0
        longest = max(longest, run)
    assert longest * WINDOW_S < 2.0
    assert np.median(broken[-20:]) > -30.0
    rise, _ = steepest(broken[int(np.argmax(silent)) :], 0.5)
    assert rise <= 6.0
    what = [fault["what"] for fault in json.loads(soundscape("log", "show", "--json"))["faults"]]
    assert what[0] == "will not open"
    assert after["track"]["path"] not in (str(gone), str(cut))
