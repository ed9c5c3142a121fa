"""Where a search of a plan, or of a part of one, may begin."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from soundscape.core.planner.index import MUSIC, Model
from soundscape.core.seam import crossfade_s

Artists = tuple[int, int, int]
"""The artists of the last three tracks, the newest first."""


@dataclass(frozen=True, slots=True)
class Start:
    """A search may begin at `start_s` in the leg `leg`, for the cost `score`. `x` and `mean` are
    the intensity and the mean curve of the track just before, `key` its key (-1: none touches). The
    start cuts that track if `cut`, else they share `fade_s`."""

    start_s: float
    leg: int
    artists: Artists
    score: float = 0.0
    x: float = -1.0
    mean: float = 0.0
    key: int = -1
    cut: bool = False
    fade_s: float = 0.0


def starts(model: Model) -> list[Start]:
    """Where a search of everything begins: at once, or after what plays."""
    item, legs = model.playing_item(), model.legs
    b1, b2, b3 = model.before
    if item is None or model.playing is None:
        return [Start(model.first_s, 0, (b1, b2, b3))]
    j, at = model.playing, model.playing_leg()
    artists = (model.artists[j], b1, b2)
    if at >= 0:
        return onward(model, at, j, item.start_s, item.end_s, artists, whole=True)
    fade = crossfade_s(legs[0].fade, item.end_s - item.start_s, inf)
    edge = max(legs[0].start, model.now)
    s = max(item.end_s - fade, model.first_s)
    cut = s > edge + legs[0].late
    mean = model.mean(item.start_s, s)
    return [Start(edge if cut else s, 0, artists, 0.0, model.xs[j], mean, model.key[j], cut,
                  0.0 if cut else fade)]  # fmt: skip


def onward(
    model: Model, at: int, j: int, s: float, e: float, artists: Artists, whole: bool
) -> list[Start]:
    """Where a search may go on after track `j`, which plays from s to e in leg `at`.

    `whole` tracks are not cut where they can end by themselves.
    """
    leg, played = model.legs[at], e - s
    after = model.legs[at + 1] if leg.follows == MUSIC else None

    def start(then: float, leg_i: int, due: float, cut: bool, fade: float) -> Start:
        mean, cost = model.mean(s, then), due * model.w_s
        return Start(then, leg_i, artists, cost, model.xs[j], mean, model.key[j], cut, fade)

    found: list[Start] = []
    for way, each in enumerate(model.table.exits(leg, after, np.array([s]), np.array([played]))):
        ok, then, due = (array[0].item() for array in each[:3])
        if ok and not (way and whole and found):
            shared = e - then if after is not None and not way else 0.0
            found.append(start(then, at + 1, due, bool(way), shared))
    if after is not None and not found and e > after.start:
        fade = min(crossfade_s(after.fade, played, played), (after.end - after.start) / 2)
        found.append(start(max(after.start, model.now, s + 2 * fade), at + 1, 0.0, True, 0.0))
    fade = crossfade_s(leg.fade, played, played)
    if e - fade <= leg.last_start or not found:
        found.append(start(e - fade, at, 0.0, False, fade))
    return found
