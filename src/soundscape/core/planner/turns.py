"""Whose turn it is where music has to come again: the least recently heard, whatever else changed.

The search sees to that as it goes forward. But a later change (another length of a phase, a track
that was banned or put in before) makes another one the least recently heard. So the last thing done
to any plan is to look at its repeats once more, and to fill a phase anew from the first one on that
is out of turn.
"""

from __future__ import annotations

from collections.abc import Callable

from soundscape.core.planner.index import Leg, Model
from soundscape.core.planner.timeline import Line

Refill = Callable[[Line, int, int], Line | None]
"""The line with a leg filled anew after its first so many tracks."""


def in_turn(model: Model, line: Line, refill: Refill) -> Line:
    """The line with every repeat in its turn. Each phase is filled anew once, first to last."""
    for leg in model.legs:
        places = [k for k, q in enumerate(line.legs) if q == leg.place]
        k = _out_of_turn(model, line, leg, places)
        if k is not None:
            line = refill(line, leg.place, k - places[0]) or line
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
    last = key[line.tracks[places[0] - 1]] if places[0] else _playing(model)
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


def _playing(model: Model) -> int:
    return -1 if model.playing is None else model.key[model.playing]
