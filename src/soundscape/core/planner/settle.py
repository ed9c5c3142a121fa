"""How a whole plan is found, and how a plan is mended: search, polish, and what to keep."""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from soundscape.core.plan import Plan
from soundscape.core.planner.beam import Beam
from soundscape.core.planner.explain import AGAIN
from soundscape.core.planner.index import MUSIC, Model
from soundscape.core.planner.polish import Polisher
from soundscape.core.planner.timeline import Line, Walk, walk
from soundscape.core.planner.turns import in_turn
from soundscape.core.planner.ways import Node, line_of, onward, starts

if TYPE_CHECKING:
    from soundscape.core.planner.prices import Prices

WORK, MOST = 450_000, 16
"""Continuations a search may weigh, and how many tracks each beginning is continued with."""
LONG_S, BROADER = 21_600.0, 1.5
"""That is for an arc of so many seconds; a shorter one gets up to so many times as many."""
SCARCE, SCARCE_WIDEST = 200_000, 40
"""The same where music has to be lent or to come again, and how many beginnings are then kept in a
slot at most."""
PARTS, SLOTS, FINE_S, COARSE_S = 16, 800, 4.0, 16.0
"""In how many parts by length a library is searched, and in how many slots of time (seconds)."""
PRICING, UPPER = 40, 0.6
"""Rounds of finding prices, and what a whole plan costs in the terms of the prices, as a share of
J."""
NARROW = 0.2
"""The width of the first search as a share of that of the second."""
HOPE = 0.6
"""The cost of a good plan as a share of that of the first, quick search."""
ROUNDS = 500
GIVES = 0.006
"""The share of the cost that exchanges may take, in all, which make another seed's plan another
one."""
FIRST_GUESS, QUICK_S = 0.03, 15.0
WORTH_A_CHANGE = 0.0005
"""A gain in cost below this changes nothing of a plan that holds."""
STICK_NOW, STICK_LATER = 0.05, 0.3
"""What keeping a track of the plan so far is worth, in cost over the number of tracks: in the
current phase, which the cue was about, and in later ones."""


def _slope(model: Model, j: float) -> float:
    return 1 / (2 * max(j, 0.002) * model.total)


def settle(model: Model, work: int = WORK, rounds: int = ROUNDS) -> Line:
    """The best sequence for a whole model within the work given."""
    from soundscape.core.planner.arrays import Table
    from soundscape.core.planner.prices import Prices
    from soundscape.core.planner.wide import Wide

    model.divide(PARTS)
    begin, count = starts(model), len(model.legs)
    beam = Beam(model, [0.0] * len(model.tracks))
    quick_s = QUICK_S if model.total < 9000 else 2 * QUICK_S
    nodes = beam.run(begin, count, 2, 1, quick_s, _slope(model, FIRST_GUESS))
    first, rough = _best(model, nodes)
    j = min(0.2, HOPE * rough.j)
    slot_s = min(COARSE_S, max(FINE_S, model.total / SLOTS))
    table = Table(model)
    prices = Prices(model, table, slot_s, _slope(model, j))
    prices.settle(begin, PRICING, UPPER * j)
    # A short arc is searched more widely: it has the time.
    work = int(work * min(BROADER, max(1.0, LONG_S / model.total)))
    width = max(4, int(work * slot_s / model.total / MOST))
    line, found = first, rough
    for share in (NARROW, 1.0):
        if share == 1.0:
            # What a plan costs is better known now, and with it what the boundaries weigh.
            j = min(0.2, found.j)
            prices.tilt(_slope(model, j))
        wide = Wide(model, table, prices, max(2, int(width * share)), MOST)
        lines = wide.run(begin, _slope(model, j))
        better, its = _cheapest(model, lines) if lines else (line, found)
        if its.j < found.j:
            line, found = better, its
    if not lines:
        line, found = scarce(model, prices, begin, j, line, found)
    # A long line gets fewer rounds, as each is slower.
    return polished(model, line, min(rounds, 150_000 // max(1, len(line.tracks))))


def scarce(
    model: Model, prices: Prices, begin: list[Node], j: float, line: Line, found: Walk
) -> tuple[Line, Walk]:
    """A search that goes on with other music where a phase's own is used up."""
    beam = Beam(model, [0.0] * len(model.tracks), prices=prices)
    width = max(2, min(SCARCE_WIDEST, int(SCARCE * prices.slot_s / model.total / MOST)))
    nodes = beam.run(begin, len(model.legs), width, MOST, prices.slot_s, _slope(model, j))
    other, its = _best(model, nodes)
    return (other, its) if its.j < found.j else (line, found)


def polished(model: Model, line: Line, rounds: int) -> Line:
    """The line after so many rounds of polishing."""
    if not line.tracks:
        return line
    return Polisher(model, line, model.seed).run(rounds)[0]


def varied(model: Model, line: Line) -> Line:
    """One of the many lines that cost about the same, as the seed will have it."""
    if not line.tracks:
        return line
    from soundscape.core.planner.arrays import Table
    from soundscape.core.planner.exchange import Exchanges

    return Exchanges(model, Table(model), line).vary(model.seed, GIVES)


def _best(model: Model, nodes: list[Node]) -> tuple[Line, Walk]:
    return _cheapest(model, [line_of(node) for node in nodes] or [Line([], [])])


def _cheapest(model: Model, lines: list[Line]) -> tuple[Line, Walk]:
    """The cheapest of some lines, which have their beginnings in common."""
    best, found = lines[0], walk(model, lines[0])
    first, whole = best, found
    for line in lines[1:]:
        trial = walk(model, line, _shared(first, line), whole.states)
        if trial.j < found.j:
            best, found = line, trial
    return best, found


def _shared(one: Line, two: Line) -> int:
    """How many places two lines have in common, from the first on."""
    apart = one.cuts ^ two.cuts
    places = zip(one.tracks, two.tracks, one.legs, two.legs, strict=False)
    same = takewhile(lambda at: at[0] == at[1] and at[2] == at[3] and at[2] not in apart, places)
    return sum(1 for _ in same)


def kept(model: Model, previous: Plan) -> Line:
    """What is left of a plan: its items that may still come, in order."""
    place = {leg.index: i for i, leg in enumerate(model.legs)}
    ids = model.shelf.by_path
    floor = max(0, model.playing_leg())
    line, used = Line([], []), set(model.heard_at)
    for item in previous.items:
        q = place.get(item.phase, -1)
        if q < floor or (line.legs and q < line.legs[-1]):
            continue
        leg = model.legs[q]
        same = [i for i in ids.get(item.track.path, []) if i in leg.mine]
        same = same or [i for i in ids.get(item.track.path, []) if i in model.near(leg)]
        again = item.reason.startswith(AGAIN)
        if not same or (model.key[same[0]] in used and not again):
            continue
        used.add(model.key[same[0]])
        line.legs.append(q)
        line.tracks.append(same[0])
        if item.cut and leg.follows == MUSIC:
            line.cuts.add(q + 1)
    return line


def replan(model: Model, previous: Plan) -> Line:
    """The rest of a plan mended: a phase is planned anew only where that pays for the change."""
    base = kept(model, previous)
    if not base.tracks:
        return settle(model)
    weight = {
        j: (STICK_NOW if q == 0 else STICK_LATER) / model.count
        for j, q in zip(base.tracks, base.legs, strict=True)
    }
    order = set(pairwise(base.tracks))

    def change(line: Line) -> float:
        lost = sum(weight[j] for j in weight.keys() - set(line.tracks))
        return lost + STICK_NOW / 4 / model.count * len(order.difference(pairwise(line.tracks)))

    best, found = base, walk(model, base)
    start, worth = found, found.j
    j = min(0.2, max(0.01, found.j - 0.5 * int(found.faults)))
    noise = [0.0] * len(model.tracks)
    lost = _lost(model, previous, base)
    touched: set[int] = set()
    for leg_i in range(len(model.legs)):
        if leg_i and leg_i not in lost and not _fault_in(best, found, leg_i):
            continue
        touched.add(leg_i)
        for keep in (99, 1, 0):
            line = _again(model, best, found, leg_i, keep, noise, j)
            if line is None:
                continue
            trial = walk(model, line)
            price = trial.j + change(line)
            if price < worth - 1e-9:
                best, found, worth = line, trial, price
    if found.faults:
        whole = settle(model, WORK // 4, 0)
        if walk(model, whole).faults < found.faults:
            return whole
    end = found
    if touched and best.tracks:
        best, end = Polisher(model, best, model.seed, legs=touched).run(200, extra=change)
    if not start.faults and end.j + change(best) > start.j - WORTH_A_CHANGE:
        return base
    return best


def turned(model: Model, line: Line) -> Line:
    """The line with what is heard again in its turn."""
    if len({model.key[j] for j in line.tracks} - model.heard_at.keys()) == len(line.tracks):
        return line
    noise = [0.0] * len(model.tracks)
    j = min(0.2, max(0.01, walk(model, line).j))

    def refill(found: Line, leg_i: int, keep: int) -> Line | None:
        return _again(model, found, walk(model, found), leg_i, keep, noise, j)

    return in_turn(model, line, refill)


def _lost(model: Model, previous: Plan, line: Line) -> set[int]:
    """Legs of which a track yet to come is no longer to be had."""
    had: dict[int, int] = {}
    for item in previous.items:
        if item.start_s > model.now:
            had[item.phase] = had.get(item.phase, 0) + 1
    return {i for i, leg in enumerate(model.legs) if line.legs.count(i) < had.get(leg.index, 0)}


def _fault_in(line: Line, found: Walk, leg_i: int) -> bool:
    """Whether the leg, as the line has it, is empty, too short or too long."""
    if leg_i not in line.legs:
        return True
    steps = pairwise(found.states) if found.faults else ()
    return any(two[13] > one[13] and leg_i in (one[3], two[3]) for one, two in steps)


def _again(
    model: Model, line: Line, found: Walk, leg_i: int, keep: int, noise: list[float], j: float
) -> Line | None:
    """The line, whose walk is `found`, with a leg planned anew after its first `keep` tracks (99:
    those that begin well within it), and all the other legs as they are."""
    leg = model.legs[leg_i]
    places = [k for k, q in enumerate(line.legs) if q == leg_i]
    fit = [k for k in places if found.starts[k] + model.lens[line.tracks[k]] <= leg.end + 60.0]
    if keep == 99 and len(fit) <= 1:
        return None
    places = fit[:keep]
    first = next((k for k, q in enumerate(line.legs) if q >= leg_i), len(line.legs))
    head = first + len(places)
    tail = next((k for k, q in enumerate(line.legs) if q > leg_i), len(line.legs))
    taken = 0
    for k in (*range(head), *range(tail, len(line.legs))):
        taken |= 1 << model.key[line.tracks[k]]
    if head == 0:
        begin = starts(model)
    else:
        k = head - 1
        one, two, three = ([model.artists[i] for i in line.tracks[:head][::-1]] + model.before)[:3]
        s, last = found.starts[k], line.tracks[k]
        at = line.legs[k]
        begin = onward(model, at, last, s, s + model.lens[last], (one, two, three), whole=False)
    done = [node for node in begin if node[2] > leg_i]
    begin = [node for node in begin if node[2] <= leg_i]
    beam = Beam(model, noise, taken, before=[model.key[j] for j in line.tracks[:head]])
    span = leg.end - max(leg.start, model.now)
    slot_s = 5.0 if span < 2400 else 15.0
    width = int(6_000 / (16 * max(1.0, span) / slot_s))
    nodes = beam.run(begin, leg_i + 1, max(1, min(5, width)), 2, slot_s, _slope(model, j))
    options: list[Line] = []
    for node in (*done, *nodes):
        mid = line_of(node)
        cuts = {q for q in line.cuts if q not in (leg_i, leg_i + 1)} | mid.cuts
        if places and leg_i in line.cuts:
            cuts.add(leg_i)
        options.append(
            Line(
                line.legs[:head] + mid.legs + line.legs[tail:],
                line.tracks[:head] + mid.tracks + line.tracks[tail:],
                cuts,
            )
        )
    if not options:
        return None
    # All of them are the line again before what is new, and some time after it.
    after = len(line.tracks) - tail - 4

    def price(each: Line) -> float:
        same_from, moved = len(each.tracks) - after, len(line.tracks) - len(each.tracks)
        return walk(model, each, head, found.states, found, same_from, moved).j

    return min(options, key=price)
