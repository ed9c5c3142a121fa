"""The notes of a piece: single bells, a running figure, a slow melody.

All of them tones of the chord; struck ones rise over 50 ms or more and never sound alone.
"""

from __future__ import annotations

import numpy as np

from soundscape.starter import voices as v
from soundscape.starter.score import Chord, PieceScore
from soundscape.starter.voices import Floats

_TIMBRES: dict[str, tuple[float, float, tuple[tuple[float, float, float], ...]]] = {
    # name: attack in s, length in s, (ratio, amplitude, seconds to fall by 60 dB)
    "felt": (0.06, 5.0, ((1, 1.0, 7.0), (2, 0.34, 5.0), (3, 0.12, 3.5), (4, 0.06, 2.5))),
    "glass": (0.08, 6.5, ((1, 1.0, 10.0), (2.002, 0.22, 7.0), (3.01, 0.1, 5.0), (5.4, 0.025, 2.0))),
    "wood": (0.05, 3.0, ((1, 1.0, 3.6), (2, 0.16, 2.2), (3.93, 0.1, 1.0), (6.1, 0.015, 0.6))),
}  # fmt: skip


_BELLS = {"bed": 0.0, "light-acoustic": 1.8}
"""How many bells a kind of piece has beside others of its intensity: a bed under speech none, so
that nothing in it calls; acoustic music is made of them."""


class _Instrument:
    """Struck notes of one timbre, each pitch made once.

    `ring` scales how long they ring: notes of one pitch that overlap for long would swing
    against each other and lose their beginnings.
    """

    def __init__(self, score: PieceScore, ring: float) -> None:
        self._score = score
        self._attack_s, length_s, partials = _TIMBRES[score.piece.timbre]
        self._length_s = max(length_s * ring, 1.2)
        self._partials = [(ratio, size, fall_s * ring) for ratio, size, fall_s in partials]
        self._notes: dict[int, Floats] = {}

    def strike(self, at_s: float, tone: int, level: float, where: float) -> None:
        """Play a tone at a time of the score, from -1 (left) to 1 (right), into the room too."""
        note = self._note(tone)
        left, right = np.cos((where + 1) * np.pi / 4), np.sin((where + 1) * np.pi / 4)
        at = round(at_s * v.RATE)
        v.place(self._score.whole, note, at, (level * left, level * right))
        v.place(self._score.send, note, at, (level,))

    def _note(self, tone: int) -> Floats:
        if tone not in self._notes:
            hz = self._score.hz(tone)
            partials = [
                (ratio, size * float(np.exp(-hz * (ratio - 1) / 2500)), fall_s)
                for ratio, size, fall_s in self._partials
            ]
            note = v.struck(hz, partials, self._attack_s, self._length_s)
            self._notes[tone] = note * np.float32(min(1.0, (330 / hz) ** 0.4))
        return self._notes[tone]


def _reach(chord: Chord) -> tuple[int, ...]:
    """The chord's tones in two octaves."""
    return (*chord.tones, *(tone + 12 for tone in chord.tones))


def bells(score: PieceScore) -> None:
    """Single notes at rest, high over the chord; on the beat where there is one to hear."""
    rng, like = score.rng("bells"), score.like
    instrument, there = _Instrument(score, 1.0), score.presence("bells", 0.4)
    lift = 12 if score.piece.key < 47 else 0
    per_s = like.bells_per_s * _BELLS.get(score.piece.kind, 1.0)
    for chord in score.chords:
        span = chord.end_s - chord.start_s
        for at in np.sort(rng.random(rng.poisson(per_s * span))) * span:
            if like.figure_db is not None:
                at = round(at / like.beat_s * 2) / 2 * like.beat_s
            tone = int(rng.choice(_reach(chord)[2:])) + lift
            level = v.db(like.bells_db) * float(rng.uniform(0.45, 1.0)) * there(chord.start_s)
            instrument.strike(chord.start_s + at, tone, level, float(rng.uniform(-0.7, 0.7)))


def figure(score: PieceScore) -> None:
    """A running figure of short soft notes: eight of the chord's tones, over and over."""
    rng, like = score.rng("figure"), score.like
    if like.figure_db is None:
        return
    instrument, there = _Instrument(score, 0.25), score.presence("figure", 0.35)
    order = rng.permutation(8)
    tick = like.beat_s / like.figure_per_beat
    for number, chord in enumerate(score.chords):
        # Over the pads, where short notes are heard for what they are: 277 Hz and up.
        tones = [t + 12 * max(0, -((score.piece.key + t - 61) // 12)) for t in _reach(chord)]
        for k in range(int((chord.end_s - chord.start_s) / tick + 0.01)):
            pick = int(order[(k + number) % 8])
            at = chord.start_s + k * tick
            level = v.db(like.figure_db) * there(at) * float(score.moving(at))
            level *= 0.7 + 0.3 * float(np.sin(2 * np.pi * (at / 31 + k / 8)))
            level *= float(rng.uniform(0.75, 1.0)) * (0.6 if k % like.figure_per_beat else 1.0)
            late = float(rng.uniform(0, 0.02))
            instrument.strike(at + late, tones[pick], level, 0.6 * float(np.sin(at / 5 + pick)))


def melody(score: PieceScore) -> None:
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
                hz = score.hz(last)
                partials = [(hz, 1.0), (hz * 2, 0.3), (hz * 3, 0.1), (hz * 4, 0.03)]
                sounds[last] = v.table(rng, partials, cents=7, blur=0.25, width=0.35)
            start_s = chord.start_s + span * (0.1 + 0.8 * k / count)
            points = v.steps(span * 0.75 / count + 3.0) + 1
            gains = v.swell(points, 0.9, 2.8) * v.drift(rng, points, 3.0, 0.25)
            level = v.db(0.5 + 2 * like.pulse) * float(rng.uniform(0.7, 1.0))
            score.hold(sounds[last], start_s, gains * level, rng)
            send = score.send.reshape(1, -1, v.STEP)
            v.hold(send, sounds[last], v.steps(start_s), gains * level * 0.3)
