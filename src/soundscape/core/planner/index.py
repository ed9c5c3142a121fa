"""What the search works on: the phases with music, and the tracks each may use, as plain lists.

Tracks become numbers (`ids`), so that the inner loops touch floats and ints only. A track that
two playlists describe differently, or that lies under two paths, has two ids and one key: it
is still heard once only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from soundscape.core.arc import Arc, Phase
from soundscape.core.avoid import sound
from soundscape.core.plan import PhaseSpan, PlanItem, SoFar
from soundscape.core.planner.cost import (
    A_WEIGHT,
    L_WEIGHT,
    NEAR,
    S_WEIGHT,
    Target,
    artist_key,
    has_music,
    target_of,
)
from soundscape.core.planner.shelf import shelf_of
from soundscape.core.seam import SHARE, plays_s
from soundscape.core.track import Pools

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Complex = NDArray[np.complex128]

EARLY_S = 120.0
"""How long before a boundary the change that serves it may come, at most."""
STAY_S = 45.0
"""A track is not begun this shortly before a boundary with music on both sides."""
MUSIC, SILENCE, END = 0, 1, 2
"""What follows a phase: another with music, one without, or nothing."""


@dataclass(slots=True)
class Leg:
    """A phase that gets music. `own` are its unheard tracks by intensity; `stand_in` all others
    that may be heard in it, heard ones too. `early` and `late` are how far from its start the
    change may come; `block_end` is where the music that it belongs to falls silent, for
    `quiet` seconds."""

    index: int
    phase: Phase
    start: float
    end: float
    fade: float
    own: list[int]
    mine: set[int]
    follows: int = MUSIC
    place: int = 0
    early: float = 0.0
    late: float = 0.0
    block: int = 0
    block_end: float = 0.0
    quiet: float = 1e9
    last_start: float = 0.0
    """The latest start of a further track in this phase."""
    stand_in: list[int] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)


class Model:
    """Arc, pools and what has been heard, made ready for the search."""

    def __init__(
        self, arc: Arc, pools: Pools, seed: int, so_far: SoFar | None, spans: Sequence[PhaseSpan]
    ) -> None:
        self.arc, self.seed, self.so_far = arc, seed, so_far
        self.spans = list(spans)
        self.now = so_far.now_s if so_far else 0.0
        self._register(pools)
        self._legs(pools)
        self.t0 = self.spans[0].start_s if self.spans else 0.0
        self.end = self.spans[-1].end_s if self.spans else 0.0
        self.target: Target = target_of(self.spans, self.arc, self.so_far)
        self.table = Table(self)
        self._needed: list[tuple[float, set[int]]] | None = None
        self._members: dict[str, set[int]] = {}
        count = sum(1 for leg in self.legs) or 1
        self.w_s = S_WEIGHT / 60 / count
        total = sum(leg.end - leg.start for leg in self.legs) or 1.0
        self.total = total
        lengths = sorted(
            self.lens[i] for leg in self.legs for i in leg.own[:: max(1, len(leg.own) // 50)]
        )
        middle = lengths[len(lengths) // 2] if lengths else 240.0
        self.count = max(2.0, total / max(10.0, middle - 15.0))
        self.w_a, self.w_l = A_WEIGHT / self.count, L_WEIGHT / self.count

    def _register(self, pools: Pools) -> None:
        so_far = self.so_far
        names = dict.fromkeys(name for phase in self.arc.phases for name in phase.playlists)
        self.playlists = list(names)
        self.shelf = shelf = shelf_of(pools, tuple(names))
        self.tracks, self.xs, self.lens = shelf.tracks, shelf.xs, shelf.lens
        self.key, self.artists = shelf.key, shelf.artists
        same_as, places, first_of = shelf.same_as, shelf.places, shelf.first_of
        never = {same_as.get(path, path) for path in so_far.never} if so_far else set[str]()
        self.banned = {places[name] for name in never if name in places}
        heard = list(so_far.heard) if so_far else []
        playing = so_far.playing if so_far else None
        self.playing: int | None = None
        if playing is not None:
            name, artist = sound(playing.track), artist_key(playing.track.artist)
            places = {**places, name: places.get(name, len(places))}
            same_as = {playing.track.path: name, **same_as}
            heard.append(playing.track.path)
            if so_far is not None and playing.end_s > so_far.now_s:
                self.playing = len(self.tracks)
                self.tracks = [*self.tracks, playing.track]
                self.xs = [*self.xs, playing.track.intensity]
                self.lens = [*self.lens, plays_s(playing.track)]
                self.key = [*self.key, places[name]]
                known = shelf.artist_ids
                self.artists = [*self.artists, known.get(artist, len(known))]
                first_of = {places[name]: self.playing, **first_of}
            never.discard(name)
        heard = [same_as.get(path, path) for path in heard]
        heard = [name for name in heard if name in places and name not in never]
        self.heard_at = {places[name]: i for i, name in enumerate(heard)}
        self.ids = shelf.ids
        if self.banned:
            self.ids = {name: self._free(ids) for name, ids in shelf.ids.items()}
        recent = [places[name] for name in heard][-4:]
        before = [self.artists[first_of[key]] for key in recent if key in first_of]
        names_before = [self.tracks[first_of[key]].artist for key in recent if key in first_of]
        if self.playing is not None:
            before, names_before = before[:-1], names_before[:-1]
        self.before = ([0, 0, 0, *before])[-3:][::-1]
        self.before_names = tuple(names_before[-3:])

    def _free(self, ids: list[int]) -> list[int]:
        """Those that are not banned."""
        return [i for i in ids if self.key[i] not in self.banned]

    def _legs(self, pools: Pools) -> None:
        key, gone = self.key, self.heard_at.keys() | self.banned
        fresh: dict[int, tuple[list[int], set[int], list[int]]] = {}
        self.legs: list[Leg] = []
        self.dead: list[PhaseSpan] = []
        block, open_block = 0, False
        for span in self.spans:
            phase = self.arc.phases[span.index]
            leg = None
            if has_music(phase) and span.end_s > max(span.start_s, self.now):
                every, mine = self.shelf.own(phase)
                if id(mine) not in fresh:
                    own = [i for i in every if key[i] not in gone] if gone else every
                    if self.banned:
                        every = self._free(every)
                    fresh[id(mine)] = every, set(every) if self.banned else mine, own
                every, mine, own = fresh[id(mine)]
                leg = Leg(span.index, phase, span.start_s, span.end_s, phase.crossfade_s, own, mine)
                if not every and not self.near(leg):
                    self.dead.append(span)
                    leg = None
            if leg is None:
                if open_block:
                    self.legs[-1].follows = SILENCE
                    block += 1
                open_block = False
                continue
            leg.block, open_block = block, True
            self.legs.append(leg)
        if open_block:
            self.legs[-1].follows = END
        end = 0.0
        for leg in reversed(self.legs):
            end = leg.end if leg.follows else end
            leg.block_end = end
            leg.last_start = leg.end
        # A track that comes in early has to reach into its own phase, the shortest one too.
        shortest = min(self.lens, default=STAY_S)
        for before, leg in pairwise(self.legs):
            if before.block != leg.block:
                before.quiet = leg.start - before.end
            else:
                leg.early = min(EARLY_S, (before.end - before.start) / 2)
                leg.late = (leg.end - leg.start) / 2
                # What one phase may play and its neighbour may not changes at their boundary.
                if leg.phase.cap > before.phase.cap:
                    leg.early = 0.0
                elif leg.phase.cap < before.phase.cap:
                    leg.late = 0.0
                before.last_start = before.end - min(STAY_S, leg.early, shortest)
        self.first_s = max(self.legs[0].start, self.now) if self.legs else self.now
        self._skip_what_is_over()
        for place, leg in enumerate(self.legs):
            leg.place = place
        if self.legs:
            self.legs[0].late = (self.legs[0].end - self.legs[0].start) / 2

    def _skip_what_is_over(self) -> None:
        """A current phase that is all but over, and not served by what plays, gets no track."""
        if self.so_far is None or len(self.legs) < 2 or self.legs[0].follows != MUSIC:
            return
        item = self.so_far.playing if self.playing is not None else None
        first = self.legs[0]
        since = max(self.now, item.end_s - first.fade if item else self.now)
        if (
            (item is None or item.phase != first.index)
            and first.start <= self.now
            and (since > first.last_start)
        ):
            self.legs.pop(0)

    def near(self, leg: Leg) -> list[int]:
        """Tracks of the arc's other playlists near the phase's curve, heard ones too."""
        if not leg.stand_in:
            values = [y for _, y in leg.phase.curve.points]
            low, high = min(values) - NEAR, max(values) + NEAR
            ids = set().union(*(self.ids[name] for name in self.playlists)) - leg.mine
            inside = sorted(i for i in ids if low <= self.xs[i] <= high)
            leg.stand_in = self.shelf.allowed(leg.phase, inside)
        return leg.stand_in

    def mean(self, a: float, b: float) -> float:
        """The mean wanted intensity between two times that lie in one stretch of music."""
        time, area, _ = self.target.between(a, b)
        if time <= 0:
            return self.target.between(a - 1.0, b + 1.0)[1] / 2.0 if b > a else 0.0
        return area / time

    def playing_leg(self) -> int:
        """The leg that what plays belongs to; -1 for none. A track that came in early for a phase
        which now begins only after the track has ended belongs to the current phase."""
        item = self.playing_item()
        for i, leg in enumerate(self.legs):
            if item is not None and leg.index == item.phase:
                return i if i == 0 or item.end_s > leg.start else 0
        return -1

    def playing_item(self) -> PlanItem | None:
        """What sounds now and is kept."""
        return self.so_far.playing if self.so_far and self.playing is not None else None

    def repeatable(self, leg: Leg) -> list[int]:
        """What may be heard again in the phase: its own tracks, and near ones of others."""
        if not leg.repeats:
            leg.repeats = [*sorted(leg.mine), *self.near(leg)]
        return leg.repeats

    def alone(self, leg: Leg) -> bool:
        """Whether the phase has one track in all, which can only follow itself."""
        return len({self.key[i] for i in self.repeatable(leg)}) < 2

    def needed(self, i: int, leg: Leg) -> bool:
        """Whether a later phase that has hardly enough counts on this track."""
        if self._needed is None:
            self._needed = []
            for each in self.legs:
                sharing = [o for o in self.legs if o.phase.playlists == each.phase.playlists]
                need = sum(o.end - o.start for o in sharing)
                have = sum(self.lens[j] - each.fade for j in each.own)
                self._needed.append((each.start, set(each.own) if have < 1.3 * need else set()))
        return any(start > leg.start and i in ids for start, ids in self._needed)

    def members(self, name: str) -> set[int]:
        """The tracks of a playlist."""
        if name not in self._members:
            self._members[name] = set(self.ids[name])
        return self._members[name]


def crossfades(wanted_s: float, length: Floats) -> Floats:
    """`seam.crossfade_s` for many lengths at once, the other track being as long as each."""
    found: Floats = np.minimum(wanted_s, length / SHARE)
    return found


class Table:
    """Tracks and the curve's integrals of a model as arrays.

    The integrals are looked up on a fine grid of time. That of the curve is the real part, that of
    its square the imaginary one.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.x: Floats = np.array(model.xs)
        self.len: Floats = np.array(model.lens)
        self.key: Ints = np.array(model.key, dtype=np.intp)
        self.artist: Ints = np.array(model.artists, dtype=np.intp)
        length = max(1.0, model.end - model.t0)
        self._step_s = max(1.0, length / 3000)
        times = [model.t0 + i * self._step_s for i in range(int(length / self._step_s) + 3)]
        area, square = np.array([model.target.sums(t)[1:] for t in times]).T
        self._g: Complex = area + 1j * square
        self._d: Complex = np.append(np.diff(self._g), 0.0)

    def at(self, t: Floats) -> Complex:
        """Both integrals at these times."""
        u = (t - self.model.t0) / self._step_s
        i = np.clip(u.astype(np.intp), 0, len(self._g) - 2)
        found: Complex = self._g.take(i) + self._d.take(i) * (u - i)
        return found

    def square(self, x: Floats, a: Floats, b: Floats, g: Complex) -> Floats:
        """Squared deviation, summed over the seconds from a to b; `g` are the integrals at a."""
        area = self.at(b) - g
        found: Floats = x * x * (b - a) - 2 * x * area.real + area.imag
        return found

    def exits(
        self, leg: Leg, after: Leg | None, s: Floats, length: Floats
    ) -> Iterator[tuple[Bools, Floats, Floats, Floats]]:
        """Ways to leave the leg after tracks of these lengths from s on: first by themselves, then,
        where music follows, cut at the boundary. For each: whether there is one, next start,
        seconds charged, where the track stops counting."""
        e = s + length
        if after is None:
            fade = crossfades(min(leg.fade, leg.quiet), length)
            off = np.abs(e - fade - leg.end)
            if leg.follows == END:
                yield e >= leg.end, e, off, e
                return
            place = leg.place + 1
            then = self.model.legs[place].start if place < len(self.model.legs) else leg.end
            due = e - leg.end - fade
            yield e >= leg.end - fade, np.full(e.shape, then), np.where(due > 0, due, off), e
            return
        fade = crossfades(min(after.fade, (after.end - after.start) / 2), length)
        n, b = e - fade, after.start
        good = (e > leg.start) & (n >= b - after.early)
        yield good & (e <= b + after.late), n, np.abs(n - b), n
        short = np.minimum(fade, (b - s) / 2)
        at = np.full(e.shape, b)
        yield good & (n > b) & (short > 0), at, e - b - short, at
