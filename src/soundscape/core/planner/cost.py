"""The planner's cost, computed: `cost(plan, arc)` for any plan, and the curve over a session.

The definition, with every choice the formula leaves open, is in `soundscape.core.planner.planner`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import sqrt

from soundscape.core.arc import Arc, Phase
from soundscape.core.names import people
from soundscape.core.plan import Cost, PhaseSpan, Plan, PlanItem, SoFar
from soundscape.core.seam import crossfade_s, plays_s
from soundscape.core.track import Track

S_WEIGHT = K_WEIGHT = 0.05
A_WEIGHT = L_WEIGHT = 0.5
ARTISTS_BACK = 3
"""How many tracks back an artist counts as heard just now."""
FREE_STEP = 0.1
"""A step of intensity between neighbours that costs nothing."""

NEAR = 0.2
"""How far outside a phase's curve a track of another playlist may lie and still stand in."""

Piece = tuple[float, float, float, float]
"""From, to (seconds from the session's start), intensity at from, intensity at to."""


def has_music(phase: Phase) -> bool:
    """Whether the arc asks for music in this phase."""
    return bool(phase.playlists) and not phase.silence


def artist_key(artist: str) -> str:
    """What makes two artists the same one; "" is nobody in particular."""
    return ", ".join(sorted(people(artist)))


def opening(track: Track) -> float:
    """The intensity a track begins with, as far as is known."""
    return track.intensity if track.shape is None else track.shape[0]


def closing(track: Track) -> float:
    """The intensity a track ends with, as far as is known."""
    return track.intensity if track.shape is None else track.shape[2]


def _clipped(piece: Piece, cap: float) -> Iterable[Piece]:
    """The piece held within 0 and the cap, split where it crosses either."""
    t0, t1, v0, v1 = piece
    cuts = [t0, t1]
    if v0 != v1:
        crossings = (t0 + (t1 - t0) * (limit - v0) / (v1 - v0) for limit in (0.0, cap))
        cuts += [t for t in crossings if t0 < t < t1]
    cuts.sort()
    for a, b in pairwise(cuts):
        va, vb = (v0 + (v1 - v0) * (t - t0) / (t1 - t0) for t in (a, b))
        yield a, b, min(cap, max(0.0, va)), min(cap, max(0.0, vb))


def pieces(phase: Phase, start_s: float, end_s: float, shift: float, now_s: float) -> list[Piece]:
    """The phase's curve between two times, with `shift` added from `now_s` on.

    The curve keeps the phase's own pace (`Phase.target`): past the planned length it stays at its
    last value, and in a shortened phase its tail is left out.
    """
    length = phase.length_s
    points = phase.curve.points
    if length <= 0:
        points = ((0.0, points[-1][1]),)
        length = 1.0
    knots = [(start_s + x * length, y) for x, y in points]
    knots = [(min(start_s, knots[0][0]), knots[0][1]), *knots]
    knots.append((max(end_s, knots[-1][0]), knots[-1][1]))
    found: list[Piece] = []
    for (t0, v0), (t1, v1) in pairwise(knots):
        cuts = [max(t0, start_s), min(t1, end_s)]
        if cuts[1] <= cuts[0]:
            continue
        if shift and cuts[0] < now_s < cuts[1]:
            cuts.insert(1, now_s)
        for a, b in pairwise(cuts):
            va, vb = (v0 + (v1 - v0) * (t - t0) / (t1 - t0) for t in (a, b))
            if shift and a >= now_s:
                found.extend(_clipped((a, b, va + shift, vb + shift), phase.cap))
            else:
                found.append((a, b, va, vb))
    return found


class Target:
    """The wanted intensity over session time, with exact integrals. Gaps hold no target."""

    def __init__(self, parts: Iterable[Piece]) -> None:
        self.parts = sorted(parts)
        self._starts = [part[0] for part in self.parts]
        self._sums = [(0.0, 0.0, 0.0)]
        for part in self.parts:
            time, area, square = self._sums[-1]
            d_time, d_area, d_square = self._inside(part, part[1])
            self._sums.append((time + d_time, area + d_area, square + d_square))

    @staticmethod
    def _inside(part: Piece, until: float) -> tuple[float, float, float]:
        t0, t1, v0, v1 = part
        d = min(until, t1) - t0
        v = v0 + (v1 - v0) * d / (t1 - t0)
        return d, (v0 + v) / 2 * d, (v0 * v0 + v0 * v + v * v) / 3 * d

    def sums(self, t: float) -> tuple[float, float, float]:
        """Seconds with a target, their integral and that of their square, from the start to t."""
        i = bisect_right(self._starts, t)
        if i == 0:
            return 0.0, 0.0, 0.0
        time, area, square = self._sums[i - 1]
        d_time, d_area, d_square = self._inside(self.parts[i - 1], t)
        return time + d_time, area + d_area, square + d_square

    def between(self, a: float, b: float) -> tuple[float, float, float]:
        """The same three sums between two times."""
        low, high = self.sums(a), self.sums(max(a, b))
        return high[0] - low[0], high[1] - low[1], high[2] - low[2]


def live_spans(plan: Plan, so_far: SoFar | None) -> list[PhaseSpan]:
    """The spans a cost counts: all of them, or in a replan the current phase's and later ones."""
    if so_far is None:
        return list(plan.spans)
    return [span for span in plan.spans if span.start_s >= so_far.phase_started_s]


def target_of(spans: Sequence[PhaseSpan], arc: Arc, so_far: SoFar | None) -> Target:
    """The curve over these spans, shifted in the current phase as `so_far` says."""
    parts: list[Piece] = []
    for place, span in enumerate(spans):
        shift, now = (so_far.shift, so_far.now_s) if so_far and place == 0 else (0.0, 0.0)
        parts.extend(pieces(arc.phases[span.index], span.start_s, span.end_s, shift, now))
    return Target(parts)


def natural_end_s(item: PlanItem) -> float:
    """Where the item would end if nothing cut it."""
    return item.start_s + plays_s(item.track, item.offset_s)


def own_ends(items: Sequence[PlanItem]) -> list[float]:
    """Where each item stops being the newest one that sounds."""
    return [
        min(item.end_s, items[i + 1].start_s) if i + 1 < len(items) else item.end_s
        for i, item in enumerate(items)
    ]


def fade_out_s(item: PlanItem, phase: Phase) -> float:
    """The fade at the end of a track that nothing follows."""
    return crossfade_s(phase.crossfade_s, plays_s(item.track), plays_s(item.track))


def _boundaries(plan: Plan, arc: Arc, spans: Sequence[PhaseSpan]) -> list[float]:
    """For each boundary that ends a phase with music: seconds from it to the change serving it."""
    items = plan.items
    served = {item.phase for item in items}
    found: list[float] = []
    for place, span in enumerate(spans):
        phase = arc.phases[span.index]
        if not has_music(phase) or span.index not in served:
            continue
        after = spans[place + 1] if place + 1 < len(spans) else None
        incoming = [
            item.start_s
            for item in items
            if after is not None and item.phase == after.index and item.end_s > after.start_s
        ]
        if incoming and after is not None and has_music(arc.phases[after.index]):
            found.append(abs(incoming[0] - span.end_s))
            continue
        last = [item for item in items if item.start_s < span.end_s]
        if last:
            fade = fade_out_s(last[-1], phase)
            change = last[-1].end_s - fade
            found.append(0.0 if last[-1].cut else abs(change - span.end_s))
    return found


def cost(plan: Plan, arc: Arc, so_far: SoFar | None = None, before: Sequence[str] = ()) -> Cost:
    """J and its parts for any plan, as the docstring of `core.planner.planner` defines them.

    `so_far` is what the plan was made from, where it is a replan: its shift belongs to the curve
    and phases gone by are left out. `before` are the artists heard just before the first item,
    oldest first. An empty plan costs nothing.
    """
    items = plan.items
    if not items:
        return Cost()
    spans = live_spans(plan, so_far)
    served = {item.phase for item in items}
    musical = [s for s in spans if has_music(arc.phases[s.index])]
    target = target_of(spans, arc, so_far)
    wanted = Target(
        part
        for part in target.parts
        if any(s.start_s <= part[0] and part[1] <= s.end_s for s in musical)
    )
    time = square = 0.0
    means: list[float | None] = []
    for item, until in zip(items, own_ends(items), strict=True):
        d_time, area, area2 = wanted.between(item.start_s, until)
        x = item.track.intensity
        time += d_time
        square += x * x * d_time - 2 * x * area + area2
        means.append(area / d_time if d_time > 0 else None)
    off = _boundaries(plan, arc, [s for s in spans if s.index in served or s not in musical])
    cut = sum(natural_end_s(item) - item.end_s for item in items if item.cut)
    steps: list[float] = []
    seams: list[float] = []
    for i, (one, two) in enumerate(pairwise(items)):
        m1, m2 = means[i], means[i + 1]
        if two.start_s > one.end_s or m1 is None or m2 is None:
            continue
        step = abs(two.track.intensity - one.track.intensity)
        steps.append(max(0.0, step - abs(m2 - m1) - FREE_STEP))
        step = abs(opening(two.track) - closing(one.track))
        seams.append(max(0.0, step - abs(m2 - m1) - FREE_STEP))
    artists = [artist_key(name) for name in before][-ARTISTS_BACK:]
    offset = len(artists)
    artists += [artist_key(item.track.artist) for item in items]
    again = sum(
        1
        for i in range(offset, len(artists))
        if artists[i] and artists[i] in artists[max(0, i - ARTISTS_BACK) : i]
    )
    c = sqrt(max(0.0, square) / time) if time > 0 else 0.0
    s = sum(off) / 60 / len(off) if off else 0.0
    k = cut / 60 / len(off) if off else 0.0
    a = again / len(items)
    l_mean = sum(steps) / len(steps) if steps else 0.0
    j = c + S_WEIGHT * s + K_WEIGHT * k + A_WEIGHT * a + L_WEIGHT * l_mean
    e = sum(seams) / len(seams) if seams else 0.0
    return Cost(J=j, C=c, S=s, K=k, A=a, L=l_mean, E=e)
