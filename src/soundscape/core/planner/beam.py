"""Beam search: the plan built forward in time, the best few beginnings kept at every moment.

Beginnings that reach about the same second of the same phase compete; each is continued with the
tracks that suit that moment, nearest in intensity among the short, the middling and the long
ones. The squared deviation is weighed as the derivative of the cost's root, so that costs add up.
With `Prices` a beginning is also charged for what it takes from the rest and for what the rest will
cost, and continued with the tracks of the cheapest ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapreplace
from math import inf
from operator import itemgetter
from typing import TYPE_CHECKING

from soundscape.core.planner.cost import FREE_STEP
from soundscape.core.planner.index import MUSIC, SLOT_S, Leg, Model
from soundscape.core.planner.ways import Node, exits
from soundscape.core.seam import SHARE

if TYPE_CHECKING:
    from soundscape.core.planner.prices import Prices

SCORE = itemgetter(0)
ENDS = 24
"""How many whole ways a search hands back, at most."""


class Beam:
    """One search over the legs of a model. `taken` are keys (bits) that may not be used, `before`
    those that the plan has already played when the search begins, in order."""

    def __init__(
        self,
        model: Model,
        noise: list[float],
        taken: int = 0,
        prices: Prices | None = None,
        before: Sequence[int] = (),
    ) -> None:
        self.model, self.noise, self.taken, self.prices = model, noise, taken, prices
        self.heard = dict(model.heard_at)
        self.heard.update((key, 500_000 + n) for n, key in enumerate(before))
        if prices is not None:
            of = prices.price.tolist()
            self.noise = [each + of[k] for each, k in zip(noise, model.key, strict=True)]
        self.ahead: list[list[float]] = []
        self.best: list[list[list[int]]] = []
        self.bits = model.bits
        self.cache: dict[tuple[int, int, int], list[int]] = {}
        self.upto, self.each, self.slot_s, self.slope = 0, 1, 1.0, 1.0
        self.table: list[list[list[Node] | None]] = []
        self.finals: list[Node] = []
        # The best scores of these, turned round: the worst of them comes first.
        self.scores: list[float] = []
        self.made = 0

    def candidates(self, leg_i: int, s: float, each: int) -> list[int]:
        """The tracks to try at this moment of this leg."""
        slot_s = SLOT_S if self.prices is None else self.slot_s
        slot = int((s - self.model.t0) / slot_s)
        key = (leg_i, slot, each)
        found = self.cache.get(key)
        if found is None:
            row = self.best[leg_i] if self.best else []
            # What plays may go on past the end of the last leg, and so past the last slot.
            found = row[slot] if slot < len(row) else []
            if not found:
                at = max(self.model.legs[leg_i].start, self.model.t0 + (slot + 0.5) * slot_s)
                found = self.model.candidates(self.model.legs[leg_i], at, each)
            if self.taken:
                found = [i for i in found if not self.bits[i] & self.taken]
            self.cache[key] = found
        return found

    def spare(self, leg: Leg, node: Node) -> list[int]:
        """What goes on where the candidates are used up: the rest of the phase's own tracks, then
        unheard near neighbours, then the least recently heard."""
        model, used = self.model, node[8] | self.taken
        x = model.mean(node[1], min(leg.block_end, node[1] + 240.0))
        own = [i for i in leg.own if not self.bits[i] & used]
        if not own:
            own = [
                i
                for i in model.near(leg)
                if not self.bits[i] & used and model.key[i] not in model.heard_at
            ]
            spare = [i for i in own if not model.needed(i, leg)]
            own = spare or own
        if own:
            return sorted(own, key=lambda i: (abs(model.xs[i] - x), i))[:4]
        last = self._last(node)
        return [j for j in self.again(leg, node) if self.bits[j] != last][:1]

    def again(self, leg: Leg, node: Node) -> list[int]:
        """What may be heard again, the least recently heard first."""
        model = self.model
        x = model.mean(node[1], min(leg.block_end, node[1] + 240.0))
        last = dict(self.heard)
        chain: list[int] = []
        back: Node | None = node
        while back is not None:
            if back[10] >= 0:
                chain.append(model.key[back[10]])
            back = back[9]
        for n, key in enumerate(reversed(chain)):
            last[key] = 1_000_000 + n
        # What is still unheard, and is to be heard later on, waits for its time.
        ids = [
            i
            for i in model.repeatable(leg)
            if model.key[i] in last or not self.bits[i] & self.taken
        ]
        return sorted(ids, key=lambda i: (last.get(model.key[i], -1), abs(model.xs[i] - x), i))

    def _choices(self, node: Node) -> Iterator[int]:
        """Tracks to go on with: what suits, and where none of it leads on, what is left; last of
        all the very track that has just been heard."""
        leg = self.model.legs[node[2]]
        used, bits = node[8], self.bits
        for j in self.candidates(node[2], node[1], self.each):
            if not used & bits[j]:
                yield j
        if not self.made:
            yield from self.spare(leg, node)
        if not self.made:
            again = self.again(leg, node)
            last = self._last(node)
            for j in (*(j for j in again if bits[j] != last), *again):
                if not self.made:
                    yield j

    def _last(self, node: Node) -> int:
        """The bit of the track just before: a beginning's own root has no other."""
        if node[10] >= 0:
            return self.bits[node[10]]
        return node[9][8] if node[9] is not None else 0

    def run(
        self, begin: list[Node], upto: int, width: int, each: int, slot_s: float, slope: float
    ) -> list[Node]:
        """Best ways from the nodes in `begin` through leg `upto` - 1, best first (at most `ENDS`).

        `width` beginnings are kept in each `slot_s` seconds of a leg (those of the prices, where
        there are any), and continued with `each` tracks of each length (in all, with prices).
        `slope` is the derivative of the cost by the squared deviation
        summed over seconds.
        """
        model = self.model
        self.upto, self.each, self.slot_s, self.slope = upto, each, slot_s, slope
        horizon = int((model.end - model.t0) / slot_s) + 2
        first = min((node[2] for node in begin), default=0)
        self.table = [
            [None] * (horizon + 1 if first <= leg_i < upto else 0)
            for leg_i in range(len(model.legs))
        ]
        self.ahead = [[0.0] * (horizon + 1)] * len(model.legs)
        self.best = []
        if self.prices is not None:
            self.ahead, self.best = self.prices.ahead(), self.prices.best(each)
        self.finals, self.scores = [], [-inf] * ENDS
        for node in begin:
            self._put(node, 0)
        soonest = min((node[1] for node in begin), default=model.end) - model.t0
        for slot in range(max(0, min(horizon, int(soonest / slot_s))), horizon + 1):
            for leg_i in range(first, upto):
                row = self.table[leg_i]
                # Very short tracks come back to the same moment: as long as there are any.
                while (cell := row[slot]) is not None:
                    row[slot] = None
                    cell.sort(key=SCORE)
                    sets: set[int] = set()
                    for node in cell:
                        # The same tracks in another order are no other beginning.
                        if node[8] not in sets:
                            self._grow(node, slot)
                            if self.made:
                                sets.add(node[8])
                            if len(sets) >= width:
                                break
        self.finals.sort(key=SCORE)
        return self.finals[:ENDS]

    def _put(self, node: Node, slot: int) -> None:
        if node[2] >= self.upto:
            if node[0] < -self.scores[0]:
                heapreplace(self.scores, -node[0])
                self.finals.append(node)
            return
        row = self.table[node[2]]
        place = max(slot, min(len(row) - 1, int((node[1] - self.model.t0) / self.slot_s)))
        node = (node[0] + self.ahead[node[2]][place], *node[1:])
        cell = row[place]
        if cell is None:
            row[place] = [node]
        else:
            cell.append(node)

    def _grow(self, node: Node, slot: int) -> None:
        """Continue one beginning with each track that suits it."""
        model, noise, bits, slope = self.model, self.noise, self.bits, self.slope
        xs, lens, artists, t0, inv = model.xs, model.lens, model.artists, model.t0, model.inv
        g1s, g2s, d1s, d2s = model.g1, model.g2, model.d1, model.d2
        w_a, w_l, slot_s = model.w_a, model.w_l, self.slot_s
        score, begin_s, leg_i, px, pg, a1, a2, a3, used, _, _, _, shared = node
        leg, row, ahead = model.legs[leg_i], self.table[leg_i], self.ahead[leg_i]
        score -= ahead[slot]
        after = model.legs[leg_i + 1] if leg.follows == MUSIC else None
        last_start, fade, open_s = leg.last_start, leg.fade, leg.end - 2 * leg.fade
        if after is not None:
            open_s = leg.end - after.early
        u = (begin_s - t0) * inv
        i = min(int(u), len(g1s) - 2)
        begin_g1, begin_g2 = g1s[i] + d1s[i] * (u - i), g2s[i] + d2s[i] * (u - i)
        self.made = 0
        for j in self._choices(node):
            length, x, artist = lens[j], xs[j], artists[j]
            base = score + noise[j]
            if artist and artist in (a1, a2, a3):
                base += w_a
            s, g1a, g2a, own_fade = begin_s, begin_g1, begin_g2, fade
            third = length / SHARE
            if third < shared:
                # A short track shares less with the one before, and so begins later.
                s += shared - third
                u = (s - t0) * inv
                i = min(int(u), len(g1s) - 2)
                g1a, g2a = g1s[i] + d1s[i] * (u - i), g2s[i] + d2s[i] * (u - i)
                if s >= leg.end:
                    continue
            if third < fade:
                own_fade = third
            e = s + length
            n = e - own_fade
            if e <= leg.start:
                continue
            if n <= last_start and (after is not None or e < leg.end):
                u = (n - t0) * inv
                i = int(u)
                d = n - s
                g = g1s[i] + d1s[i] * (u - i) - g1a
                square = x * x * d - 2 * x * g + g2s[i] + d2s[i] * (u - i) - g2a
                g /= d
                place = int((n - t0) / slot_s)
                cost = base + slope * square + ahead[place]
                if px >= 0:
                    step = (x - px if x > px else px - x) - FREE_STEP
                    if step > 0:
                        step -= g - pg if g > pg else pg - g
                        if step > 0:
                            cost += w_l * step
                child = (
                    cost,
                    n,
                    leg_i,
                    x,
                    g,
                    artist,
                    a1,
                    a2,
                    used | bits[j],
                    node,
                    j,
                    False,
                    own_fade,
                )
                self.made += 1
                cell = row[place]
                if cell is None:
                    row[place] = [child]
                else:
                    cell.append(child)
            if e >= open_s:
                self._leave(node, j, s, base, (g1a, g2a), slot)

    def _leave(
        self, node: Node, j: int, s: float, base: float, since: tuple[float, float], slot: int
    ) -> None:
        """Let track `j` be the last of its leg, in each way it can."""
        model = self.model
        _, _, leg_i, px, pg, a1, a2, _, used, _, _, _, _ = node
        leg, x, length = model.legs[leg_i], model.xs[j], model.lens[j]
        after = model.legs[leg_i + 1] if leg.follows == MUSIC else None
        for then, due, cut, fade in exits(model, leg, after, s, s + length, length):
            until = min(then if after is not None else s + length, leg.block_end)
            d = until - s
            if d <= 0:
                continue
            self.made += 1
            cost = base + model.w_s * due
            if leg_i + 1 >= self.upto and cost >= -self.scores[0]:
                # There are as many whole ways as are handed back, each cheaper.
                continue
            u = (until - model.t0) * model.inv
            i = min(int(u), len(model.g1) - 2)
            g = model.g1[i] + model.d1[i] * (u - i) - since[0]
            square = x * x * d - 2 * x * g + model.g2[i] + model.d2[i] * (u - i) - since[1]
            g /= d
            cost += self.slope * square
            if px >= 0:
                cost += model.w_l * max(0.0, abs(x - px) - abs(g - pg) - FREE_STEP)
            x2, g2 = (x, g) if after is not None else (-1.0, 0.0)
            artists = (model.artists[j], a1, a2)
            bit = self.bits[j]
            self._put(
                (cost, then, leg_i + 1, x2, g2, *artists, used | bit, node, j, cut, fade), slot
            )
