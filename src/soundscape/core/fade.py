"""Ramps, the equal-power crossfade, dB and gain, and the limits on rising: pure mathematics.

Notation: a gain is in dB; `SILENT_DB` or less is nothing at all. A ramp is a path of gains over
time, straight in dB between its points, so that a rate in dB per second is a slope. Times are
seconds on whatever clock the caller uses. The numbers are those of `docs/reference/sound.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, inf, log10, pi, sin

SILENT_DB = -120.0
"""A line at this gain or less lets nothing through."""

MUTE_DB = -60.0
"""A summed gain at or under this is played as nothing: a track at -23 LUFS is then at -83."""

HUSH_DB = -36.0
"""Where a rise from nothing begins: a track at -23 LUFS is then at -59 LUFS, under hearing."""

SOFTEN_DB = 4.0
SOFTEN_S = 6.0
SOFTEN_AT_ONCE_DB = 2.0
SOFTEN_AT_ONCE_S = 1.0
LIFT_DB = 2.0
LIFT_S = 8.0
LIFT_MOST_DB = 3.0
PAUSE_S = 8.0
RESUME_S = 12.0
TALK_S = 5.0
REFLECT_S = 20.0
END_S = 30.0
STOP_S = 1.5
CUT_S = 0.1
CUE_CROSSFADE_S = 6.0

RISE_DB_PER_S = 1.0
"""The fastest the summed output may rise while music plays."""

RISE_FROM_SILENCE_DB_PER_S = 6.0
"""The fastest anything may rise from silence, above -50 dBFS."""

FALL_DB_PER_S = 10.0
"""The fastest the summed output may fall, above -50 dBFS; `stop` apart."""

OVER_COMFORT_DB = 6.0
"""Level and trim together never pass this."""

NOTICED_DB = 0.5
"""A smaller difference of level than this nobody notices."""

SHORTEST_S = 0.1
"""Every change of gain is spread over at least this."""


def db_to_gain(db: float) -> float:
    """Amplitude factor of a gain in dB; 0.0 at `SILENT_DB` and below."""
    return 0.0 if db <= SILENT_DB else 10.0 ** (db / 20.0)


def gain_to_db(gain: float) -> float:
    """Gain in dB of an amplitude factor; `SILENT_DB` for nothing."""
    return SILENT_DB if gain <= 10.0 ** (SILENT_DB / 20.0) else 20.0 * log10(gain)


def volume_to_db(volume: float) -> float:
    """Gain in dB of a volume (1.0 is 100 %) on the cubic law of sound servers and libVLC."""
    return max(60.0 * log10(volume), SILENT_DB) if volume > 0.0 else SILENT_DB


def db_to_volume(db: float) -> float:
    """The volume (1.0 is 100 %) of a gain in dB, on that law."""
    return 0.0 if db <= SILENT_DB else float(10.0 ** (db / 60.0))


def equal_power(progress: float) -> tuple[float, float]:
    """Gains in dB of (outgoing, incoming) at `progress` 0..1 of a seam; their powers sum to one."""
    angle = min(max(progress, 0.0), 1.0) * pi / 2
    return gain_to_db(cos(angle)), gain_to_db(sin(angle))


@dataclass(frozen=True, slots=True)
class Ramp:
    """A path of values: (time, value) points in order of time, straight between, flat outside."""

    points: tuple[tuple[float, float], ...]

    @classmethod
    def flat(cls, value: float) -> Ramp:
        """A ramp that stays at one value."""
        return cls(((0.0, value),))

    @classmethod
    def path(cls, now: float, legs: Sequence[tuple[float, float]], start: float) -> Ramp:
        """From `start` at `now` along legs of (seconds, value)."""
        points = [(now, start)]
        for seconds, value in legs:
            points.append((points[-1][0] + seconds, value))
        return cls(tuple(points))

    def at(self, now: float) -> float:
        """Value at a time."""
        if now <= self.points[0][0]:
            return self.points[0][1]
        for (t0, v0), (t1, v1) in pairwise(self.points):
            if now < t1:
                return v0 + (v1 - v0) * (now - t0) / (t1 - t0)
        return self.points[-1][1]

    @property
    def end_s(self) -> float:
        """When the last point is reached."""
        return self.points[-1][0]

    @property
    def target(self) -> float:
        """The last value."""
        return self.points[-1][1]


def glide(now: float, start: float, to: float, seconds: float) -> Ramp:
    """Straight in dB, never faster than a fall may be, never shorter than 100 ms."""
    if to < start:
        seconds = max(seconds, (start - to) / FALL_DB_PER_S)
    return Ramp.path(now, [(max(seconds, SHORTEST_S), to)], start)


def soften(now: float, start: float, to: float) -> Ramp:
    """Down so that it is felt at once: 2 dB within the first second, the rest by 6 s."""
    first = min(SOFTEN_AT_ONCE_DB, start - to)
    if first <= 0.0:
        return glide(now, start, to, SOFTEN_S)
    rest = start - first - to
    rest_s = max(SOFTEN_S - SOFTEN_AT_ONCE_S, rest / FALL_DB_PER_S)
    legs = [(SOFTEN_AT_ONCE_S, start - first), *([(rest_s, to)] if rest > 0.0 else [])]
    return Ramp.path(now, legs, start)


def to_nothing(now: float, start: float, seconds: float) -> Ramp:
    """Down to nothing: straight in dB to -60 dB, then mute. A shorter way down takes less time.

    From an already lowered `start` the pace is kept, so that a reversed fade takes as long back
    as it took there.
    """
    if start <= MUTE_DB:
        return Ramp.path(now, [(SHORTEST_S, SILENT_DB)], max(start, SILENT_DB))
    share = (start - MUTE_DB) / -MUTE_DB
    down_s = max((seconds - SHORTEST_S) * min(share, 1.0), SHORTEST_S)
    return Ramp.path(now, [(down_s, MUTE_DB), (SHORTEST_S, SILENT_DB)], start)


def from_nothing(now: float, start: float, seconds: float, to: float = 0.0) -> Ramp:
    """Up from nothing: to a hush in 100 ms, then straight in dB. From half-way, at that pace."""
    pace = min((to - HUSH_DB) / max(seconds - SHORTEST_S, SHORTEST_S), RISE_FROM_SILENCE_DB_PER_S)
    if start >= to:
        return glide(now, start, to, SHORTEST_S)
    legs = [] if start >= HUSH_DB else [(SHORTEST_S, HUSH_DB)]
    legs.append(((to - max(start, HUSH_DB)) / pace, to))
    return Ramp.path(now, legs, start)


def paced(
    before: float,
    wanted: float,
    elapsed_s: float,
    rise_db_per_s: float,
    fall_db_per_s: float = inf,
) -> float:
    """The gain `elapsed_s` after `before` on its way to `wanted`, no faster than allowed."""
    elapsed_s = max(elapsed_s, 0.0)
    if wanted > before:
        return min(wanted, before + rise_db_per_s * elapsed_s)
    if fall_db_per_s == inf:
        return wanted
    return max(wanted, before - fall_db_per_s * elapsed_s)


def sum_db(gains_db: Iterable[float]) -> float:
    """The gain in dB of what sounds together and is not alike: powers add up."""
    power = sum(10.0 ** (db / 10.0) for db in gains_db)
    return 10.0 * log10(power) if power > 10.0 ** (SILENT_DB / 10.0) else SILENT_DB


def less_db(both_db: float, one_db: float) -> float:
    """What may sound beside `one_db` for the sum to be `both_db`; nothing where it is louder."""
    power = 10.0 ** (both_db / 10.0) - 10.0 ** (one_db / 10.0)
    return 10.0 * log10(power) if power > 10.0 ** (SILENT_DB / 10.0) else SILENT_DB
