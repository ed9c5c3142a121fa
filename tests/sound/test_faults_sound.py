"""Files that fail while a session plays: what is heard of it, measured."""

from __future__ import annotations

import os
from math import inf
from pathlib import Path

import numpy as np
import pytest
from limits import FROM_SILENCE_DB_PER_S, hold_to_limits, no_fast_rise, no_full_scale, no_silence
from rig import Rig
from stage import Stage
from tones import write_dense_tone

pytestmark = [pytest.mark.sound, pytest.mark.slow]

ARC = """
name: Faults
defaults: {crossfade: 6 s, level: 0 dB}
phases:
  one: {stage: onset, minutes: 3, playlist: tones, intensity: [0.1, 0.9]}
"""
HIGHEST_HZ = 1100.0


def test_a_file_that_goes_or_breaks_off_is_crossed_over(rig: Rig, tmp_path: Path) -> None:
    """A file gone when its turn comes costs nothing; one that breaks off at most 2 s of silence,
    after what was read ahead of it."""
    for index, name in enumerate("abcd"):
        write_dense_tone(tmp_path / f"{name}.wav", 500.0 + 200 * index, 60.0)
    (tmp_path / "arc.yaml").write_text(ARC)
    (tmp_path / "tones.yaml").write_text("name: tones\ntracks: [a.wav, b.wav, c.wav, d.wav]\n")
    stage = Stage(rig, tmp_path)
    with stage.playing("arc.yaml"):
        stage.wait(14.0)
        gone = tmp_path / f"{stage.status()['next']}.wav"
        gone.unlink()
        stage.cue("next", 9.0)
        now = stage.status()
        cut = Path(now["track"]["path"])
        os.truncate(cut, int(cut.stat().st_size * (now["track"]["position_s"] + 4.0) / 60.0))
        stage.mark("cut")
        stage.wait(30.0)
        after = stage.status()
    heard = stage.heard()
    swap = heard.between(heard.at["next"] - 1.0, heard.at["next"] + 8.0)
    hold_to_limits(swap, highest_hz=HIGHEST_HZ)
    # A seam between tones of different pitch, so only its summed power is known to stay.
    assert swap.level.min() > -26.0
    broken = heard.between("cut", inf)
    no_silence(broken, 2.0)
    no_full_scale(broken)
    assert np.median(broken.level[-100:]) > -30.0
    silent = broken.at_s(int(np.argmax(broken.level < -60.0)))
    no_fast_rise(heard.between(silent, inf), FROM_SILENCE_DB_PER_S)
    faults = [fault["what"] for fault in heard.log["faults"]]
    assert faults[0] == "will not open"
    assert after["track"]["path"] not in (str(gone), str(cut))
