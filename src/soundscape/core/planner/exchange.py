"""Exchanges: two tracks of a phase replaced at once, so that its music stays as long as it was.

A boundary is met to a fraction of a second, so one track alone can hardly be replaced. For a track
in one place, each other place of the phase is tried with tracks of the length that mends the
boundary, all of them at once. What an exchange would cost is worked out from the phase alone and
then weighed exactly, as a whole line. The seed chooses among those that leave the line about as
good, which is what makes its plan another one.
"""

from __future__ import annotations

from random import Random

import numpy as np

from soundscape.core.planner.arrays import Bools, Floats, Ints, Table, crossfades
from soundscape.core.planner.index import MUSIC, Leg, Model
from soundscape.core.planner.timeline import Line, Walk, walk, walk_from
from soundscape.core.seam import crossfade_s

LOOK, CHOSEN, FITTING = 40, 24, 4
"""Tracks looked at for a place, how many of them are tried there, and with how many at another."""
DEAR = 1.5
"""What a second of music costs where it is short, in shares of what it costs on average."""
OFF_S = 8.0
"""Exchanges that leave a boundary off by more are not looked at."""
GRID_S, REACH_S = 10.0, 600.0
"""A phase's tracks are weighed at every so many seconds of shift, up to so many."""
TRIES, STAYS = 3, 0.4
"""Exchanges of a place that are weighed exactly; how many of the places the seed leaves alone."""

Exchange = tuple[float, list[tuple[int, int]], float]
"""What it adds to the cost, places of the line and their new tracks, seconds that the phase's music
then runs past its end."""


class Exchanges:
    """A line of a model, and the phase of it that is being looked at."""

    def __init__(self, model: Model, table: Table, line: Line) -> None:
        self.model, self.table, self.line = model, table, line
        self.walk: Walk = walk(model, line)
        self.used = np.zeros(max(model.key, default=0) + 1, dtype=bool)
        self.used[[*model.heard_at]] = True
        self.used[[model.key[j] for j in line.tracks]] = True
        self.own = [np.array(leg.own, dtype=np.intp) for leg in model.legs]
        self._weigh()
        self.offered: Ints = np.zeros((0, 0), dtype=np.intp)
        self.good: Bools = np.zeros((0, 0), dtype=bool)

    def vary(self, seed: int, gives: float) -> Line:
        """Take what the seed chooses among exchanges that leave the cost within a share of it."""
        rng = Random(seed)
        most = self.walk.j * (1 + gives)
        changed: set[int] = set()
        for leg in self._free():
            self._look_at(leg)
            for k in sorted(range(len(self.starts)), key=lambda _: rng.random()):
                if rng.random() < STAYS:
                    continue
                some = [
                    each
                    for each in self._best(k, most - self.walk.j)
                    if not any(place in changed for place, _ in each[1])
                ]
                chosen = some[int(rng.random() * len(some))] if some else None
                if chosen and self._take(chosen, most):
                    changed |= {place for place, _ in chosen[1]}
                    self._look_at(leg)
        return self.line

    def _free(self) -> list[Leg]:
        """The legs in which everything is unheard music of their own."""
        keys = [self.model.key[j] for j in self.line.tracks]
        lent = {
            q
            for j, q, key in zip(self.line.tracks, self.line.legs, keys, strict=True)
            if j not in self.model.legs[q].mine or key in self.model.heard_at or keys.count(key) > 1
        }
        return [leg for leg in self.model.legs if leg.place not in lent and leg.own]

    def _weigh(self) -> None:
        square, time = self.walk.states[-1][6:8]
        self.rate = square / max(time, 1.0)
        self.slope = 1 / (2 * max(1e-6, max(0.0, square * time) ** 0.5))

    def _look_at(self, leg: Leg) -> None:
        """Lay out what the exchanges of a leg need to know."""
        model, table, line = self.model, self.table, self.line
        places = [k for k, q in enumerate(line.legs) if q == leg.place]
        self.leg, self.first = leg, places[0] if places else 0
        ids = np.array([line.tracks[k] for k in places], dtype=np.intp)
        self.starts: Floats = np.array([self.walk.starts[k] for k in places])
        self.lens, xs = table.len[ids], table.x[ids]
        if not places:
            return
        until = self.starts + self.lens - crossfades(leg.fade, self.lens)
        after = model.legs[leg.place + 1] if leg.follows == MUSIC else None
        last_s = float(self.lens[-1])
        fade = crossfade_s((after or leg).fade, last_s, last_s)
        self.slack = float(self.starts[-1] + self.lens[-1]) - fade - leg.end
        # What the places cost together, from the first on, when moved by so many seconds.
        grid = np.arange(-REACH_S, REACH_S + GRID_S, GRID_S)
        b = np.minimum(until[:, None] + grid, leg.block_end)
        a = np.minimum(self.starts[:, None] + grid, b)
        moved = table.square(xs[:, None], a, b, table.at(a))
        middle = len(grid) // 2
        self.now = moved[:, middle].copy()
        self.moved = np.zeros((len(places) + 1, len(grid)))
        np.cumsum(moved - moved[:, middle : middle + 1], axis=0, out=self.moved[1:])
        count = min(LOOK, len(leg.own))
        mean = (table.at(until) - table.at(self.starts)).real / np.maximum(1.0, until - self.starts)
        self._offer(mean, count)
        order = np.argsort(table.len[self.offered], axis=1, kind="stable")
        rows = np.arange(len(places))[:, None]
        self.offered, self.good = self.offered[rows, order], self.good[rows, order]
        # All lengths in one rising row, so that one look-up finds the fitting ones of each place.
        self.row: Floats = (table.len[self.offered] + rows * 1e6).ravel()

    def _price(self, ids: Ints, s: Floats) -> Floats:
        """What tracks cost from a moment on, beyond what so many seconds cost anyhow."""
        length = self.table.len[ids]
        d = length - crossfades(self.leg.fade, length)
        until = np.maximum(s, np.minimum(s + d, self.leg.block_end))
        price: Floats = self.table.square(self.table.x[ids], s, until, self.table.at(s))
        return price - DEAR * self.rate * d

    def _offer(self, mean: Floats, count: int) -> None:
        """For each place of the leg, whose mean curves are given, the unused tracks that suit it
        best, and which of them no artist stands against."""
        table = self.table
        own = self.own[self.leg.place]
        near = np.searchsorted(table.x[own], mean)[:, None] + np.arange(-4 * count, 4 * count)
        inside = (near >= 0) & (near < len(own))
        ids = own[np.clip(near, 0, len(own) - 1)]
        free = inside & ~self.used[table.key[ids]]
        price = np.where(
            free, self._price(ids, self.starts[:, None]), np.where(inside, 1e9, np.inf)
        )
        best = np.argsort(price, axis=1, kind="stable")[:, :count]
        self.offered = np.take_along_axis(ids, best, axis=1)
        self.good = np.take_along_axis(free, best, axis=1)
        artists = table.artist[self.offered]
        line = np.array(self.line.tracks, dtype=np.intp)
        for off in (-3, -2, -1, 1, 2, 3):
            at = np.arange(self.first, self.first + len(mean)) + off
            there = (at >= 0) & (at < len(line))
            artist = np.where(there, table.artist[line[np.clip(at, 0, len(line) - 1)]], 0)[:, None]
            self.good &= (artists != artist) | (artist == 0)

    def _shifted(self, upto: Ints, by: Floats) -> Floats:
        """What the places before `upto` cost more when they are moved."""
        u = (by + REACH_S) / GRID_S
        i = np.clip(u.astype(np.intp), 0, self.moved.shape[1] - 2)
        share = u - i
        found: Floats = self.moved[upto, i] * (1 - share) + self.moved[upto, i + 1] * share
        return found

    def _best(self, k: int, most: float) -> list[Exchange]:
        """Exchanges of place `k` of the leg with another place that add less than `most` to the
        cost, the best first."""
        table, leg, n = self.table, self.leg, len(self.starts)
        one = self.offered[k][self.good[k]]
        if not len(one) or n < 2:
            return []
        one = one[np.argsort(self._price(one, self.starts[k : k + 1]), kind="stable")[:CHOSEN]]
        others = np.array([m for m in range(n) if m != k], dtype=np.intp)
        grown = table.len[one] - self.lens[k]
        wanted = self.lens[others][:, None] - grown - self.slack
        count = self.offered.shape[1]
        at = np.searchsorted(self.row, (np.maximum(wanted, 0.0) + others[:, None] * 1e6).ravel())
        pick = at.reshape(wanted.shape)[:, :, None] + np.arange(FITTING) - FITTING // 2
        low = (others * count)[:, None, None]
        pick = np.clip(pick - low, 0, count - 1)
        two = self.offered[others[:, None, None], pick]
        off = self.slack + grown[:, None] + table.len[two] - self.lens[others][:, None, None]
        good = self.good[others[:, None, None], pick] & (np.abs(off) < OFF_S)
        good &= table.key[two] != table.key[one][:, None]
        artist = table.artist[two]
        near = (np.abs(others - k) <= 3)[:, None, None]
        good &= ~(near & (artist > 0) & (artist == table.artist[one][:, None]))
        mi, ii, ci = np.nonzero(good)
        if not len(mi):
            return []
        m, i, j, off = others[mi], one[ii], two[mi, ii, ci], off[mi, ii, ci]
        later = m > k
        here = np.full(len(m), k)
        first, second = np.where(later, here, m), np.where(later, m, here)
        tf, ts = np.where(later, i, j), np.where(later, j, i)
        by = table.len[tf] - self.lens[first]
        cost = -self.now[first] - self.now[second]
        for track, s in ((tf, self.starts[first]), (ts, self.starts[second] + by)):
            length = table.len[track]
            until = np.minimum(s + length - crossfades(leg.fade, length), leg.block_end)
            cost += table.square(table.x[track], s, np.maximum(s, until), table.at(s))
        end = off - self.slack
        cost += self._shifted(second, by) - self._shifted(first + 1, by)
        cost += self._shifted(np.full(len(m), n), end) - self._shifted(second + 1, end)
        cost = self.slope * cost + self.model.w_s * (np.abs(off) - abs(self.slack))
        order = np.argsort(cost, kind="stable")
        return [
            (
                float(cost[t]),
                [(self.first + k, int(i[t])), (self.first + int(m[t]), int(j[t]))],
                float(off[t]),
            )
            for t in order[cost[order] < most][: 4 * TRIES]
        ]

    def _take(self, found: Exchange, most: float) -> bool:
        """Make the exchange if the whole line then costs no more than `most`."""
        model, line = self.model, self.line
        _, changes, off = found
        new = line.copy()
        for place, j in changes:
            new.tracks[place] = j
        if self.leg.follows == MUSIC and self.leg.place + 1 in line.legs:
            # Music that runs on is cut, so that the next phase need not move.
            (new.cuts.add if off > 0 else new.cuts.discard)(self.leg.place + 1)
        trial = walk_from(model, new, min(place for place, _ in changes), self.walk)
        if trial.j > most or trial.faults > self.walk.faults:
            return False
        for place, j in changes:
            self.used[model.key[line.tracks[place]]] = False
            self.used[model.key[j]] = True
        self.line, self.walk = new, trial
        self._weigh()
        return True
