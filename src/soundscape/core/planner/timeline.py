"""The timeline of a sequence of tracks, and what it costs: exact, and quick to redo in part.

A sequence is two lists, the leg and the track of each place, and per leg whether its start cuts
the track before. `walk` says when each track starts and ends. The search, the plan that is handed
out and every trial of a change go through it, so that no two of them disagree on a fade.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import inf, sqrt

from soundscape.core.planner.cost import (
    A_WEIGHT,
    FREE_STEP,
    K_WEIGHT,
    L_WEIGHT,
    S_WEIGHT,
)
from soundscape.core.planner.index import END, MUSIC, Model
from soundscape.core.seam import crossfade_s

State = tuple[
    float, float, int, int, float, float, float, float, float, float, int, float, int, float, int
]
"""Before a place: start, end, track, leg of the track before it; intensity and mean target of the
one before that (-1: none that touches); squared deviation, its seconds, boundary seconds, cut
seconds, artists again, steps, neighbours, faults, places done."""

FAULT = 0.5
"""What one thing that must not be adds to the cost of a trial."""


@dataclass(slots=True)
class Line:
    """Which track at which place. `cuts` holds legs whose start cuts the track before."""

    legs: list[int]
    tracks: list[int]
    cuts: set[int] = field(default_factory=set)

    def copy(self) -> Line:
        """One to try a change on."""
        return Line(self.legs[:], self.tracks[:], set(self.cuts))


@dataclass(slots=True)
class Walk:
    """The answer: what it costs, the state before each place, starts and ends of the places."""

    j: float
    faults: float
    states: list[State]
    starts: list[float]
    ends: list[float]


def begin(model: Model) -> State:
    """Before the first place that is free: nothing, or what plays."""
    item = model.playing_item()
    if item is None or model.playing is None:
        return (0.0, 0.0, -1, -1, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0.0, 0, 0.0, 0)
    leg = model.playing_leg()
    again = int(model.artists[model.playing] in [a for a in model.before if a])
    return (
        item.start_s, item.end_s, model.playing, leg, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, again, 0.0, 0,
        0.0, 1,
    )  # fmt: skip


def walk(
    model: Model,
    seq: Line,
    first: int = 0,
    states: Sequence[State] | None = None,
    old: Walk | None = None,
    same_from: int = 1 << 60,
    moved: int = 0,
) -> Walk:
    """Lay the sequence out from place `first` on, whose state is taken from `states`.

    With `old`, the walk of a sequence that is equal from place `same_from` on (of the new one;
    `moved` places further on in the old), it stops as soon as both are in step again, and answers
    with the cost alone.
    """
    legs, tracks, cuts = seq.legs, seq.tracks, seq.cuts
    xs, lens, artists, all_legs = model.xs, model.lens, model.artists, model.legs
    t0, inv, g1s, g2s, d1s, d2s = model.t0, model.inv, model.g1, model.g2, model.d1, model.d2
    keys = model.key
    top = len(g1s) - 2
    n = len(tracks)
    done: list[State] = list(states[:first]) if states else []
    state = states[first] if states else begin(model)
    (s_p, e_p, j_p, leg_p, px, pg, square, time, off, cut, again, steps, pairs, faults, places) = (
        state
    )
    starts: list[float] = []
    ends: list[float] = []
    b1, b2, b3 = model.before
    if model.playing is not None:
        b1, b2, b3 = artists[model.playing], b1, b2
    full = old is None
    # The curve's integrals where the track before was closed: most begin just there.
    there, there1, there2 = -inf, 0.0, 0.0
    for k in range(first, n + 1):
        state = (
            s_p, e_p, j_p, leg_p, px, pg, square, time, off, cut, again, steps, pairs, faults,
            places,
        )  # fmt: skip
        if full:
            done.append(state)
        elif k >= same_from and old is not None:
            ref = old.states[k + moved]
            if (
                ref[3] == leg_p
                and ref[2] == j_p
                and -1e-6 < ref[1] - e_p < 1e-6
                and (-1e-6 < ref[0] - s_p < 1e-6)
                and ref[4] == px
                and -1e-6 < ref[5] - pg < 1e-6
            ):
                last = old.states[-1]
                return Walk(
                    _score(
                        model,
                        square + last[6] - ref[6], time + last[7] - ref[7],
                        off + last[8] - ref[8], cut + last[9] - ref[9],
                        again + last[10] - ref[10], steps + last[11] - ref[11],
                        pairs + last[12] - ref[12], faults + last[13] - ref[13],
                        places + last[14] - ref[14],
                    ), faults + last[13] - ref[13], done, starts, ends,
                )  # fmt: skip
        # Where does this place start, and what does that do to the one before?
        touching = False
        s = e_p
        if k < n:
            j, q = tracks[k], legs[k]
            leg = all_legs[q]
        else:
            j, q, leg = -1, len(all_legs), None
        if j_p >= 0:
            was = lens[j_p]
            if was > e_p - s_p:
                was = e_p - s_p
            before = all_legs[leg_p] if leg_p >= 0 else None
            if leg is not None and q == leg_p:
                s = e_p - crossfade_s(leg.fade, was, lens[j])
                touching = True
                if s >= leg.end or s > leg.last_start + leg.fade:
                    faults += 1 + (s - leg.last_start) / 60
            elif leg is not None and (before is None or before.block == leg.block):
                fade = crossfade_s(leg.fade, was, lens[j])
                if fade > (leg.end - leg.start) / 2:
                    fade = (leg.end - leg.start) / 2
                edge = leg.start
                if edge < model.now:
                    edge = model.now
                s = e_p - fade
                touching = True
                if before is None and s < model.first_s:
                    s = model.first_s
                    touching = s < e_p
                late = s > edge + leg.late
                if k == 0 and edge < s_p + 2 * fade and (late or q in cuts):
                    # What plays has only just begun: it gets a whole seam all the same.
                    edge = s_p + 2 * fade
                if s > edge and (late or q in cuts):
                    if fade > (edge - s_p) / 2:
                        fade = max(0.0, (edge - s_p) / 2)
                    s = edge
                    if e_p > edge + fade:
                        cut += e_p - edge - fade
                        e_p = edge + fade
                elif before is not None:
                    gap = s - edge
                    off += gap if gap > 0 else -gap
                    if -gap > leg.early:
                        faults += 1 + (-gap - leg.early) / 60
            elif before is not None:
                fade = min(crossfade_s(before.fade, was, was), before.quiet)
                edge = before.block_end
                if before.follows == MUSIC:
                    faults += 1
                elif before.follows != END and e_p > edge + fade:
                    cut += e_p - edge - fade
                    e_p = edge + fade
                else:
                    gap = e_p - fade - edge
                    off += gap if gap > 0 else -gap
                    short = edge - e_p - (0.0 if before.follows == END else fade)
                    if short > 1e-6:
                        faults += 1 + short / 60
                if leg is not None:
                    s = leg.start
            if before is not None and e_p <= before.start:
                faults += 1
            if touching and s < model.now:  # Less is left of what plays than a seam takes.
                s = model.now
                touching = s < e_p
            if leg is not None and keys[j] == keys[j_p] and not model.alone(leg):
                faults += 1
            if q > leg_p + 1:
                faults += q - leg_p - 1
            # Close the one before: it was the newest from s_p to here.
            until = s if touching and s < e_p else e_p
            edge = before.block_end if before is not None else until
            if until > edge:
                until = edge
            since = s_p if s_p > t0 else t0
            d = until - since
            if d > 0:
                if since == there:
                    a1, a2 = there1, there2
                else:
                    u = (since - t0) * inv
                    i = int(u)
                    i = i if i < top else top
                    a1 = g1s[i] + d1s[i] * (u - i)
                    a2 = g2s[i] + d2s[i] * (u - i)
                u = (until - t0) * inv
                i = int(u)
                i = i if i < top else top
                u -= i
                there, there1, there2 = until, g1s[i] + d1s[i] * u, g2s[i] + d2s[i] * u
                a1, a2 = there1 - a1, there2 - a2
                x = xs[j_p]
                square += x * x * d - 2 * x * a1 + a2
                time += d
                mean = a1 / d
                if px >= 0:
                    step = x - px if x > px else px - x
                    own = mean - pg if mean > pg else pg - mean
                    pairs += 1
                    if step - own > FREE_STEP:
                        steps += step - own - FREE_STEP
                px, pg = (x, mean) if touching else (-1.0, 0.0)
            else:
                px = -1.0
        elif leg is not None:
            s = model.first_s if q == 0 else leg.start
            faults += q
        else:
            faults += len(all_legs)
        if full:
            if j_p >= 0:
                ends.append(e_p)
            if k < n:
                starts.append(s)
        if k == n:
            break
        artist = artists[j]
        if artist:
            one = artists[tracks[k - 1]] if k > 0 else b1
            two = artists[tracks[k - 2]] if k > 1 else (b1 if k == 1 else b2)
            three = artists[tracks[k - 3]] if k > 2 else (b1, b2, b3)[2 - k]
            if artist in (one, two, three):
                again += 1
        places += 1
        s_p, e_p, j_p, leg_p = s, s + lens[j], j, q
    total = (square, time, off, cut, again, steps, pairs, faults, places)
    # The closing entry carries the totals, so that a trial may stop early and add the rest.
    done.append((s_p, e_p, j_p, leg_p, px, pg, *total))
    return Walk(_score(model, *total), faults, done, starts, ends)


def walk_changed(model: Model, seq: Line, places: Collection[int], old: Walk) -> Walk:
    """What a line costs that differs from a walked one in the tracks of these places only."""
    # An artist counts for three places more.
    return walk(model, seq, min(places), old.states, old, max(places) + 5)


def walk_from(model: Model, seq: Line, first: int, old: Walk) -> Walk:
    """The walk of a line that is equal to a walked one up to the place before `first`."""
    found = walk(model, seq, first, old.states)
    found.starts[:0] = [state[0] for state in found.states[1 : first + 1]]
    return found


def _score(
    model: Model,
    square: float,
    time: float,
    off: float,
    cut: float,
    again: int,
    steps: float,
    pairs: int,
    faults: float,
    places: int,
) -> float:
    j = sqrt(square / time) if time > 0 and square > 0 else 0.0
    count = len(model.legs) or 1
    j += (S_WEIGHT * off + K_WEIGHT * cut) / 60 / count
    if places:
        j += A_WEIGHT * again / places
    if pairs:
        j += L_WEIGHT * steps / pairs
    return j + FAULT * faults
