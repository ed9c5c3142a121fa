"""Tones as tracks: real FLAC files whose level, pitch and length are known."""

from __future__ import annotations

from pathlib import Path

import av
import mutagen.flac
import numpy as np

RATE = 48_000


def write_tone(
    path: Path, hz: float, seconds: float, *, sweep_hz_per_s: float = 0.0, intensity: float = 0.3
) -> Path:
    """A sine at -20 dBFS; with a sweep its pitch tells where in the file one is."""
    t = np.arange(int(seconds * RATE)) / RATE
    wave = 0.1 * np.sin(2 * np.pi * (hz * t + sweep_hz_per_s * t * t / 2))
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
    tags = mutagen.flac.FLAC(path)
    tags["title"] = path.stem
    tags["intensity"] = str(intensity)
    tags.save()
    return path
