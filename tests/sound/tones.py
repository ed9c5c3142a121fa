"""Tones and noise as tracks: real files whose level, pitch and length are known."""

from __future__ import annotations

import wave
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
    sine = 0.1 * np.sin(2 * np.pi * (hz * t + sweep_hz_per_s * t * t / 2))
    return _write(path, sine, {"title": path.stem, "intensity": str(intensity)})


def write_dense_tone(path: Path, hz: float, seconds: float) -> Path:
    """A sine at -20 dBFS of 1.15 MB a second (WAV, 24 bits at 192 kHz), so that no more than 15 s
    of it are ever read ahead."""
    rate = 192_000
    t = np.arange(int(seconds * rate)) / rate
    edge = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.02)
    samples = np.round(0.1 * np.sin(2 * np.pi * hz * t) * edge * 2**31).astype("<i4")
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(3)
        file.setframerate(rate)
        # The upper three bytes of each sample, twice.
        three = samples.view(np.uint8).reshape(-1, 4)[:, 1:]
        file.writeframes(np.tile(three, 2).tobytes())
    return path


def write_noise(path: Path, low_hz: float, high_hz: float, seconds: float) -> Path:
    """Steady noise between two frequencies, at -20 dBFS, the same each time."""
    noise = Recording(np.random.default_rng(1).standard_normal(int(seconds * RATE)))
    heard = noise.band(low_hz, high_hz).samples
    return _write(path, 0.1 * heard / (heard.std() * 2**0.5), {"title": path.stem})


def _write(path: Path, sound: Floats, tags: dict[str, str]) -> Path:
    """As FLAC, both channels alike, rounded to nothing over 20 ms at both ends."""
    t = np.arange(len(sound)) / RATE
    edge = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.02)
    samples = np.round(sound * edge * 32767).astype(np.int16)
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
