"""How a plan is mended: a phase is searched anew only where that pays for the change."""

from __future__ import annotations

from itertools import pairwise

from soundscape.core.avoid import sound
from soundscape.core.plan import Plan
from soundscape.core.planner.beam import Beam
from soundscape.core.planner.index import MUSIC, Leg, Model
from soundscape.core.planner.prices import Prices
from soundscape.core.planner.search import WORK, search, slope
from soundscape.core.planner.timeline import FAULT, Line, Walk, walk
from soundscape.core.planner.ways import onward, starts

WIDTH, EACH = 6, 12
"""Beginnings kept in each slot of a phase that is planned anew, and tracks tried after each."""
FINE_S, COARSE_S = 5.0, 15.0
"""Slots of such a phase, and of one of more than 40 min, in seconds."""
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
    j = max(0.01, found.j - FAULT * found.faults)
    lost = _lost(model, previous, base)
    for leg_i in range(len(model.legs)):
        if leg_i and leg_i not in lost and leg_i in best.legs and leg_i not in found.faulty:
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
        whole = search(model, WORK // 10)
        if walk(model, whole).faults < found.faults:
            return whole
    if not start.faults and found.j + change(best) > start.j - WORTH_A_CHANGE:
        return base
    return best


def turned(model: Model, line: Line) -> Line:
    """The line with what is heard again in its turn, the least recently heard first.

    The search sees to that as it goes forward. But a later change (another length of a phase, a
    track that was banned or put in before) makes another one the least recently heard. So each
    phase is filled anew from the first repeat on that is out of turn, once, first to last.
    """
    if len({model.key[j] for j in line.tracks} - model.heard_at.keys()) == len(line.tracks):
        return line
    j = max(0.01, walk(model, line).j)
    for leg in model.legs:
        places = [k for k, q in enumerate(line.legs) if q == leg.place]
        k = _out_of_turn(model, line, leg, places)
        if k is not None:
            line = _again(model, line, walk(model, line), leg.place, k - places[0], j) or line
    return line


def _out_of_turn(model: Model, line: Line, leg: Leg, places: list[int]) -> int | None:
    """The first place of the leg whose track comes again before its turn."""
    if not places:
        return None
    key = model.key
    heard = dict(model.heard_at)
    order = len(heard) + 1
    for n, j in enumerate(line.tracks[: places[0]]):
        heard[key[j]] = order + n
    later = {key[j] for j in line.tracks[places[-1] + 1 :]}
    playing = -1 if model.playing is None else key[model.playing]
    last = key[line.tracks[places[0] - 1]] if places[0] else playing
    reach: list[int] | None = None
    for k in places:
        j = line.tracks[k]
        if key[j] in heard:
            if reach is None:
                reach = model.repeatable(leg)
            ahead = later | {key[i] for i in line.tracks[k:]}
            for i in reach:
                if key[i] in (key[j], last) or (
                    key[i] not in heard and i not in leg.mine and model.needed(i, leg)
                ):
                    # An unheard track of another playlist is kept for a phase that counts on it.
                    continue
                if heard[key[i]] < heard[key[j]] if key[i] in heard else key[i] not in ahead:
                    return k
        heard[key[j]] = order + k
        last = key[j]
    return None


def _lost(model: Model, previous: Plan, line: Line) -> set[int]:
    """Legs of which a track yet to come is no longer to be had."""
    had: dict[int, int] = {}
    for item in previous.items:
        if item.start_s > model.now:
            had[item.phase] = had.get(item.phase, 0) + 1
    return {i for i, leg in enumerate(model.legs) if line.legs.count(i) < had.get(leg.index, 0)}


def _again(model: Model, line: Line, found: Walk, leg_i: int, keep: int, j: float) -> Line | None:
    """The line, whose walk is `found`, with a leg planned anew after its first `keep` tracks (99:
    those that begin well within it), and all the other legs as they are."""
    leg, key = model.legs[leg_i], model.key
    places = [k for k, q in enumerate(line.legs) if q == leg_i]
    fit = [k for k in places if found.starts[k] + model.lens[line.tracks[k]] <= leg.end + 60.0]
    if keep == 99 and len(fit) <= 1:
        return None
    places = fit[:keep]
    first = next((k for k, q in enumerate(line.legs) if q >= leg_i), len(line.legs))
    head = first + len(places)
    tail = next((k for k, q in enumerate(line.legs) if q > leg_i), len(line.legs))
    before = [key[j] for j in line.tracks[:head]]
    later = [key[j] for j in line.tracks[tail:]]
    if head == 0:
        begin = starts(model)
    else:
        k = head - 1
        one, two, three = ([model.artists[i] for i in line.tracks[:head][::-1]] + model.before)[:3]
        s, last = found.starts[k], line.tracks[k]
        at = line.legs[k]
        begin = onward(model, at, last, s, s + model.lens[last], (one, two, three), whole=False)
    span = leg.end - max(leg.start, model.now)
    slot_s = FINE_S if span < 2400 else COARSE_S
    prices = Prices(model, slot_s, slope(model, j), leg_i, leg_i + 1, {*before, *later})
    prices.reprice(prices.price, prices.slope)
    middles = [Line([], [], {start.leg} if start.cut else set()) for start in begin
               if start.leg > leg_i]  # fmt: skip
    middles += Beam(prices, WIDTH, EACH, before, later).run(
        [start for start in begin if start.leg <= leg_i]
    )
    options: list[Line] = []
    for mid in middles:
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
    return min(options, key=lambda each: walk(model, each).j)
