"""Polishing: a found sequence improved by small changes, each weighed by its exact cost.

Simulated annealing from a low temperature. A change replaces a track, swaps two, puts one in or
takes one out, or replaces one and mends the phase's length with another. A change that is worse
may be kept for a while; the best that was seen is what counts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from math import log
from random import Random

from soundscape.core.planner.index import Leg, Model
from soundscape.core.planner.timeline import Line, Walk, walk, walk_from

HOT, COLD = 0.003, 0.0002
"""Temperatures at the start and the end, as a share of the cost."""
EACH = 6
WIDE = 2400
"""Of how many tracks, at most, one in thirty is looked at for a length."""


class Polisher:
    """Improves one line of a model. `legs` are those it may touch (all by default)."""

    def __init__(
        self, model: Model, line: Line, seed: int, legs: set[int] | None = None, taken: int = 0
    ) -> None:
        self.model, self.rng = model, Random(seed)
        self.line = line
        self.free = set(range(len(model.legs))) if legs is None else legs
        self.walk = walk(model, line)
        self.used = {model.key[j] for j in line.tracks}
        if model.playing is not None:
            self.used.add(model.key[model.playing])
        self.taken = taken
        self.fixed = self._fixed()
        self.near: dict[tuple[int, int], list[int]] = {}

    def _fixed(self) -> set[int]:
        """What stays at its place: lent tracks, and those heard more than once, for the order in
        which they come again is the point of them."""
        model = self.model
        seen, fixed = set(model.heard_at), set()
        for j, q in zip(self.line.tracks, self.line.legs, strict=True):
            if model.key[j] in seen or j not in model.legs[q].mine:
                fixed.add(model.key[j])
            seen.add(model.key[j])
        return fixed

    def _fresh(self, j: int) -> bool:
        key = self.model.key[j]
        return key not in self.used and not self.taken >> key & 1

    def _likely(self, place: int) -> int | None:
        """An unused track that suits this place's time."""
        leg_i = self.line.legs[place]
        s = self.walk.starts[place]
        slot = int((s - self.model.t0) / 30.0)
        ids = self.near.get((leg_i, slot))
        if ids is None:
            ids = self.near[leg_i, slot] = self.model.candidates(self.model.legs[leg_i], s, EACH)
        return self._draw(ids)

    def _draw(self, ids: list[int]) -> int | None:
        for _ in range(4):
            j = ids[int(self.rng.random() * len(ids))] if ids else -1
            if j >= 0 and self._fresh(j):
                return j
        return None

    def _fitting(self, leg: Leg, length: float, x: float) -> int | None:
        """An unused track of this length, near this intensity."""
        if not leg.by_length:
            self.model.prepare(leg)
        lengths, ids = leg.lengths, leg.by_length
        if not ids:
            return None
        at = bisect_left(lengths, length)
        reach = 3 + min(len(ids), WIDE) // 60
        best, best_off = None, 1e9
        xs = self.model.xs
        for i in range(max(0, at - reach), min(len(ids), at + reach)):
            j = ids[i]
            off = abs(xs[j] - x) + abs(lengths[i] - length) * 0.0005
            off *= 0.7 + 0.6 * self.rng.random()
            if off < best_off and self._fresh(j):
                best, best_off = j, off
        return best

    def _slack(self, leg_i: int) -> float:
        """Seconds by which the leg's music runs past its end (early: negative)."""
        line, starts = self.line, self.walk.starts
        last = len(line.legs) - 1
        while last >= 0 and line.legs[last] != leg_i:
            last -= 1
        if last < 0:
            return 0.0
        leg = self.model.legs[leg_i]
        return starts[last] + self.model.lens[line.tracks[last]] - leg.fade - leg.end

    def propose(self) -> tuple[Line, int, int, int] | None:
        """A changed copy, the first place that differs, where it is equal again, and by how far."""
        rng, line, model = self.rng, self.line, self.model
        n = len(line.tracks)
        if not n:
            return None
        k = int(rng.random() * n)
        q = line.legs[k]
        if q not in self.free or model.key[line.tracks[k]] in self.fixed:
            return None
        leg = model.legs[q]
        kind = rng.random()
        new = line.copy()
        if kind < 0.3:
            j = self._likely(k)
            if j is None:
                return None
            new.tracks[k] = j
            return new, k, k + 1, 0
        if kind < 0.5:
            length = model.lens[line.tracks[k]] - self._slack(q)
            j = self._fitting(leg, length, model.xs[line.tracks[k]])
            if j is None:
                return None
            new.tracks[k] = j
            return new, k, k + 1, 0
        if kind < 0.72:
            m = int(rng.random() * n)
            a, b = line.tracks[k], line.tracks[m]
            other = model.legs[line.legs[m]]
            if a == b or model.key[b] in self.fixed:
                return None
            if line.legs[m] not in self.free or b not in leg.mine or a not in other.mine:
                return None
            new.tracks[k], new.tracks[m] = b, a
            return new, min(k, m), max(k, m) + 1, 0
        if kind < 0.86:
            j = self._likely(k)
            same = [
                m
                for m in range(n)
                if line.legs[m] == q and m != k and model.key[line.tracks[m]] not in self.fixed
            ]
            if j is None or not same:
                return None
            m = same[int(rng.random() * len(same))]
            grown = model.lens[j] - model.lens[line.tracks[k]]
            self.used.add(model.key[j])
            length = model.lens[line.tracks[m]] - grown - self._slack(q)
            i = self._fitting(leg, length, model.xs[line.tracks[m]])
            self.used.discard(model.key[j])
            if i is None:
                return None
            new.tracks[k], new.tracks[m] = j, i
            return new, min(k, m), max(k, m) + 1, 0
        if kind < 0.92:
            j = self._likely(k)
            if j is None:
                return None
            at = k + int(rng.random() * 2)
            new.tracks.insert(at, j)
            new.legs.insert(at, q)
            return new, at, at + 1, -1
        if kind < 0.97:
            if line.legs.count(q) < 2:
                return None
            if any(
                j not in leg.mine for j, p in zip(line.tracks, line.legs, strict=True) if p == q
            ):
                return None
            del new.tracks[k], new.legs[k]
            return new, k, k, 1
        first = line.legs.index(q)
        if first == 0:
            # Whether what plays is cut is not for a change to say.
            return None
        if q in new.cuts:
            new.cuts.discard(q)
        else:
            new.cuts.add(q)
        return new, first, first + 1, 0

    def run(
        self,
        rounds: int,
        extra: Callable[[Line], float] | None = None,
        hot: float = HOT,
        cold: float = COLD,
    ) -> tuple[Line, Walk]:
        """Try `rounds` changes; the best line and its walk. `extra` is added to the cost."""
        rng = self.rng
        now = self.walk.j + (extra(self.line) if extra else 0.0)
        best, best_line = now, self.line
        scale = max(1e-4, min(self.walk.j, 0.5))
        for n in range(rounds):
            tried = self._trial()
            if tried is None:
                continue
            line, first, j = tried
            j += extra(line) if extra else 0.0
            if j >= now:
                heat = scale * hot * (cold / hot) ** (n / rounds)
                if j - now > -heat * log(max(1e-12, rng.random())):
                    continue
            now = j
            self._take(line, first)
            if j < best - 1e-9:
                best, best_line = j, line
        self.line, self.walk = best_line, walk(self.model, best_line)
        return best_line, self.walk

    def _trial(self) -> tuple[Line, int, float] | None:
        """A changed copy, the first place that differs, and its cost."""
        proposal = self.propose()
        if proposal is None:
            return None
        line, first, same_from, moved = proposal
        after = same_from + 4 if same_from - first < 1 << 50 else 1 << 60
        trial = walk(self.model, line, first, self.walk.states, self.walk, after, moved)
        return line, first, trial.j

    def _take(self, line: Line, first: int) -> None:
        model = self.model
        self.line, self.walk = line, walk_from(model, line, first, self.walk)
        self.used = {model.key[i] for i in line.tracks}
        if model.playing is not None:
            self.used.add(model.key[model.playing])
