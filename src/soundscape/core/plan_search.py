"""Beam search: the plan built forward in time, the best few beginnings kept at every moment.

Beginnings that reach about the same second of the same phase compete; each is continued with the
tracks that suit that moment, nearest in intensity among the short, the middling and the long
ones. The squared deviation is weighed as the derivative of the cost's root, so that costs add up.
"""

from __future__ import annotations

from collections.abc import Iterator

from soundscape.core.plan_cost import FREE_STEP
from soundscape.core.plan_model import END, MUSIC, SLOT_S, Leg, Model
from soundscape.core.plan_walk import Line

Node = tuple[float, float, int, float, float, int, int, int, int, "Node | None", int, bool, float]
"""A beginning, and where it may go on: score, start and leg of the next track; intensity and mean
target of the last one (-1: none that touches), the last three artists, the keys used as bits, the
beginning it grew from, the last track, whether the next start cuts it, and the fade they share."""

NOISE = 0.02
"""How much of a track's typical share of the cost the seed may tip."""


class Beam:
    """One search over the legs of a model. `taken` are keys (bits) that may not be used."""

    def __init__(self, model: Model, noise: list[float], taken: int = 0) -> None:
        self.model, self.noise, self.taken = model, noise, taken
        self.bits = [1 << key for key in model.key]
        self.cache: dict[tuple[int, int, int], list[int]] = {}
        self.upto, self.each, self.slot_s, self.slope = 0, 1, 1.0, 1.0
        self.table: list[list[list[Node] | None]] = []
        self.finals: list[Node] = []
        self.made = 0

    def candidates(self, leg_i: int, s: float, each: int) -> list[int]:
        """The tracks to try at this moment of this leg."""
        slot = int((s - self.model.t0) / SLOT_S)
        key = (leg_i, slot, each)
        found = self.cache.get(key)
        if found is None:
            at = max(self.model.legs[leg_i].start, self.model.t0 + (slot + 0.5) * SLOT_S)
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
        return self.again(leg, node)[:2]

    def again(self, leg: Leg, node: Node) -> list[int]:
        """What may be heard again, the least recently heard first."""
        model = self.model
        x = model.mean(node[1], min(leg.block_end, node[1] + 240.0))
        last: dict[int, int] = dict(model.heard_at)
        chain: list[int] = []
        back: Node | None = node
        while back is not None:
            if back[10] >= 0:
                chain.append(model.key[back[10]])
            back = back[9]
        for n, key in enumerate(reversed(chain)):
            last[key] = 1_000_000 + n
        ids = model.repeatable(leg)
        return sorted(ids, key=lambda i: (last.get(model.key[i], -1), abs(model.xs[i] - x), i))

    def _choices(self, node: Node) -> Iterator[int]:
        """Tracks to go on with: what suits, and where none of it leads on, what is left."""
        leg = self.model.legs[node[2]]
        used, bits = node[8], self.bits
        for j in self.candidates(node[2], node[1], self.each):
            if not used & bits[j]:
                yield j
        if not self.made:
            yield from self.spare(leg, node)
        if not self.made:
            yield from self.again(leg, node)

    def run(
        self, begin: list[Node], upto: int, width: int, each: int, slot_s: float, slope: float
    ) -> list[Node]:
        """Best ways from the nodes in `begin` through leg `upto` - 1, best first (at most 8).

        `width` beginnings are kept in each `slot_s` seconds of a leg, and continued with `each`
        tracks of each length. `slope` is the derivative of the cost by the squared deviation
        summed over seconds.
        """
        model = self.model
        self.upto, self.each, self.slot_s, self.slope = upto, each, slot_s, slope
        horizon = int((model.end - model.t0) / slot_s) + 2
        self.table = [[None] * (horizon + 1) for _ in model.legs]
        self.finals = []
        for node in begin:
            self._put(node, 0)
        first = min((node[2] for node in begin), default=0)
        for slot in range(horizon + 1):
            for leg_i in range(first, upto):
                row = self.table[leg_i]
                # Very short tracks come back to the same moment: as long as there are any.
                while (cell := row[slot]) is not None:
                    row[slot] = None
                    cell.sort(key=lambda node: node[0])
                    sets: set[int] = set()
                    for node in cell:
                        # The same tracks in another order are no other beginning.
                        if node[8] not in sets:
                            sets.add(node[8])
                            self._grow(node, slot)
                            if len(sets) >= width:
                                break
        self.finals.sort(key=lambda node: node[0])
        return self.finals[:8]

    def _put(self, node: Node, slot: int) -> None:
        if node[2] >= self.upto:
            self.finals.append(node)
            return
        row = self.table[node[2]]
        place = max(slot, min(len(row) - 1, int((node[1] - self.model.t0) / self.slot_s)))
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
        leg, row = model.legs[leg_i], self.table[leg_i]
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
            third = length / 3
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
                cost = base + slope * square
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
                place = int((n - t0) / slot_s)
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
        for then, due, cut, fade in self.exits(model, leg, after, s, s + length, length):
            until = min(then if after is not None else s + length, leg.block_end)
            u = (until - model.t0) * model.inv
            i = min(int(u), len(model.g1) - 2)
            g = model.g1[i] + model.d1[i] * (u - i) - since[0]
            d = until - s
            if d <= 0:
                continue
            square = x * x * d - 2 * x * g + model.g2[i] + model.d2[i] * (u - i) - since[1]
            g /= d
            cost = base + model.w_s * due + self.slope * square
            if px >= 0:
                cost += model.w_l * max(0.0, abs(x - px) - abs(g - pg) - FREE_STEP)
            x2, g2 = (x, g) if after is not None else (-1.0, 0.0)
            artists = (model.artists[j], a1, a2)
            bit = self.bits[j]
            self.made += 1
            self._put(
                (cost, then, leg_i + 1, x2, g2, *artists, used | bit, node, j, cut, fade), slot
            )

    @staticmethod
    def exits(
        model: Model, leg: Leg, after: Leg | None, s: float, e: float, length: float
    ) -> list[tuple[float, float, bool, float]]:
        """Ways to leave the leg after a track from s to e: next start, seconds charged,
        whether it cuts the track, and the fade shared with a track of that start."""
        if after is None:
            fade = min(leg.fade, length / 3, leg.quiet)
            if leg.follows == END:
                return [(e, abs(e - fade - leg.end), False, 0.0)] if e >= leg.end else []
            if e < leg.end - fade:
                return []
            place = leg.place + 1
            then = model.legs[place].start if place < len(model.legs) else leg.end
            due = e - leg.end - fade
            return [(then, due if due > 0 else abs(e - fade - leg.end), False, 0.0)]
        if e <= leg.start:
            return []
        fade = min(after.fade, length / 3, (after.end - after.start) / 2)
        n = e - fade
        b = after.start
        if n < b - after.early:
            return []
        found = []
        if e <= b + after.late:
            found.append((n, abs(n - b), False, fade))
        if n > b:
            fade = min(fade, (b - s) / 2)
            if fade > 0:
                found.append((b, e - b - fade, True, 0.0))
        return found


def starts(model: Model) -> list[Node]:
    """Where a search of everything begins: at once, or after what plays."""
    item, legs = model.playing_item(), model.legs
    b1, b2, b3 = model.before
    if item is None or model.playing is None:
        return [(0.0, model.first_s, 0, -1.0, 0.0, b1, b2, b3, 0, None, -1, False, 0.0)]
    j = model.playing
    at = model.playing_leg()
    artists = (model.artists[j], b1, b2)
    if at >= 0:
        return onward(model, at, j, item.start_s, item.end_s, artists, whole=True)
    fade = min(legs[0].fade, (item.end_s - item.start_s) / 3)
    edge = max(legs[0].start, model.now)
    s = max(item.end_s - fade, model.first_s)
    late = s > edge + legs[0].late
    root: Node = (
        0.0,
        item.start_s,
        0,
        -1.0,
        0.0,
        *artists,
        1 << model.key[j],
        None,
        -1,
        False,
        0.0,
    )
    g = model.mean(item.start_s, s)
    s = edge if late else s
    return [(0.0, s, 0, model.xs[j], g, *artists, root[8], root, -1, late, 0.0 if late else fade)]


def onward(
    model: Model, at: int, j: int, s: float, e: float, artists: tuple[int, int, int], whole: bool
) -> list[Node]:
    """Where a search may go on after track `j`, which plays from s to e in leg `at`.

    `whole` tracks are not cut where they can end by themselves.
    """
    leg, played = model.legs[at], e - s
    after = model.legs[at + 1] if leg.follows == MUSIC else None
    root: Node = (0.0, s, at, -1.0, 0.0, *artists, 1 << model.key[j], None, -1, False, 0.0)

    def node(then: float, leg_i: int, due: float, cut: bool, fade: float) -> Node:
        g = model.mean(s, then)
        return (
            due * model.w_s,
            then,
            leg_i,
            model.xs[j],
            g,
            *artists,
            root[8],
            root,
            -1,
            cut,
            fade,
        )

    ways = Beam.exits(model, leg, after, s, e, played)
    natural = [way for way in ways if not way[2]] if whole else ways
    found = [node(then, at + 1, due, cut, fade) for then, due, cut, fade in natural or ways]
    if after is not None and not found and e > after.start:
        fade = min(after.fade, played / 3, (after.end - after.start) / 2)
        found.append(node(max(after.start, model.now, s + 2 * fade), at + 1, 0.0, True, 0.0))
    fade = min(leg.fade, played / 3)
    if e - fade <= leg.last_start or not found:
        found.append(node(e - fade, at, 0.0, False, fade))
    return found


def line_of(node: Node) -> Line:
    """The sequence that a finished beginning stands for, without what plays."""
    steps: list[Node] = []
    back: Node | None = node
    while back is not None and back[9] is not None:
        steps.append(back)
        back = back[9]
    steps.reverse()
    line = Line([], [])
    for step in steps:
        parent = step[9]
        if step[11]:
            line.cuts.add(step[2])
        if step[10] >= 0 and parent is not None:
            line.legs.append(parent[2])
            line.tracks.append(step[10])
    return line
