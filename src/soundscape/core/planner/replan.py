"""How a plan is mended: a phase is searched anew only where that pays for the change."""

from __future__ import annotations

from itertools import pairwise

from soundscape.core.plan import Plan
from soundscape.core.planner.avoid import sound
from soundscape.core.planner.beam import Beam
from soundscape.core.planner.index import MUSIC, Model
from soundscape.core.planner.search import search, slope
from soundscape.core.planner.timeline import Line, Walk, walk
from soundscape.core.planner.turns import in_turn
from soundscape.core.planner.ways import line_of, onward, starts

WORTH_A_CHANGE = 0.0005
"""A gain in cost below this changes nothing of a plan that holds."""
STICK_NOW, STICK_LATER = 0.05, 0.3
"""What keeping a track of the plan so far is worth, in cost over the number of tracks: in the
current phase, which the cue was about, and in later ones."""


def kept(model: Model, previous: Plan) -> Line:
    """What is left of a plan: its items that may still come, in order.

    One that was heard meanwhile stays only where the phase has nothing unheard left.
    """
    place = {leg.index: i for i, leg in enumerate(model.legs)}
    ids = model.shelf.by_path
    floor = max(0, model.playing_leg())
    line, used = Line([], []), set(model.heard_at)
    planned = {sound(item.track) for item in previous.items}
    spare = [any(sound(model.tracks[i]) not in planned for i in leg.own) for leg in model.legs]
    for item in previous.items:
        q = place.get(item.phase, -1)
        if q < floor or (line.legs and q < line.legs[-1]):
            continue
        leg = model.legs[q]
        same = [i for i in ids.get(item.track.path, []) if i in leg.mine]
        same = same or [i for i in ids.get(item.track.path, []) if i in model.near(leg)]
        if not same or (model.key[same[0]] in used and spare[q]):
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
        return search(model)
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
    lost = _lost(model, previous, base)
    for leg_i in range(len(model.legs)):
        if leg_i and leg_i not in lost and not _fault_in(best, found, leg_i):
            continue
        for keep in (99, 1, 0):
            line = _again(model, best, found, leg_i, keep, j)
            if line is None:
                continue
            trial = walk(model, line)
            price = trial.j + change(line)
            if price < worth - 1e-9:
                best, found, worth = line, trial, price
    if found.faults:
        whole = search(model)
        if walk(model, whole).faults < found.faults:
            return whole
    if not start.faults and found.j + change(best) > start.j - WORTH_A_CHANGE:
        return base
    return best


def turned(model: Model, line: Line) -> Line:
    """The line with what is heard again in its turn."""
    if len({model.key[j] for j in line.tracks} - model.heard_at.keys()) == len(line.tracks):
        return line
    j = min(0.2, max(0.01, walk(model, line).j))

    def refill(found: Line, leg_i: int, keep: int) -> Line | None:
        return _again(model, found, walk(model, found), leg_i, keep, j)

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


def _again(model: Model, line: Line, found: Walk, leg_i: int, keep: int, j: float) -> Line | None:
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
    done = [node for node in begin if node.leg > leg_i]
    begin = [node for node in begin if node.leg <= leg_i]
    beam = Beam(model, taken, before=[model.key[j] for j in line.tracks[:head]])
    span = leg.end - max(leg.start, model.now)
    slot_s = 5.0 if span < 2400 else 15.0
    width = int(6_000 / (16 * max(1.0, span) / slot_s))
    nodes = beam.run(begin, leg_i + 1, max(1, min(5, width)), 2, slot_s, slope(model, j))
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
