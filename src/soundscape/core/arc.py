"""Arc, Phase and curves: the template of a session, with everything resolved.

These are the values that a session works with. `soundscape.library.arcs.load` reads the file form
(short and long, with units as text) and is the only maker of an `Arc` outside tests.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Stage = Literal["arrival", "onset", "peak", "return", "integration"]
STAGES: tuple[Stage, ...] = ("arrival", "onset", "peak", "return", "integration")
Mode = Literal["reflect", "talk"]
Until = Literal["time", "dose", "cue"]

DEFAULT_LEVEL_DB = -6.0
TALK_LEVEL_DB = -18.0
"""Level under the voices, in dB. A phase in `talk` plays at the lower of this and its own level."""
DEFAULT_CROSSFADE_S = 15.0
DEFAULT_AMBIENCE_LEVEL_DB = -14.0
OPEN_PHASE_S = 600.0
"""Seconds planned for an open-ended phase if the arc gives no minutes."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Intensity over a phase: points (fraction of the phase 0..1, intensity 0..1), in order.

    At least one point. Between points the curve is a straight line; before the first and after
    the last it is flat.
    """

    points: tuple[tuple[float, float], ...]

    @classmethod
    def spread(cls, values: tuple[float, ...]) -> Curve:
        """Build a curve with values spread evenly over the phase; one value is a flat curve."""
        if len(values) == 1:
            return cls(((0.0, values[0]),))
        last = len(values) - 1
        return cls(tuple((i / last, value) for i, value in enumerate(values)))

    def at(self, fraction: float) -> float:
        """Return the intensity at a fraction of the phase."""
        xs = [x for x, _ in self.points]
        i = bisect_right(xs, fraction)
        if i == 0:
            return self.points[0][1]
        if i == len(xs):
            return self.points[-1][1]
        (x0, y0), (x1, y1) = self.points[i - 1], self.points[i]
        return y0 + (y1 - y0) * (fraction - x0) / (x1 - x0)

    def mean(self, start: float, end: float) -> float:
        """Return the exact mean intensity between two fractions of the phase."""
        if end - start < 1e-9:  # Areas of tiny stretches round to nothing.
            return self.at(start)
        xs = [start, *(x for x, _ in self.points if start < x < end), end]
        area = sum((self.at(a) + self.at(b)) / 2 * (b - a) for a, b in pairwise(xs))
        return area / (end - start)

    @property
    def top(self) -> float:
        """The highest intensity of the curve."""
        return max(value for _, value in self.points)

    def held_under(self, cap: float) -> Curve:
        """Return the curve limited to `cap`: flat where it would rise above, not scaled down."""
        if self.top <= cap:
            return self
        found = [self.points[0]]
        for (x0, y0), (x1, y1) in pairwise(self.points):
            if (y0 - cap) * (y1 - cap) < 0:
                found.append((x0 + (x1 - x0) * (cap - y0) / (y1 - y0), cap))
            found.append((x1, y1))
        return Curve(tuple((x, min(y, cap)) for x, y in found))


@dataclass(frozen=True, slots=True)
class Ambience:
    """The environment layer of a phase: which sound (a name or "off"), at which level in dB."""

    name: str
    level_db: float = DEFAULT_AMBIENCE_LEVEL_DB


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the arc. Times in seconds, levels in dB relative to the comfort level.

    `length_s` is how long the phase lasts, or how long it is planned for if it is open-ended
    (`until` is not "time"). Empty `playlists` mean a phase without music: `silence` if that is
    chosen, else ambience alone. `voice` allows music in which somebody sings or speaks. Neither the
    curve nor any track goes above the intensity `cap`; `over_cap` is how far the file's curve rose
    above it before it was limited.
    """

    name: str
    stage: Stage
    length_s: float
    curve: Curve
    playlists: tuple[str, ...] = ()
    level_db: float = DEFAULT_LEVEL_DB
    mode: Mode = "reflect"
    until: Until = "time"
    crossfade_s: float = DEFAULT_CROSSFADE_S
    ambience: Ambience | None = None
    silence: bool = False
    avoid: tuple[str, ...] = ()
    scene: str = ""
    booster: bool = False
    voice: bool = False
    cap: float = 1.0
    over_cap: float = 0.0

    @property
    def open_ended(self) -> bool:
        """Whether the phase lasts until somebody ends it."""
        return self.until != "time"

    @property
    def output_level_db(self) -> float:
        """The level of the music in dB, in the phase's own mode."""
        return self.level_in(self.mode)

    def level_in(self, mode: Mode) -> float:
        """Return the level in dB in a mode: in talk the lower of the phase's level and -18 dB."""
        return min(self.level_db, TALK_LEVEL_DB) if mode == "talk" else self.level_db

    def target(self, elapsed_s: float) -> float:
        """Return the intensity wanted `elapsed_s` seconds into the phase."""
        return self.curve.at(elapsed_s / self.length_s if self.length_s > 0 else 1.0)


@dataclass(frozen=True, slots=True)
class Arc:
    """The template of a session: phases in order. `level_db` is added to every phase's level.

    `persons` are letters; the arc counts from the dose of `follow`. `private` means that no other
    program of the machine is told what plays.
    """

    name: str
    phases: tuple[Phase, ...]
    about: str = ""
    source: str = ""
    level_db: float = 0.0
    library: str = ""
    persons: tuple[str, ...] = ()
    follow: str = ""
    private: bool = False

    @property
    def follows(self) -> str:
        """The person whose dose the arc counts from; "" if the arc names no persons."""
        return self.follow or next(iter(self.persons), "")

    @property
    def length_s(self) -> float:
        """Planned length in seconds, without booster phases."""
        return sum(phase.length_s for phase in self.phases if not phase.booster)

    @property
    def has_dose(self) -> bool:
        """Whether arc time waits for the `dose` cue."""
        return any(phase.until == "dose" for phase in self.phases)
