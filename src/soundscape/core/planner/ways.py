"""Where a beginning of a plan may go on: its first step, and the ways out of a phase."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from soundscape.core.planner.index import END, MUSIC, Leg, Model
from soundscape.core.planner.timeline import Line
from soundscape.core.seam import crossfade_s

Artists = tuple[int, int, int]
"""The artists of the last three tracks, the newest first."""


@dataclass(slots=True)
class Node:
    """A beginning of a plan, and where it may go on: from `start_s` on, in the leg `leg`.

    `score` is its cost in a search, `x` and `mean` are the intensity and the mean curve of its last
    track (`x` is -1 where the next does not touch it), `used` its keys as bits. It grew from
    `before` by `track`; `cut` is true where the next start cuts that track, else they share
    `fade_s`. `paid` are prices of its tracks, and the slots until which they are not given back.
    """

    score: float
    start_s: float
    leg: int
    x: float
    mean: float
    artists: Artists
    used: int
    before: Node | None = None
    track: int = -1
    cut: bool = False
    fade_s: float = 0.0
    paid: list[tuple[int, float]] = field(default_factory=list)

    def tracks(self) -> list[int]:
        """Its tracks in order, without what plays."""
        found: list[int] = []
        node: Node | None = self
        while node is not None:
            if node.track >= 0:
                found.append(node.track)
            node = node.before
        return found[::-1]

    def last_bit(self, bits: list[int]) -> int:
        """The key of the track just before as a bit: of a root, that of what plays."""
        if self.track >= 0:
            return bits[self.track]
        return self.before.used if self.before is not None else 0


def exits(
    model: Model, leg: Leg, after: Leg | None, s: float, e: float, length: float
) -> list[tuple[float, float, bool, float]]:
    """Ways to leave the leg after a track from s to e: next start, seconds charged,
    whether it cuts the track, and the fade shared with a track of that start."""
    if after is None:
        fade = min(crossfade_s(leg.fade, length, length), leg.quiet)
        if leg.follows == END:
            return [(e, abs(e - fade - leg.end), False, 0.0)] if e >= leg.end else []
        if e < leg.end - fade:
            return []
        place = leg.place + 1
        then = model.legs[place].start if place < len(model.legs) else leg.end
        due = e - leg.end - fade
        return [(then, due if due > 0 else abs(e - fade - leg.end), False, 0.0)]
    if e <= leg.start:
        return []
    fade = min(crossfade_s(after.fade, length, length), (after.end - after.start) / 2)
    n = e - fade
    b = after.start
    if n < b - after.early:
        return []
    found = []
    if e <= b + after.late:
        found.append((n, abs(n - b), False, fade))
    if n > b:
        fade = min(fade, (b - s) / 2)
        if fade > 0:
            found.append((b, e - b - fade, True, 0.0))
    return found


def starts(model: Model) -> list[Node]:
    """Where a search of everything begins: at once, or after what plays."""
    item, legs = model.playing_item(), model.legs
    b1, b2, b3 = model.before
    if item is None or model.playing is None:
        return [Node(0.0, model.first_s, 0, -1.0, 0.0, (b1, b2, b3), 0)]
    j, at = model.playing, model.playing_leg()
    artists = (model.artists[j], b1, b2)
    if at >= 0:
        return onward(model, at, j, item.start_s, item.end_s, artists, whole=True)
    fade = crossfade_s(legs[0].fade, item.end_s - item.start_s, inf)
    edge = max(legs[0].start, model.now)
    s = max(item.end_s - fade, model.first_s)
    late = s > edge + legs[0].late
    mean = model.mean(item.start_s, s)
    root = Node(0.0, item.start_s, 0, -1.0, 0.0, artists, 1 << model.key[j])
    return [
        Node(0.0, edge if late else s, 0, model.xs[j], mean, artists, root.used, root, -1, late,
             0.0 if late else fade)
    ]  # fmt: skip


def onward(
    model: Model, at: int, j: int, s: float, e: float, artists: Artists, whole: bool
) -> list[Node]:
    """Where a search may go on after track `j`, which plays from s to e in leg `at`.

    `whole` tracks are not cut where they can end by themselves.
    """
    leg, played = model.legs[at], e - s
    after = model.legs[at + 1] if leg.follows == MUSIC else None
    root = Node(0.0, s, at, -1.0, 0.0, artists, 1 << model.key[j])

    def node(then: float, leg_i: int, due: float, cut: bool, fade: float) -> Node:
        mean = model.mean(s, then)
        cost = due * model.w_s
        return Node(cost, then, leg_i, model.xs[j], mean, artists, root.used, root, -1, cut, fade)

    ways = exits(model, leg, after, s, e, played)
    natural = [way for way in ways if not way[2]] if whole else ways
    found = [node(then, at + 1, due, cut, fade) for then, due, cut, fade in natural or ways]
    if after is not None and not found and e > after.start:
        fade = min(crossfade_s(after.fade, played, played), (after.end - after.start) / 2)
        found.append(node(max(after.start, model.now, s + 2 * fade), at + 1, 0.0, True, 0.0))
    fade = crossfade_s(leg.fade, played, played)
    if e - fade <= leg.last_start or not found:
        found.append(node(e - fade, at, 0.0, False, fade))
    return found


def line_of(node: Node) -> Line:
    """The sequence that a finished beginning stands for, without what plays."""
    line = Line([], [])
    while (before := node.before) is not None:
        if node.cut:
            line.cuts.add(node.leg)
        if node.track >= 0:
            line.legs.append(before.leg)
            line.tracks.append(node.track)
        node = before
    line.legs.reverse()
    line.tracks.reverse()
    return line
