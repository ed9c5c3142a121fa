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
"""A gain line at this gain in dB or less is silent."""

MUTE_DB = -60.0
"""A summed gain in dB at or below this plays as silence: a track at -23 LUFS is then at -83."""

HUSH_DB = -36.0
"""Gain in dB where a rise from silence begins: a track at -23 LUFS is then inaudible, at -59."""

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
"""Fastest rise of the summed output in dB per second while music plays."""

RISE_FROM_SILENCE_DB_PER_S = 6.0
"""Fastest rise of anything from silence in dB per second, above -50 dBFS."""

FALL_DB_PER_S = 10.0
"""Fastest fall of the summed output in dB per second, above -50 dBFS, except for `stop`."""

OVER_COMFORT_DB = 6.0
"""Highest sum of level and trim, in dB over comfort."""

NOTICED_DB = 0.5
"""Smallest difference of level in dB that anybody notices."""

SHORTEST_S = 0.1
"""Shortest change of any gain, in seconds."""


def gain_to_db(gain: float) -> float:
    """Return the gain in dB of an amplitude factor; `SILENT_DB` for zero."""
    return SILENT_DB if gain <= 10.0 ** (SILENT_DB / 20.0) else 20.0 * log10(gain)


def volume_to_db(volume: float) -> float:
    """Return the gain in dB of a volume (1.0 is 100 %) on the cubic law of libVLC and servers."""
    return max(60.0 * log10(volume), SILENT_DB) if volume > 0.0 else SILENT_DB


def db_to_volume(db: float) -> float:
    """Return the volume (1.0 is 100 %) of a gain in dB on that law."""
    return 0.0 if db <= SILENT_DB else float(10.0 ** (db / 60.0))


def equal_power(progress: float) -> tuple[float, float]:
    """Return dB gains of (outgoing, incoming) at `progress` 0..1 of a seam; powers sum to one."""
    angle = min(max(progress, 0.0), 1.0) * pi / 2
    return gain_to_db(cos(angle)), gain_to_db(sin(angle))


@dataclass(frozen=True, slots=True)
class Ramp:
    """A path of values: (time, value) points in order of time, straight between, flat outside."""

    points: tuple[tuple[float, float], ...]

    @classmethod
    def flat(cls, value: float) -> Ramp:
        """Build a ramp that stays at one value."""
        return cls(((0.0, value),))

    @classmethod
    def path(cls, now: float, legs: Sequence[tuple[float, float]], start: float) -> Ramp:
        """Build a ramp from `start` at `now` along legs of (seconds, value)."""
        points = [(now, start)]
        for seconds, value in legs:
            points.append((points[-1][0] + seconds, value))
        return cls(tuple(points))

    def at(self, now: float) -> float:
        """Return the value at a time."""
        if now <= self.points[0][0]:
            return self.points[0][1]
        for (t0, v0), (t1, v1) in pairwise(self.points):
            if now < t1:
                return v0 + (v1 - v0) * (now - t0) / (t1 - t0)
        return self.points[-1][1]

    @property
    def end_s(self) -> float:
        """The time of the last point."""
        return self.points[-1][0]

    @property
    def target(self) -> float:
        """The value of the last point."""
        return self.points[-1][1]


def glide(now: float, start: float, to: float, seconds: float) -> Ramp:
    """Build a ramp straight in dB, within the limit for a fall, and at least 100 ms long."""
    if to < start:
        seconds = max(seconds, (start - to) / FALL_DB_PER_S)
    return Ramp.path(now, [(max(seconds, SHORTEST_S), to)], start)


def soften(now: float, start: float, to: float) -> Ramp:
    """Build a fall that is felt at once: 2 dB within the first second, the rest by 6 s."""
    first = min(SOFTEN_AT_ONCE_DB, start - to)
    if first <= 0.0:
        return glide(now, start, to, SOFTEN_S)
    rest = start - first - to
    rest_s = max(SOFTEN_S - SOFTEN_AT_ONCE_S, rest / FALL_DB_PER_S)
    legs = [(SOFTEN_AT_ONCE_S, start - first), *([(rest_s, to)] if rest > 0.0 else [])]
    return Ramp.path(now, legs, start)


def to_nothing(now: float, start: float, seconds: float) -> Ramp:
    """Build a fall to silence: straight in dB to -60 dB, then mute. A shorter way takes less time.

    From a lowered `start` the rate stays the same, so that a reversed fade takes as long back as it
    took there.
    """
    if start <= MUTE_DB:
        return Ramp.path(now, [(SHORTEST_S, SILENT_DB)], max(start, SILENT_DB))
    share = (start - MUTE_DB) / -MUTE_DB
    down_s = max((seconds - SHORTEST_S) * min(share, 1.0), SHORTEST_S)
    return Ramp.path(now, [(down_s, MUTE_DB), (SHORTEST_S, SILENT_DB)], start)


def from_nothing(now: float, start: float, seconds: float, to: float = 0.0) -> Ramp:
    """Build a rise from silence: to `HUSH_DB` in 100 ms, then straight in dB, from any `start`."""
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
    """Return the gain `elapsed_s` after `before` on its way to `wanted`, within the slew limits."""
    elapsed_s = max(elapsed_s, 0.0)
    if wanted > before:
        return min(wanted, before + rise_db_per_s * elapsed_s)
    if fall_db_per_s == inf:
        return wanted
    return max(wanted, before - fall_db_per_s * elapsed_s)


def sum_db(gains_db: Iterable[float]) -> float:
    """Return the gain in dB of independent sounds together: their powers add up."""
    power = sum(10.0 ** (db / 10.0) for db in gains_db)
    return 10.0 * log10(power) if power > 10.0 ** (SILENT_DB / 10.0) else SILENT_DB


def less_db(both_db: float, one_db: float) -> float:
    """Return what may sound beside `one_db` for a sum of `both_db`; silence if that is louder."""
    power = 10.0 ** (both_db / 10.0) - 10.0 ** (one_db / 10.0)
    return 10.0 * log10(power) if power > 10.0 ** (SILENT_DB / 10.0) else SILENT_DB
