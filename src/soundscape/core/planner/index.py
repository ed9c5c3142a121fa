"""What the search works on: the phases with music, and the tracks each may use, as plain lists.

Tracks become numbers (`ids`), so that the inner loops touch floats and ints only. A track that
two playlists describe differently, or that lies under two paths, has two ids and one bit: it is
still heard once only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import sub

from soundscape.core.arc import Arc, Phase
from soundscape.core.plan import PhaseSpan, PlanItem, SoFar
from soundscape.core.planner.avoid import sound
from soundscape.core.planner.cost import (
    A_WEIGHT,
    L_WEIGHT,
    S_WEIGHT,
    Target,
    artist_key,
    has_music,
    target_of,
)
from soundscape.core.planner.shelf import shelf_of
from soundscape.core.seam import plays_s
from soundscape.core.track import Pools

EARLY_S = 120.0
"""How long before a boundary the change that serves it may come, at most."""
STAY_S = 45.0
"""A track is not begun this shortly before a boundary with music on both sides."""
NEAR = 0.2
"""How far outside a phase's curve a track of another playlist may lie and still stand in."""
MUSIC, SILENCE, END = 0, 1, 2
"""What follows a phase: another with music, one without, or nothing."""

SLOT_S = 30.0
SMALL = 64
"""A playlist of no more tracks is searched whole, a larger one in parts by length: the short and
the long ones get a place of their own beside those that happen to be nearest."""


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
    bins: list[tuple[float, list[float], list[int]]] = field(default_factory=list)
    by_length: list[int] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)


class Model:
    """Arc, pools and what has been heard, made ready for the search."""

    def __init__(
        self, arc: Arc, pools: Pools, seed: int, so_far: SoFar | None, spans: Sequence[PhaseSpan]
    ) -> None:
        self.arc, self.seed, self.so_far = arc, seed, so_far
        self.spans = list(spans)
        self.now = so_far.now_s if so_far else 0.0
        self.parts = 8
        self._register(pools)
        self._legs(pools)
        self._grid()
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
        self.key, self.bits, self.artists = shelf.key, shelf.bits, shelf.artists
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
                self.bits = [*self.bits, 1 << places[name]]
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

    def _grid(self) -> None:
        """The curve's integrals on a fine grid: one look-up where the exact sums need a search."""
        self.t0 = self.spans[0].start_s if self.spans else 0.0
        end = self.spans[-1].end_s if self.spans else 0.0
        target: Target = target_of(self.spans, self.arc, self.so_far)
        self.target = target
        self.inv = min(1.0, 6000 / (end - self.t0)) if end > self.t0 else 1.0
        count = int((end - self.t0) * self.inv) + 3
        self.g1, self.g2 = target.along([self.t0 + i / self.inv for i in range(count)])
        self.d1 = [*map(sub, self.g1[1:], self.g1), 0.0]
        self.d2 = [*map(sub, self.g2[1:], self.g2), 0.0]
        self.end = end

    def integrals(self, t: float) -> tuple[float, float]:
        """The integrals of the curve and of its square from the start to `t`."""
        u = (t - self.t0) * self.inv
        i = min(int(u), len(self.g1) - 2)
        u -= i
        return self.g1[i] + self.d1[i] * u, self.g2[i] + self.d2[i] * u

    def prepare(self, leg: Leg) -> None:
        """The phase's tracks in bins of like length, each by intensity; and all by length."""
        if leg.by_length:
            return
        gone, key = self.heard_at.keys() | self.banned, self.key
        leg.by_length = [i for i in self.shelf.by_length(leg.phase) if key[i] not in gone]
        leg.lengths = [self.lens[i] for i in leg.by_length]
        count = self.parts if len(leg.own) > SMALL else 1
        for n in range(count):
            part = leg.by_length[len(leg.own) * n // count : len(leg.own) * (n + 1) // count]
            if part:
                middle = self.lens[part[len(part) // 2]]
                part = sorted(part)
                leg.bins.append((middle, [self.xs[i] for i in part], part))

    def divide(self, parts: int) -> None:
        """Search playlists in so many parts by length from now on."""
        self.parts = parts
        for leg in self.legs:
            leg.by_length, leg.bins = [], []

    def candidates(self, leg: Leg, s: float, each: int) -> list[int]:
        """Unheard tracks of the phase that suit a start at `s`: the nearest of each length."""
        self.prepare(leg)
        found: list[int] = []
        since = self.target.sums(s)
        for middle, xs, part in leg.bins:
            until = max(s + 1.0, min(leg.block_end, s + middle - leg.fade))
            time, area, _ = self.target.sums(until)
            x = (area - since[1]) / (time - since[0]) if time > since[0] else self.mean(s, until)
            wanted = max(each, 16) if len(leg.bins) == 1 else each
            hi = bisect_left(xs, x)
            lo = hi - 1
            for _ in range(min(wanted, len(part))):
                if hi >= len(part) or (lo >= 0 and x - xs[lo] <= xs[hi] - x):
                    found.append(part[lo])
                    lo -= 1
                else:
                    found.append(part[hi])
                    hi += 1
        return found

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
