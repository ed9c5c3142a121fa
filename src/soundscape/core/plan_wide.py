"""The wide search: the plan built forward in time, many beginnings weighed at once.

Beginnings that reach about the same second of the same phase compete, by what they have cost, what
their tracks are worth elsewhere, and what the rest will cost (`Prices`); the best go on, each with
the tracks of the cheapest ways. All beginnings of a short stretch of time, none of which leads to
another of them, are continued in one go. Tracks that a phase has not in its own playlists, and
those heard before, are left to `plan_search`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from soundscape.core.plan_cost import FREE_STEP
from soundscape.core.plan_model import MUSIC, Model
from soundscape.core.plan_price import NOWHERE, Prices
from soundscape.core.plan_table import Complex, Floats, Ints, Table
from soundscape.core.plan_walk import Line
from soundscape.core.plan_ways import Node

ENDS = 24
"""How many whole ways a search hands back, at most."""
WANTED = 6
"""A track is wanted at a node where it is among so many that are offered first."""
KEEP = 3
"""Of what grows from a stretch of time in one go, so many for each beginning are kept."""
REACH = 400
"""How many tracks ahead are looked at for what is given back."""
SCORE, START, MEAN, FADE, HOPE = range(5)
"""Columns of what waits, as floats: its cost, where its next track starts, the mean curve under its
last one (-1 where the next does not touch it), the fade they share, its cost and that of the
rest."""
NODE, TRACK, PARENT, HASH, CUT = range(5)
"""... as whole numbers: where it waits, its last track, the number of the beginning it grew from, a
mark of the tracks it holds, in whatever order, and whether its next start cuts its last track."""

Waiting = tuple[Floats, Ints]


@dataclass(slots=True)
class Kept:
    """Beginnings that were continued, as far as those after them need to know: arrays by number."""

    track: list[Ints]
    parent: list[Ints]
    leg: list[Ints]
    cut: list[Ints]


@dataclass(slots=True)
class Tried:
    """Tracks tried after the beginnings of one stretch: arrays by trial. `parent` is the place of
    the beginning in the stretch, `px` and `pg` are its last track's intensity and mean curve."""

    leg: int
    parent: Ints
    track: Ints
    start: Floats
    integrals: Complex
    px: Floats
    pg: Floats
    mark: Ints
    cost: Floats


class Wide:
    """One search. `width` beginnings are kept in each slot of a leg and continued with `most`
    tracks each."""

    def __init__(self, model: Model, table: Table, prices: Prices, width: int, most: int) -> None:
        self.model, self.table, self.prices = model, table, prices
        self.width, self.most = width, most
        self.charge = prices.price[table.key]
        tracks, there = prices.offers(most)
        self.tracks, self.there = tracks, there
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
        self.until = until
        self.slots = np.append(slots, prices.slots)
        self.words = max(1, (len(keys) + 63) // 64)
        # A number at random for each key: those of a set, XORed, are a mark of it.
        mix = (np.arange(len(self.bit), dtype=np.uint64) + np.uint64(1)) * np.uint64(
            0x9E3779B97F4A7C15
        )
        mix = (mix ^ (mix >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mix = (mix ^ (mix >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        self.mix = (mix ^ (mix >> np.uint64(31))).view(np.int64)
        self.pending: dict[int, list[Waiting]] = {}
        self.ends: list[Waiting] = []
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
            floats = np.array([[node[0], node[1], node[4], node[12], node[0] + prices.rest[v]]])
            ints = np.array([[v, -1, r, r, int(node[11])]])
            self.pending.setdefault(int(prices.row_of[v]), []).append((floats, ints))
        for q in range(len(model.legs)):
            base = prices.base[q]
            last = base + prices.high[q] - prices.low[q]
            for block in range(int(prices.row_of[base]), int(prices.row_of[last]) + 1):
                waiting = self.pending.pop(block, None)
                if waiting:
                    self._go_on(q, waiting)
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

    def _chosen(self, waiting: list[Waiting]) -> Waiting:
        """The best beginnings of each slot; of those with the same tracks the best one."""
        floats = np.concatenate([each[0] for each in waiting])
        ints = np.concatenate([each[1] for each in waiting])
        order = np.lexsort((floats[:, HOPE], ints[:, NODE]))
        order = order[_rank(ints[order, NODE]) < 3 * self.width]
        # The same tracks in another order are no other beginning.
        mark = ints[order, HASH] + ints[order, NODE] * 0x2545F4914F6CDD1D
        _, first = np.unique(mark, return_index=True)
        first.sort()
        order = order[first]
        order = order[_rank(ints[order, NODE]) < self.width]
        return floats[order], ints[order]

    def _go_on(self, q: int, waiting: list[Waiting]) -> None:
        """Continue the beginnings of one stretch, in each way they can."""
        model, table, prices = self.model, self.table, self.prices
        leg = model.legs[q]
        after = model.legs[q + 1] if leg.follows == MUSIC else None
        floats, ints = self._chosen(waiting)
        px = self._keep(q, floats, ints)
        i, j = self._offered(ints[:, NODE])
        if not len(i):
            return
        length, artist = table.len[j], table.artist[j]
        near = self.artists[self.first + i]
        same = (near == artist[:, None]).any(axis=1) & (artist > 0)
        cost = floats[i, SCORE] + self.charge[j] + model.w_a * same
        begin, third = floats[:, START], length / 3
        s, g = begin[i], table.at(begin)[i]
        later = floats[i, FADE] - third
        if (later > 0).any():
            # A short track shares less with the one before, and so begins later.
            s = s + np.maximum(0.0, later)
            g = table.at(s)
        mark = ints[i, HASH] ^ self.mix[table.key[j]]
        tried = Tried(q, i, j, s, g, px[i], floats[i, MEAN], mark, cost)
        e = s + length
        fade = np.minimum(leg.fade, third)
        until = e - fade
        fits = (until <= leg.last_start) & (e > leg.start) & (s < leg.end)
        if after is None:
            fits &= e < leg.end
        f = np.flatnonzero(fits)
        slot = ((until[f] - model.t0) / prices.slot_s).astype(np.intp)
        slot = np.maximum(slot, ints[i[f], NODE] - prices.base[q] + prices.low[q] + 1)
        ok = slot <= prices.high[q]
        f = f[ok]
        node = prices.base[q] + slot[ok] - prices.low[q]
        self._put(tried, f, node, until[f], until[f], cost[f], fade[f])
        open_s = leg.end - (after.early if after is not None else 2 * leg.fade)
        leaving = np.flatnonzero((e >= open_s) & (s < leg.end))
        ways = table.exits(leg, after, s[leaving], length[leaving])
        for way, (good, then, due, stop) in enumerate(ways):
            stop = np.minimum(stop, leg.block_end)
            good &= stop > s[leaving]
            node = np.full(len(good), prices.end)
            if q + 1 < len(model.legs):
                slot = ((then - model.t0) / prices.slot_s).astype(np.intp)
                good &= (slot >= prices.low[q + 1]) & (slot <= prices.high[q + 1])
                node = prices.base[q + 1] + slot - prices.low[q + 1]
            f, then = leaving[good], then[good]
            shared = e[f] - then if after is not None and way == 0 else np.zeros(len(f))
            charged = cost[f] + due[good] * model.w_s
            self._put(tried, f, node[good], then, stop[good], charged, shared, way, after is None)

    def _keep(self, q: int, floats: Floats, ints: Ints) -> Floats:
        """Make them beginnings that others may grow from; the intensities of their last tracks."""
        table, n = self.table, len(floats)
        self.first = self.count
        self._make_room(n)
        used, artists = self.used, self.artists
        parent, track = ints[:, PARENT], ints[:, TRACK]
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
        px[grown] = np.where(floats[grown, MEAN] < -0.5, -1.0, table.x[j])
        self.kept.track.append(track)
        self.kept.parent.append(parent)
        self.kept.leg.append(np.full(n, q))
        self.kept.cut.append(ints[:, CUT])
        self.count += n
        # What each has paid for tracks that are over from the stretch on, one after the other.
        over = self.over[self.slots[ints[:, NODE]]]
        self.since = int(over.min())
        paid = np.arange(self.since, self.priced)[:REACH]
        self.back = np.zeros((n, len(paid) + 1))
        np.cumsum(self._has(np.arange(n)[:, None], paid) * self.paid[paid], axis=1,
                  out=self.back[:, 1:])  # fmt: skip
        self.given = self.back[np.arange(n), np.minimum(over - self.since, len(paid))]
        return px

    def _has(self, i: Ints, bit: Ints) -> Ints:
        """1 where the beginnings of the stretch hold the tracks of these bits, else 0."""
        word = self.used[self.first + i, bit >> 6]
        found: Ints = ((word >> (bit & 63).astype(np.uint64)) & np.uint64(1)).astype(np.intp)
        return found

    def _offered(self, node: Ints) -> tuple[Ints, Ints]:
        """Which track may follow which beginning of the stretch."""
        offered = self.tracks[node]
        taken = self._has(np.arange(len(node))[:, None], self.bit[self.table.key[offered]])
        i, c = np.nonzero(self.there[node] & (taken == 0))
        return i, offered[i, c]

    def _put(
        self, tried: Tried, f: Ints, node: Ints, then: Floats, until: Floats, cost: Floats,
        fade: Floats, cut: int = 0, apart: bool = False,
    ) -> None:  # fmt: skip
        """Weigh the trials `f` and let them wait at the nodes they lead to. `apart` is true where
        the next track does not touch them."""
        if not len(f):
            return
        table, prices, model = self.table, self.prices, self.model
        i, j, p = tried.parent[f], tried.track[f], tried.px[f]
        x, d = table.x[j], until - tried.start[f]
        area = table.at(until) - tried.integrals[f]
        mean = area.real / d
        cost = cost + self.slope * (x * x * d - 2 * x * area.real + area.imag)
        step = np.abs(x - p) - np.abs(mean - tried.pg[f]) - FREE_STEP
        cost += model.w_l * np.where((p >= 0) & (step > 0), step, 0.0)
        slot = self.slots[node]
        upto = np.minimum(self.over[slot] - self.since, self.back.shape[1] - 1)
        cost -= self.back[i, upto] - self.given[i]
        cost -= np.where(self.until[table.key[j]] < slot, self.charge[j], 0.0)
        hope = cost + prices.rest[node]
        if apart:
            mean = np.full(len(f), -1.0)
        floats = np.stack([cost, then, mean, fade, hope], axis=1)
        cuts = np.full(len(f), cut)
        ints = np.stack([node, j, self.first + i, tried.mark[f], cuts], axis=1)
        good = hope < NOWHERE
        many = KEEP * len(self.given)
        if len(hope) > many:
            good &= hope <= np.partition(hope, many)[many]
        floats, ints = floats[good], ints[good]
        if not len(ints):
            return
        if ints[0, NODE] == prices.end:
            self.ends.append((floats, ints))
            return
        block = prices.row_of[ints[:, NODE]]
        order = np.argsort(block, kind="stable")
        floats, ints, block = floats[order], ints[order], block[order]
        edges = np.flatnonzero(block[1:] != block[:-1]) + 1
        for lo, hi in pairwise([0, *edges.tolist(), len(block)]):
            self.pending.setdefault(int(block[lo]), []).append((floats[lo:hi], ints[lo:hi]))

    def _lines(self) -> list[Line]:
        """The whole ways, best first."""
        if not self.ends:
            return []
        floats = np.concatenate([each[0] for each in self.ends])
        ints = np.concatenate([each[1] for each in self.ends])
        track, parent = np.concatenate(self.kept.track), np.concatenate(self.kept.parent)
        best = np.argsort(floats[:, SCORE], kind="stable")[:ENDS]
        leg, cut = np.concatenate(self.kept.leg), np.concatenate(self.kept.cut)
        found = []
        for n in best:
            line = Line([], [])
            j, at = int(ints[n, TRACK]), int(ints[n, PARENT])
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


def _rank(of: Ints) -> Ints:
    """How many equal ones stand before each in a row in which equal ones stand together."""
    place = np.arange(len(of))
    new = np.ones(len(of), dtype=bool)
    new[1:] = of[1:] != of[:-1]
    return place - np.maximum.accumulate(np.where(new, place, 0))
