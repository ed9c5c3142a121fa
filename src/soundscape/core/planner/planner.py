"""The planner: an arc and its pools become a plan. Pure: same arguments, same plan, anywhere.

The cost
--------
A plan's cost is **J = C + 0.05 S + 0.05 K + 0.5 A + 0.5 L**; `cost` computes it for any plan.

A *phase with music* is one the arc gives playlists and no silence, and that has an item. An item
*owns* the time from its start until the next item starts, or until it ends itself: in a crossfade
the newer track counts. Times after a phase with music has become silence, and after the arc's end,
have no curve and count nowhere.

C
    Root-mean-square difference of the owning track's intensity and the curve, over the time with
    music, exactly (the curve is straight between its points). The curve is that of the phase the
    clock is in, whichever phase the item serves, and keeps its own pace: where a phase lasts
    longer than the arc says it stays at its last value. In a replan the shift is added from now
    to the end of the current phase, and the sum held within 0 and 1.
S
    Mean minutes between the end of a phase with music and the change of track that serves it. The
    change is the start of the next phase's first item. Where no music follows (silence, or the
    end of the arc) it is the moment at which the last track's fade-out begins: its end minus the
    phase's crossfade. A boundary that cuts a track has its change at the boundary: 0. A start
    from silence is no change.
K
    Minutes that boundaries cut off (from where the fade is complete to where the music would have
    ended), over the same boundaries as S, also those that cut nothing.
A
    Share of items whose artist was among the three items before. No artist is nobody. Case and
    outer blanks do not count.
L
    Mean over neighbours (items that touch) of ``max(0, step - curve's step - 0.1)``: the step is
    the difference of their intensities, the curve's that of its means over the time each owns.

Beside J, and no part of it:

E
    Mean over the same neighbours of ``max(0, step - curve's step - 0.1)``, where the step is from
    the outgoing track's end to the incoming one's start, as `Track.shape` tells them (the whole
    track's intensity where it does not). Of plans whose J is within half a percent, the one with
    the lower E is chosen.

The rules
---------
Tracks play whole, from cue-in to where a fade out of them has to be over, and overlap by the
crossfade of the phase that comes in, at most a third of either track (`soundscape.core.seam`). A
change may come up to two minutes (at most half the phase) before its boundary, or after it up to
half the next phase; where it would be later, and where that is cheaper, the boundary cuts the
track: it is faded out across the boundary, `cut` is true. Before silence music fades out at the
boundary; at the arc's end it plays to its own end. A track is heard once. A phase whose playlists
are used up goes on with unheard tracks of the arc's other playlists within 0.2 of its curve, then
with the least recently heard of its own and near ones; where there is none at all the ambience is
alone. Each comes with a warning.
"""

from __future__ import annotations

from soundscape.core.arc import Arc
from soundscape.core.plan import PhaseSpan, Plan, SoFar, phase_spans
from soundscape.core.planner.cost import cost
from soundscape.core.planner.explain import lay_out
from soundscape.core.planner.improve import improved
from soundscape.core.planner.index import Model
from soundscape.core.planner.pick import Pick, pick
from soundscape.core.planner.replan import replan, turned
from soundscape.core.planner.search import search
from soundscape.core.planner.timeline import Line
from soundscape.core.track import Pools

__all__ = ["Pick", "cost", "phase_spans", "pick", "plan"]


def plan(
    arc: Arc,
    pools: Pools,
    seed: int,
    so_far: SoFar | None = None,
    previous: Plan | None = None,
) -> Plan:
    """The plan for an arc, or for the rest of one.

    `pools` maps playlist names to tracks; a name it lacks is an empty playlist. Another seed gives
    another plan about as good, where there is one within `beam.TASTE`. With `so_far` only
    what comes after `so_far.playing` is planned, from `so_far.now_s` on: what plays is the first
    item as it is (cut only where it would swallow the next phase, or run into silence), and nothing
    heard comes again while there is other music. With `previous`, the plan so far, as little of the
    rest is changed as possible. Times are seconds from the session's start; spans of phases gone by
    are taken from `previous`. Never raises for lack of music: `Plan.warnings` says what is missing.
    """
    spans = phase_spans(arc, so_far)
    model = Model(arc, pools, seed, so_far, spans)
    if not model.legs:
        line = Line([], [])
    elif so_far is not None and previous is not None:
        line = replan(model, previous)
    else:
        line = improved(model, search(model))
    items, warnings = lay_out(model, turned(model, line))
    gone = _gone(previous, so_far)
    found = Plan(items, (*gone, *spans), seed, warnings=warnings)
    price = cost(found, arc, so_far, model.before_names)
    return Plan(items, found.spans, seed, price, warnings)


def _gone(previous: Plan | None, so_far: SoFar | None) -> tuple[PhaseSpan, ...]:
    if previous is None or so_far is None:
        return ()
    until = so_far.phase_started_s
    return tuple(
        PhaseSpan(s.index, s.name, s.stage, s.start_s, min(s.end_s, until))
        for s in previous.spans
        if s.start_s < until
    )
