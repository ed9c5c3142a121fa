"""A piece in the making: its character, its chords in time, and the bus its layers play on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from soundscape.starter import voices as v
from soundscape.starter.pieces import PROGRESSIONS, PURE, StarterPiece
from soundscape.starter.voices import Floats

SEED = 23
PREROLL_S = 16.0
"""Made before the first sample that is kept: the piece fades in on music already under way."""

# The tones of the key as pure ratios over its root.
_RATIOS = (1, 16 / 15, 9 / 8, 6 / 5, 5 / 4, 4 / 3, 45 / 32, 3 / 2, 8 / 5, 5 / 3, 9 / 5, 15 / 8)


@dataclass(frozen=True, slots=True)
class Character:
    """How a piece of some intensity sounds: what rises with it, and how, as in
    `docs/guides/starter-music.md`. Levels in dB beside each other; None leaves it out."""

    chord_s: float
    """Seconds a chord lasts."""
    beat_s: float
    """Seconds between beats, of which only the moving layers are aware."""
    cutoff_hz: float
    """Overtones fade above this."""
    tilt: float
    """Power by which overtones fall with their number."""
    blur: float
    cents: float
    width: float
    pads_db: float
    drone_db: float
    bass_db: float | None
    bells_per_s: float
    bells_db: float
    figure_db: float | None
    """Level of the running figure of soft notes."""
    figure_per_beat: int
    pulse: float
    """How deep pads and bass breathe with the beat, 0 to 1."""
    shimmer_db: float | None
    air_db: float | None
    wander: float
    """How far each layer's level wanders, 0 to 1."""


def character(intensity: float) -> Character:
    """The character at an intensity from 0 to 1: every part of it is monotonic in it."""

    def between(low: float, high: float, start: float = 0.0, end: float = 0.9) -> float:
        x = min(max((intensity - start) / (end - start), 0.0), 1.0)
        return low + (high - low) * x

    def entering(start: float, low: float, high: float) -> float | None:
        return None if intensity < start else between(low, high, start)

    # Beats pair up into a chord of 4, 8 or 16, so that harmony and pulse move together.
    beat = 60.0 / between(46.0, 66.0, 0.3)
    wanted = 34.0 * (7.3 / 34.0) ** (intensity / 0.9)
    return Character(
        chord_s=wanted if intensity < 0.4 else beat * 4 * max(2, round(wanted / beat / 4)),
        beat_s=beat,
        cutoff_hz=330.0 * 10.0 ** (intensity * 0.95),
        tilt=between(1.7, 1.15),
        blur=between(0.12, 0.7),
        cents=between(5.0, 22.0),
        width=between(0.35, 0.7),
        pads_db=between(-1.0, -4.5),
        drone_db=between(0.0, -9.0),
        bass_db=entering(0.12, -14.0, 0.0),
        bells_per_s=0.0 if intensity < 0.1 else between(0.05, 0.75, 0.1),
        bells_db=between(0.0, 4.0),
        figure_db=entering(0.4, 3.0, 9.5),
        figure_per_beat=1 if intensity < 0.58 else 2 if intensity < 0.78 else 3,
        pulse=between(0.0, 0.6, 0.35),
        shimmer_db=entering(0.28, -24.0, -11.0),
        air_db=entering(0.45, -34.0, -19.0),
        wander=between(0.25, 0.5),
    )


@dataclass(frozen=True, slots=True)
class Chord:
    start_s: float
    end_s: float
    bass: int
    tones: tuple[int, ...]


class PieceScore:
    """One piece in the making: its chords in time, its bus, its send to the room."""

    def __init__(self, piece: StarterPiece) -> None:
        self.piece = piece
        self.like: Character = character(piece.intensity)
        self.length_s = piece.seconds + PREROLL_S
        self.bus = np.zeros((2, v.steps(self.length_s), v.STEP), np.float32)
        self.whole = self.bus.reshape(2, -1)
        self.send = np.zeros((1, self.whole.shape[1]), np.float32)
        self.chords = self._chords()

    def rng(self, layer: str) -> np.random.Generator:
        """A generator for one layer, so that a change to it leaves the others' notes alone."""
        return np.random.default_rng([SEED, crc32(self.piece.name.encode()), crc32(layer.encode())])

    def _chords(self) -> list[Chord]:
        """The progression over and over; it comes home for the last 12 s or more."""
        forms = PROGRESSIONS[self.piece.harmony]
        each = self.like.chord_s
        count = max(1, int((self.length_s - 12) / each))
        chords = [Chord(i * each, (i + 1) * each, *forms[i % len(forms)]) for i in range(count)]
        last = chords.pop()
        return [*chords, Chord(last.start_s, self.length_s + 1, *forms[0])]

    def hold(self, sound: Floats, start_s: float, gains: Floats, rng: np.random.Generator) -> None:
        """Play a table from anywhere in its loop, under a line of gains."""
        v.hold(self.bus, sound, v.steps(start_s), gains, int(rng.integers(sound.shape[1])))

    def hz(self, tone: int) -> float:
        """Frequency of a tone, in semitones over the key note, as the harmony tunes it."""
        if self.piece.harmony in PURE:
            octave, step = divmod(tone, 12)
            return v.midi_hz(self.piece.key) * _RATIOS[step] * 2.0**octave
        return v.midi_hz(self.piece.key + tone)

    def presence(self, layer: str, least: float) -> Callable[[float], float]:
        """How much a layer is there at a time, from `least` to 1: it comes and goes in minutes."""
        every = 100  # points of the grid for one of this line: a second
        rng, points = self.rng(layer + " presence"), int(self.length_s) + 2
        line = v.drift(rng, points, 90.0 / every, 1 - least)
        return lambda at_s: float(line[min(max(int(at_s), 0), len(line) - 1)])

    def breathing(self, start_s: float, points: int, late: float = 0.0) -> Floats:
        """The pulse as a line of gains: a rounded wave once a beat, 1 where there is none."""
        t = start_s + np.arange(points) / v.GRID
        wave = 0.5 - 0.5 * np.cos(2 * np.pi * (t / self.like.beat_s - late))
        return (1 - self.like.pulse * self.moving(t) * wave**1.5).astype(np.float32)

    def moving(self, t: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Movement enters after the music has, and leaves before it; from 0 to 1."""
        enter = (np.asarray(t) - PREROLL_S - 5) / 16
        leave = (self.length_s - 10 - np.asarray(t)) / 12
        return np.asarray(np.clip(np.minimum(enter, leave), 0, 1))
