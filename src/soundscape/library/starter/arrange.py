"""A piece of the table becomes sound: layers over one harmony, as many as its character asks for.

Everything is drawn from generators seeded by the piece's name, one for each layer, so that a
change to one layer leaves the notes of the others where they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from soundscape.library.starter import voices as v
from soundscape.library.starter.character import Character, character
from soundscape.library.starter.pieces import PROGRESSIONS, Piece
from soundscape.library.starter.voices import Floats

SEED = 23
_PREROLL_S = 16.0
"""Made before the first sample that is kept: the piece fades in on music already under way."""
FADE_IN_S = 12.0
FADE_OUT_S = 14.0
_FADE_DB = -35.0

_TIMBRES: dict[str, tuple[float, float, tuple[tuple[float, float, float], ...]]] = {
    # name: attack in s, length in s, (ratio, amplitude, seconds to fall by 60 dB)
    "felt": (0.045, 5.0, ((1, 1.0, 7.0), (2, 0.34, 5.0), (3, 0.12, 3.5), (4, 0.06, 2.5))),
    "glass": (0.07, 6.5, ((1, 1.0, 10.0), (2.002, 0.22, 7.0), (3.01, 0.1, 5.0), (5.4, 0.025, 2.0))),
    "wood": (0.035, 3.0, ((1, 1.0, 3.6), (2, 0.16, 2.2), (3.93, 0.1, 1.0), (6.1, 0.015, 0.6))),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Chord:
    start_s: float
    end_s: float
    bass: int
    tones: tuple[int, ...]


class _Score:
    """One piece in the making: its chords in time, its bus, its send to the room."""

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.like: Character = character(piece.intensity)
        self.length_s = piece.seconds + _PREROLL_S
        self.bus = np.zeros((2, v.steps(self.length_s), v.STEP), np.float32)
        self.whole = self.bus.reshape(2, -1)
        self.send = np.zeros((1, self.whole.shape[1]), np.float32)
        self.chords = self._chords()

    def rng(self, layer: str) -> np.random.Generator:
        return np.random.default_rng([SEED, crc32(self.piece.name.encode()), crc32(layer.encode())])

    def _chords(self) -> list[_Chord]:
        """The progression over and over; it comes home for the fade."""
        forms = PROGRESSIONS[self.piece.harmony]
        each = self.like.chord_s
        count = max(1, int((self.length_s - FADE_OUT_S - 4) / each))
        chords = [_Chord(i * each, (i + 1) * each, *forms[i % len(forms)]) for i in range(count)]
        home = forms[0]
        last = chords.pop()
        chords.append(_Chord(last.start_s, self.length_s + 1, *home))
        return chords

    def hold(self, sound: Floats, start_s: float, gains: Floats, rng: np.random.Generator) -> None:
        v.hold(self.bus, sound, v.steps(start_s), gains, int(rng.integers(sound.shape[1])))

    def breathing(self, start_s: float, points: int, late: float = 0.0) -> Floats:
        """The pulse as a line of gains: a rounded wave once a beat, 1 where there is none."""
        t = start_s + np.arange(points) / v.GRID
        wave = 0.5 - 0.5 * np.cos(2 * np.pi * (t / self.like.beat_s - late))
        return (1 - self.like.pulse * wave**1.5).astype(np.float32)


def render_piece(piece: Piece) -> Floats:
    """The piece as float samples of shape (2, samples) at `voices.RATE`, level not yet matched."""
    score = _Score(piece)
    _drone(score)
    _pads(score)
    _bass(score)
    _shimmer(score)
    _air(score)
    _struck(score)
    if piece.melody:
        _melody(score)
    v.reverberate(score.whole, score.send[0], 0.75)
    return _faded(score.whole[:, v.steps(_PREROLL_S) * v.STEP :])


def _harmonics(hz: float, like: Character, count: int = 24) -> list[tuple[float, float]]:
    """Overtones of a held note, darker or brighter by the character; power 1 in all."""
    each = [
        (hz * h, float(h**-like.tilt * np.exp(-hz * (h - 1) / like.cutoff_hz)))
        for h in range(1, count + 1)
        if hz * h < 9000
    ]
    scale = float(np.sqrt(2 / sum(a * a for _, a in each)))
    return [(f, a * scale) for f, a in each]


def _drone(score: _Score) -> None:
    """The key note, its fifth and its natural overtones, each breathing on its own; never moves.

    Pure ratios (1, 3/2, 2, 3, 4, 5, 6, 8, 9), so that nothing beats.
    """
    rng, like = score.rng("drone"), score.like
    root = v.midi_hz(score.piece.key)
    minor = any(3 in {t % 12 for t in tones} for _, tones in PROGRESSIONS[score.piece.harmony])
    groups: list[tuple[float, float, float]] = [(1, 0, 0.3), (1.5, -5, 0.45), (2, -5, 0.45)]
    groups += [(3, -10, 0.6), (4, -13, 0.8)]
    if like.drone_db > -4:
        groups += [(6, -18, 0.9), (8, -21, 0.9), (9, -24, 0.95)]
        groups += [] if minor else [(5, -17, 0.9)]
    points = score.bus.shape[1] + 1
    for ratio, level, depth in groups:
        partials = _harmonics(root * ratio, like, 6)
        sound = v.table(rng, partials, cents=3, blur=0.1, width=0.3 + 0.05 * ratio, long=True)
        gains = v.drift(rng, points, float(rng.uniform(19, 37)), depth)
        score.hold(sound, 0, gains * v.db(level + like.drone_db), rng)


def _pads(score: _Score) -> None:
    """The chords: every tone swells and fades on its own, tones in common are held through."""
    rng, like = score.rng("pads"), score.like
    if len(score.chords) < 2 or score.piece.harmony == "drone":
        return
    attack, release = min(7.0, like.chord_s * 0.45), min(9.0, like.chord_s * 0.6)
    for tone in sorted({t for c in score.chords for t in c.tones}):
        hz = v.midi_hz(score.piece.key + tone)
        sound = v.table(
            rng, _harmonics(hz, like), cents=like.cents, blur=like.blur, width=like.width
        )
        level = v.db(-1.5) * (220.0 / hz) ** 0.55
        place = float(rng.uniform(-0.3, 0.3))
        for start, end in _held([c for c in score.chords if tone in c.tones]):
            start_s = start - attack * 0.5 + float(rng.uniform(0, 0.12)) * like.chord_s
            points = v.steps(end - start_s + release) + 1
            gains = v.swell(points, attack, release) * level
            gains *= v.drift(rng, points, float(rng.uniform(9, 17)), like.wander)
            gains *= score.breathing(start_s, points)
            pair = np.stack([gains * (1 - place), gains * (1 + place)])
            score.hold(sound, start_s, pair, rng)


def _held(chords: list[_Chord]) -> list[tuple[float, float]]:
    """Spans over which one tone sounds, neighbours joined."""
    spans: list[tuple[float, float]] = []
    for chord in chords:
        if spans and abs(spans[-1][1] - chord.start_s) < 0.01:
            spans[-1] = (spans[-1][0], chord.end_s)
        else:
            spans.append((chord.start_s, chord.end_s))
    return spans


def _bass(score: _Score) -> None:
    """The chord's root between 41 and 82 Hz, with two overtones so that small speakers tell it."""
    rng, like = score.rng("bass"), score.like
    if like.bass_db is None:
        return
    sounds: dict[int, Floats] = {}
    for chord in score.chords:
        note = score.piece.key + chord.bass
        while note > 40:
            note -= 12
        if note not in sounds:
            hz = v.midi_hz(note)
            partials = [(hz, 1.0), (hz * 2, 0.5), (hz * 3, 0.16), (hz * 4, 0.05)]
            sounds[note] = v.table(rng, partials, cents=4, blur=0.08, width=0.0)
        attack = min(4.0, like.chord_s * 0.35)
        start_s = chord.start_s - attack * 0.4
        points = v.steps(chord.end_s - start_s + attack * 0.5) + 1
        gains = v.swell(points, attack, attack * 1.2) * score.breathing(start_s, points, 0.25)
        score.hold(sounds[note], start_s, gains * v.db(like.bass_db), rng)


def _shimmer(score: _Score) -> None:
    """High, wide and blurred: the upper tones of the chord an octave up, coming and going."""
    rng, like = score.rng("shimmer"), score.like
    if like.shimmer_db is None:
        return
    for tone in sorted({t for c in score.chords for t in c.tones[-2:]}):
        hz = v.midi_hz(score.piece.key + tone + 12)
        partials = [(f, a) for f, a in _harmonics(hz, like, 6)]
        sound = v.table(rng, partials, cents=28, blur=0.9, width=1.0)
        for chord in score.chords:
            if tone not in chord.tones[-2:]:
                continue
            span = chord.end_s - chord.start_s
            points = v.steps(span * 1.5) + 1
            gains = v.swell(points, span * 0.7, span * 0.75)
            gains *= v.db(like.shimmer_db) * float(rng.uniform(0.35, 1.0))
            gains *= score.breathing(chord.start_s, points, 0.5)
            score.hold(sound, chord.start_s - span * 0.2, gains, rng)


def _air(score: _Score) -> None:
    """Breath: soft noise in slow waves, two chords long."""
    rng, like = score.rng("air"), score.like
    if like.air_db is None:
        return
    loop = v.noise(rng, 1000 * v.STEP, v.band(500, like.cutoff_hz * 1.6, 4), 1.0)
    points = score.bus.shape[1] + 1
    t = np.arange(points) / v.GRID
    wave = 0.5 - 0.5 * np.cos(np.pi * t / like.chord_s)
    gains = (v.db(like.air_db) * (0.3 + 0.7 * wave)).astype(np.float32)
    gains *= score.breathing(0.0, points, 0.5)
    score.hold(loop.reshape(2, -1, v.STEP), 0, gains, rng)


def _struck(score: _Score) -> None:
    """Notes that ring: single ones at rest, and from the middle on a running figure.

    All of them tones of the chord, all with an attack of 35 ms or more and never alone.
    """
    rng, like = score.rng("struck"), score.like
    attack, length, partials = _TIMBRES[score.piece.timbre]
    shots: dict[int, Floats] = {}

    def strike(at_s: float, tone: int, level: float, where: float) -> None:
        if tone not in shots:
            hz = v.midi_hz(score.piece.key + tone)
            soften = [(r, a * float(np.exp(-hz * (r - 1) / 2500)), f) for r, a, f in partials]
            shots[tone] = v.struck(hz, soften, attack, length) * np.float32((330 / hz) ** 0.4)
        left, right = np.cos((where + 1) * np.pi / 4), np.sin((where + 1) * np.pi / 4)
        at = round(at_s * v.RATE)
        v.place(score.whole, shots[tone], at, (level * left, level * right))
        v.place(score.send, shots[tone], at, (level,))

    order = rng.permutation(8)
    for number, chord in enumerate(score.chords):
        span = chord.end_s - chord.start_s
        high = (*chord.tones, *(t + 12 for t in chord.tones))
        for at in np.sort(rng.random(rng.poisson(like.bells_per_s * span))) * span:
            if like.figure_db is not None:
                at = round(at / like.beat_s * 2) / 2 * like.beat_s
            tone = int(rng.choice(high[2:])) + 12 * (score.piece.key < 47)
            level = v.db(like.bells_db) * float(rng.uniform(0.45, 1.0))
            strike(chord.start_s + at, tone, level, float(rng.uniform(-0.7, 0.7)))
        if like.figure_db is None:
            continue
        tick = like.beat_s / like.figure_per_beat
        for k in range(int(span / tick + 0.01)):
            pick = int(order[(k + number) % 8])
            at = chord.start_s + k * tick
            wave = 0.6 + 0.4 * np.sin(2 * np.pi * (at / 31 + k / 8))
            level = v.db(like.figure_db) * wave * float(rng.uniform(0.75, 1.0))
            if k % like.figure_per_beat:
                level *= 0.6
            strike(at + float(rng.uniform(0, 0.02)), high[pick], level, 0.8 * np.sin(at / 5 + pick))


def _melody(score: _Score) -> None:
    """One slow line, a tone or two of each chord, moving by the smallest step it can."""
    rng, like = score.rng("melody"), score.like
    sounds: dict[int, Floats] = {}
    last = 19
    for chord in score.chords:
        choices = sorted({t + up for t in chord.tones for up in (0, 12) if 11 <= t + up <= 28})
        span = min(chord.end_s - chord.start_s, 24.0)
        count = 1 if rng.random() < 0.35 else 2 if span < 12 or rng.random() < 0.5 else 3
        for k in range(count):
            near = sorted(choices, key=lambda t: (abs(t - last), t))
            last = int(rng.choice([t for t in near if t != last][:2]))
            if last not in sounds:
                hz = v.midi_hz(score.piece.key + last)
                partials = [(hz, 1.0), (hz * 2, 0.3), (hz * 3, 0.1), (hz * 4, 0.03)]
                sounds[last] = v.table(rng, partials, cents=7, blur=0.25, width=0.35)
            start_s = chord.start_s + span * (0.1 + 0.8 * k / count)
            points = v.steps(span * 0.75 / count + 3.0) + 1
            gains = v.swell(points, 0.9, 2.8) * v.drift(rng, points, 3.0, 0.25)
            level = v.db(-7.0 + 2 * like.pulse) * float(rng.uniform(0.7, 1.0))
            score.hold(sounds[last], start_s, gains * level, rng)
            send = score.send.reshape(1, -1, v.STEP)
            v.hold(send, sounds[last], v.steps(start_s), gains * level * 0.3)


def _faded(sound: Floats) -> Floats:
    """Fade both ends. In: a straight line in dB, 2.9 dB a second, so that no three seconds rise
    by 10; under it the first half second comes from nothing. Out: rounded, to nothing.
    """
    n = sound.shape[1]
    t = np.arange(round(FADE_IN_S * v.RATE)) / v.RATE
    rise = (
        10 ** (_FADE_DB / 20 * (1 - t / FADE_IN_S))
        * np.sin(np.pi / 2 * np.clip(t / 0.5, 0, 1)) ** 2
    )
    sound[:, : len(rise)] *= rise.astype(np.float32)
    t = np.arange(round(FADE_OUT_S * v.RATE)) / v.RATE
    fall = np.cos(np.pi / 2 * t / FADE_OUT_S) ** 2
    sound[:, n - len(fall) :] *= fall.astype(np.float32)
    return sound
