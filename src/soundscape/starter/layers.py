"""A piece of the table becomes sound: held layers and notes over one harmony, as its character is.

Held are drone, pads, bass, shimmer and air. Notes are single bells, a running figure and a slow
melody: all of them tones of the chord; struck ones rise over 50 ms or more and never sound alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from soundscape.starter import voices as v
from soundscape.starter.pieces import StarterPiece
from soundscape.starter.score import PREROLL_S, Character, Chord, PieceScore
from soundscape.starter.voices import Floats

FADE_IN_S = 2.0
FADE_OUT_S = 4.0
"""Short: the player's own seam and start do the fading. Two fades at once would leave a dip."""

_EVEN = 0.6
"""Share of a slow swell in dB that is taken back."""

_TIMBRES: dict[str, tuple[float, float, tuple[tuple[float, float, float], ...]]] = {
    # name: attack in s, length in s, (ratio, amplitude, seconds to fall by 60 dB)
    "felt": (0.06, 5.0, ((1, 1.0, 7.0), (2, 0.34, 5.0), (3, 0.12, 3.5), (4, 0.06, 2.5))),
    "glass": (0.08, 6.5, ((1, 1.0, 10.0), (2.002, 0.22, 7.0), (3.01, 0.1, 5.0), (5.4, 0.025, 2.0))),
    "wood": (0.05, 3.0, ((1, 1.0, 3.6), (2, 0.16, 2.2), (3.93, 0.1, 1.0), (6.1, 0.015, 0.6))),
}  # fmt: skip


_BELLS = {"bed": 0.0, "light-acoustic": 1.8}
"""How many bells a kind of piece has beside others of its intensity: a bed under speech none, so
that nothing in it calls; acoustic music is made of them."""


def render_piece(piece: StarterPiece) -> Floats:
    """The piece as floats of shape (2, samples) at `voices.RATE`, level not yet matched."""
    score = PieceScore(piece)
    drone(score)
    pads(score)
    bass(score)
    shimmer(score)
    air(score)
    bells(score)
    figure(score)
    if piece.melody:
        melody(score)
    v.reverberate(score.whole, score.send[0], 0.5)
    return _shaped(score.whole[:, v.steps(PREROLL_S) * v.STEP :])


def _shaped(sound: Floats) -> Floats:
    """Even out slow swells of the whole, and round both ends to nothing."""
    blocks = sound.reshape(2, -1, v.STEP)
    power = np.einsum("cij,cij->i", blocks, blocks) / blocks.shape[0] / v.STEP
    power /= power.mean()
    slow = 10 * np.log10(_smooth(power, 8.0))
    t = np.arange(len(power)) / v.GRID
    gain_db = np.clip(-_EVEN * slow, -6, 3)
    gains = 10 ** (gain_db / 20) * np.sin(np.pi / 2 * np.clip(t / FADE_IN_S, 0, 1)) ** 2
    gains *= np.sin(np.pi / 2 * np.clip((t[-1] - t) / FADE_OUT_S, 0, 1)) ** 2
    v.scale(blocks, np.append(gains, 0.0).astype(np.float32))
    return blocks.reshape(2, -1)


def _smooth(line: Floats, seconds: float) -> NDArray[np.float64]:
    """The line seen through a rounded window, its ends held on beyond it."""
    half = v.steps(seconds / 2)
    window = np.hanning(2 * half + 1)
    return np.convolve(np.pad(line, half, mode="edge"), window / window.sum(), "valid")


def _harmonics(hz: float, like: Character, count: int = 24) -> list[tuple[float, float]]:
    """Overtones of a held note, darker or brighter by the character; power 1 in all."""
    each = [
        (hz * h, float(h**-like.tilt * np.exp(-hz * (h - 1) / like.cutoff_hz)))
        for h in range(1, count + 1)
        if hz * h < 9000
    ]
    scale = float(np.sqrt(2 / sum(a * a for _, a in each)))
    return [(f, a * scale) for f, a in each]


def drone(score: PieceScore) -> None:
    """The key note, its fifth and its natural overtones, each breathing on its own; never moves.

    Pure ratios (1, 3/2, 2, 3, 4, 5, 6, 8, 9), so that they do not beat; those that lie a semitone
    from a tone of some chord are left out.
    """
    rng, like = score.rng("drone"), score.like
    root = v.midi_hz(score.piece.key)
    chord_tones = {tone for chord in score.chords for tone in chord.tones}
    minor = any(tone % 12 == 3 for tone in chord_tones)
    groups: list[tuple[float, float, float]] = [(1, 0, 0.3), (1.5, -5, 0.45), (2, -5, 0.45)]
    groups += [(3, -10, 0.6), (4, -13, 0.8)]
    if like.drone_db > -4:
        groups += [(6, -18, 0.9), (8, -21, 0.9), (9, -24, 0.95)]
        groups += [] if minor else [(5, -17, 0.9)]
    if like.bass_db is not None and like.bass_db > -8:
        # The bass has the root by now; both together would swing against each other.
        groups = groups[1:]
    points = score.bus.shape[1] + 1
    for ratio, level, depth in groups:
        tone = round(12 * np.log2(ratio))
        if chord_tones & {tone - 1, tone + 1}:
            continue
        partials = _harmonics(root * ratio, like, 6)
        sound = v.table(rng, partials, cents=3, blur=0.1, width=0.3 + 0.05 * ratio, long=True)
        gains = v.drift(rng, points, float(rng.uniform(19, 37)), depth)
        score.hold(sound, 0, gains * v.db(level + like.drone_db), rng)


def pads(score: PieceScore) -> None:
    """The chords: every tone swells and fades on its own, tones in common are held through."""
    rng, like = score.rng("pads"), score.like
    if len(score.chords) < 2 or score.piece.harmony == "drone":
        return
    attack, release = min(7.0, like.chord_s * 0.45), min(9.0, like.chord_s * 0.6)
    for tone in sorted({t for c in score.chords for t in c.tones}):
        hz = score.hz(tone)
        sound = v.table(
            rng, _harmonics(hz, like), cents=like.cents, blur=like.blur, width=like.width
        )
        level = v.db(like.pads_db) * (220.0 / hz) ** 0.55
        place = float(rng.uniform(-0.3, 0.3))
        for start, end in _held([c for c in score.chords if tone in c.tones]):
            start_s = start - attack * 0.5 + float(rng.uniform(0, 0.12)) * like.chord_s
            points = v.steps(end - start_s + release) + 1
            gains = v.swell(points, attack, release) * level
            gains *= v.drift(rng, points, float(rng.uniform(9, 17)), like.wander)
            gains *= score.breathing(start_s, points)
            pair = np.stack([gains * (1 - place), gains * (1 + place)])
            score.hold(sound, start_s, pair, rng)


def _held(chords: list[Chord]) -> list[tuple[float, float]]:
    """Spans over which one tone sounds, neighbours joined."""
    spans: list[tuple[float, float]] = []
    for chord in chords:
        if spans and abs(spans[-1][1] - chord.start_s) < 0.01:
            spans[-1] = (spans[-1][0], chord.end_s)
        else:
            spans.append((chord.start_s, chord.end_s))
    return spans


def bass(score: PieceScore) -> None:
    """The chord's root between 41 and 82 Hz, with two overtones so that small speakers tell it."""
    rng, like = score.rng("bass"), score.like
    if like.bass_db is None:
        return
    sounds: dict[int, Floats] = {}
    for chord in score.chords:
        note = chord.bass
        while score.piece.key + note > 40:
            note -= 12
        if note not in sounds:
            hz = score.hz(note)
            partials = [(hz, 1.0), (hz * 2, 0.5), (hz * 3, 0.16), (hz * 4, 0.05)]
            sounds[note] = v.table(rng, partials, cents=4, blur=0.08, width=0.0)
        attack = min(4.0, like.chord_s * 0.35)
        start_s = chord.start_s - attack * 0.4
        points = v.steps(chord.end_s - start_s + attack * 0.5) + 1
        gains = v.swell(points, attack, attack * 1.2) * score.breathing(start_s, points, 0.25)
        score.hold(sounds[note], start_s, gains * v.db(like.bass_db), rng)


def shimmer(score: PieceScore) -> None:
    """High, wide and blurred: the upper tones of the chord an octave up, coming and going."""
    rng, like = score.rng("shimmer"), score.like
    if like.shimmer_db is None:
        return
    there = score.presence("shimmer", 0.3)
    for tone in sorted({t for c in score.chords for t in c.tones[-2:]}):
        hz = score.hz(tone + 12)
        partials = [(f, a) for f, a in _harmonics(hz, like, 6)]
        sound = v.table(rng, partials, cents=28, blur=0.9, width=1.0)
        for chord in score.chords:
            if tone not in chord.tones[-2:]:
                continue
            span = chord.end_s - chord.start_s
            points = v.steps(span * 1.5) + 1
            gains = v.swell(points, span * 0.7, span * 0.75)
            gains *= v.db(like.shimmer_db) * float(rng.uniform(0.5, 1.0)) * there(chord.start_s)
            gains *= score.breathing(chord.start_s, points, 0.5)
            score.hold(sound, chord.start_s - span * 0.2, gains, rng)


def air(score: PieceScore) -> None:
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
