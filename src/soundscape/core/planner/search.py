"""How a whole plan is found: a quick search, prices of the tracks, and searches that know them."""

from __future__ import annotations

from itertools import takewhile

from soundscape.core.planner.beam import Beam
from soundscape.core.planner.index import Model
from soundscape.core.planner.timeline import Line, Walk, walk
from soundscape.core.planner.ways import Node, line_of, starts

PARTS = 16
"""In how many parts by length a library is searched."""
SLOTS, FINE_S, COARSE_S = 800, 4.0, 16.0
"""In how many slots of time, and how long each is at least and at most, in seconds."""
WORK, EACH = 80_000, 16
"""Continuations that the searches weigh, about, and tracks each beginning is continued with."""
SHARES = (0.25, 1.0)
"""The widths of these searches, as shares of what this work allows."""
PRICING, UPPER = 40, 0.6
"""Rounds of finding prices, and what a whole plan costs in their terms, as a share of J."""
QUICK_S, FIRST_GUESS, HOPE = 15.0, 0.03, 0.6
"""Of the quick search: its slots, the cost it reckons with, and the cost of a good plan as a share
of that of its own."""


def slope(model: Model, j: float) -> float:
    """The derivative of the cost by the squared deviation, summed over seconds, at a cost of J."""
    return 1 / (2 * max(j, 0.002) * model.total)


def search(model: Model) -> Line:
    """The best sequence for a whole model."""
    from soundscape.core.planner.arrays import Table
    from soundscape.core.planner.prices import Prices

    model.divide(PARTS)
    begin, count = starts(model), len(model.legs)
    quick_s = QUICK_S if model.total < 9000 else 2 * QUICK_S
    nodes = Beam(model).run(begin, count, 2, 1, quick_s, slope(model, FIRST_GUESS))
    line, found = _cheapest(model, nodes)
    j = min(0.2, HOPE * found.j)
    slot_s = min(COARSE_S, max(FINE_S, model.total / SLOTS))
    prices = Prices(model, Table(model), slot_s, slope(model, j))
    prices.settle(begin, PRICING, UPPER * j)
    for share in SHARES:
        width = max(2, int(share * WORK * slot_s / model.total / EACH))
        nodes = Beam(model, prices=prices).run(begin, count, width, EACH, slot_s, slope(model, j))
        other, its = _cheapest(model, nodes)
        if its.j < found.j:
            line, found = other, its
        # What a plan costs is better known now, and with it what the boundaries weigh.
        j = min(0.2, found.j)
        prices.tilt(slope(model, j))
    return line


def _cheapest(model: Model, nodes: list[Node]) -> tuple[Line, Walk]:
    """The cheapest of some ways, which have their beginnings in common."""
    first, *more = [line_of(node) for node in nodes] or [Line([], [])]
    best, found = first, walk(model, first)
    states = found.states
    for line in more:
        trial = walk(model, line, _shared(first, line), states)
        if trial.j < found.j:
            best, found = line, trial
    return best, found


def _shared(one: Line, two: Line) -> int:
    """How many places two lines have in common, from the first on."""
    apart = one.cuts ^ two.cuts
    places = zip(one.tracks, two.tracks, one.legs, two.legs, strict=False)
    same = takewhile(lambda at: at[0] == at[1] and at[2] == at[3] and at[2] not in apart, places)
    return sum(1 for _ in same)
