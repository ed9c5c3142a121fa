"""Beam search: the plan built forward in time, the best few beginnings kept at every moment.

Beginnings that reach about the same second of the same phase compete; each goes on with the tracks
that suit that moment. The squared deviation is weighed as the derivative of the cost's root, so
that costs add up. With `Prices` a beginning is also charged for what it takes from the rest and for
what the rest will cost, and goes on with the tracks of the cheapest ways. What was paid for a track
is given back from the moment on at which nobody wants it any more: without that, a track that could
have been used and was not would have cost nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING

from soundscape.core.planner.avoid import unit
from soundscape.core.planner.cost import FREE_STEP
from soundscape.core.planner.index import MUSIC, Leg, Model
from soundscape.core.planner.ways import Node, exits
from soundscape.core.seam import SHARE

if TYPE_CHECKING:
    from soundscape.core.planner.prices import Prices

SCORE = attrgetter("score")
ENDS = 24
"""How many whole ways a search hands back, at most."""
TASTE = 0.1
"""What the seed's taste may add to a track's cost, as a share of what a track costs on average."""
WANTED = 6
"""A track is wanted at a moment where it is among so many that are offered first."""
AGAIN = 0.05
"""What a search charges for a track that is heard again, so that few are."""


class Beam:
    """One search over the legs of a model. `taken` are keys (bits) that may not be used, `before`
    those that the plan has already played when the search begins, in order."""

    def __init__(
        self, model: Model, taken: int = 0, prices: Prices | None = None, before: Sequence[int] = ()
    ) -> None:
        self.model, self.taken, self.prices = model, taken, prices
        self.heard = dict(model.heard_at)
        self.heard.update((key, 500_000 + n) for n, key in enumerate(before))
        self.price: list[float] = prices.price.tolist() if prices else []
        self.until = [-1] * len(self.price)
        self.ahead: list[list[float]] = []
        self.best: list[list[list[int]]] = []
        self.bits = model.bits
        self.cache: dict[tuple[int, int], list[int]] = {}
        self.taste: dict[int, float] = {}
        self.upto, self.each, self.slot_s, self.slope, self.liking = 0, 1, 1.0, 1.0, 0.0
        self.table: list[list[list[Node]]] = []
        self.finals: list[Node] = []
        self.made = 0

    def run(
        self, begin: list[Node], upto: int, width: int, each: int, slot_s: float, slope: float
    ) -> list[Node]:
        """Best ways from the nodes in `begin` through leg `upto` - 1, best first (at most `ENDS`).

        `width` beginnings are kept in each `slot_s` seconds of a leg (those of the prices, where
        there are any), and continued with `each` tracks of each length (in all, with prices).
        `slope` is the derivative of the cost by the squared deviation summed over seconds.
        """
        model, legs = self.model, self.model.legs
        self.upto, self.each, self.slot_s, self.slope = upto, each, slot_s, slope
        self.liking = TASTE / (2 * slope * model.total * model.count)
        last = int((model.end - model.t0) / slot_s) + 2
        first = min((node.leg for node in begin), default=0)
        self.table = [[[] for _ in range(last + 1)] for _ in legs]
        self.ahead = [[0.0] * (last + 1) for _ in legs]
        if self.prices is not None:
            self.ahead, self.best = self.prices.ahead(), self.prices.best(each)
            self._look_until()
        for node in begin:
            self._put(node, 0)
        soonest = min((node.start_s for node in begin), default=model.end) - model.t0
        for slot in range(max(0, min(last, int(soonest / slot_s))), last + 1):
            for row in self.table[first:upto]:
                # Very short tracks come back to the same moment: as long as there are any.
                while cell := row[slot]:
                    row[slot] = []
                    self._go_on(cell, slot, width)
        self.finals.sort(key=SCORE)
        return self.finals[:ENDS]

    def _look_until(self) -> None:
        """Find the last moment at which each track is wanted."""
        key = self.model.key
        for row in self.best:
            for slot, ids in enumerate(row):
                for j in ids[:WANTED]:
                    self.until[key[j]] = max(self.until[key[j]], slot)

    def _go_on(self, cell: list[Node], slot: int, width: int) -> None:
        """Continue the best beginnings of a moment."""
        cell.sort(key=SCORE)
        sets: set[int] = set()
        for node in cell:
            # The same tracks in another order are no other beginning.
            if node.used not in sets:
                self._grow(node, slot)
                if self.made:
                    sets.add(node.used)
                if len(sets) >= width:
                    break

    def _put(self, node: Node, slot: int) -> None:
        if node.leg >= self.upto:
            self.finals.append(node)
            return
        row = self.table[node.leg]
        place = max(slot, min(len(row) - 1, int((node.start_s - self.model.t0) / self.slot_s)))
        node.score += self.ahead[node.leg][place]
        row[place].append(node)

    # Which tracks to try.

    def _choices(self, node: Node) -> Iterator[tuple[int, float]]:
        """Tracks to go on with, and what each is charged: what suits, and where none of it leads
        on, what is left; last of all the very track that has just been heard."""
        leg, bits, used = self.model.legs[node.leg], self.bits, node.used
        for j in self._suiting(node):
            if not used & bits[j]:
                yield j, 0.0
        if not self.made:
            yield from ((j, 0.0) for j in self._unheard(leg, node))
        if not self.made:
            again = self._again(leg, node)
            last = node.last_bit(bits)
            for j in (*(j for j in again if bits[j] != last), *again):
                if not self.made:
                    yield j, AGAIN

    def _suiting(self, node: Node) -> list[int]:
        """The unheard tracks of the phase that suit this moment."""
        slot = int((node.start_s - self.model.t0) / self.slot_s)
        found = self.cache.get((node.leg, slot))
        if found is None:
            row = self.best[node.leg] if self.best else []
            # What plays may go on past the end of the last leg, and so past the last slot.
            found = row[slot] if slot < len(row) else []
            if not found:
                leg = self.model.legs[node.leg]
                at = max(leg.start, self.model.t0 + (slot + 0.5) * self.slot_s)
                found = self.model.candidates(leg, at, self.each)
            if self.taken:
                found = [j for j in found if not self.bits[j] & self.taken]
            self.cache[node.leg, slot] = found
        return found

    def _unheard(self, leg: Leg, node: Node) -> list[int]:
        """The rest of the phase's own unheard tracks; where there is none, near ones of other
        playlists, and of those first what no later phase counts on."""
        model, used = self.model, node.used | self.taken
        found = [j for j in leg.own if not self.bits[j] & used]
        if not found:
            found = [
                j
                for j in model.near(leg)
                if not self.bits[j] & used and model.key[j] not in model.heard_at
            ]
            found = [j for j in found if not model.needed(j, leg)] or found
        x = self._wanted(leg, node)
        return sorted(found, key=lambda j: (abs(model.xs[j] - x), j))[:4]

    def _again(self, leg: Leg, node: Node) -> list[int]:
        """What may be heard again, the least recently heard first."""
        model, last = self.model, dict(self.heard)
        for n, track in enumerate(node.tracks()):
            last[model.key[track]] = 1_000_000 + n
        # What is still unheard, and is to be heard later on, waits for its time.
        ids = [
            j
            for j in model.repeatable(leg)
            if model.key[j] in last or not self.bits[j] & self.taken
        ]
        x = self._wanted(leg, node)
        return sorted(ids, key=lambda j: (last.get(model.key[j], -1), abs(model.xs[j] - x), j))

    def _wanted(self, leg: Leg, node: Node) -> float:
        return self.model.mean(node.start_s, min(leg.block_end, node.start_s + 240.0))

    def _likes(self, j: int) -> float:
        """What the seed's taste charges for a track."""
        found = self.taste.get(j)
        if found is None:
            model = self.model
            found = self.taste[j] = self.liking * unit(model.seed, model.tracks[j].path)
        return found

    # What each of them costs.

    def _grow(self, node: Node, slot: int) -> None:
        """Continue one beginning with each track that suits it."""
        model, slot_s = self.model, self.slot_s
        leg, ahead, row = model.legs[node.leg], self.ahead[node.leg], self.table[node.leg]
        after = model.legs[node.leg + 1] if leg.follows == MUSIC else None
        open_s = leg.end - (after.early if after is not None else 2 * leg.fade)
        score = node.score - ahead[slot]
        at_start = model.integrals(node.start_s)
        returns = self._returns(node, slot)
        self.made = 0
        for j, charge in self._choices(node):
            length, artist = model.lens[j], model.artists[j]
            base = score + charge + self._likes(j)
            if artist and artist in node.artists:
                base += model.w_a
            start_s, since, fade_s = node.start_s, at_start, leg.fade
            third = length / SHARE
            if third < node.fade_s:
                # A short track shares less with the one before, and so begins later.
                start_s += node.fade_s - third
                since = model.integrals(start_s)
                if start_s >= leg.end:
                    continue
            if third < fade_s:
                fade_s = third
            end_s = start_s + length
            next_s = end_s - fade_s
            if end_s <= leg.start:
                continue
            if next_s <= leg.last_start and (after is not None or end_s < leg.end):
                child = self._child(node, j, start_s, since, next_s, base)
                child.fade_s = fade_s
                place = int((next_s - model.t0) / slot_s)
                child.score += ahead[place] + self._owed(returns, j, place)
                row[max(slot, place)].append(child)
            if end_s >= open_s:
                for then, due, cut, shared in exits(model, leg, after, start_s, end_s, length):
                    until = min(then if after is not None else end_s, leg.block_end)
                    if until <= start_s:
                        continue
                    child = self._child(node, j, start_s, since, until, base + model.w_s * due)
                    child.start_s, child.leg, child.cut = then, node.leg + 1, cut
                    child.fade_s = shared
                    if after is None:
                        child.x = -1.0
                    over = child.leg >= self.upto
                    place = len(row) if over else int((then - model.t0) / slot_s)
                    child.score += self._owed(returns, j, place)
                    self._put(child, slot)

    def _child(
        self, node: Node, j: int, start_s: float, since: tuple[float, float], until: float,
        cost: float,
    ) -> Node:  # fmt: skip
        """The beginning with track `j` from `start_s`, which is the newest one until `until`;
        `since` are the curve's integrals at its start."""
        self.made += 1
        model, x, d = self.model, self.model.xs[j], until - start_s
        area, square = model.integrals(until)
        area -= since[0]
        square -= since[1]
        cost += self.slope * (x * x * d - 2 * x * area + square)
        mean = area / d
        if node.x >= 0:
            step = abs(x - node.x) - abs(mean - node.mean) - FREE_STEP
            if step > 0:
                cost += model.w_l * step
        one, two, _ = node.artists
        return Node(
            cost, until, node.leg, x, mean, (model.artists[j], one, two),
            node.used | self.bits[j], node, j,
        )  # fmt: skip

    # What tracks are worth elsewhere.

    def _returns(self, node: Node, slot: int) -> tuple[list[int], list[float]]:
        """When what a beginning has paid for its tracks is given back: slots in rising order, and
        how much has been by then."""
        if self.prices is None:
            return [], [0.0]
        before = node.before
        if before is not None:
            key = self.model.key[node.track] if node.track >= 0 else -1
            mine = [(self.until[key], self.price[key])] if key >= 0 and self.price[key] > 0 else []
            node.paid = sorted(each for each in (*before.paid, *mine) if each[0] >= slot)
        return [u for u, _ in node.paid], list(accumulate((p for _, p in node.paid), initial=0.0))

    def _owed(self, returns: tuple[list[int], list[float]], j: int, place: int) -> float:
        """What track `j` costs at a price, less what is given back by this slot."""
        if self.prices is None:
            return 0.0
        key = self.model.key[j]
        own = self.price[key] if self.until[key] >= place else 0.0
        return own - returns[1][bisect_left(returns[0], place)]
