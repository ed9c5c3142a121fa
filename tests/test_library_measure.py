from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from library_fixtures import FORMATS, music, tone

from soundscape.core.errors import Fault
from soundscape.library.measure.intensity import (
    Estimate,
    Features,
    Spectrum,
    estimate,
    intensity_of,
)
from soundscape.library.measure.loudness import MONO_RATE as RATE
from soundscape.library.measure.measured import Measured, Passing
from soundscape.library.measure.workers import measure_many


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Measured | Fault]:
    """One tone in every format and three softer ones, and some files that are none."""
    folder = tmp_path_factory.mktemp("measured")
    paths = [music(folder / f"a.{kind}", seconds=3.0) for kind in FORMATS]
    paths += [music(folder / f"soft.{kind}", seconds=3.0, db=-32.0) for kind in ("flac", "mp3")]
    (folder / "empty.mp3").touch()
    (folder / "text.mp3").write_text("these are words\n" * 100)
    (folder / "playlist.ogg").write_text("#EXTM3U\nhttp://127.0.0.1:9/x.ogg\n")
    paths += [folder / "empty.mp3", folder / "text.mp3", folder / "playlist.ogg"]
    paths += [folder / "missing.mp3"]
    return {Path(path).name: result for path, _, result in measure_many(map(str, paths), 2)}


@pytest.mark.slow
def test_every_format_measures_alike(measured: dict[str, Measured | Fault]) -> None:
    """The same sound has the same loudness, peak, length and intensity in every format."""
    for kind in FORMATS:
        result = measured[f"a.{kind}"]
        assert isinstance(result, Measured)
        assert result.duration_s == pytest.approx(3.0, abs=0.12)
        assert result.loudness_lufs == pytest.approx(-17.9, abs=0.6)
        assert result.true_peak_dbtp == pytest.approx(-17.0, abs=0.7)
        wanted = measured["a.flac"]
        assert isinstance(wanted, Measured)
        assert result.intensity == pytest.approx(wanted.intensity, abs=0.03)


@pytest.mark.slow
def test_intensity_is_not_loudness(measured: dict[str, Measured | Fault]) -> None:
    """12 dB softer is 12 LU softer and exactly as intense."""
    for kind in ("flac", "mp3"):
        loud, soft = measured[f"a.{kind}"], measured[f"soft.{kind}"]
        assert isinstance(loud, Measured)
        assert isinstance(soft, Measured)
        assert loud.loudness_lufs - soft.loudness_lufs == pytest.approx(12.0, abs=0.2)
        assert soft.intensity == pytest.approx(loud.intensity, abs=0.03)


@pytest.mark.parametrize("name", ["empty.mp3", "text.mp3", "playlist.ogg", "missing.mp3"])
def test_what_is_no_audio_comes_back_as_its_own_fault(
    name: str, measured: dict[str, Measured | Fault]
) -> None:
    """Each bad file is one fault that names it, and is not of the moment; the others go on."""
    result = measured[name]
    assert isinstance(result, Fault)
    assert not isinstance(result, Passing)
    assert result.where.endswith(name)


TROUBLE = """
import os, time
import soundscape.library.measure.listen as ears
really = ears.listen
def listen(path, alive):
    name = os.path.basename(path)
    if "crash" in name:
        os.abort()
    while "hang" in name:
        time.sleep(1)
    os.write(1, b"noise on standard output\\n")
    return really(path, alive)
ears.listen = listen
"""


@pytest.mark.slow
def test_a_crash_and_a_hang_cost_their_own_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies or never answers is replaced; the file it had is named, no other lost."""
    (tmp_path / "sitecustomize.py").write_text(TROUBLE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    names = ["1", "crash-1", "2", "crash-2", "hang", "3", "4"]
    paths = [str(music(tmp_path / f"{name}.wav")) for name in names]
    seen: list[tuple[str, int, int]] = []
    listening = measure_many(
        paths, 2, lambda what, n, of: seen.append((what, n, of)), timeout_s=12.0
    )
    results = {path: result for path, _, result in listening}
    assert set(results) == set(paths)
    for name, path in zip(names, paths, strict=True):
        result = results[path]
        if name.isdigit():
            assert isinstance(result, Measured)
        else:
            assert isinstance(result, Passing)
            assert result.where == path
            assert ("hung" if name == "hang" else "crashed") in result.what
    assert seen == [("measuring", n, 7) for n in range(1, 8)]


def test_leaving_early_leaves_no_worker_behind(tmp_path: Path) -> None:
    """Whoever stops listening (an interrupt) has no children left that go on measuring."""
    paths = [str(music(tmp_path / f"{n}.wav")) for n in range(4)]
    listening = measure_many(paths, 2)
    next(listening)
    listening.close()
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    if not children.exists():
        pytest.skip("this system does not list a process's children")
    command = [Path(f"/proc/{pid}/cmdline").read_text() for pid in children.read_text().split()]
    assert not [line for line in command if "soundscape.library.measure.workers" in line]


@pytest.mark.slow
def test_who_takes_his_time_over_a_result_finds_no_worker_hung(tmp_path: Path) -> None:
    """Only silence that was waited for counts: the other worker answered long ago."""
    paths = [str(music(tmp_path / f"{n}.wav")) for n in range(6)]
    results = []
    for _, _, result in measure_many(paths, 2, timeout_s=12.0):
        results.append(result)
        if len(results) == 1:
            time.sleep(12.2)
    assert not [result for result in results if isinstance(result, Fault)]


def test_nothing_to_measure_starts_nothing() -> None:
    """No paths, no workers, no results."""
    assert list(measure_many([])) == []


def test_the_caller_never_loads_a_decoder(tmp_path: Path) -> None:
    """PyAV's FFmpeg must not come into the process that holds libVLC; NumPy is not needed."""
    code = (
        "import sys; from soundscape.library.measure.workers import measure_many\n"
        "((_, _, result),) = measure_many(sys.argv[1:]); print(result.loudness_lufs)\n"
        "print(sorted({'av', 'numpy', 'mutagen'} & set(sys.modules)))"
    )
    path = music(tmp_path / "a.flac")
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[1] == "[]"


def test_the_folder_we_stand_in_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file `json.py` in the current folder is a user's file, not ours to run."""
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    ((_, _, result),) = measure_many([str(music(tmp_path / "a.flac"))])
    assert isinstance(result, Measured)


def judged(*blocks: np.ndarray) -> Estimate:
    """The estimate of mono samples."""
    spectrum = Spectrum()
    for block in blocks:
        spectrum.add(block)
    return estimate(spectrum.levels())


def beats(per_s: float, seconds: float = 12.0, bright: float = 1.0) -> np.ndarray:
    """Struck tones with a bass beneath, so many a second, and more overtones the brighter."""
    t = np.arange(int(seconds * RATE)) / RATE
    phase = (t * per_s) % 1.0 / per_s
    out = np.sin(2 * np.pi * 80 * t) * np.exp(-phase * 12)
    for k in range(1, 12):
        out += bright ** (k - 1) * np.sin(2 * np.pi * 330 * k * t) * np.exp(-phase * 18) / k
    return (0.1 * out).astype(np.float32)


def test_intensity_orders_what_is_plainly_ordered() -> None:
    """A still tone is under a slow swell, that under slow beats, those under fast bright ones."""
    t = np.arange(12 * RATE) / RATE
    still = (0.1 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)
    swell = sum(np.sin(2 * np.pi * f * t) * (1 + np.sin(0.8 * t + f)) for f in (110, 220, 331))
    values = [
        judged(sound).intensity
        for sound in (still, (0.05 * swell).astype(np.float32), beats(0.7, bright=0.5), beats(5.0))
    ]
    assert values == sorted(values)
    assert values[0] < 0.15
    assert values[-1] > 0.55


def test_intensity_ignores_gain_and_the_size_of_blocks() -> None:
    """Any gain, and any cut into blocks, gives the same estimate."""
    sound = beats(2.0)
    whole = judged(sound)
    for gain in (0.01, 0.25, 4.0):
        assert judged(sound * np.float32(gain)).intensity == pytest.approx(
            whole.intensity, abs=0.005
        )
    parts = np.array_split(sound, 37)
    assert judged(*parts).intensity == pytest.approx(whole.intensity, abs=0.005)


def test_the_shape_tells_the_thirds_apart() -> None:
    """A piece that starts still and ends busy has a shape that rises."""
    still = tone(12.0, RATE)[0]
    shape = judged(still, beats(1.5), beats(5.0)).shape
    assert shape[0] < shape[1] < shape[2]


@pytest.mark.parametrize("count", [0, 1, 500, RATE])
def test_silence_and_next_to_nothing_are_no_intensity(count: int) -> None:
    """Silence of any length is 0, without a warning or a division by zero."""
    assert judged(np.zeros(count, np.float32)).intensity == 0.0


def test_the_formula_stays_within_0_and_1() -> None:
    """However far a feature runs, the estimate is from 0 to 1."""
    assert intensity_of(Features()) == 0.0
    assert intensity_of(Features(1e9, 1e9, 1e9, 1e9, 1e9)) == pytest.approx(1.0)
    assert intensity_of(Features(-1e9, -1e9, -1e9, -1e9, -1e9)) == 0.0
