"""Why this track here, in a few plain words that are true of the plan as it stands."""

from __future__ import annotations

from bisect import bisect_left

from soundscape.core.plan import PlanItem
from soundscape.core.planner.cost import natural_end_s
from soundscape.core.planner.index import MUSIC, Leg, Model
from soundscape.core.planner.warn import names, span_text

CLOSE_S = 3.0
"""A change this near to its boundary is said to come with it."""
AGAIN = "heard before"
"""How the reason of a repeat begins; a replan knows a repeat by it."""
CLEARLY = 0.05
"""A difference of intensity that a listener may notice, and a reason has to explain."""
SAME_LENGTH_S = 20.0
"""Tracks whose lengths differ by less end a phase alike."""


def range_text(low: float, high: float) -> str:
    """An intensity or a range of them: `0.45`, `0.45 to 0.52`."""
    one, two = f"{low:.2f}", f"{high:.2f}"
    return one if one == two else f"{one} to {two}"


def fit(model: Model, track: int, start_s: float, until_s: float) -> str:
    """Its intensity beside the curve's while it is the newest that sounds."""
    values = [
        v0 + (v1 - v0) * (min(max(t, t0), t1) - t0) / (t1 - t0)
        for t0, t1, v0, v1 in model.target.parts
        if t0 < until_s and t1 > start_s
        for t in (start_s, until_s)
    ]
    x = f"intensity {model.xs[track]:.2f}"
    return f"{x} for a curve of {range_text(min(values), max(values))}" if values else x


def origin(model: Model, leg: Leg, track: int, heard: set[int]) -> str:
    """Why a track that is no unheard one of the phase's own; "" for one that is. `heard` are the
    keys heard before it."""
    if model.key[track] in heard:
        if model.alone(leg):
            return f"{AGAIN}, as {leg.phase.name} has no other track"
        # What the plan plays later on waits for its time.
        waits = any(model.key[i] not in heard for i in model.repeatable(leg))
        but = " but what comes later" if waits else ""
        return f"{AGAIN}, as nothing unheard is left for {leg.phase.name}{but}"
    if track in leg.mine:
        return ""
    home = next(name for name in model.playlists if track in model.members(name))
    return f"from `{home}`, as {names(leg.phase.playlists)} is used up"


def instead(
    model: Model, leg: Leg, track: int, wanted: float, used: set[int], lately: set[int], last: bool
) -> str:
    """Why not one that is clearly nearer to the curve, or what this one alone can do; "" where
    there is nothing to say. `used` are the plan's keys, `lately` the artists of the three before,
    `last` whether the track has to end with its phase."""
    x = model.xs[track]
    off = abs(x - wanted)
    if off <= CLEARLY / 2 and not last:
        return ""
    free = [
        j
        for j in leg.own[
            bisect_left(leg.own, wanted - off - CLEARLY, key=model.xs.__getitem__) : bisect_left(
                leg.own, wanted + off + CLEARLY, key=model.xs.__getitem__
            )
        ]
        if model.key[j] not in used
    ]
    nearer = [j for j in free if abs(model.xs[j] - wanted) < off - CLEARLY / 2]
    if off > CLEARLY and not nearer:
        return "the nearest left"
    if nearer and all(model.artists[j] in lately and model.artists[j] for j in nearer):
        return "nearer ones are by artists just heard"
    length = model.lens[track]
    if last and not any(abs(model.lens[j] - length) < SAME_LENGTH_S for j in free):
        return "the only one left of this length"
    return ""


def seam(leg: Leg, after: Leg | None, item: PlanItem, change_s: float) -> str:
    """What the last track of a phase does at the boundary."""
    if after is None or leg.follows != MUSIC:
        if item.cut:
            return f"fades out as {leg.phase.name} ends"
        off = item.end_s - leg.end
        if off <= CLOSE_S + leg.fade:
            return f"ends with {leg.phase.name}"
        return f"runs on {span_text(off)} past {leg.phase.name}"
    if item.cut:
        unheard = span_text(natural_end_s(item) - item.end_s)
        return f"fades as {after.phase.name} begins, {unheard} unheard"
    off = change_s - after.start
    if abs(off) <= CLOSE_S:
        return f"ends as {after.phase.name} begins"
    return f"ends {span_text(abs(off))} {'before' if off < 0 else 'into'} {after.phase.name}"
