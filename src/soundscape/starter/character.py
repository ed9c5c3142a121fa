"""From intensity to character: what rises, and how. The same list, in words, is in
`docs/guides/starter-music.md`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Character:
    """How a piece of some intensity sounds. Levels in dB beside each other; None leaves it out."""

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
