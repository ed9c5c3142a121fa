"""Building blocks of the starter music: tables, struck notes, noise, a room, slow lines.

Sound is 32-bit float, channels first: shape (2, samples) at `RATE`. Gains move on a grid of
`STEP` samples (10 ms) and are straight lines between its points, so that a long note costs one
multiplication a sample and no gain ever steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE = 44_100
STEP = 441
GRID = RATE // STEP
"""Points of the gain grid in a second."""

_TABLE_STEPS = 1024
_LONG_TABLE_STEPS = 2560
_CHUNK = 128
_UP = (np.arange(STEP, dtype=np.float32) / STEP)[None, :]


def midi_hz(note: float) -> float:
    """Frequency of a MIDI note number, A4 = 69 = 440 Hz."""
    return float(440.0 * 2.0 ** ((note - 69.0) / 12.0))


def db(level: float) -> float:
    """Amplitude of a level in dB."""
    return float(10.0 ** (level / 20.0))


def steps(seconds: float) -> int:
    """The nearest point of the gain grid."""
    return round(seconds * GRID)


def drift(rng: np.random.Generator, points: int, period_s: float, depth: float) -> Floats:
    """A line that wanders between 1 - depth and 1, about once in `period_s`, never repeating."""
    t = np.arange(points) / GRID
    a, b = rng.random(2) * 2 * np.pi
    wave = np.sin(2 * np.pi * t / period_s + a) + 0.6 * np.sin(2 * np.pi * t / period_s / 1.618 + b)
    return np.asarray(1 - depth * (0.5 + wave / 3.2), np.float32)


def swell(points: int, attack_s: float, release_s: float) -> Floats:
    """Up over the attack, flat, down over the release; both are halves of a raised cosine."""
    x = np.arange(points) / GRID
    end = (points - 1) / GRID
    up = np.clip(x / attack_s, 0, 1)
    down = np.clip((end - x) / release_s, 0, 1)
    return (np.sin(np.pi / 2 * np.minimum(up, down)) ** 2).astype(np.float32)


def table(
    rng: np.random.Generator,
    partials: Sequence[tuple[float, float]],
    *,
    cents: float,
    blur: float,
    width: float,
    long: bool = False,
) -> Floats:
    """A loop of a held sound without a seam, made from its spectrum; shape (2, steps, STEP).

    `partials` are (Hz, amplitude). Of the power of each, `blur` is spread as a bell of `cents`
    around it, as many players a little out of tune with each other; the rest is one pure line.
    `width` 0 is mono; 1 leaves left and right unrelated.
    """
    size = (_LONG_TABLE_STEPS if long else _TABLE_STEPS) * STEP
    middle = np.zeros(size // 2 + 1, np.complex64)
    side = np.zeros_like(middle)
    for hz, amplitude in partials:
        centre = hz * size / RATE
        if centre > len(middle) * 0.9:
            continue
        # Never wider than 6 Hz: a partial must shimmer, not hiss.
        sigma = max(min(hz * (2 ** (cents / 1200) - 1), 6.0) * size / RATE, 0.3)
        reach = int(3 * sigma) + 1
        bins = np.arange(max(1, round(centre) - reach), round(centre) + reach + 1)
        bell = np.exp(-0.5 * ((bins - centre) / sigma) ** 2)
        bell *= amplitude * np.sqrt(blur / np.sum(bell**2))
        turns = np.exp(2j * np.pi * rng.random((2, len(bins))))
        middle[bins] += bell * turns[0]
        side[bins] += width * bell * turns[1]
        line = amplitude * np.sqrt(1 - blur) * np.exp(2j * np.pi * rng.random(2))
        middle[round(centre)] += line[0]
        side[round(centre)] += 0.6 * width * line[1]
    scale = np.float32(size / 2 / np.sqrt(1 + 0.6 * width**2))
    pair = np.stack([middle + side, middle - side]) * scale
    return np.fft.irfft(pair, size, axis=1).astype(np.float32).reshape(2, -1, STEP)


def hold(bus: Floats, sound: Floats, start: int, gains: Floats, offset: int = 0) -> None:
    """Add a looped table to the bus from a point of the grid, under a line of gains.

    `bus` is (channels, steps, STEP). `gains` is (points,) or (2, points): one more point
    than the steps it spans. What lies before or after the bus is left out.
    """
    lines = np.atleast_2d(gains)
    if start < 0:
        lines, offset, start = lines[:, -start:], offset - start, 0
    count = min(lines.shape[1] - 1, bus.shape[1] - start)
    loop = sound.shape[1]
    done = 0
    while done < count:
        at = (offset + done) % loop
        span = min(_CHUNK, count - done, loop - at)
        for channel in range(len(bus)):
            if channel < len(lines):
                line = lines[channel, done : done + span + 1]
                gain = line[:-1, None] + np.diff(line)[:, None] * _UP
            bus[channel, start + done : start + done + span] += (
                sound[channel, at : at + span] * gain
            )
        done += span


def scale(sound: Floats, gains: Floats) -> None:
    """Put a line of gains (steps + 1,) over a sound of shape (channels, steps, STEP), in place."""
    for at in range(0, sound.shape[1], _CHUNK):
        line = gains[at : at + _CHUNK + 1]
        sound[:, at : at + _CHUNK] *= line[:-1, None] + np.diff(line)[:, None] * _UP


def struck(
    hz: float, partials: Sequence[tuple[float, float, float]], attack_s: float, length_s: float
) -> Floats:
    """One note that rises softly and rings out; shape (samples,), peak near 1.

    `partials` are (ratio, amplitude, seconds to fall by 60 dB).
    """
    n = round(length_s * RATE)
    t = np.arange(n) / RATE
    out = np.zeros(n, np.float32)
    for ratio, amplitude, fall_s in partials:
        if hz * ratio < RATE * 0.4:
            turns = hz * ratio * t
            phase = ((turns - np.floor(turns)) * 2 * np.pi).astype(np.float32)
            out += (
                np.float32(amplitude) * np.sin(phase) * np.exp(-6.9 / fall_s * t).astype(np.float32)
            )
    rise = np.sin(np.pi / 2 * np.clip(t / attack_s, 0, 1)) ** 2
    ring = np.sin(np.pi / 2 * np.clip((length_s - t) / (0.3 * length_s), 0, 1)) ** 2
    out *= (rise * ring).astype(np.float32)
    return out / np.float32(np.max(np.abs(out)))


def place(bus: Floats, sound: Floats, at: int, gains: Sequence[float]) -> None:
    """Add a note (samples,) to a bus (channels, samples) at a sample, a gain for each channel.

    What lies before or after the bus is left out.
    """
    if at < 0:
        sound, at = sound[-at:], 0
    end = min(bus.shape[1], at + len(sound))
    if end > at:
        for channel, gain in zip(bus, gains, strict=True):
            channel[at:end] += sound[: end - at] * np.float32(gain)


def noise(
    rng: np.random.Generator,
    count: int,
    shape: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    width: float,
) -> Floats:
    """Noise with the spectrum `shape(Hz)`, of power 1, that loops without a seam; (2, samples)."""
    bins = count // 2 + 1
    hz = np.arange(bins) * (RATE / count)
    amplitude = shape(np.maximum(hz, 1.0)).astype(np.float32)
    amplitude[hz < 25.0] = 0.0
    power = float(np.sum(amplitude.astype(np.float64) ** 2)) * 2 / count / count
    amplitude *= np.float32(1 / np.sqrt(power * (1 + width**2)))
    pair = np.empty((2, bins), np.complex64)
    for row in pair:
        phase = rng.random(bins, dtype=np.float32) * np.float32(2 * np.pi)
        row.real, row.imag = amplitude * np.cos(phase), amplitude * np.sin(phase)
    pair[1] *= np.float32(width)
    pair[0], pair[1] = pair[0] + pair[1], pair[0] - pair[1]
    return np.fft.irfft(pair, count, axis=1).astype(np.float32)


def band(low: float, high: float, steep: float = 2.0) -> Callable[..., NDArray[np.float64]]:
    """A soft band between two frequencies in Hz, falling by `steep` powers outside it."""

    def shape(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1 / (1 + (low / hz) ** steep) / (1 + (hz / high) ** steep) / np.sqrt(hz))

    return shape


@lru_cache(maxsize=2)
def _room(seconds: float) -> tuple[int, int, NDArray[np.complex64]]:
    """Spectrum of a large soft room, left and right: noise whose high tones die first."""
    rng = np.random.default_rng(20_260)
    n = round(seconds * RATE)
    t = np.arange(n) / RATE
    tail = np.zeros((2, n), np.float32)
    for low, high, share in ((150, 500, 0.85), (500, 2000, 0.6), (2000, 6000, 0.3)):
        part = noise(rng, n + n % 2, band(low, high, 4.0), 1.0)[:, :n]
        tail += part * np.exp(-6.9 * t / (seconds * share)).astype(np.float32) * np.float32(share)
    tail *= (np.clip(t / 0.06, 0, 1) ** 2 * np.clip((seconds - t) / 0.5, 0, 1)).astype(np.float32)
    size = 1 << 19
    room = np.fft.rfft(tail, size, axis=1)
    # As loud as what is sent into it, where notes lie.
    middle = np.abs(room[:, round(200 * size / RATE) : round(2000 * size / RATE)])
    room /= np.sqrt(np.mean(middle**2))
    return size, n, room.astype(np.complex64)


def reverberate(bus: Floats, send: Floats, gain: float, seconds: float = 5.0) -> None:
    """Add the room's answer to a mono `send` (samples,) to a bus (2, samples)."""
    size, n, room = _room(seconds)
    hop = size - n
    total = bus.shape[1]
    for at in range(0, total, hop):
        # In 64 bits on the way in: NumPy is twice as fast at that.
        dry = np.fft.rfft(gain * send[at : at + hop].astype(np.float64), size)
        dry = dry.astype(np.complex64)
        end = min(at + size, total)
        bus[:, at:end] += np.fft.irfft(dry * room, size, axis=1)[:, : end - at].astype(np.float32)
