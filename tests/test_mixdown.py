"""Files of more than two channels: measured as the player mixes them, or refused."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from soundscape.core.errors import InputError
from soundscape.library.measure.listen import listen

RATE = 48_000


def write(path: Path, layout: str, levels: list[float], codec: str = "") -> Path:
    """A tone of its own in each channel, of nearly one pitch, at these levels (1.0: full scale)."""
    t = np.arange(4 * RATE) / RATE
    tones = [level * np.sin(2 * np.pi * (700 + 2 * n) * t) for n, level in enumerate(levels)]
    samples = np.round(np.stack(tones, axis=1) * 32767).astype(np.int16)
    suffix = path.suffix[1:]
    with av.open(str(path), "w", format=suffix) as file:
        kind = codec or {"wav": "pcm_s16le", "aiff": "pcm_s16be"}.get(suffix, suffix)
        stream = file.add_stream(kind, rate=RATE, layout=layout)
        for at in range(0, len(samples), 4096):
            block = np.ascontiguousarray(samples[at : at + 4096].reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
            frame.sample_rate, frame.pts = RATE, at
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def lufs(path: Path) -> float:
    return listen(str(path)).loudness.integrated_lufs


@pytest.mark.parametrize(
    ("layout", "channel", "sides"),
    [
        ("5.1", 0, (1.0, 0.0)),
        ("5.1", 2, (0.7071, 0.7071)),
        ("5.1", 4, (0.7071, 0.0)),
        ("5.1(side)", 5, (0.0, 0.7071)),
        ("7.1", 2, (0.7071, 0.7071)),
        ("7.1", 7, (0.0, 0.25)),
        ("3.0", 1, (0.0, 0.5)),
        ("3.0", 2, (1.0, 1.0)),
    ],
)
def test_a_channel_counts_as_it_is_heard(
    tmp_path: Path, layout: str, channel: int, sides: tuple[float, float]
) -> None:
    """Each channel measures what it puts into the two that are heard (recorded of libVLC)."""
    levels = [0.0] * av.AudioLayout(layout).nb_channels
    levels[channel] = 0.3
    stereo = write(tmp_path / "two.wav", "stereo", [0.3 * side for side in sides])
    many = write(tmp_path / "many.flac", layout, levels)
    assert lufs(many) == pytest.approx(lufs(stereo), abs=0.1)


def test_low_frequency_effects_are_not_heard(tmp_path: Path) -> None:
    """They go nowhere in the mix, and so they do not count."""
    assert lufs(write(tmp_path / "a.flac", "5.1", [0.0, 0.0, 0.0, 0.5, 0.0, 0.0])) == -70.0


def test_a_sum_over_full_scale_is_no_clipping(tmp_path: Path) -> None:
    """The mix is over full scale, and its true peak says so; no channel of the file is."""
    heard = listen(str(write(tmp_path / "a.flac", "5.1", [0.8, 0.8, 0.8, 0.0, 0.8, 0.8])))
    assert heard.loudness.true_peak_dbtp > 3.0
    assert heard.clipping.share == 0.0


@pytest.mark.parametrize(
    ("name", "layout"),
    [("a.flac", "quad"), ("a.flac", "6.1"), ("a.wav", "quad"), ("a.aiff", "5.1")],
)
def test_what_the_player_loses_or_exchanges_is_refused(
    tmp_path: Path, name: str, layout: str
) -> None:
    """Quadraphonic files lose their rear, 6.1 its order, AIFF takes the centre for a side."""
    path = write(tmp_path / name, layout, [0.1] * av.AudioLayout(layout).nb_channels)
    with pytest.raises(InputError, match="channels"):
        listen(str(path))
