"""The wide search: the plan built forward in time, many beginnings weighed at once.

Beginnings that reach about the same second of the same phase compete, by what they have cost, what
their tracks are worth elsewhere, and what the rest will cost (`Prices`); the best go on, each with
the tracks of the cheapest ways. All beginnings of a short stretch of time, none of which leads to
another of them, are continued in one go. Tracks that a phase has not in its own playlists, and
those heard before, are left to `plan_search`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from soundscape.core.planner.arrays import Bools, Complex, Floats, Ints, Table
from soundscape.core.planner.cost import FREE_STEP
from soundscape.core.planner.index import MUSIC, Model
from soundscape.core.planner.prices import NOWHERE, Prices
from soundscape.core.planner.timeline import Line
from soundscape.core.planner.ways import Node
from soundscape.core.seam import SHARE

ENDS = 24
"""How many whole ways a search hands back, at most."""
WANTED = 6
"""A track is wanted at a node where it is among so many that are offered first."""
KEEP = 3
"""Of what grows from a stretch of time in one go, so many for each beginning are kept."""
ROOM = 8192
"""How many beginnings may wait before room is made."""
SCORE, START, MEAN, FADE, HOPE = range(5)
"""Rows of what waits, as floats: its cost, where its next track starts, the mean curve under its
last one (-1 where the next does not touch it), the fade they share, its cost and that of the
rest."""
NODE, TRACK, PARENT, HASH, CUT = range(5)
"""... as whole numbers: where it waits, its last track, the number of the beginning it grew from, a
mark of the tracks it holds, in whatever order, and whether its next start cuts its last track."""


@dataclass(slots=True)
class Kept:
    """Beginnings that were continued, as far as those after them need to know: arrays by number."""

    track: list[Ints]
    parent: list[Ints]
    leg: list[Ints]
    cut: list[Ints]


@dataclass(slots=True)
class Tried:
    """Tracks tried after beginnings of one stretch: arrays by trial. `parent` is the place of
    the beginning in the stretch, `px` and `pg` are its last track's intensity and mean curve,
    (inf: none that touches), `wanted` is the slot up to which the track is wanted."""

    parent: Ints
    track: Ints
    x: Floats
    key: Ints
    charge: Floats
    wanted: Ints
    start: Floats
    integrals: Complex
    px: Floats
    pg: Floats
    cost: Floats


class Waiting:
    """Beginnings that wait to be continued, in the order in which they came: arrays of the rows
    above by place. `block` is the stretch each waits in."""

    def __init__(self) -> None:
        self.floats: Floats = np.empty((5, ROOM))
        self.ints: Ints = np.empty((5, ROOM), dtype=np.intp)
        self.block: Ints = np.empty(ROOM, dtype=np.intp)
        self.count = self.now = 0

    def add(
        self, block: Ints, floats: Sequence[Floats | float], ints: Sequence[Ints | int]
    ) -> None:
        """Let more wait."""
        first, last = self.count, self.count + len(block)
        if last > len(self.block):
            # Those of stretches gone by are not needed any more.
            live = np.flatnonzero(self.block[:first] > self.now)
            room = max(ROOM, 2 * (len(live) + len(block)))
            old = self.floats, self.ints, self.block
            self.floats, self.ints = np.empty((5, room)), np.empty((5, room), dtype=np.intp)
            self.block = np.empty(room, dtype=np.intp)
            first = len(live)
            self.floats[:, :first] = old[0].take(live, axis=1)
            self.ints[:, :first] = old[1].take(live, axis=1)
            self.block[:first] = old[2].take(live)
            last = first + len(block)
        at = slice(first, last)
        self.block[at] = block
        for row, floats_in in enumerate(floats):
            self.floats[row, at] = floats_in
        for row, ints_in in enumerate(ints):
            self.ints[row, at] = ints_in
        self.count = last

    def best(self, block: int, width: int) -> tuple[Floats, Ints]:
        """The best beginnings of each slot of a stretch, at most `width`; of those with the same
        tracks the best one."""
        self.now = block
        here = np.flatnonzero(self.block[: self.count] == block)
        node = self.ints[NODE].take(here)
        order = np.lexsort((self.floats[HOPE].take(here), node))
        order = order[_rank(node.take(order)) < 3 * width]
        # The same tracks in another order are no other beginning.
        mark = self.ints[HASH].take(here.take(order)) + node.take(order) * 0x2545F4914F6CDD1D
        _, first = np.unique(mark, return_index=True)
        first.sort()
        order = order.take(first)
        here = here.take(order[_rank(node.take(order)) < width])
        return self.floats.take(here, axis=1), self.ints.take(here, axis=1)


class Wide:
    """One search. `width` beginnings are kept in each slot of a leg and continued with `most`
    tracks each."""

    def __init__(self, model: Model, table: Table, prices: Prices, width: int, most: int) -> None:
        self.model, self.table, self.prices = model, table, prices
        self.width, self.most = width, most
        charge = prices.price[table.key]
        tracks, there = prices.offers(most)
        keys = np.unique(table.key[tracks[there]])
        self.bit = np.zeros(max(model.key, default=0) + 1, dtype=np.intp)
        # The slot after which a track is wanted no more: what was paid for it is then given back.
        # Bits are dealt out in that order, so that what is over is the first so many of them.
        slots = np.concatenate(
            [np.arange(a, b + 1) for a, b in zip(prices.low, prices.high, strict=True)]
        )
        until = np.zeros(len(self.bit), dtype=np.intp)
        near = min(WANTED, most)
        np.maximum.at(
            until,
            table.key[tracks[:, :near]][there[:, :near]],
            np.broadcast_to(slots[:, None], (len(slots), near))[there[:, :near]],
        )
        priced = prices.price[keys] > 0
        order = np.lexsort((until[keys], ~priced))
        keys = keys[order]
        self.bit[keys] = np.arange(len(keys))
        self.priced = int(priced.sum())
        self.paid = prices.price[keys[: self.priced]]
        self.over = np.searchsorted(until[keys[: self.priced]], np.arange(prices.slots + 1))
        # What is offered at each node: arrays of nodes by tracks. No track has bit -1.
        key = table.key[tracks]
        self.offered = (
            tracks, key, np.where(there, self.bit[key], -1), table.len[tracks], table.x[tracks],
            table.artist[tracks], charge[tracks], until[key],
        )  # fmt: skip
        self.slots = np.append(slots, prices.slots)
        self.words = max(1, (len(keys) + 63) // 64)
        # A number at random for each key: those of a set, XORed, are a mark of it.
        mix = (np.arange(len(self.bit), dtype=np.uint64) + np.uint64(1)) * np.uint64(
            0x9E3779B97F4A7C15
        )
        mix = (mix ^ (mix >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mix = (mix ^ (mix >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        self.mix = (mix ^ (mix >> np.uint64(31))).view(np.int64)
        self.waiting = Waiting()
        self.ends: list[tuple[Floats, Ints, Ints]] = []
        self.kept = Kept([], [], [], [])
        self.count = 0

    def run(self, begin: list[Node], slope: float) -> list[Line]:
        """The best ways from the nodes in `begin` to the end, best first (at most `ENDS`)."""
        model, prices = self.model, self.prices
        self.slope = slope
        self.used = np.zeros((1024, self.words), dtype=np.uint64)
        self.artists = np.zeros((1024, 3), dtype=np.intp)
        live = [node for node in begin if node[2] < len(model.legs)]
        roots = [(v, node) for node in live if (v := prices.node(node[2], node[1])) >= 0]
        if not roots:
            return []
        # What went before the first track is a beginning of its own, without a track.
        n = len(roots)
        self._make_room(n)
        for r, (_, node) in enumerate(roots):
            self.artists[r] = node[5:8]
        self.kept.track.append(np.full(n, -1))
        self.kept.parent.append(np.full(n, -1))
        self.kept.leg.append(np.zeros(n, dtype=np.intp))
        self.kept.cut.append(np.zeros(n, dtype=np.intp))
        self.count = n
        self.px_root = np.array([node[3] for _, node in roots])
        for r, (v, node) in enumerate(roots):
            at = [node[0], node[1], node[4], node[12], node[0] + float(prices.rest[v])]
            self.waiting.add(prices.row_of[v : v + 1], at, [v, -1, r, r, int(node[11])])
        for q in range(len(model.legs)):
            base = prices.base[q]
            last = base + prices.high[q] - prices.low[q]
            for block in range(int(prices.row_of[base]), int(prices.row_of[last]) + 1):
                floats, ints = self.waiting.best(block, self.width)
                if len(floats[0]):
                    self._go_on(q, floats, ints)
        return self._lines()

    def _make_room(self, more: int) -> None:
        """Let the arrays of beginnings grow."""
        need = self.count + more
        if need > len(self.used):
            room = max(need, 2 * len(self.used))
            used = np.zeros((room, self.words), dtype=np.uint64)
            used[: self.count] = self.used[: self.count]
            artists = np.zeros((room, 3), dtype=np.intp)
            artists[: self.count] = self.artists[: self.count]
            self.used, self.artists = used, artists

    def _go_on(self, q: int, floats: Floats, ints: Ints) -> None:
        """Continue the beginnings of one stretch, in each way they can."""
        model, table, prices = self.model, self.table, self.prices
        leg, node = model.legs[q], ints[NODE]
        after = model.legs[q + 1] if leg.follows == MUSIC else None
        px = self._keep(q, floats, ints)[:, None]
        # Beginnings by tracks.
        track, key, bit, length, x, artist, charge, wanted = (
            each.take(node, axis=0) for each in self.offered
        )
        parent = np.arange(len(node))[:, None]
        free = bit >= 0
        free &= self.held[parent, bit] == 0
        a = self.artists[self.first : self.count].T[:, :, None]
        same = ((a[0] == artist) | (a[1] == artist) | (a[2] == artist)) & (artist > 0)
        cost = floats[SCORE][:, None] + charge + model.w_a * same
        s, third = floats[START][:, None], length / SHARE
        g = table.at(s)
        later = floats[FADE][:, None] - third
        if (later > 0).any():
            # A short track shares less with the one before, and so begins later.
            s = s + np.maximum(0.0, later)
            g = table.at(s)
        e = s + length
        fade = np.minimum(leg.fade, third)
        until = e - fade
        free &= s < leg.end
        ok = free & (until <= leg.last_start) & (e > leg.start)
        if after is None:
            ok &= e < leg.end
        slot = ((until - model.t0) / prices.slot_s).astype(np.intp)
        slot = np.maximum(slot, (node - prices.base[q] + prices.low[q] + 1)[:, None])
        ok &= slot <= prices.high[q]
        pg = np.where(px < 0, np.inf, floats[MEAN][:, None])
        tried = Tried(parent, track, x, key, charge, wanted, s, g, px, pg, cost)
        if ok.any():
            to = np.where(ok, prices.base[q] + slot - prices.low[q], prices.end)
            self._put(tried, ok, to, until, until, cost, fade)
        open_s = leg.end - (after.early if after is not None else 2 * leg.fade)
        free &= e >= open_s
        if not free.any():
            return
        at = np.flatnonzero(free)
        s, length, cost, e = _each(at, free.shape, s, length, cost, e)
        tried = Tried(*_each(at, free.shape, *(getattr(tried, n) for n in Tried.__slots__)))
        ways = table.exits(leg, after, s, length)
        for way, (good, then, due, stop) in enumerate(ways):
            stop = np.minimum(stop, leg.block_end)
            good &= stop > s
            to = np.full(len(good), prices.end)
            if q + 1 < len(model.legs):
                slot = ((then - model.t0) / prices.slot_s).astype(np.intp)
                good &= (slot >= prices.low[q + 1]) & (slot <= prices.high[q + 1])
                to = np.where(good, prices.base[q + 1] + slot - prices.low[q + 1], prices.end)
            # A way that is none takes a second, so that nothing is divided by 0.
            stop = np.where(good, stop, s + 1.0)
            shared = e - then if after is not None and way == 0 else np.zeros(len(e))
            charged = cost + due * model.w_s
            self._put(tried, good, to, then, stop, charged, shared, way, after is None)

    def _keep(self, q: int, floats: Floats, ints: Ints) -> Floats:
        """Make them beginnings that others may grow from; the intensities of their last tracks."""
        table, n = self.table, len(floats[0])
        self.first, self.marks = self.count, ints[HASH]
        self._make_room(n)
        used, artists = self.used, self.artists
        parent, track = ints[PARENT], ints[TRACK]
        mine = slice(self.first, self.first + n)
        used[mine], artists[mine] = used[parent], artists[parent]
        px = np.full(n, -1.0)
        root = track < 0
        px[root] = self.px_root[parent[root]]
        grown = np.flatnonzero(~root)
        j = track[grown]
        bit = self.bit[table.key[j]]
        used[self.first + grown, bit >> 6] |= np.uint64(1) << (bit & 63).astype(np.uint64)
        artists[self.first + grown, 1:] = artists[parent[grown], :2]
        artists[self.first + grown, 0] = table.artist[j]
        px[grown] = np.where(floats[MEAN, grown] < -0.5, -1.0, table.x[j])
        self.kept.track.append(track)
        self.kept.parent.append(parent)
        self.kept.leg.append(np.full(n, q))
        self.kept.cut.append(ints[CUT])
        self.count += n
        # 1 where a beginning holds the track of a bit.
        words = used[mine].astype("<u8", copy=False).view(np.uint8)
        self.held = np.unpackbits(words, axis=1, bitorder="little")
        self.done = self.over.take(self.slots.take(ints[NODE]))
        self.since = int(self.done.min())
        self._pay_back(int(self.done.max()) - self.since)
        return px

    def _pay_back(self, upto: int) -> None:
        """Sum up what each beginning has paid for tracks that are over from the stretch on, one
        after the other, for so many of them."""
        paid = slice(self.since, self.since + upto)
        n = len(self.done)
        self.back = np.zeros((n, upto + 1))
        np.cumsum(self.held[:, paid] * self.paid[paid], axis=1, out=self.back[:, 1:])
        self.given = self.back[np.arange(n), self.done - self.since]

    def _put(
        self, tried: Tried, good: Bools, node: Ints, then: Floats, until: Floats, cost: Floats,
        fade: Floats, cut: int = 0, apart: bool = False,
    ) -> None:  # fmt: skip
        """Weigh trials and let the `good` ones wait at the nodes they lead to. `apart` is true
        where the next track does not touch them."""
        prices, model = self.prices, self.model
        i, x, p, d = tried.parent, tried.x, tried.px, until - tried.start
        area = self.table.at(until) - tried.integrals
        mean = area.real / d
        cost = cost + self.slope * (x * x * d - 2 * x * area.real + area.imag)
        step = np.abs(x - p) - np.abs(mean - tried.pg) - FREE_STEP
        cost += model.w_l * np.maximum(step, 0.0)
        slot = self.slots.take(node)
        upto = np.where(good, self.over.take(slot) - self.since, 0)
        most = int(upto.max())
        if most >= self.back.shape[1]:
            self._pay_back(most)
        cost -= self.back[i, upto] - self.given[i]
        cost -= np.where(tried.wanted < slot, tried.charge, 0.0)
        hope = np.where(good, cost + prices.rest.take(node), np.inf)
        good = hope < NOWHERE
        many = KEEP * len(self.given)
        if hope.size > many:
            good &= hope <= np.partition(hope, many, axis=None)[many]
        at = np.flatnonzero(good)
        if not len(at):
            return
        if apart:
            mean = np.full(hope.shape, -1.0)
        some = (cost, then, mean, fade, hope, tried.parent, node, tried.track, tried.key)
        cost, then, mean, fade, hope, i, node, j, key = _each(at, hope.shape, *some)
        floats = [cost, then, mean, fade, hope]
        if node[0] == prices.end:
            self.ends.append((cost, j, self.first + i))
            return
        mark = self.marks[i] ^ self.mix[key]
        self.waiting.add(prices.row_of[node], floats, [node, j, self.first + i, mark, cut])

    def _lines(self) -> list[Line]:
        """The whole ways, best first."""
        if not self.ends:
            return []
        score, last, of = (np.concatenate(each) for each in zip(*self.ends, strict=True))
        track, parent = np.concatenate(self.kept.track), np.concatenate(self.kept.parent)
        best = np.argsort(score, kind="stable")[:ENDS]
        leg, cut = np.concatenate(self.kept.leg), np.concatenate(self.kept.cut)
        found = []
        for n in best:
            line = Line([], [])
            j, at = int(last[n]), int(of[n])
            while j >= 0:
                line.tracks.append(j)
                line.legs.append(int(leg[at]))
                if cut[at]:
                    line.cuts.add(int(leg[at]))
                j, at = int(track[at]), int(parent[at])
            line.tracks.reverse()
            line.legs.reverse()
            found.append(line)
        return found


def _each(places: Ints, shape: tuple[int, ...], *of: Any) -> list[Any]:
    """What stands at these places (of the flat array), in arrays of this shape or of as many rows
    and one column."""
    rows = places // shape[-1]
    return [each.take(places if each.shape == shape else rows) for each in of]


def _rank(of: Ints) -> Ints:
    """How many equal ones stand before each in a row in which equal ones stand together."""
    place = np.arange(len(of))
    new = np.ones(len(of), dtype=bool)
    new[1:] = of[1:] != of[:-1]
    return place - np.maximum.accumulate(np.where(new, place, 0))
