"""A sequence laid out as the plan's items, each with its reason, and the warnings."""

from __future__ import annotations

from dataclasses import replace

from soundscape.core.plan import PlanItem, Shortfall
from soundscape.core.planner.explain import fit, instead, origin, seam
from soundscape.core.planner.index import Model
from soundscape.core.planner.timeline import Line, walk
from soundscape.core.planner.warn import warnings
from soundscape.core.seam import plays_s


def lay_out(model: Model, line: Line) -> tuple[tuple[PlanItem, ...], tuple[Shortfall, ...]]:
    """The items of the plan, what plays first, and the warnings."""
    found = walk(model, line)
    playing = model.so_far.playing if model.so_far else None
    items: list[PlanItem] = []
    ends = found.ends
    if playing is not None:
        if model.playing is None:
            items.append(playing)
        else:
            end_s = ends[0]
            ends = ends[1:]
            kept = end_s >= playing.end_s - 1e-6
            items.append(playing if kept else replace(playing, end_s=end_s, cut=True))
    heard = set(model.heard_at)
    used = heard | {model.key[j] for j in line.tracks}
    lent: dict[int, list[int]] = {}
    again: dict[int, list[int]] = {}
    artists = [*model.before[::-1], *([model.artists[model.playing]] if items and
               model.playing is not None else [])]  # fmt: skip
    n = len(line.tracks)
    before_leg = found.states[0][3]
    for k in range(n):
        j, leg = line.tracks[k], model.legs[line.legs[k]]
        track, start = model.tracks[j], found.starts[k]
        natural = start + plays_s(track)
        cut = ends[k] < natural - 1e-6
        end = ends[k] if cut else natural
        item = PlanItem(leg.index, track, start, end, track.cue_in_s, "", cut)
        change = found.starts[k + 1] if k + 1 < n else end
        until = min(change, end, leg.block_end)
        from_where = origin(model, leg, j, heard)
        if model.key[j] in heard:
            again.setdefault(leg.place, []).append(j)
        elif from_where:
            lent.setdefault(leg.place, []).append(j)
        heard.add(model.key[j])
        if k:
            before_leg = line.legs[k - 1]
        last = k + 1 == n or line.legs[k + 1] != line.legs[k]
        why = ""
        if not from_where:
            wanted = model.mean(start, max(start + 1.0, until))
            fits = last and not cut and k + 1 < n
            why = instead(model, leg, j, wanted, used, set(artists[-3:]), fits)
        place = ""
        if last:
            after = model.legs[line.legs[k + 1]] if k + 1 < n else None
            place = seam(leg, after, item, change)
        elif before_leg != line.legs[k]:
            place = f"opens {leg.phase.name}"
        parts = [from_where, fit(model, j, start, until), why, place]
        artists.append(model.artists[j])
        items.append(replace(item, reason="; ".join(part for part in parts if part)))
    return tuple(items), tuple(warnings(model, line, items, lent, again))
