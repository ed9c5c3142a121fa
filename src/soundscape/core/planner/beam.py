"""Beam search: the plan built forward in time, the best few beginnings kept at every moment.

Beginnings that reach about the same second of the same phase compete: by what they have cost, what
their tracks are worth elsewhere, and what the rest will cost (`Prices`). The best go on, each with
the tracks of the cheapest ways. What was paid for a track is given back from the moment on at which
nobody wants it any more: without that, a track that could have been used and was not would have
cost nothing. All beginnings of a short stretch of time are continued in one go, as arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

import numpy as np

from soundscape.core.planner.cost import FREE_STEP
from soundscape.core.planner.index import MUSIC, Bools, Complex, Floats, Ints, Leg, crossfades
from soundscape.core.planner.prices import Prices
from soundscape.core.planner.shelf import unit
from soundscape.core.planner.timeline import Line
from soundscape.core.planner.ways import Start
from soundscape.core.seam import SHARE

ENDS = 6
"""How many whole ways a search hands back, at most."""
WANTED = 6
"""A track is wanted at a moment where it is among so many that are offered first."""
KEEP = 3
"""Of what grows from a stretch of time in one go, so many for each beginning are kept."""
TASTE = 0.03
"""What the seed's taste may add to a track's cost, as a share of what a track costs on average."""
AGAIN = 0.05
"""What a search charges for a track that is heard again, so that few are."""


@dataclass(slots=True)
class Beginnings:
    """Beginnings of a plan that wait to be continued: arrays of one entry for each.

    `score` is what they have cost and `hope` that and the rest; the next track starts at `start_s`
    at the `node` of the prices. Their last track `track` has `mean` of the curve under it (-1 where
    the next does not touch it) and shares `fade_s` with the next, or is cut by it. `parent` is the
    number of the beginning each grew from, `mark` tells sets of tracks apart.
    """

    score: Floats
    hope: Floats
    start_s: Floats
    mean: Floats
    fade_s: Floats
    node: Ints
    track: Ints
    parent: Ints
    mark: Ints
    cut: Bools

    def take(self, places: Ints) -> Beginnings:
        """Those at these places."""
        return Beginnings(*(getattr(self, name).take(places) for name in NAMES))


NAMES = [each.name for each in fields(Beginnings)]


@dataclass(slots=True)
class Frontier:
    """Beginnings that are being continued, and what their tracks are: arrays of one row for each.

    `first` is the number of the first one, `x` the intensity of the last tracks (-1 where the next
    does not touch them). `held` tells which offered keys each holds, `paid` what it has paid for
    the first so many of those that have a price, `given` what of that is given back by now.
    """

    leg: int
    of: Beginnings
    first: int
    x: Floats
    artists: Ints
    held: Bools
    paid: Floats
    given: Floats


class Beam:
    """One search over the legs that `prices` are of. `width` beginnings are kept in each slot and
    continued with `most` tracks each. `before` are the keys that the plan has already played when
    the search begins, in order, `taken` those it will play later."""

    def __init__(
        self, prices: Prices, width: int, most: int, before: Sequence[int] = (),
        taken: Collection[int] = (),
    ) -> None:  # fmt: skip
        model = self.model = prices.model
        self.prices, self.table, self.width = prices, prices.table, width
        self.heard = dict(model.heard_at)
        self.heard.update((key, 500_000 + n) for n, key in enumerate(before))
        self.taken = {*before, *taken}
        self.offered, self.there = prices.offers(most)
        self._deal_bits()
        ids = np.unique(self.offered[self.there])
        self.charge: Floats = prices.price[self.table.key]
        liking = TASTE / (2 * prices.slope * model.total * model.count)
        self.charge[ids] += [liking * unit(model.seed, model.tracks[j].path) for j in ids]
        self.waiting: list[list[Beginnings]] = [[] for _ in prices.rows]
        self.ends: list[Beginnings] = []
        # What was continued, by number: its last track, what it grew from, its leg, whether the
        # next cuts the track, the artists of its last tracks, and its keys as packed bits.
        self.track: list[int] = []
        self.parent: list[int] = []
        self.leg: list[int] = []
        self.cut: list[bool] = []
        self.artists: Ints = np.zeros((1024, 3), dtype=np.intp)
        self.used = np.zeros((1024, (self.bits + 7) // 8), dtype=np.uint8)

    def _deal_bits(self) -> None:
        """Number the keys that are offered, those with a price by when they are last wanted: so
        what is over at a slot is the first so many of them."""
        prices, key = self.prices, self.table.key[self.offered]
        self.slots: Ints = np.append(prices.slot_of, prices.slots)
        self.until: Ints = np.full(len(prices.price), -1)
        near, there = key[:, :WANTED], self.there[:, :WANTED]
        slots = np.broadcast_to(prices.slot_of[:, None], near.shape)
        np.maximum.at(self.until, near[there], slots[there])
        keys = np.unique(key[self.there])
        priced = prices.price[keys] > 0
        keys = keys[np.lexsort((self.until[keys], ~priced))]
        self.bit: Ints = np.full(len(prices.price), -1)
        self.bit[keys] = np.arange(len(keys))
        self.bits = max(1, len(keys))
        dear = keys[: int(priced.sum())]
        self.paid: Floats = prices.price[dear]
        self.over: Ints = np.searchsorted(self.until[dear], np.arange(prices.slots + 1))
        # A number at random for each key: those of a set, XORed, are a mark of it.
        self.mix: Ints = np.random.default_rng(0).integers(1 << 62, size=len(self.bit))

    def run(self, begin: Sequence[Start]) -> list[Line]:
        """The best ways from the starts in `begin` through the last leg, best first."""
        prices = self.prices
        self.roots = roots = [start for start in begin if start.leg < prices.upto]
        if not roots:
            return []
        # What went before the first track is a beginning of its own, without a track.
        self._number([-1] * len(roots), [-1] * len(roots), -1, [False] * len(roots))
        self.artists[: len(roots)] = [start.artists for start in roots]
        floats = [(each.score, each.start_s, each.mean, each.fade_s) for each in roots]
        score, start_s, mean, fade_s = np.array(floats).T
        node = np.array([prices.node(each.leg, each.start_s) for each in roots])
        number, cut = np.arange(len(roots)), np.array([each.cut for each in roots])
        none = np.full(len(roots), -1)
        self._wait(Beginnings(score, score, start_s, mean, fade_s, node, none, number, number, cut))
        for q in range(prices.first, prices.upto):
            base = prices.base[q]
            last = base + prices.high[q] - prices.low[q]
            for block in range(int(prices.row_of[base]), int(prices.row_of[last]) + 1):
                # Very short tracks come back to the same stretch.
                while parts := self.waiting[block]:
                    self.waiting[block] = []
                    self._go_on(self._keep(q, self._best(_joined(parts))))
        return self._lines()

    def _number(self, track: list[int], parent: list[int], leg: int, cut: list[bool]) -> slice:
        """Number what is continued, and make room for it."""
        first = len(self.track)
        self.track += track
        self.parent += parent
        self.leg += [leg] * len(track)
        self.cut += cut
        while len(self.track) > len(self.used):
            self.used = np.concatenate([self.used, np.zeros_like(self.used)])
            self.artists = np.concatenate([self.artists, np.zeros_like(self.artists)])
        return slice(first, len(self.track))

    def _wait(self, some: Beginnings) -> None:
        """Let them wait, each in the stretch of its node."""
        block = self.prices.row_of[some.node]
        order = np.argsort(block, kind="stable")
        blocks, firsts = np.unique(block[order], return_index=True)
        for n, part in zip(blocks, np.split(order, firsts[1:]), strict=True):
            self.waiting[n].append(some.take(part))

    def _best(self, found: Beginnings) -> Beginnings:
        """The best of each node; of those with the same tracks in another order the best one."""
        order = np.lexsort((found.hope, found.node))
        order = order[_rank(found.node.take(order)) < 3 * self.width]
        mark = found.mark.take(order) + found.node.take(order) * 0x2545F4914F6CDD1D
        order = order[np.sort(np.unique(mark, return_index=True)[1])]
        return found.take(order[_rank(found.node.take(order)) < self.width])

    def _keep(self, q: int, found: Beginnings) -> Frontier:
        """Number them, so that others may grow from them."""
        table, n = self.table, len(found.score)
        mine = self._number(found.track.tolist(), found.parent.tolist(), q, found.cut.tolist())
        first = mine.start
        self.used[mine], self.artists[mine] = self.used[found.parent], self.artists[found.parent]
        root = found.track < 0
        grown = np.flatnonzero(~root)
        j = found.track[grown]
        bit = self.bit[table.key[j]]
        known = bit >= 0
        self.used[first + grown[known], bit[known] >> 3] |= np.left_shift(1, bit[known] & 7).astype(
            np.uint8
        )
        self.artists[first + grown, 1:] = self.artists[found.parent[grown], :2]
        self.artists[first + grown, 0] = table.artist[j]
        x: Floats = np.full(n, -1.0)
        x[grown] = np.where(found.mean[grown] < -0.5, -1.0, table.x[j])
        x[root] = [self.roots[r].x for r in found.parent[root]]
        held = np.unpackbits(self.used[mine], axis=1, bitorder="little").astype(bool)
        paid = np.zeros((n, len(self.paid) + 1))
        np.cumsum(held[:, : len(self.paid)] * self.paid, axis=1, out=paid[:, 1:])
        given = paid[np.arange(n), self.over[self.slots[found.node]]]
        return Frontier(q, found, first, x, self.artists[mine], held, paid, given)

    # Which tracks to try.

    def _go_on(self, here: Frontier) -> None:
        """Continue beginnings with what suits; where nothing of it leads on, with what is left;
        then with what was heard, last of all the very track that has just been heard."""
        track = self.offered[here.of.node]
        bit = self.bit[self.table.key[track]]
        free = self.there[here.of.node]
        free &= ~here.held[np.arange(len(track))[:, None], bit]
        rows = np.arange(len(track))
        left = rows[~self._grow(here, rows, track, free, 0.0)]
        leg = self.model.legs[here.leg]
        left = self._try(here, left, [self._unheard(leg, here, r) for r in left.tolist()], 0.0)
        again = {r: self._again(leg, here, r) for r in left.tolist()}
        for n in range(max(map(len, again.values()), default=0)):
            left = self._try(here, left, [again[r][n : n + 1] for r in left.tolist()], AGAIN)

    def _try(self, here: Frontier, rows: Ints, ids: list[list[int]], charge: float) -> Ints:
        """Continue some of the beginnings with tracks of their own; those that it did not help."""
        most = max(map(len, ids), default=0)
        if not most:
            return rows
        track = np.array([[*each, *[-1] * (most - len(each))] for each in ids])
        return rows[~self._grow(here, rows, track, track >= 0, charge)]

    def _tracks(self, here: Frontier, row: int) -> list[int]:
        """The tracks of a beginning, in order."""
        found, at = [], here.first + row
        while at >= len(self.roots):
            found.append(self.track[at])
            at = self.parent[at]
        return [j for j in found[::-1] if j >= 0]

    def _unheard(self, leg: Leg, here: Frontier, row: int) -> list[int]:
        """The rest of the phase's own unheard tracks; where there is none, near ones of other
        playlists, and of those first what no later phase counts on."""
        model, key = self.model, self.model.key
        used = self.taken | {key[j] for j in self._tracks(here, row)}
        found = [j for j in leg.own if key[j] not in used]
        if not found:
            used |= model.heard_at.keys()
            found = [j for j in model.near(leg) if key[j] not in used]
            found = [j for j in found if not model.needed(j, leg)] or found
        x = self._wanted(leg, here, row)
        return sorted(found, key=lambda j: (abs(model.xs[j] - x), j))[:4]

    def _again(self, leg: Leg, here: Frontier, row: int) -> list[int]:
        """What may be heard again, the least recently heard first."""
        model, last, key = self.model, dict(self.heard), self.model.key
        tracks = self._tracks(here, row)
        for n, track in enumerate(tracks):
            last[key[track]] = 1_000_000 + n
        # What is still unheard, and is to be heard later on, waits for its time.
        ids = [j for j in model.repeatable(leg) if key[j] in last or key[j] not in self.taken]
        x = self._wanted(leg, here, row)
        ids.sort(key=lambda j: (last.get(key[j], -1), abs(model.xs[j] - x), j))
        just = key[tracks[-1]] if tracks else self.roots[here.of.parent[row]].key
        return [*(j for j in ids if key[j] != just), *(j for j in ids if key[j] == just)]

    def _wanted(self, leg: Leg, here: Frontier, row: int) -> float:
        at = float(here.of.start_s[row])
        return self.model.mean(at, min(leg.block_end, at + 240.0))

    # What each of them costs.

    def _grow(self, here: Frontier, rows: Ints, track: Ints, there: Bools, charge: float) -> Bools:
        """Continue these rows with tracks (rows by tracks), in each way they can; which rows it
        led on."""
        model, table, of = self.model, self.table, here.of
        leg = model.legs[here.leg]
        after = model.legs[here.leg + 1] if leg.follows == MUSIC else None
        length, artist = table.len[track], table.artist[track]
        same = (here.artists[rows][:, :, None] == artist[:, None, :]).any(axis=1) & (artist > 0)
        cost = of.score[rows, None] + self.charge[track] + charge + model.w_a * same
        # A short track shares less with the one before, and so begins later.
        start = of.start_s[rows, None] + np.maximum(0.0, of.fade_s[rows, None] - length / SHARE)
        since = table.at(start)
        end = start + length
        fade = crossfades(leg.fade, length)
        until = end - fade
        there = there & (start < leg.end) & (end > leg.start)
        good = there & (until <= leg.last_start)
        if after is None:
            good &= end < leg.end
        trial = Trial(here, rows, track, start, since)
        made = self._put(trial, here.leg, good, until, until, cost, fade)
        open_s = leg.end - (after.early if after is not None else 2 * leg.fade)
        if (there & (end >= open_s)).any():
            for way, (good, then, due, until) in enumerate(table.exits(leg, after, start, length)):
                until = np.minimum(until, leg.block_end)
                good = good & there & (until > start)
                shared = end - then if after is not None and not way else np.zeros(end.shape)
                due = cost + model.w_s * due
                made |= self._put(trial, here.leg + 1, good, then, until, due, shared, bool(way),
                                  after is None)  # fmt: skip
        return made

    def _put(
        self, of: Trial, leg: int, good: Bools, then: Floats, until: Floats, cost: Floats,
        shared: Floats, cut: bool = False, apart: bool = False,
    ) -> Bools:  # fmt: skip
        """Weigh trials, which are the newest track `until` then, and let the `good` ones wait in
        the leg from `then` on; which rows had one."""
        made = np.asarray(good.any(axis=1))
        if not made.any():
            return made
        prices, model, here, rows = self.prices, self.model, of.here, of.rows[:, None]
        x, key = self.table.x[of.track], self.table.key[of.track]
        d = np.where(good, until - of.start, 1.0)
        area = self.table.at(until) - of.since
        mean = area.real / d
        cost = cost + prices.slope * (x * x * d - 2 * x * area.real + area.imag)
        step = np.abs(x - here.x[rows]) - np.abs(mean - here.of.mean[rows]) - FREE_STEP
        cost += np.where(here.x[rows] >= 0, model.w_l * np.maximum(step, 0.0), 0.0)
        node = prices.nodes(leg, then)
        slot = self.slots[node]
        cost -= here.paid[rows, self.over[slot]] - here.given[rows]
        cost -= np.where(self.until[key] < slot, prices.price[key], 0.0)
        hope = np.where(good, cost + prices.rest[node], np.inf)
        many = KEEP * len(here.given)
        if hope.size > many:
            good = good & (hope <= np.partition(hope, many, axis=None)[many])
        at = np.nonzero(good)
        row = of.rows[at[0]]
        children = Beginnings(
            cost[at], hope[at], then[at], np.full(len(row), -1.0) if apart else mean[at],
            shared[at], node[at], of.track[at], here.first + row,
            here.of.mark[row] ^ self.mix[key[at]], np.full(len(row), cut),
        )  # fmt: skip
        if leg >= prices.upto:
            self.ends.append(children)
            return made
        self._wait(children)
        return made

    def _lines(self) -> list[Line]:
        """The whole ways, best first."""
        if not self.ends:
            return []
        ends = _joined(self.ends)
        found = []
        for n in np.argsort(ends.score, kind="stable")[:ENDS]:
            line = Line([], [])
            j, at = int(ends.track[n]), int(ends.parent[n])
            while j >= 0:
                line.tracks.append(j)
                line.legs.append(self.leg[at])
                if self.cut[at]:
                    line.cuts.add(self.leg[at])
                j, at = self.track[at], self.parent[at]
            line.tracks.reverse()
            line.legs.reverse()
            if ends.cut[n]:
                line.cuts.add(self.prices.upto)
            found.append(line)
        return found


@dataclass(slots=True)
class Trial:
    """Tracks tried after some rows of a stretch: arrays of rows by tracks. `since` are the curve's
    integrals at their start."""

    here: Frontier
    rows: Ints
    track: Ints
    start: Floats
    since: Complex


def _joined(parts: list[Beginnings]) -> Beginnings:
    if len(parts) == 1:
        return parts[0]
    return Beginnings(*(np.concatenate([getattr(p, name) for p in parts]) for name in NAMES))


def _rank(of: Ints) -> Ints:
    """How many equal ones stand before each in a row in which equal ones stand together."""
    place = np.arange(len(of))
    new = np.ones(len(of), dtype=bool)
    new[1:] = of[1:] != of[:-1]
    return place - np.maximum.accumulate(np.where(new, place, 0))
