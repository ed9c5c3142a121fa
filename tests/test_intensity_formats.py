"""The same music is as intense in any format, at any level, rate and number of channels."""

from __future__ import annotations

import os
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from library_fixtures import FORMATS, encode

from soundscape.core.errors import Fault
from soundscape.library.measure.measured import Measured
from soundscape.library.measure.workers import measure_many
from soundscape.starter.make import make_starter
from soundscape.starter.pieces import PIECES

WHOLE = bool(os.environ.get("SOUNDSCAPE_WHOLE_STARTER"))
SHORT = ("open-field", "wide-sky")


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A soft and a moving piece of the starter music."""
    return make_starter(tmp_path_factory.mktemp("starter"), SHORT)


def samples_of(path: Path, seconds: int = 40) -> Any:
    """(2, n) floats of the first part."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    whole = np.concatenate([block.reshape(-1, 2).T for block in blocks], axis=1) / 32768
    return whole[:, : seconds * 44_100].astype(np.float32)


def at_rate(samples: Any, rate: int) -> Any:
    """(2, n) floats at 44.1 kHz, at another rate."""
    convert = av.AudioResampler(format="fltp", layout="stereo", rate=rate)
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples), format="fltp", layout="stereo"
    )
    frame.sample_rate = 44_100
    out = [part.to_ndarray() for part in (*convert.resample(frame), *convert.resample(None))]
    return np.concatenate(out, axis=1)


def wav(path: Path, samples: Any, rate: int) -> Path:
    """(channels, n) floats at `rate`, as 16-bit PCM."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(len(samples))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.rint(samples.T * 32767).astype("<i2").tobytes())
    return path


def results_of(paths: list[Path]) -> dict[str, Measured]:
    found: dict[str, Measured] = {}
    for path, _, result in measure_many([str(path) for path in paths]):
        assert not isinstance(result, Fault), result
        found[Path(path).name] = result
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", SHORT if WHOLE else SHORT[1:])
def test_the_same_music_is_as_intense_in_every_form(
    name: str, starter: list[Path], tmp_path: Path
) -> None:
    """Within 0.03 in nine formats, 12 dB softer, in mono and at 22.05 to 96 kHz; the shape of its
    start, middle and end within 0.06."""
    samples = samples_of(next(path for path in starter if path.stem == name))
    paths = [
        encode(tmp_path / f"a.{kind}", kind, at_rate(samples, FORMATS[kind][3])) for kind in FORMATS
    ]
    paths += [
        encode(tmp_path / f"soft.{kind}", kind, samples * np.float32(0.25))
        for kind in ("flac", "mp3")
    ]
    paths += [
        wav(tmp_path / f"{rate}.wav", at_rate(samples, rate), rate)
        for rate in (22_050, 48_000, 96_000)
    ]
    paths.append(wav(tmp_path / "mono.wav", samples.mean(axis=0, keepdims=True), 44_100))
    found = results_of(paths)
    wanted = found["a.flac"]
    off = {name: round(each.intensity - wanted.intensity, 3) for name, each in found.items()}
    assert {name: by for name, by in off.items() if abs(by) > 0.03} == {}
    for each in found.values():
        assert each.shape == pytest.approx(wanted.shape, abs=0.06)
        assert [finding.kind for finding in each.findings if finding.fatal] == []


@pytest.mark.slow
def test_pieces_come_out_as_their_makers_meant_them(starter: list[Path]) -> None:
    """What the makers said of each, by 0.12 and less; and no fault is found in whole music."""
    meant = {piece.name: piece.intensity for piece in PIECES}
    for name, result in results_of(starter).items():
        assert result.intensity == pytest.approx(meant[Path(name).stem], abs=0.12)
        assert result.findings == ()
