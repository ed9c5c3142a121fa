"""Mangled and monstrous files: whatever they hold, each is measured or has a named fault."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from library_fixtures import FORMATS, encode, music

from soundscape.core.errors import Fault, InputError
from soundscape.library.measure import loudness
from soundscape.library.measure.listen import listen
from soundscape.library.measure.measured import Measured, Passing
from soundscape.library.measure.workers import measure_many


def mangled(data: bytes, rng: np.random.Generator) -> bytes:
    """Real bytes, spoiled in one of the ways disks, downloads and tag editors do it."""
    out = bytearray(data)
    size = len(out)
    at, to = sorted(int(n) for n in rng.integers(0, size, 2))
    match int(rng.integers(0, 7)):
        case 0:  # single bits, a few or many
            for place in rng.integers(0, size, int(rng.integers(1, 200))):
                out[place] ^= 1 << int(rng.integers(0, 8))
        case 1:  # the header alone
            for place in rng.integers(0, min(size, 256), int(rng.integers(1, 12))):
                out[place] = int(rng.integers(0, 256))
        case 2:  # cut short
            del out[at:]
        case 3:  # a hole of zeros, as a failed download has
            out[at:to] = bytes(to - at)
        case 4:  # the beginning is gone
            del out[:at]
        case 5:  # two parts swapped
            out = bytearray(bytes(out[to:]) + bytes(out[at:to]) + bytes(out[:at]))
        case _:  # a piece of it again in the middle
            out[at:at] = out[at:to]
    return bytes(out)


def fuzz(folder: Path, count: int) -> dict[str, Measured | Fault]:
    kinds = list(FORMATS)
    real = {kind: music(folder / f"real.{kind}", seconds=2.0).read_bytes() for kind in kinds}
    rng = np.random.default_rng(31)
    paths = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        path = folder / f"{number}.{kind}"
        path.write_bytes(mangled(real[kind], rng))
        paths.append(str(path))
    results = {path: result for path, _, result in measure_many(paths, 2, timeout_s=30.0)}
    assert set(results) == set(paths)
    for path, result in results.items():
        if isinstance(result, Fault):
            assert result.where == path
            assert result.what
            continue
        numbers = [result.loudness_lufs, result.range_lu, result.true_peak_dbtp, result.duration_s]
        assert all(map(math.isfinite, [*numbers, *result.shape, *result.features.values()]))
        assert 0.0 <= result.intensity <= 1.0
        assert 0.0 <= result.cue_in_s <= (result.cue_out_s or result.duration_s)
    return results


@pytest.mark.slow
def test_a_few_mangled_files_of_every_format(tmp_path: Path) -> None:
    """Each comes back, measured or with its fault, and none takes the caller along."""
    fuzz(tmp_path, 72)


@pytest.mark.slow
def test_five_hundred_mangled_files(tmp_path: Path) -> None:
    """The same of five hundred; hardly any needs a new worker."""
    results = fuzz(tmp_path, 500)
    assert sum(isinstance(result, Passing) for result in results.values()) <= 5


def fault_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        listen(str(path))
    return caught.value.faults[0].what


def test_a_header_that_claims_four_gigabytes_is_as_long_as_its_bytes(tmp_path: Path) -> None:
    """A WAV whose sizes were never filled in is measured to its real end."""
    path = music(tmp_path / "a.wav", seconds=2.0)
    data = bytearray(path.read_bytes())
    data[4:8] = b"\xff" * 4
    at = data.index(b"data") + 4
    data[at : at + 4] = b"\xff" * 4
    path.write_bytes(bytes(data))
    assert listen(str(path)).loudness.duration_s == pytest.approx(2.0, abs=0.01)


def test_sound_in_an_unknown_form_is_named(tmp_path: Path) -> None:
    """A WAV whose format number is nobody's is said to be so, not met with an attribute error."""
    path = raw_wav(tmp_path / "a.wav", bytes(4000), rate=44_100, channels=1, bits=16, kind=0x7777)
    assert "nothing here decodes" in fault_of(path)


def raw_wav(path: Path, samples: bytes, *, rate: int, channels: int, bits: int, kind: int) -> Path:
    """A WAV file byte by byte; `kind` 1 is integers, 3 is floats."""
    block = channels * bits // 8
    head = struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head
    body += b"data" + struct.pack("<I", len(samples)) + samples
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_a_fault(bad: float, tmp_path: Path) -> None:
    """One such sample spoils every level behind it: the file is named, not measured wrongly."""
    samples = np.full(44_100, 0.1, np.float32)
    samples[20_000] = bad
    path = raw_wav(tmp_path / "a.wav", samples.tobytes(), rate=44_100, channels=1, bits=32, kind=3)
    assert "not numbers" in fault_of(path)


@pytest.mark.parametrize("rate", [1, 100, 3_999, 2_000_000_000])
def test_a_rate_that_is_no_musics_is_a_fault(rate: int, tmp_path: Path) -> None:
    """At 1 Hz a megabyte would be blown up to days."""
    path = raw_wav(tmp_path / "a.wav", bytes(4000), rate=rate, channels=1, bits=16, kind=1)
    assert "samples a second" in fault_of(path)


@pytest.mark.parametrize(("rate", "channels"), [(384_000, 2), (22_050, 2), (8_000, 1)])
def test_rare_rates_and_channels_measure(rate: int, channels: int, tmp_path: Path) -> None:
    """From 8 to 384 kHz: the same tone is as loud."""
    t = np.arange(3 * rate) / rate
    one = (3276.7 * np.sin(2 * np.pi * 500 * t)).astype("<i2")
    samples = np.repeat(one, channels).tobytes()
    path = raw_wav(tmp_path / "a.wav", samples, rate=rate, channels=channels, bits=16, kind=1)
    heard = listen(str(path))
    assert heard.loudness.duration_s == pytest.approx(3.0)
    assert heard.loudness.true_peak_dbtp == pytest.approx(-20.0, abs=0.3)
    assert -21 < heard.loudness.integrated_lufs < -8


def test_a_peak_between_the_meters_samples_counts(tmp_path: Path) -> None:
    """At 384 kHz the filter looks at every second sample; the highest one counts all the same."""
    samples = np.zeros(384_000, "<i2")
    samples[200_001] = 30_000
    path = raw_wav(tmp_path / "a.wav", samples.tobytes(), rate=384_000, channels=1, bits=16, kind=1)
    assert listen(str(path)).loudness.true_peak_dbtp == pytest.approx(-0.77, abs=0.05)


@pytest.mark.parametrize("count", [1, 10, 441, 5000])
def test_next_to_nothing_measures(count: int, tmp_path: Path) -> None:
    """A file of one sample is silent, and no error."""
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(44_100)
        out.writeframes(b"\x00\x20" * 2 * count)
    ((_, _, result),) = measure_many([str(path)])
    assert isinstance(result, Measured)
    assert result.duration_s == pytest.approx(count / 44_100)
    assert result.findings[0].kind == "silent"


def test_a_small_file_of_endless_silence_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What decodes to more than two days is named before it has decoded."""
    monkeypatch.setattr(loudness, "MOST_SECONDS", 20.0)
    path = encode(tmp_path / "a.flac", "flac", np.zeros((2, 44_100 * 30), np.float32))
    assert path.stat().st_size < 20_000
    assert "hours" in fault_of(path)


MEMORY = """
import resource, sys
from soundscape.library.measure.listen import listen
from soundscape.library.measure.intensity import estimate
from soundscape.library.measure.soundcheck import check_sound
import av, numpy
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
heard = listen(sys.argv[1])
estimate(heard.levels), check_sound(heard)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(heard.loudness.duration_s, (after - before) / 1024)
"""


@pytest.mark.slow
def test_hours_fit_into_little_memory(tmp_path: Path) -> None:
    """An hour takes a few MB more than Python with its libraries, not its samples."""
    rate = 8_000
    rng = np.random.default_rng(1)
    minute = (rng.standard_normal(rate * 60) * 2000).astype("<i2").tobytes()
    path = raw_wav(tmp_path / "a.wav", minute * 60, rate=rate, channels=1, bits=16, kind=1)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True
    )
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds == pytest.approx(3600)
    assert megabytes < 120
