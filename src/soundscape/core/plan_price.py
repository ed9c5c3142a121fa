"""What the rest of a session costs from any moment on, and what each track is worth elsewhere.

Time is cut into slots. A node is a slot of a phase, an edge is one track played whole from there.
Going backwards, each node learns what the cheapest way to the end costs if any track might come
any number of times. Such a way takes the best tracks again and again, so those get a price and the
others do not, and the ways are looked for anew: prices rise on what is wanted more than once and
fall on what is wanted by nobody (a subgradient method with momentum, on the Lagrangian relaxation
of "each track once"). After some rounds the prices say which track is better kept for later, and
the costs what a beginning may still hope for: with both, a narrow search sees the whole session.
"""

from __future__ import annotations

from collections import Counter

from soundscape.core.plan_model import MUSIC, Leg, Model
from soundscape.core.plan_ways import Node, exits

Edge = tuple[float, int, int, int]
"""What the track costs here, its key, the node it leads to, the track."""

WHOLE, EACH = 128, 4
"""A playlist of no more tracks is looked at whole; of a larger one so many of each length."""
LIMIT, FIRST_ROUNDS = 24, 3
"""Edges of a node that are kept after the first rounds: those of the cheapest ways."""
MOMENTUM, SHRINK, PATIENCE = 0.6, 0.6, 4
"""Share of the last step in the next; what steps shrink by after so many rounds for nothing."""
NOWHERE = 0.5
"""The cost of the rest where no way is known."""


class Prices:
    """Costs of the rest and prices of tracks for a model. `slope` is the derivative of the cost by
    the squared deviation summed over seconds; `upper` about what a whole plan costs in that sense.
    """

    def __init__(self, model: Model, slot_s: float, slope: float, upper: float) -> None:
        self.model, self.slot_s, self.slope, self.upper = model, slot_s, slope, upper
        self.slots = int((model.end - model.t0) / slot_s) + 3
        self.nodes = [[-1] * self.slots for _ in model.legs]
        order: list[tuple[int, int]] = []
        for q, leg in enumerate(model.legs):
            first, last = leg.start - leg.early, leg.last_start
            if q and model.legs[q - 1].block == leg.block:
                last = max(last, leg.start + leg.late)
            first = max(first, model.now, model.t0)
            for slot in range(self._slot(first), self._slot(max(first, last)) + 1):
                self.nodes[q][slot] = len(order)
                order.append((q, slot))
        self.end = len(order)
        self.edges = [self._edges(q, slot) for q, slot in order]
        self.rest = [NOWHERE] * self.end + [0.0]
        self.price = [0.0] * (max(model.key, default=0) + 1)

    def _slot(self, at: float) -> int:
        return min(self.slots - 1, int((at - self.model.t0) / self.slot_s))

    def _offered(self, leg: Leg, s: float) -> list[int]:
        if len(leg.own) <= WHOLE:
            return leg.own
        return self.model.candidates(leg, max(s, leg.start), EACH)

    def _edges(self, q: int, slot: int) -> list[Edge]:
        model, slot_s, slope = self.model, self.slot_s, self.slope
        t0, inv, g1s, g2s, d1s, d2s = model.t0, model.inv, model.g1, model.g2, model.d1, model.d2
        xs, lens, keys, top = model.xs, model.lens, model.key, len(model.g1) - 2
        leg, nodes = model.legs[q], self.nodes[q]
        after = model.legs[q + 1] if leg.follows == MUSIC else None
        s = t0 + (slot + 0.5) * slot_s
        last_start, leg_fade, leg_start, leg_end = leg.last_start, leg.fade, leg.start, leg.end
        open_s = leg_end - 2 * leg_fade if after is None else leg_end - after.early
        u = (s - t0) * inv
        i = min(int(u), top)
        s1, s2 = g1s[i] + d1s[i] * (u - i), g2s[i] + d2s[i] * (u - i)
        found: list[Edge] = []
        for j in self._offered(leg, s):
            x, length = xs[j], lens[j]
            fade = length / 3
            if fade > leg_fade:
                fade = leg_fade
            e = s + length
            n = e - fade
            if e <= leg_start:
                continue
            if n <= last_start and (after is not None or e < leg_end):
                # Time goes on, however short the track.
                to = nodes[max(slot + 1, int((n - t0) / slot_s))]
                if to >= 0:
                    u = (n - t0) * inv
                    i = int(u)
                    area = g1s[i] + d1s[i] * (u - i) - s1
                    square = g2s[i] + d2s[i] * (u - i) - s2
                    cost = slope * (x * x * (n - s) - 2 * x * area + square)
                    found.append((cost, keys[j], to, j))
            if e < open_s:
                continue
            for then, due, _, _ in exits(model, leg, after, s, e, length):
                until = min(then if after is not None else e, leg.block_end)
                to = self.end
                if q + 1 < len(model.legs):
                    to = self.nodes[q + 1][self._slot(then)]
                if to < 0 or until <= s:
                    continue
                u = (until - t0) * inv
                i = min(int(u), top)
                area = g1s[i] + d1s[i] * (u - i) - s1
                square = g2s[i] + d2s[i] * (u - i) - s2
                cost = slope * (x * x * (until - s) - 2 * x * area + square)
                found.append((cost + model.w_s * due, keys[j], to, j))
        return found

    def settle(self, begin: list[Node], rounds: int) -> None:
        """Find prices for a search from these beginnings."""
        price = self.price
        live = [node for node in begin if node[2] < len(self.nodes)]
        roots = [v for node in live if (v := self.nodes[node[2]][self._slot(node[1])]) >= 0]
        best, best_price, size, stale = -1e9, price[:], 1.0, 0
        last: dict[int, float] = {}
        for n in range(rounds if roots else 0):
            self._back()
            root = min(roots, key=self.rest.__getitem__)
            low = self.rest[root] - sum(price)
            if n == FIRST_ROUNDS:
                self._forget()
            if low > best:
                best, best_price, stale = low, price[:], 0
            else:
                stale += 1
                if stale == PATIENCE:
                    size, stale = size * SHRINK, 0
            wanted = Counter(self._way(root))
            move = {k: -1.0 for k, each in enumerate(price) if each > 0}
            move |= {k: times - 1.0 for k, times in wanted.items()}
            for k, each in last.items():
                move[k] = move.get(k, 0.0) + MOMENTUM * each
            norm = sum(each * each for each in move.values())
            if norm < 1e-9:
                break
            step = size * max(self.upper - low, 0.02 * self.upper) / norm
            for k, each in move.items():
                price[k] = max(0.0, price[k] + step * each)
            last = move
        price[:] = best_price
        self._back()

    def _back(self) -> None:
        """The cost of the rest from each node on, at the prices as they are."""
        price, rest, edges = self.price, self.rest, self.edges
        for v in range(self.end - 1, -1, -1):
            if row := edges[v]:
                rest[v] = min([cost + price[k] + rest[to] for cost, k, to, _ in row])

    def _whole(self, edge: Edge) -> float:
        return edge[0] + self.price[edge[1]] + self.rest[edge[2]]

    def _way(self, v: int) -> list[int]:
        """The keys along the cheapest way from a node."""
        keys = []
        while v != self.end and self.edges[v]:
            _, k, v, _ = min(self.edges[v], key=self._whole)
            keys.append(k)
        return keys

    def _forget(self) -> None:
        for row in self.edges:
            if len(row) > LIMIT:
                row.sort(key=self._whole)
                del row[LIMIT:]

    def ahead(self) -> list[list[float]]:
        """The cost of the rest, by leg and slot."""
        known = [*self.rest[: self.end], NOWHERE]
        return [[known[v] for v in row] for row in self.nodes]

    def best(self, leg_i: int, slot: int, most: int) -> list[int]:
        """The tracks to go on with from a slot of a leg, those of the cheapest ways first."""
        v = self.nodes[leg_i][slot]
        row = sorted(self.edges[v], key=self._whole) if v >= 0 else []
        return list(dict.fromkeys(edge[3] for edge in row))[:most]
