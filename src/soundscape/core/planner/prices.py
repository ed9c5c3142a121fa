"""Prices: which tracks are better kept for later, and what the rest of a session will cost.

A coarse picture of the session: a node is a slot of time of a phase, an edge is one track played
whole from there. Going backwards, each node learns what the cheapest way to the end costs if any
track might come any number of times. Such a way takes the best tracks again and again, so those get
a price and the others do not, and the ways are looked for anew: prices rise on what is wanted more
than once and fall on what is wanted by nobody (a subgradient method with momentum, on the
Lagrangian relaxation of "each track once"). After some rounds the prices say which track is better
kept for later, and the costs what a beginning may still hope for: with both, a narrow search sees
the whole session.

Only sums, products and comparisons of single elements are made here, and sorts that keep the order
of equals, so that every machine finds the same plan.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from soundscape.core.planner.index import MUSIC, Bools, Floats, Ints, Leg, Model, crossfades

PARTS = 16
"""In how many parts by length a larger playlist is looked at: the short and the long tracks get a
place of their own beside those that happen to be nearest."""
WHOLE, EACH = 300, 6
"""A playlist of no more tracks is looked at whole; of a larger one so many of each length."""
LIMIT, FIRST_ROUNDS = 48, 3
"""Edges of a node that are kept after the first rounds: those of the cheapest ways."""
MOMENTUM, SHRINK, PATIENCE = 0.6, 0.6, 4
"""Share of the last step in the next; what steps shrink by after so many rounds for nothing."""
NOWHERE = 0.5
"""The cost of the rest where no way is known."""


@dataclass(slots=True)
class Rows:
    """Edges of the nodes from `first` to `last` - 1, none of which leads to another of them:
    arrays of nodes by edges. `square` is the squared deviation summed over seconds, `due` the
    cost of the boundary; `whole` is what the way by an edge costs to the end. Where there is no
    edge, `track` is -1."""

    first: int
    last: int
    square: Floats
    due: Floats
    key: Ints
    to: Ints
    track: Ints
    cost: Floats
    whole: Floats


class Prices:
    """Costs of the rest and prices of tracks, for the legs from `first` to `upto` - 1 of a model
    without the keys in `taken`. `slope` is the derivative of the cost by the squared deviation
    summed over seconds."""

    def __init__(
        self, model: Model, slot_s: float, slope: float, first: int = 0, upto: int | None = None,
        taken: Collection[int] = (),
    ) -> None:  # fmt: skip
        self.model, self.table, self.slot_s, self.slope = model, model.table, slot_s, slope
        self.first, self.upto = first, len(model.legs) if upto is None else upto
        self.none = max(model.key, default=0) + 1
        self.free: Bools = np.ones(self.none + 1, dtype=bool)
        self.free[[*taken]] = False
        self.slots = int((model.end - model.t0) / slot_s) + 3
        self.base, self.low, self.high = ([0] * len(model.legs) for _ in range(3))
        count = 0
        for q in range(first, self.upto):
            leg = model.legs[q]
            since, last = leg.start - leg.early, leg.last_start
            if q and model.legs[q - 1].block == leg.block:
                last = max(last, leg.start + leg.late)
            since = max(since, model.now, model.t0)
            self.low[q], self.high[q] = self._slot(since), self._slot(max(since, last))
            self.base[q] = count
            count += self.high[q] - self.low[q] + 1
        self.end = count
        self.rest = np.full(count + 1, NOWHERE)
        self.rest[count] = 0.0
        self.price: Floats = np.zeros(self.none + 1)
        self.rows: list[Rows] = []
        # The same rows, or one in which they all lie one after the other.
        self.sheets = self.rows
        self.row_of: Ints = np.zeros(count, dtype=np.intp)
        self.slot_of: Ints = np.concatenate(
            [np.arange(self.low[q], self.high[q] + 1) for q in range(first, self.upto)]
        )
        for q in range(first, self.upto):
            self._leg(q)

    def _slot(self, at: float) -> int:
        return max(0, min(self.slots - 1, int((at - self.model.t0) / self.slot_s)))

    def node(self, q: int, at: float) -> int:
        """The node of a moment of a leg, or the nearest one."""
        return self.base[q] + max(0, min(self._slot(at), self.high[q]) - self.low[q])

    def nodes(self, q: int, at: Floats) -> Ints:
        """The same for many moments; those after the last leg have the node `end`."""
        if q >= self.upto:
            return np.full(at.shape, self.end)
        slot = ((at - self.model.t0) / self.slot_s).astype(np.intp)
        return np.clip(slot, self.low[q], self.high[q]) + (self.base[q] - self.low[q])

    def _offered(self, leg: Leg, s: Floats) -> Ints:
        """The tracks to look at from each of these moments on: an array of moments by tracks."""
        if len(leg.own) <= WHOLE:
            return np.broadcast_to(np.array(leg.own, dtype=np.intp), (len(s), len(leg.own)))
        table, found = self.table, []
        at = np.maximum(s, leg.start)
        g = table.at(at)
        for middle, part in self._parts(leg):
            until = np.minimum(leg.block_end, at + (middle - leg.fade))
            until = np.maximum(until, at + 1.0)
            x = (table.at(until) - g).real / (until - at)
            each = min(EACH, len(part))
            low = np.searchsorted(table.x[part], x) - each // 2
            low = np.clip(low, 0, len(part) - each)
            found.append(part[low[:, None] + np.arange(each)])
        return np.concatenate(found, axis=1)

    def _parts(self, leg: Leg) -> list[tuple[float, Ints]]:
        """The leg's tracks in parts of like length, each by intensity, with the length."""
        own = set(leg.own)
        ids = np.array([i for i in self.model.shelf.by_length(leg.phase) if i in own])
        parts = [part for part in np.array_split(ids, PARTS) if len(part)]
        return [(self.model.lens[part[len(part) // 2]], np.sort(part)) for part in parts]

    def _leg(self, q: int) -> None:
        """All edges of a leg, in as few sets of rows as may be."""
        model, table, slot_s = self.model, self.table, self.slot_s
        leg = model.legs[q]
        after = model.legs[q + 1] if leg.follows == MUSIC else None
        low, high, base = self.low[q], self.high[q], self.base[q]
        slot = np.arange(low, high + 1)
        s: Floats = np.asarray(model.t0 + (slot + 0.5) * slot_s, dtype=np.float64)
        if not leg.own:
            empty: Floats = np.zeros((len(s), 1))
            then = self.base[q + 1] if q + 1 < self.upto else self.end
            nil = [np.full((len(s), 1), i) for i in (self.none, then, -1)]
            self._add(base, base + len(s), empty, empty + NOWHERE, *nil)
            return
        ids = self._offered(leg, s)
        s2: Floats = s[:, None]
        g = table.at(s)[:, None]
        length, x = table.len[ids], table.x[ids]
        fade = crossfades(leg.fade, length)
        e = s2 + length
        n = e - fade
        free = self.free[table.key[ids]]
        ok = free & (e > leg.start) & (n <= leg.last_start)
        if after is None:
            ok &= e < leg.end
        # Time goes on, however short the track.
        ahead = np.maximum(slot[:, None] + 1, ((n - model.t0) / slot_s).astype(np.intp))
        ok &= ahead <= high
        to: Ints = np.where(ok, base + ahead - low, self.end)
        stride = int((ahead - slot[:, None])[ok].min()) if ok.any() else 1
        planes: list[tuple[Bools, Ints, Floats, Floats]] = [
            (ok, to, table.square(x, s2, n, g), np.zeros(ok.shape))
        ]
        for good, start, due, until in table.exits(leg, after, s2, length):
            until = np.minimum(until, leg.block_end)
            good &= free & (until > s2)
            # A start within the slot is as good as its middle.
            due = np.maximum(0.0, due - slot_s / 2)
            to = np.where(good, self.nodes(q + 1, start), self.end)
            planes.append((good, to, table.square(x, s2, until, g), due * model.w_s))
        stride = min(stride, 64)
        any_out = [np.asarray(plane[0].any(axis=1)) for plane in planes]
        for first in range(0, len(s), stride):
            part = slice(first, min(len(s), first + stride))
            use = [p for p, some in zip(planes, any_out, strict=True) if some[part].any()]
            use = use or planes[:1]
            good = np.concatenate([p[0][part] for p in use], axis=1)
            tracks = np.concatenate([ids[part]] * len(use), axis=1)
            self._add(
                base + first,
                base + part.stop,
                np.where(good, np.concatenate([p[2][part] for p in use], axis=1), 0.0),
                np.where(good, np.concatenate([p[3][part] for p in use], axis=1), NOWHERE),
                np.where(good, table.key[tracks], self.none),
                np.concatenate([p[1][part] for p in use], axis=1),
                np.where(good, tracks, -1),
            )

    def _add(
        self, first: int, last: int, square: Floats, due: Floats, key: Ints, to: Ints, track: Ints
    ) -> None:
        self.row_of[first:last] = len(self.rows)
        cost = self.slope * square + due
        self.rows.append(Rows(first, last, square, due, key, to, track, cost, cost.copy()))

    def reprice(self, price: Floats, slope: float) -> None:
        """Take other prices, weigh the squared deviation anew, and look anew at what the rest
        costs."""
        self.price[:] = price
        self.slope = slope
        for sheet in self.sheets:
            np.add(slope * sheet.square, sheet.due, out=sheet.cost)
        self._back()

    def settle(self, roots: list[int], rounds: int, upper: float) -> None:
        """Find prices for a search from these nodes; `upper` is about what a whole plan costs in
        the terms of the slope."""
        price = self.price
        best, best_price, size, stale = -1e9, price.copy(), 1.0, 0
        last = np.zeros(len(price))
        for n in range(rounds if roots else 0):
            if n == FIRST_ROUNDS:
                self._forget()
            self._back()
            root = min(roots, key=self.rest.__getitem__)
            low = float(self.rest[root]) - sum(price[price > 0].tolist())
            if low > best:
                best, best_price, stale = low, price.copy(), 0
            else:
                stale += 1
                if stale == PATIENCE:
                    size, stale = size * SHRINK, 0
            move = np.where(price > 0, -1.0, 0.0)
            way = self._way(root)
            move[way] = -1.0
            np.add.at(move, way, 1.0)
            move += MOMENTUM * last
            move[self.none] = 0.0
            norm = sum((move[move != 0] ** 2).tolist())
            if norm < 1e-9:
                break
            step = size * max(upper - low, 0.02 * upper) / norm
            np.maximum(0.0, price + step * move, out=price)
            last = move
        price[:] = best_price
        self._back()

    def _back(self) -> None:
        """The cost of the rest from each node on, at the prices as they are."""
        price, rest = self.price, self.rest
        for sheet in self.sheets:
            np.add(sheet.cost, price.take(sheet.key), out=sheet.whole)
        for rows in reversed(self.rows):
            whole = rows.whole
            np.add(whole, rest.take(rows.to), out=whole)
            np.minimum.reduce(whole, axis=1, out=rest[rows.first : rows.last])

    def _way(self, v: int) -> list[int]:
        """The keys along the cheapest way from a node."""
        keys: list[int] = []
        to: list[int] = []
        for sheet in self.sheets:
            best = sheet.whole.argmin(axis=1)
            at = np.arange(len(best))
            keys += sheet.key[at, best].tolist()
            to += sheet.to[at, best].tolist()
        found = []
        while v != self.end:
            found.append(keys[v])
            v = to[v]
        return found

    def _forget(self) -> None:
        """Keep the edges of the cheapest ways alone, `LIMIT` of each node. As the shortest tracks
        are gone from most, more nodes go in one set of rows."""
        if self.sheets is not self.rows:
            return
        names = ("square", "due", "key", "to", "track", "cost", "whole")
        left: dict[str, list[Any]] = {name: [] for name in names}
        for rows in self.rows:
            count, width = rows.key.shape
            # Where there are fewer the last one fills the row: twice the same is no other edge.
            places = np.minimum(np.arange(LIMIT), width - 1)
            best = np.argsort(rows.whole, axis=1, kind="stable")[:, places]
            best += np.arange(0, count * width, width)[:, None]
            for name in names:
                left[name].append(getattr(rows, name).take(best))
        arrays = [np.concatenate(left[name]) for name in names]
        nearest = np.concatenate(left["to"]).min(axis=1).tolist()
        self.sheets = [Rows(0, self.end, *arrays)]
        self.rows, first, until, bases = [], 0, self.end, set(self.base)
        for v in range(1, self.end + 1):
            # A start early in its slot may lead to the slot before.
            until = min(until, nearest[v - 1] - 1)
            if v >= until or v in bases or v == self.end:
                self.row_of[first:v] = len(self.rows)
                self.rows.append(Rows(first, v, *(each[first:v] for each in arrays)))
                first, until = v, self.end

    def offers(self, most: int) -> tuple[Ints, Bools]:
        """For each node the tracks to go on with, those of the cheapest ways first, and which of
        the places hold one: arrays of nodes by `most`."""
        width = max(most, *(sheet.key.shape[1] for sheet in self.sheets))
        whole = np.full((self.end, width), np.inf)
        ids = np.full((self.end, width), -1, dtype=np.intp)
        for sheet in self.sheets:
            at = slice(sheet.first, sheet.last), slice(0, sheet.key.shape[1])
            whole[at] = sheet.cost + self.price[sheet.key] + self.rest[sheet.to]
            ids[at] = sheet.track
        ids = np.take_along_axis(ids, np.argsort(whole, axis=1, kind="stable"), axis=1)
        # The first of each track only: its other edges are other ways of the same.
        again = np.argsort(ids, axis=1, kind="stable")
        same = np.take_along_axis(ids, again, axis=1)
        new = np.ones(ids.shape, dtype=bool)
        repeat = np.zeros(ids.shape, dtype=bool)
        repeat[:, 1:] = same[:, 1:] == same[:, :-1]
        np.put_along_axis(new, again, ~repeat, axis=1)
        new &= ids >= 0
        front = np.argsort(~new, axis=1, kind="stable")[:, :most]
        there = np.take_along_axis(new, front, axis=1)
        return np.where(there, np.take_along_axis(ids, front, axis=1), 0), there
