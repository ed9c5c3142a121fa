"""The environment layer: rain, ocean, wind, forest, a still tone, fire.

Each is a circle in time: noise comes from its spectrum, lines and events wrap around, so that
the level at the end is the level at the start and a player may crossfade it with itself for
ever. Only `EDGE_S` at both ends is faded.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import numpy as np

from soundscape.starter import voices as v
from soundscape.starter.pieces import AMBIENCES
from soundscape.starter.score import SEED
from soundscape.starter.voices import Floats

EDGE_S = 1.0
STILL_S = 9.0
"""So long at both ends a tone's chord does not move: a player's seam is over by then."""


def render_ambience(name: str) -> Floats:
    """The ambience as floats of shape (2, samples) at `voices.RATE`, level not yet matched."""
    rng = np.random.default_rng([SEED, crc32(name.encode())])
    sound = _MAKERS[name](rng, AMBIENCES[name][1] * v.RATE)
    t = np.arange(round(EDGE_S * v.RATE)) / v.RATE
    edge = (np.sin(np.pi / 2 * t / EDGE_S) ** 2).astype(np.float32)
    sound[:, : len(edge)] *= edge
    sound[:, -len(edge) :] *= edge[::-1]
    return sound


def _circling(rng: np.random.Generator, n: int, fastest_s: float, depth: float) -> Floats:
    """A line of n samples that wanders between 1 - depth and 1 and ends where it began."""
    seconds = n / v.RATE
    points = n // v.STEP
    rates = np.arange(1, max(2, int(seconds / fastest_s)) + 1)
    spectrum = np.zeros(points // 2 + 1, np.complex128)
    spectrum[rates] = np.exp(2j * np.pi * rng.random(len(rates))) / np.sqrt(rates)
    wave = np.fft.irfft(spectrum, points)
    wave = np.tanh(1.2 * wave / np.std(wave))
    return _stretched(np.asarray(1 - depth * (0.5 + 0.5 * wave), np.float32))


def _stretched(line: Floats) -> Floats:
    """A circular line on the gain grid, as samples."""
    up = (np.arange(v.STEP, dtype=np.float32) / v.STEP)[None, :]
    after = np.roll(line, -1)
    return np.asarray((line[:, None] + (after - line)[:, None] * up).ravel(), np.float32)


def _scatter(
    rng: np.random.Generator, sound: Floats, shots: list[Floats], per_s: float, level: float
) -> None:
    """Throw short sounds all over the circle, at random places between left and right."""
    n = sound.shape[1]
    count = round(per_s * n / v.RATE)
    starts = np.sort(rng.integers(0, n, count))
    which = rng.integers(0, len(shots), count)
    # Many small, few large, none beyond `level`.
    sizes = level * rng.random(count) ** 2.5
    where = (rng.random(count) * 1.6 + 0.2) * np.pi / 4
    for at, shot, size, angle in zip(starts, which, sizes, where, strict=True):
        piece, gains = shots[shot], (size * np.cos(angle), size * np.sin(angle))
        v.place(sound, piece, int(at), gains)
        if at + len(piece) > n:
            v.place(sound, piece, int(at) - n, gains)


def _grain(hz: float, bend: float, length_s: float, attack_s: float) -> Floats:
    """A tiny rounded tone, gliding by `bend` octaves."""
    n = round(length_s * v.RATE)
    t = np.arange(n) / v.RATE
    phase = 2 * np.pi * np.cumsum(hz * 2 ** (bend * t / length_s)) / v.RATE
    rise = np.sin(np.pi / 2 * np.clip(t / attack_s, 0, 1)) ** 2
    fall = np.exp(-5.0 * t / length_s) * np.clip((length_s - t) / (0.2 * length_s), 0, 1)
    return np.asarray(np.sin(phase) * rise * fall, np.float32)


def _rain(rng: np.random.Generator, n: int) -> Floats:
    """A steady soft fall on leaves and earth, drops near and far, no wind and no thunder."""
    far = v.noise(rng, n, v.band(280, 2000, 2.0), 0.9)
    near = v.noise(rng, n, v.band(1800, 6500, 2.5), 0.9)
    far *= _circling(rng, n, 5.0, 0.2)
    near *= _circling(rng, n, 3.0, 0.35) * np.float32(0.35)
    far += near
    drops = [
        _grain(float(hz), float(rng.uniform(0.05, 0.5)), float(rng.uniform(0.012, 0.04)), 0.003)
        for hz in np.geomspace(700, 3600, 24)
    ]
    _scatter(rng, far, drops, 70, 1.3)
    return far


def _ocean(rng: np.random.Generator, n: int) -> Floats:
    """Long waves: the deep part swells first, the bright part breaks after it and draws back."""
    seconds = n / v.RATE
    count = round(seconds / 10.5)
    t = np.arange(n // v.STEP) / v.GRID
    sound = v.noise(rng, n, v.band(60, 420, 2.0), 0.6) * np.float32(0.3)
    for train in range(2):
        centres = (
            (np.arange(count) + 0.5 * train + rng.uniform(-0.14, 0.14, count)) * seconds / count
        )
        sizes = rng.uniform(0.6, 1.0, count)
        for low, high, lag, rise, fall, level in (
            (50, 300, 0.0, 2.3, 2.8, 0.9),
            (200, 1200, 0.9, 1.9, 2.8, 0.8),
            (900, 5000, 1.7, 1.6, 2.6, 0.5),
        ):
            line = np.full(len(t), 0.08)
            for centre, size in zip(centres, sizes, strict=True):
                x = (t - centre - lag + seconds / 2) % seconds - seconds / 2
                line += size * np.exp(-0.5 * (x / np.where(x < 0, rise, fall)) ** 2)
            part = v.noise(rng, n, v.band(low, high, 2.5), 0.8)
            part *= _stretched((level * line).astype(np.float32))
            # The second train comes in a little from the other side.
            part[train] *= np.float32(0.75)
            sound += part
    return sound


def _wind(rng: np.random.Generator, n: int) -> Floats:
    """A mild wind over open land: bands that come and go, none of them whistles."""
    sound = np.zeros((2, n), np.float32)
    for low, high, level, depth, fastest in (
        (50, 160, 0.8, 0.5, 6.0),
        (140, 320, 1.0, 0.6, 5.0),
        (280, 600, 0.8, 0.7, 4.0),
        (550, 1100, 0.45, 0.75, 4.0),
        (1000, 2600, 0.2, 0.75, 3.0),
    ):
        part = v.noise(rng, n, v.band(low, high, 4.0), 0.8)
        part[0] *= _circling(rng, n, fastest, depth) * np.float32(level)
        part[1] *= _circling(rng, n, fastest, depth) * np.float32(level)
        shared = _circling(rng, n, fastest * 1.5, 0.35)
        sound += part * shared
    return sound


def _forest(rng: np.random.Generator, n: int) -> Floats:
    """Leaves in a light breeze, a brook some way off, and now and then a far bird, never near."""
    sound = v.noise(rng, n, v.band(800, 3600, 2.0), 0.9)
    for channel in (0, 1):
        sound[channel] *= _circling(rng, n, 3.0, 0.6) * np.float32(0.45)
    sound += v.noise(rng, n, v.band(120, 900, 2.0), 0.8) * np.float32(0.6)
    brook = [
        _grain(float(hz), float(rng.uniform(0.1, 0.7)), float(rng.uniform(0.03, 0.09)), 0.008)
        for hz in np.geomspace(400, 1500, 16)
    ]
    _scatter(rng, sound, brook, 45, 0.55)
    birds = np.zeros((2, n), np.float32)
    at = 4.0
    while at < n / v.RATE - 8:
        hz, side = float(rng.uniform(2300, 3400)), float(rng.uniform(-0.8, 0.8))
        size = float(rng.uniform(0.25, 0.6))
        for k in range(int(rng.integers(2, 6))):
            call = _call(hz * float(rng.uniform(0.95, 1.05)), float(rng.uniform(-0.25, 0.25)))
            start = round((at + k * float(rng.uniform(0.24, 0.3))) * v.RATE)
            v.place(birds, call, start, (size * (0.5 - side / 2), size * (0.5 + side / 2)))
        at += float(rng.uniform(5, 14))
    sound += birds * np.float32(0.3)
    v.reverberate(sound, birds[0] + birds[1], 0.6, 3.0)
    return sound


def _call(hz: float, bend: float) -> Floats:
    """One soft whistled note of a bird."""
    n = round(0.2 * v.RATE)
    x = np.arange(n) / n
    phase = 2 * np.pi * np.cumsum(hz * 2 ** (bend * np.sin(np.pi * x))) / v.RATE
    return np.asarray(np.sin(phase) * np.sin(np.pi * x) ** 2, np.float32)


def _tone(rng: np.random.Generator, n: int) -> Floats:
    """A still tone on A: octaves and fifths in pure ratios, whole turns of the circle.

    A steady pitch that crosses with itself swells or dips by where the two waves happen to meet. So
    the tone is voiced twice, with no pitch in both: it begins in the one, goes over so slowly that
    nobody hears it move, and ends in the other. What crosses at the seam are two different chords.
    """
    seconds = n / v.RATE
    points = n // v.STEP
    sound = np.zeros((2, n), np.float32)
    t = np.arange(n, dtype=np.float64) / v.RATE
    root = round(110 * seconds) / seconds
    way = np.clip((np.arange(points) / v.GRID - STILL_S) / (seconds - 2 * STILL_S), 0, 1)
    turn = np.pi / 2 * (way - np.sin(2 * np.pi * way) / (2 * np.pi))
    first, last = (_stretched(np.asarray(f(turn), np.float32)) for f in (np.cos, np.sin))
    for ratio, level, part in (
        (1, 0, first),
        (3, -11, first),
        (8, -30, first),
        (0.5, -9, last),
        (1.5, -6, last),
        (2, -2, last),
        (4, -18, last),
        (6, -26, last),
    ):
        for channel in (0, 1):
            hz = round(root * ratio * seconds) / seconds
            turns = (hz * t + float(rng.random()) * (0.3 if ratio > 1 else 0)) % 1.0
            slow = _stretched_sine(rng, points, seconds, 0.22 if ratio > 1 else 0.1)
            wave = np.sin((2 * np.pi * turns).astype(np.float32))
            sound[channel] += wave * slow * part * np.float32(v.db(level))
    return sound


def _stretched_sine(rng: np.random.Generator, points: int, seconds: float, depth: float) -> Floats:
    """A slow wave with a whole number of turns in the circle, between 1 - depth and 1."""
    turns = int(rng.integers(round(seconds / 30), round(seconds / 14)))
    x = np.arange(points) / points
    wave = np.sin(2 * np.pi * (turns * x + float(rng.random())))
    return _stretched((1 - depth * (0.5 + 0.5 * wave)).astype(np.float32))


def _fire(rng: np.random.Generator, n: int) -> Floats:
    """A small fire: a low breath, a little hiss, and rounded crackles well below a snap."""
    sound = v.noise(rng, n, v.band(50, 260, 3.0), 0.5) * _circling(rng, n, 1.5, 0.5)
    hiss = v.noise(rng, n, v.band(500, 3000, 2.0), 0.8)
    sound += hiss * _circling(rng, n, 2.0, 0.6) * np.float32(0.35)
    crackles = []
    for _ in range(24):
        length = round(float(rng.uniform(0.006, 0.03)) * v.RATE)
        burst = v.noise(rng, length + length % 2, v.band(600, 3500, 3.0), 0.0)[0]
        x = np.arange(len(burst)) / len(burst)
        crackles.append((burst * np.sin(np.pi * x**0.35) ** 2).astype(np.float32))
    _scatter(rng, sound, crackles, 14, 1.3)
    return sound


_MAKERS: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "rain": _rain,
    "ocean": _ocean,
    "wind": _wind,
    "forest": _forest,
    "tone": _tone,
    "fire": _fire,
}
