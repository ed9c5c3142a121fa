"""What the planner's bench is tried on: arcs, libraries, bad playlists.

Durations: those of the 27 real tracks of the Debian packages `singularity-music` and
`hyperrogue-music` are 1 to 6 minutes; bought ambient music is longer. So an artist is, one in four,
a maker of long pieces (lognormal about 8.5 min), else of pieces about 4.5 min; all are held between
1 and 45 min. Intensities cluster as real ones do: an artist has a place of their own between 0 and
1, an album a place near it, a track a place near that. An artist has 1 to 12 tracks here.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from math import log

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.plan import Plan, PlanItem
from soundscape.core.planner.planner import cost, phase_spans
from soundscape.core.track import Pools, Track

Rows = tuple[tuple[str, float, tuple[tuple[float, float], ...]], ...]

ARCS: dict[str, Rows] = {
    "75 min": (
        ("onset", 5, ((0, 0.2), (1, 0.45))),
        ("peak", 20, ((0, 0.45), (0.35, 0.8), (1, 0.75))),
        ("descent", 20, ((0, 0.75), (1, 0.45))),
        ("return", 15, ((0, 0.45), (1, 0.15))),
        ("ground", 15, ((0, 0.1), (1, 0.0))),
    ),
    "105 min": (
        ("onset", 20, ((0, 0.2), (1, 0.5))),
        ("peak", 40, ((0, 0.5), (0.5, 0.8), (1, 0.75))),
        ("return", 25, ((0, 0.7), (1, 0.2))),
        ("integration", 20, ((0, 0.2), (1, 0.1))),
    ),
    "3 h": (
        ("intentions", 30, ((0, 0.1), (1, 0.1))),
        ("lozenge hold", 12, ((0, 0.15), (1, 0.2))),
        ("onset", 13, ((0, 0.2), (1, 0.45))),
        ("peak", 35, ((0, 0.45), (0.43, 0.65), (1, 0.6))),
        ("landing", 20, ((0, 0.6), (1, 0.3))),
        ("quiet together", 20, ((0, 0.3), (1, 0.15))),
        ("integration", 50, ((0, 0.1), (1, 0.0))),
    ),
    "6 h": (
        ("pre-onset", 20, ((0, 0.1), (1, 0.2))),
        ("ascent", 31, ((0, 0.2), (1, 0.7))),
        ("peak", 80, ((0, 0.7), (0.3, 0.9), (0.55, 0.7), (0.74, 0.9), (1, 0.8))),
        ("descent", 109, ((0, 0.8), (1, 0.45))),
        ("return", 100, ((0, 0.45), (1, 0.15))),
        ("welcome back", 20, ((0, 0.1), (1, 0.0))),
    ),
}

SIZES: dict[str, tuple[int, ...]] = {
    "75 min": (60, 150, 400, 900, 2000),
    "105 min": (60, 200, 500, 1200, 2000),
    "3 h": (90, 250, 600, 1400, 2000),
    "6 h": (160, 300, 700, 1400, 2000),
}


@dataclass(frozen=True)
class Case:
    """One library and the arc it has to carry; the seed is the library's and the plan's."""

    arc: Arc
    tracks: int
    seed: int

    @property
    def name(self) -> str:
        """What the case is stored under."""
        return f"{self.arc.name}, {self.tracks} tracks, seed {self.seed}"

    @property
    def pools(self) -> Pools:
        """The library, made anew."""
        return library(self.tracks, self.seed)


def arc_of(name: str) -> Arc:
    """An arc by its length, whose phases all play the playlist `all`."""
    rows = ARCS[name]
    return Arc(
        name, tuple(Phase(n, "peak", m * 60, Curve(curve), ("all",)) for n, m, curve in rows)
    )


def cases() -> list[Case]:
    """The twenty."""
    return [
        Case(arc_of(name), count, 1000 * place + count)
        for place, (name, counts) in enumerate(SIZES.items(), 1)
        for count in counts
    ]


def library(count: int, seed: int) -> Pools:
    """Tracks by artists and albums (see the head of this file), at intensities of shape too."""
    rng = random.Random(seed)
    tracks: list[Track] = []
    artist = 0
    while len(tracks) < count:
        artist += 1
        home = rng.betavariate(1.3, 1.5)
        median = 510.0 if rng.random() < 0.25 else 270.0
        album = home
        for n in range(min(12, 1 + int(rng.expovariate(1 / 4)), count - len(tracks))):
            if n % 6 == 0:
                album = home + rng.gauss(0.0, 0.1)
            x = min(0.98, max(0.01, album + rng.gauss(0.0, 0.08)))
            shape = tuple(min(1.0, max(0.0, x + rng.gauss(0.0, 0.06))) for _ in range(3))
            number = len(tracks)
            tracks.append(
                Track(
                    f"/m/{number:05}.ogg",
                    f"Track {number}",
                    round(min(2700.0, max(60.0, rng.lognormvariate(log(median), 0.42))), 2),
                    round(x, 4),
                    artist=f"artist {artist}",
                    voice="instrumental",
                    shape=(shape[0], shape[1], shape[2]),
                )
            )
    return {"all": tuple(tracks)}


def in_order(arc: Arc, tracks: list[Track]) -> Plan:
    """A playlist played as it stands, each boundary served by the change nearest to it."""
    spans = phase_spans(arc, None)
    starts: list[float] = []
    at = 0.0
    for track in tracks:
        if at >= arc.length_s:
            break
        starts.append(at)
        at += track.length_s - 15.0
    firsts = [
        min(range(len(starts)), key=lambda i, t=span.start_s: abs(starts[i] - t)) for span in spans
    ]
    items = []
    for i, start in enumerate(starts):
        phase = max(n for n, first in enumerate(firsts) if first <= i)
        track = tracks[i]
        items.append(PlanItem(phase, track, start, start + track.length_s, 0.0, ""))
    found = Plan(tuple(items), spans)
    return replace(found, cost=cost(found, arc))


def shuffled(case: Case) -> list[Track]:
    """The library in an order that knows nothing."""
    tracks = list(case.pools["all"])
    random.Random(case.seed).shuffle(tracks)
    return tracks


def by_intensity(case: Case, count: int) -> list[Track]:
    """As many tracks as a session needs, sorted from gentle to full."""
    return sorted(shuffled(case)[:count], key=lambda t: t.intensity)
