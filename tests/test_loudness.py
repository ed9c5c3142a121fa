"""Loudness: what ebur128 says of known tones, and what is said of files that hold none."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from library_fixtures import momentary_lufs
from numpy.typing import NDArray

from soundscape.core.errors import InputError
from soundscape.library.measure.listen import listen
from soundscape.library.measure.loudness import (
    SILENCE_DBTP,
    SILENCE_LUFS,
    measure_samples,
)

RATE = 48_000


def tone(
    level_db: float, seconds: float, channels: int = 2, hz: float = 997.0
) -> NDArray[np.float64]:
    """A sine whose peak lies at `level_db` under full scale, the same in every channel."""
    t = np.arange(round(seconds * RATE)) / RATE
    one = 10 ** (level_db / 20) * np.sin(2 * np.pi * hz * t)
    return np.stack([one] * channels, axis=1)


def write_wav(path: Path, samples: NDArray[np.float64]) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return path


def fault_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        listen(str(path))
    (fault,) = caught.value.faults
    assert fault.where == str(path)
    return fault.what


@pytest.mark.parametrize("level_db", [-10.0, -23.0, -40.0])
def test_a_stereo_tone_measures_its_own_level(level_db: float) -> None:
    """EBU Tech 3341: a 1 kHz stereo sine of -23 dBFS reads -23 LUFS, and so at other levels."""
    loud = measure_samples(tone(level_db, 5), RATE)
    assert loud.integrated_lufs == pytest.approx(level_db, abs=0.1)
    assert loud.true_peak_dbtp == pytest.approx(level_db, abs=0.1)
    assert loud.range_lu == pytest.approx(0, abs=0.1)
    assert loud.duration_s == pytest.approx(5)


def test_mono_counts_as_played_by_two_speakers() -> None:
    """A mono file is matched as it will sound, from both speakers, not 3 dB louder."""
    assert measure_samples(tone(-23, 5, channels=1), RATE).integrated_lufs == pytest.approx(
        measure_samples(tone(-23, 5), RATE).integrated_lufs, abs=0.05
    )


def test_the_peak_between_samples_is_found() -> None:
    """The true peak lies over the highest sample where the wave's top falls between two."""
    t = np.arange(2 * RATE)
    wave_ = 0.5 * np.sin(2 * np.pi * (t / 4 + 1 / 8))[:, None] * np.ones(2)
    # An abrupt beginning would overshoot by itself.
    wave_[:RATE] *= np.linspace(0, 1, RATE)[:, None]
    assert 20 * np.log10(np.max(np.abs(wave_))) == pytest.approx(-9.03, abs=0.01)
    assert measure_samples(wave_, RATE).true_peak_dbtp == pytest.approx(-6.0, abs=0.3)


def test_silence_and_next_to_nothing_stay_finite() -> None:
    """Digital silence, and less than 400 ms of sound, measure the floors, never infinity."""
    silence = measure_samples(np.zeros((RATE, 2)), RATE)
    assert (silence.integrated_lufs, silence.true_peak_dbtp) == (SILENCE_LUFS, SILENCE_DBTP)
    assert measure_samples(tone(-10, 0.2), RATE).integrated_lufs == SILENCE_LUFS


@pytest.mark.parametrize("bad", [np.zeros((0, 2)), np.full((RATE, 2), np.nan)])
def test_samples_that_are_none_are_an_input_fault(bad: NDArray[np.float64]) -> None:
    """No samples, or samples that are not numbers, are said to be so."""
    with pytest.raises(InputError):
        measure_samples(bad, RATE)


def test_momentary_loudness_comes_every_tenth_of_a_second_and_follows_a_step() -> None:
    """One value each 100 ms; a step of 12 dB shows as a rise of 12 LU."""
    line = momentary_lufs(np.concatenate([tone(-32, 3), tone(-20, 3)]), RATE)
    assert len(line) == 60
    assert line[55] - line[25] == pytest.approx(12, abs=0.2)


def test_a_file_measures_what_its_samples_do(tmp_path: Path) -> None:
    """Reading the file changes nothing; names with spaces, quotes and emoji are names."""
    path = write_wav(tmp_path / 'it\'s a "tone" 🌊.wav', tone(-20, 5))
    heard = listen(str(path))
    loud = heard.loudness
    assert loud.integrated_lufs == pytest.approx(-20, abs=0.1)
    assert (loud.duration_s, heard.bad_at) == (pytest.approx(5), ())


def test_duration_is_what_decodes_not_what_the_header_says(tmp_path: Path) -> None:
    """A file cut in half is half as long, whatever its header claims."""
    whole = write_wav(tmp_path / "whole.wav", tone(-20, 4)).read_bytes()
    cut = tmp_path / "cut.wav"
    cut.write_bytes(whole[: len(whole) // 2])
    assert listen(str(cut)).loudness.duration_s == pytest.approx(2, abs=0.05)


def test_what_holds_no_sound_is_one_fault_with_its_path(tmp_path: Path) -> None:
    """Missing, a folder, empty, text named .mp3, noise, a header alone: each said in its words."""
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "text.mp3").write_text("not music at all\n" * 300)
    (tmp_path / "noise.ogg").write_bytes(np.random.default_rng(1).bytes(40_000))
    (tmp_path / "header.wav").write_bytes(
        write_wav(tmp_path / "x.wav", tone(-20, 1)).read_bytes()[:44]
    )
    assert fault_of(tmp_path / "missing.flac") == "no such file"
    assert "not a file" in fault_of(tmp_path)
    assert "empty" in fault_of(tmp_path / "empty.mp3")
    assert "no audio file" in fault_of(tmp_path / "text.mp3")
    for name in ("noise.ogg", "header.wav"):
        assert "decode" in fault_of(tmp_path / name)


def test_a_playlist_in_disguise_reaches_nowhere(tmp_path: Path) -> None:
    """An HLS playlist named .mp3 is a fault, not a request to the network."""
    path = tmp_path / "song.mp3"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n")
    assert "no audio file" in fault_of(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_not_waited_for(tmp_path: Path) -> None:
    """A named pipe would block for ever; it is no file."""
    os.mkfifo(tmp_path / "pipe.flac")
    assert "not a file" in fault_of(tmp_path / "pipe.flac")


def test_importing_it_loads_no_ffmpeg() -> None:
    """PyAV must never come into the engine's process by an import alone, nor into a command's,
    which may load libVLC."""
    code = (
        "import sys, soundscape.process.daemon, soundscape.engine.loop, soundscape.audio.vlc\n"
        "from importlib import import_module\n"
        "from soundscape.cli.table import COMMANDS\n"
        "for row in COMMANDS:\n"
        "    import_module('soundscape.cli.' + (row.place.partition(':')[0] or 'app'))\n"
        "print('av' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
