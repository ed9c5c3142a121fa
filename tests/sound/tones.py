"""Tones and noise as tracks: real FLAC files whose level, pitch and length are known."""

from __future__ import annotations

from pathlib import Path

import av
import mutagen.flac
import numpy as np
from recording import RATE, Floats, Recording


def write_tone(
    path: Path, hz: float, seconds: float, *, sweep_hz_per_s: float = 0.0, intensity: float = 0.3
) -> Path:
    """A sine at -20 dBFS; with a sweep its pitch tells where in the file one is."""
    t = np.arange(int(seconds * RATE)) / RATE
    wave = 0.1 * np.sin(2 * np.pi * (hz * t + sweep_hz_per_s * t * t / 2))
    return _write(path, wave, {"title": path.stem, "intensity": str(intensity)})


def write_noise(path: Path, low_hz: float, high_hz: float, seconds: float) -> Path:
    """Steady noise between two frequencies, at -20 dBFS, the same each time."""
    noise = Recording(np.random.default_rng(1).standard_normal(int(seconds * RATE)))
    wave = noise.band(low_hz, high_hz).samples
    return _write(path, 0.1 * wave / (wave.std() * 2**0.5), {"title": path.stem})


def _write(path: Path, wave: Floats, tags: dict[str, str]) -> Path:
    """As FLAC, both channels alike, rounded to nothing over 20 ms at both ends."""
    t = np.arange(len(wave)) / RATE
    edge = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.02)
    samples = np.round(wave * edge * 32767).astype(np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="flac") as file:
        stream = file.add_stream("flac", rate=RATE, layout="stereo", format="s16")
        for start in range(0, len(samples), RATE):
            block = np.repeat(samples[start : start + RATE], 2).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="stereo")
            frame.rate, frame.pts = RATE, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    file = mutagen.flac.FLAC(path)
    file.update(tags)
    file.save()
    return path
