"""How a whole plan is found: prices of the tracks, and searches that know them."""

from __future__ import annotations

from soundscape.core.planner.beam import Beam
from soundscape.core.planner.index import Model
from soundscape.core.planner.prices import Prices
from soundscape.core.planner.timeline import Line, Walk, walk
from soundscape.core.planner.ways import starts

SLOTS, FINE_S, COARSE_S = 800, 4.0, 16.0
"""In how many slots of time, and how long each is at least and at most, in seconds."""
WORK, EACH = 300_000, 16
"""Continuations that the widest search weighs, about, and those of each beginning."""
SHARES = (0.5, 1.0)
"""The widths of the searches, as shares of what this work allows."""
ROUNDS, UPPER = 40, 0.4
"""Rounds of finding prices, and what a whole plan costs in their terms, as a share of J."""
DEARER = (1.0, 1.5, 2.0)
"""What the prices are multiplied with, each tried. Where music is scarce they
are too low: the ways that they are found from may share a track, as no plan can."""
SCARCE = 0.1
"""Music is scarce where the prices of all tracks together are more than this share of J."""
FIRST_GUESS, HOPE = 0.03, 0.6
"""The cost that a search without prices reckons with, and that of a good plan as a share of what
this search finds."""


def slope(model: Model, j: float) -> float:
    """The derivative of the cost by the squared deviation, summed over seconds, at a cost of J."""
    return 1 / (2 * max(min(j, 0.2), 0.002) * model.total)


def search(model: Model, work: int = WORK) -> Line:
    """The best sequence for a whole model within this work."""
    begin = starts(model)
    slot_s = min(COARSE_S, max(FINE_S, model.total / SLOTS))
    prices = Prices(model, slot_s, slope(model, FIRST_GUESS))
    roots = [prices.node(start.leg, start.start_s) for start in begin if start.leg < prices.upto]

    def tried(share: float) -> tuple[Line, Walk]:
        width = max(2, int(share * work * slot_s / model.total / EACH))
        return cheapest(model, Beam(prices, width, EACH).run(begin) or [Line([], [])])

    line, found = tried(0.0)
    j = HOPE * found.j
    prices.reprice(prices.price, slope(model, j))
    prices.settle(roots, ROUNDS, UPPER * j)
    price = prices.price.copy()
    tries = DEARER if price.sum() > SCARCE * j else DEARER[:1]
    for share in SHARES:
        for dearer in tries:
            prices.reprice(price * dearer, prices.slope)
            other, its = tried(share)
            if its.j < found.j:
                line, found = other, its
        # What a plan costs is better known now, and with it what the boundaries weigh.
        price *= slope(model, found.j) / prices.slope
        prices.reprice(price, slope(model, found.j))
    return line


def cheapest(model: Model, lines: list[Line]) -> tuple[Line, Walk]:
    """The cheapest of some lines, and how it lies."""
    walks = [walk(model, line) for line in lines]
    n = min(range(len(lines)), key=lambda n: walks[n].j)
    return lines[n], walks[n]
