"""The held layers of a piece: drone, pads, bass, shimmer, air."""

from __future__ import annotations

import numpy as np

from soundscape.starter import voices as v
from soundscape.starter.character import Character
from soundscape.starter.score import Chord, PieceScore
from soundscape.starter.voices import Floats


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
