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
WANTED = 6
KEEP = 3
REACH = 400
SOME = 600
"""How many whole ways a search hands back, at most."""
SCORE, START, MEAN, FADE, HOPE = range(5)
SLOT, TRACK, PARENT, HASH, CUT = range(5)


@dataclass(slots=True)
class Kept:
    """Beginnings that were continued, as far as those after them need to know: arrays by number."""

    track: list[Ints]
    parent: list[Ints]
    leg: list[Ints]
    cut: list[Ints]


class Wide:
    """One search. `width` beginnings are kept in each slot of a leg and continued with `most`
    tracks each."""

    def __init__(
        self,
        model: Model,
        table: Table,
        prices: Prices,
        width: int,
        most: int,
    ) -> None:
        self.model, self.table, self.prices = model, table, prices
        self.width, self.most = width, most
        self.charge = prices.price[table.key]
        tracks, there = prices.offers(most)
        self.tracks, self.there = tracks, there
        keys = np.unique(table.key[tracks[there]])
        self.bit = np.zeros(max(model.key, default=0) + 1, dtype=np.intp)
        # The slot after which a track is wanted no more: what was paid for it is then given back.
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
        mix = (np.arange(len(self.bit), dtype=np.uint64) + np.uint64(1)) * np.uint64(
            0x9E3779B97F4A7C15
        )
        mix = (mix ^ (mix >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mix = (mix ^ (mix >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        self.mix = (mix ^ (mix >> np.uint64(31))).view(np.int64)
        self.pending: dict[int, list[tuple[Floats, Ints]]] = {}
        self.ends: list[tuple[Floats, Ints]] = []
        self.kept = Kept([], [], [], [])
        self.count = 0

    def run(self, begin: list[Node], slope: float) -> list[Line]:
        """The best ways from the nodes in `begin` to the end, best first (at most `ENDS`)."""
        model, prices = self.model, self.prices
        self.slope = slope
        self.used = np.zeros((1024, self.words), dtype=np.uint64)
        self.artists = np.zeros((1024, 3), dtype=np.intp)
        roots = []
        for node in begin:
            v = prices.node(node[2], node[1]) if node[2] < len(model.legs) else -1
            if v < 0:
                continue
            roots.append((v, node))
        if not roots:
            return []
        # What went before the first track is a beginning of its own, without a track.
        n = len(roots)
        self._grow_kept(n)
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

    def _grow_kept(self, more: int) -> None:
        need = self.count + more
        if need > len(self.used):
            room = max(need, 2 * len(self.used))
            used = np.zeros((room, self.words), dtype=np.uint64)
            used[: self.count] = self.used[: self.count]
            artists = np.zeros((room, 3), dtype=np.intp)
            artists[: self.count] = self.artists[: self.count]
            self.used, self.artists = used, artists

    def _chosen(self, waiting: list[tuple[Floats, Ints]]) -> tuple[Floats, Ints]:
        """The best beginnings of each slot; of those with the same tracks the best one."""
        floats = np.concatenate([each[0] for each in waiting])
        ints = np.concatenate([each[1] for each in waiting])
        order = np.lexsort((floats[:, HOPE], ints[:, SLOT]))
        slot = ints[order, SLOT]
        new = np.ones(len(order), dtype=bool)
        new[1:] = slot[1:] != slot[:-1]
        rank = np.arange(len(order)) - np.maximum.accumulate(
            np.where(new, np.arange(len(order)), 0)
        )
        order = order[rank < 3 * self.width]
        # The same tracks in another order are no other beginning.
        mark = ints[order, HASH] + ints[order, SLOT] * 0x2545F4914F6CDD1D
        _, first = np.unique(mark, return_index=True)
        first.sort()
        order = order[first]
        slot = ints[order, SLOT]
        new = np.ones(len(order), dtype=bool)
        new[1:] = slot[1:] != slot[:-1]
        rank = np.arange(len(order)) - np.maximum.accumulate(
            np.where(new, np.arange(len(order)), 0)
        )
        order = order[rank < self.width]
        return floats[order], ints[order]

    def _go_on(self, q: int, waiting: list[tuple[Floats, Ints]]) -> None:
        """Continue the beginnings of one stretch."""
        model, table, prices = self.model, self.table, self.prices
        floats, ints = self._chosen(waiting)
        self.now = n = len(floats)
        leg = model.legs[q]
        after = model.legs[q + 1] if leg.follows == MUSIC else None
        # They become beginnings that others may grow from.
        first = self.count
        self._grow_kept(n)
        parent, track = ints[:, PARENT], ints[:, TRACK]
        used, artists = self.used, self.artists
        mine = slice(first, first + n)
        used[mine] = used[parent]
        artists[mine] = artists[parent]
        px = np.full(n, -1.0)
        root = track < 0
        if root.any():
            px[root] = self.px_root[parent[root]]
        grown = np.flatnonzero(~root)
        if len(grown):
            j = track[grown]
            bit = self.bit[table.key[j]]
            used[first + grown, bit >> 6] |= np.uint64(1) << (bit & 63).astype(np.uint64)
            artists[first + grown, 1:] = artists[parent[grown], :2]
            artists[first + grown, 0] = table.artist[j]
            px[grown] = table.x[j]
        px[floats[:, MEAN] < -0.5] = -1.0
        self.kept.track.append(track)
        self.kept.parent.append(parent)
        self.kept.leg.append(np.full(n, q))
        self.kept.cut.append(ints[:, CUT])
        self.count += n
        # What of the paid is given back, from this stretch on.
        self.since = int(self.over[self.slots[ints[:, SLOT].min()]])
        n_bits = np.arange(self.since, self.priced)[:REACH]
        had = (used[first : first + n, n_bits >> 6] >> (n_bits & 63).astype(np.uint64)) & np.uint64(
            1
        )
        self.back = np.zeros((n, len(n_bits) + 1))
        np.cumsum(had * self.paid[n_bits], axis=1, out=self.back[:, 1:])
        upto = self.over[self.slots[ints[:, SLOT]]] - self.since
        self.given = self.back[np.arange(n), np.minimum(upto, len(n_bits))]
        # Which tracks may follow which beginning.
        v = ints[:, SLOT]
        offered = self.tracks[v]
        bit = self.bit[table.key[offered]]
        rows = np.arange(first, first + n)[:, None]
        taken = (used[rows, bit >> 6] >> (bit & 63).astype(np.uint64)) & np.uint64(1)
        i, c = np.nonzero(self.there[v] & (taken == 0))
        if not len(i):
            return
        j = offered[i, c]
        begin = floats[:, START]
        g0 = table.at(begin)
        length, x, artist = table.len[j], table.x[j], table.artist[j]
        base = floats[i, SCORE] + self.charge[j]
        near = artists[first + i]
        same = ((near == artist[:, None]).any(axis=1)) & (artist > 0)
        base += model.w_a * same
        third = length / 3
        s, g = begin[i], g0[i]
        later = floats[i, FADE] - third
        if (later > 0).any():
            # A short track shares less with the one before, and so begins later.
            s = s + np.maximum(0.0, later)
            g = table.at(s)
        fade = np.minimum(leg.fade, third)
        e = s + length
        until = e - fade
        fits = (until <= leg.last_start) & (e > leg.start) & (s < leg.end)
        if after is None:
            fits &= e < leg.end
        pxi, pg = px[i], floats[i, MEAN]
        hash_of = ints[i, HASH] ^ self.mix[table.key[j]]
        fits_at = np.flatnonzero(fits)
        if len(fits_at):
            f = fits_at
            slot = ((until[f] - model.t0) / prices.slot_s).astype(np.intp)
            slot = np.maximum(slot, v[i[f]] - prices.base[q] + prices.low[q] + 1)
            ok = slot <= prices.high[q]
            f, slot = f[ok], slot[ok]
            node = prices.base[q] + slot - prices.low[q]
            self._put(q, f, node, until[f], base[f], x, s, g, pxi, pg, j, i, first, hash_of,
                      until, 0, fade[f], 0.0)  # fmt: skip
        open_s = leg.end - (after.early if after is not None else 2 * leg.fade)
        leaving = np.flatnonzero((e >= open_s) & (s < leg.end))
        if len(leaving):
            for way, (good, then, due, stop) in enumerate(
                table.exits(leg, after, s[leaving], length[leaving])
            ):
                stop = np.minimum(stop, leg.block_end)
                good &= stop > s[leaving]
                f = leaving[good]
                if not len(f):
                    continue
                then, due = then[good], due[good] * model.w_s
                ends = np.zeros(len(length))
                ends[f] = stop[good]
                shared = np.zeros(len(f))
                if after is not None and way == 0:
                    shared = e[f] - then
                if q + 1 == len(model.legs):
                    node = np.full(len(f), prices.end)
                else:
                    slot = ((then - model.t0) / prices.slot_s).astype(np.intp)
                    ok = (slot >= prices.low[q + 1]) & (slot <= prices.high[q + 1])
                    f, then, due, slot, shared = f[ok], then[ok], due[ok], slot[ok], shared[ok]
                    node = prices.base[q + 1] + slot - prices.low[q + 1]
                self._put(q, f, node, then, base[f] + due, x, s, g, pxi, pg, j, i, first, hash_of,
                          ends, way, shared, 0.0 if after is not None else -1.0)  # fmt: skip

    def _put(
        self, q: int, f: Ints, node: Ints, then: Floats, cost: Floats, x: Floats, s: Floats,
        g: Complex, px: Floats, pg: Floats, j: Ints, i: Ints, first: int, hash_of: Ints,
        until: Floats, cut: int, fade: Floats, touch: float,
    ) -> None:  # fmt: skip
        """Weigh the tracks `f` of those tried and let them wait at the nodes they lead to."""
        table, prices, model = self.table, self.prices, self.model
        if not len(f):
            return
        a, b, xf = s[f], until[f], x[f]
        area = table.at(b) - g[f]
        d = b - a
        mean = area.real / d
        cost = cost + self.slope * (xf * xf * d - 2 * xf * area.real + area.imag)
        p = px[f]
        step = np.abs(xf - p) - np.abs(mean - pg[f]) - FREE_STEP
        cost += model.w_l * np.where((p >= 0) & (step > 0), step, 0.0)
        at = self.slots[node]
        upto = np.minimum(self.over[at] - self.since, self.back.shape[1] - 1)
        cost -= self.back[i[f], upto] - self.given[i[f]]
        key = table.key[j[f]]
        cost -= np.where(self.until[key] < at, prices.price[key], 0.0)
        hope = cost + prices.rest[node]
        if touch < 0:
            mean = np.full(len(f), -1.0)
        floats = np.stack([cost, then, mean, fade, hope], axis=1)
        ints = np.stack([node, j[f], first + i[f], hash_of[f], np.full(len(f), cut)], axis=1)
        good = hope < NOWHERE
        many = KEEP * self.now
        if len(hope) > many:
            good &= hope <= np.partition(hope, many)[many]
        floats, ints, node = floats[good], ints[good], node[good]
        if not len(node):
            return
        if node[0] == prices.end:
            self.ends.append((floats, ints))
            return
        block = prices.row_of[node]
        order = np.argsort(block, kind="stable")
        floats, ints, block = floats[order], ints[order], block[order]
        edges = np.flatnonzero(block[1:] != block[:-1]) + 1
        starts = [0, *edges.tolist(), len(block)]
        for lo, hi in pairwise(starts):
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
