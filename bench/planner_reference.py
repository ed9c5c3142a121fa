"""The best plan that minutes of searching find: an exact model for CP-SAT, then exact polishing.

Run by ``python bench/planner.py --reference SECONDS``. Needs `ortools`, which nothing else needs.

**The model.** Time is cut into slots. A node is a slot of a phase; an arc is one track played whole
from there, through the same ways out of a phase as the planner's own, with what it adds to the
cost. A plan is a path from the first node to the end in which no track comes twice: CP-SAT chooses
the arcs. C is a root, so its tangent at the best plan known stands in for it; A is a charge for two
tracks of one artist within three short tracks' time; L is left to the polishing. Where a library is
large, a node has arcs for the tracks that suit it best, and for some of every length.

**What follows.** Each solution is laid out and weighed by the planner's exact cost, and the best is
annealed. Of the CPU time four tenths go to CP-SAT, hinted with our plan; three to the planner's own
wide search over and over, wider, with other slots of time and prices a little off; the rest to
annealings of hundreds of times its rounds, of the best of all that were found, the stored one among
them. The space searched is the planner's own: whole tracks, its cuts, its two minutes.
"""

from __future__ import annotations

import fcntl
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from planner_cases import Case, cases

from soundscape.core.plan import Plan
from soundscape.core.planner.arrays import Table
from soundscape.core.planner.exchange import TRIES, Exchanges
from soundscape.core.planner.index import MUSIC, Leg, Model
from soundscape.core.planner.lay import lay_out
from soundscape.core.planner.planner import cost, phase_spans
from soundscape.core.planner.polish import Polisher
from soundscape.core.planner.prices import Prices
from soundscape.core.planner.settle import WORK, settle
from soundscape.core.planner.timeline import Line, walk
from soundscape.core.planner.ways import exits, starts
from soundscape.core.planner.wide import Wide

SEARCH = 3
"""Which search made a result: one of another is made anew, and stays where it was better."""
UNIT = 10_000_000
"""CP-SAT counts in whole numbers: this many to a cost of 1."""
ARCS = 60_000
"""About how many arcs a model may have: more, and CP-SAT hardly begins in the time it has."""


@dataclass
class Arc:
    """One track from one node to the next. `to` None is the end."""

    track: int
    leg: int
    slot: int
    to: tuple[int, int] | None
    price: float
    cuts: bool


@dataclass
class Graph:
    """The model's arcs, from each node and into each."""

    arcs: list[Arc] = field(default_factory=list)
    out: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    into: dict[tuple[int, int] | None, list[int]] = field(default_factory=dict)

    def add(self, arc: Arc) -> None:
        """Put an arc in."""
        number = len(self.arcs)
        self.arcs.append(arc)
        self.out.setdefault((arc.leg, arc.slot), []).append(number)
        self.into.setdefault(arc.to, []).append(number)


class Reference:
    """A search of one case, for as many seconds as it is given."""

    def __init__(self, case: Case, mine: Line, model: Model) -> None:
        self.model, self.mine = model, mine
        self.case = case
        found = walk(model, mine)
        square, seconds = found.states[-1][6], found.states[-1][7]
        model.divide(32)
        self.slope = 1 / (2 * max(1e-6, (square * seconds) ** 0.5))
        self.rate = self.slope * square / seconds
        self.each = min(len(model.tracks), 36)
        self.grid = max(1.0, model.total * self.each * 1.15 / ARCS)
        self.status = ""
        self.short = sorted(model.lens)[len(model.lens) // 5]

    def time_of(self, leg: Leg, slot: int) -> float:
        """When a slot of a leg begins."""
        return leg.start + (slot - 1_000) * self.grid

    def slot_of(self, leg: Leg, at: float) -> int:
        """The slot nearest to a moment."""
        return round((at - leg.start) / self.grid) + 1_000

    def _square(self, x: float, a: float, b: float) -> float:
        seconds, area, square = self.model.target.between(a, b)
        return x * x * seconds - 2 * x * area + square

    def _ways(self, q: int, s: float, j: int) -> list[Arc]:
        """The arcs of a track from a moment of a leg on."""
        model = self.model
        leg = model.legs[q]
        after = model.legs[q + 1] if leg.follows == MUSIC else None
        length, x = model.lens[j], model.xs[j]
        fade = min(leg.fade, length / 3)
        e = s + length
        found = []
        slot = self.slot_of(leg, s)
        n = e - fade
        if e > leg.start and n <= leg.last_start and (after is not None or e < leg.end):
            price = self.slope * self._square(x, s, n)
            found.append(Arc(j, q, slot, (q, self.slot_of(leg, n)), price, False))
        for then, due, cut, _ in exits(model, leg, after, s, e, length):
            until = min(then if after is not None else e, leg.block_end)
            price = self.slope * self._square(x, s, until) + model.w_s * due
            place = q + 1
            to = None
            if place < len(model.legs):
                to = (place, self.slot_of(model.legs[place], then))
            found.append(Arc(j, q, slot, to, price, cut))
        return found

    def _suited(self, q: int, s: float) -> list[int]:
        """The tracks to offer at a moment: the cheapest for their length, and some of each."""
        model, leg = self.model, self.model.legs[q]
        if len(leg.own) <= self.each:
            return leg.own
        wide = model.candidates(leg, s, 6)

        def price(j: int) -> float:
            e = min(leg.block_end, s + model.lens[j] - leg.fade)
            return self.slope * self._square(model.xs[j], s, e) - self.rate * (e - s)

        best = sorted(set(wide), key=lambda j: (price(j), j))[: self.each * 2 // 3]
        some = model.candidates(leg, s, max(1, self.each // 24))
        return list(dict.fromkeys([*best, *some]))[: self.each]

    def graph(self) -> tuple[Graph, list[int]]:
        """All arcs reachable from the start, and those that our plan takes."""
        model, graph = self.model, Graph()
        first = (0, self.slot_of(model.legs[0], model.first_s))
        todo, done = [first], {first}
        ours = self._ours(graph)
        for arc in graph.arcs:
            if arc.to is not None and arc.to not in done:
                done.add(arc.to)
                todo.append(arc.to)
        while todo:
            q, slot = todo.pop()
            s = self.time_of(model.legs[q], slot)
            for j in self._suited(q, s):
                for arc in self._ways(q, s, j):
                    graph.add(arc)
                    if arc.to is not None and arc.to not in done:
                        done.add(arc.to)
                        todo.append(arc.to)
        return graph, ours

    def _ours(self, graph: Graph) -> list[int]:
        """Arcs for our own plan, with its own exact times: they make the hint whole."""
        model, mine = self.model, self.mine
        found = walk(model, mine)
        for place, (q, j) in enumerate(zip(mine.legs, mine.tracks, strict=True)):
            s, leg = found.starts[place], model.legs[q]
            last = place + 1 == len(mine.tracks)
            then = None if last else mine.legs[place + 1]
            slot = self.slot_of(leg, s)
            if then == q:
                until = found.starts[place + 1]
                to = (q, self.slot_of(leg, until))
            elif then is None:
                until, to = found.ends[place], None
            else:
                until = found.starts[place + 1]
                to = (then, self.slot_of(model.legs[then], until))
            one, two = found.states[place + 1], found.states[place + 2 if not last else -1]
            due = two[8] + two[9] - one[8] - one[9]
            price = self.slope * self._square(model.xs[j], s, min(until, leg.block_end))
            graph.add(Arc(j, q, slot, to, price + model.w_s * due, then in mine.cuts))
        return list(range(len(graph.arcs)))

    def solve(self, seconds: float) -> list[Line]:
        """Plans that CP-SAT finds, the best last."""
        from ortools.sat.python import cp_model

        begun = time.monotonic()
        model, (graph, ours) = self.model, self.graph()
        told = cp_model.CpModel()
        used = [told.new_bool_var("") for _ in graph.arcs]
        hinted = set(ours)
        first = (0, self.slot_of(model.legs[0], model.first_s))
        for node in graph.out.keys() | graph.into.keys():
            if node is None:
                continue
            out = sum(used[i] for i in graph.out.get(node, []))
            into = sum(used[i] for i in graph.into.get(node, []))
            told.add(out == into + (1 if node == first else 0))
        told.add(sum(used[i] for i in graph.into.get(None, [])) == 1)
        by_key: dict[int, list[int]] = {}
        for i, arc in enumerate(graph.arcs):
            by_key.setdefault(model.key[arc.track], []).append(i)
        for same in by_key.values():
            told.add_at_most_one(used[i] for i in same)
        price = sum(round(arc.price * UNIT) * v for arc, v in zip(graph.arcs, used, strict=True))
        told.minimize(price + sum(self._artists(told, graph, used)))
        for i, var in enumerate(used):
            told.add_hint(var, i in hinted)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        # One thread takes turns between the strategies, neighbourhood search among them.
        solver.parameters.interleave_search = True
        solver.parameters.random_seed = self.case.seed
        lines: list[Line] = []

        class Found(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(inner) -> None:
                chosen = [arc for arc, v in zip(graph.arcs, used, strict=True) if inner.value(v)]
                lines.append(self._line(chosen, first))

        left = seconds - (time.monotonic() - begun)
        solver.parameters.max_time_in_seconds = max(1.0, left)
        status = solver.solve(told, Found())
        self.status = (
            f"{solver.status_name(status)}, {len(graph.arcs)} arcs, slots of {self.grid:.1f} s, "
            f"{solver.objective_value / UNIT:.5f} >= {solver.best_objective_bound / UNIT:.5f}"
            if lines
            else f"{solver.status_name(status)}, {len(graph.arcs)} arcs"
        )
        return lines

    def _artists(self, told: object, graph: Graph, used: list[object]) -> list[object]:
        """Charges for an artist heard twice within three short tracks' time."""
        model, width = self.model, 3 * (self.short - 15.0)
        windows: dict[tuple[int, int], list[int]] = {}
        for i, arc in enumerate(graph.arcs):
            artist = model.artists[arc.track]
            if artist:
                at = self.time_of(model.legs[arc.leg], arc.slot)
                half = int(at // (width / 2))
                windows.setdefault((artist, half), []).append(i)
                windows.setdefault((artist, half - 1), []).append(i)
        charge = round(model.w_a * UNIT)
        found = []
        for same in windows.values():
            if len({model.key[graph.arcs[i].track] for i in same}) > 1:
                more = told.new_int_var(0, 3, "")  # type: ignore[attr-defined]
                told.add(sum(used[i] for i in same) <= 1 + more)  # type: ignore[attr-defined]
                found.append(charge * more)
        return found

    def _line(self, chosen: list[Arc], first: tuple[int, int]) -> Line:
        """The plan that these arcs are."""
        at = {(arc.leg, arc.slot): arc for arc in chosen}
        line, node = Line([], []), first
        while node is not None and (arc := at.get(node)) is not None:
            line.legs.append(arc.leg)
            line.tracks.append(arc.track)
            if arc.cuts:
                line.cuts.add(arc.leg + 1)
            node = arc.to
        return line


def anneal(model: Model, line: Line, seed: int, until: float) -> Line:
    """The line after annealings of growing length from the best so far, until this much CPU time
    has gone."""
    best, rounds = line, 20_000
    while time.process_time() < until:
        seed += 1
        found = Polisher(model, best, seed).run(rounds, hot=0.003 * (1 + seed % 3 * 4))[0]
        if walk(model, found).j < walk(model, best).j:
            best = found
        rounds = min(200_000, rounds * 2)
    return best


class Improved(Exchanges):
    """Exchanges that are taken for their cost alone."""

    def improve(self, passes: int) -> Line:
        """Take what makes the line better, place by place."""
        for _ in range(passes):
            before = self.walk.j
            for leg in self._free():
                k = 0
                self._look_at(leg)
                while k < len(self.starts):
                    for found in self._best(k, -1e-9)[:TRIES]:
                        if self._take(found, self.walk.j - 1e-9):
                            self._look_at(leg)
                            break
                    k += 1
            if self.walk.j > before - 1e-7:
                break
        return self.line


def wide(model: Model, seed: int, until: float) -> Line | None:
    """The best of wide searches that each go about it in another way."""
    rng, table, best = np.random.default_rng(seed), Table(model), None
    j = walk(model, settle(model)).j
    while time.process_time() < until:
        model.divide(int(rng.integers(12, 25)))
        slot_s = rng.uniform(0.5, 1.2) * min(16.0, max(4.0, model.total / 800))
        slope = 1 / (2 * j * rng.uniform(0.9, 1.1) * model.total)
        prices = Prices(model, table, slot_s, slope)
        prices.settle(starts(model), int(rng.integers(30, 150)), rng.uniform(0.45, 0.65) * j)
        prices.jitter(rng.uniform(0.8, 1.2, len(prices.price)))
        most = int(rng.integers(12, 32))
        width = int(rng.uniform(1, 4) * WORK * slot_s / model.total / most)
        for line in Wide(model, table, prices, width, most).run(starts(model), slope)[:2]:
            found = Improved(model, table, Polisher(model, line, seed).run(2000)[0]).improve(3)
            if best is None or walk(model, found).j < walk(model, best).j:
                best = found
    return best


def from_store(model: Model, stored: dict[str, Any]) -> list[Line]:
    """The line of a stored result."""
    if not stored:
        return []
    of = {int(track.path[3:8]): i for i, track in enumerate(model.tracks)}
    legs, tracks = zip(*stored["line"], strict=True)
    return [Line(list(legs), [of[n] for n in tracks], set(stored["cut_at"]))]


def search(case: Case, seconds: float, before: dict[str, Any]) -> dict[str, Any]:
    """The best of `seconds` of searching for this case, as it is stored."""
    begun = time.process_time()
    model = Model(case.arc, case.pools, case.seed, None, phase_spans(case.arc, None))
    mine = settle(model)
    apart = Model(case.arc, case.pools, case.seed, None, phase_spans(case.arc, None))
    reference = Reference(case, mine, apart)

    def j(line: Line) -> float:
        return walk(model, line).j

    known = from_store(model, before)
    solved = min(reference.solve(seconds * 0.4), key=j, default=mine)
    exact = anneal(model, solved, case.seed, begun + seconds * 0.5)
    other = wide(model, case.seed, begun + seconds * 0.8) or mine
    first = min([exact, other, mine, *known], key=j)
    best = anneal(model, first, case.seed + 200, begun + seconds)
    items, _ = lay_out(model, best)
    price = cost(Plan(items, tuple(model.spans)), case.arc)
    assert walk(model, best).faults == 0
    return {
        "arc": case.arc.name, "tracks": case.tracks, "seed": case.seed,
        "J": price.J, "C": price.C, "S": price.S, "K": price.K, "A": price.A, "L": price.L,
        "cp_sat_J": j(solved), "cp_sat_polished_J": j(exact), "wide_J": j(other),
        "our_plan_then_J": j(mine), "cp_sat": reference.status,
        "search": SEARCH, "seconds": round(time.process_time() - begun),
        "line": [[q, int(model.tracks[i].path[3:8])] for q, i in
                 zip(best.legs, best.tracks, strict=True)],
        "cut_at": sorted(best.cuts),
    }  # fmt: skip


def stored(path: Path) -> dict[str, dict[str, Any]]:
    """What has been found so far, by the case's name."""
    return json.loads(path.read_text()) if path.exists() else {}


def run(path: Path, seconds: float, part: int = 0, parts: int = 1) -> None:
    """Search every case that was not searched this long; each is stored as it comes, and a better
    plan of an earlier search stays.

    `part` of `parts`: several processes may share the work, each on cases of its own.
    """
    for case in cases()[part::parts]:
        before = stored(path).get(case.name, {})
        if before.get("search") == SEARCH and before["seconds"] >= seconds:
            continue
        found = search(case, seconds, before)
        if before and before["J"] < found["J"]:
            found |= {key: before[key] for key in ("J", "C", "S", "K", "A", "L", "line", "cut_at")}
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = stored(path) | {case.name: found}
            fresh = path.with_suffix(".new")
            lines = (f"  {json.dumps(name)}: {json.dumps(known[name])}" for name in sorted(known))
            fresh.write_text("{\n" + ",\n".join(lines) + "\n}\n")
            fresh.replace(path)
        print(f"{case.name}: {found['J']:.5f}  (CP-SAT polished {found['cp_sat_polished_J']:.5f}, "
              f"wide {found['wide_J']:.5f}, our plan {found['our_plan_then_J']:.5f})  "
              f"{found['cp_sat']}", flush=True)  # fmt: skip
