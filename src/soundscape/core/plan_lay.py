"""A sequence laid out as the plan's items, each with its reason, and the warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from soundscape.core.plan import PlanItem
from soundscape.core.plan_cost import has_music
from soundscape.core.plan_model import MUSIC, Leg, Model
from soundscape.core.plan_walk import Line, walk

CLOSE_S = 3.0
"""A change this near to its boundary is said to come with it."""
AGAIN = "heard before"
"""How the reason of a repeat begins; a replan knows a repeat by it."""
SHORTFALL_S = 1.0
"""Music that ends this much before its time is worth a warning."""


def span_text(seconds: float) -> str:
    """A short stretch of time in words: `20 s`, `4 min`."""
    return f"{seconds:.0f} s" if seconds < 99.5 else f"{seconds / 60:.0f} min"


def range_text(low: float, high: float) -> str:
    """An intensity or a range of them: `0.45`, `0.45 to 0.52`."""
    one, two = f"{low:.2f}", f"{high:.2f}"
    return one if one == two else f"{one} to {two}"


def _curve(model: Model, a: float, b: float) -> str:
    values = [
        v0 + (v1 - v0) * (min(max(t, t0), t1) - t0) / (t1 - t0)
        for t0, t1, v0, v1 in model.target.parts
        if t0 < b and t1 > a
        for t in (a, b)
    ]
    return range_text(min(values), max(values)) if values else ""


def _names(phase_playlists: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in phase_playlists)


def _seam(leg: Leg, after: Leg | None, item: PlanItem, change: float) -> str:
    if after is None or leg.follows != MUSIC:
        if item.cut:
            return f"fades out as {leg.phase.name} ends"
        off = item.end_s - leg.end
        if off <= CLOSE_S + leg.fade:
            return f"ends with {leg.phase.name}"
        return f"runs on {span_text(off)} past {leg.phase.name}"
    if item.cut:
        full = item.start_s + item.track.end_s - item.offset_s
        return f"fades as {after.phase.name} begins, {span_text(full - item.end_s)} unheard"
    off = change - after.start
    if abs(off) <= CLOSE_S:
        return f"ends as {after.phase.name} begins"
    return f"ends {span_text(abs(off))} {'before' if off < 0 else 'into'} {after.phase.name}"


def lay_out(model: Model, line: Line) -> tuple[tuple[PlanItem, ...], tuple[str, ...]]:
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
    lent: dict[int, list[int]] = {}
    again: dict[int, list[int]] = {}
    n = len(line.tracks)
    before_leg = found.states[0][3]
    for k in range(n):
        j, leg = line.tracks[k], model.legs[line.legs[k]]
        track, start = model.tracks[j], found.starts[k]
        natural = start + track.length_s
        cut = ends[k] < natural - 1e-6
        end = ends[k] if cut else natural
        item = PlanItem(leg.index, track, start, end, track.cue_in_s, "", cut)
        change = found.starts[k + 1] if k + 1 < n else end
        x = f"intensity {track.intensity:.2f}"
        curve = _curve(model, start, min(change, end, leg.block_end))
        parts = [f"{x} for a curve of {curve}" if curve else x]
        if model.key[j] in heard:
            parts.insert(0, f"{AGAIN}, as nothing unheard is left for {leg.phase.name}")
            again.setdefault(leg.place, []).append(j)
        elif j not in leg.mine:
            home = next(name for name in model.playlists if j in model.members(name))
            parts.insert(0, f"from `{home}`, as {_names(leg.phase.playlists)} is used up")
            lent.setdefault(leg.place, []).append(j)
        heard.add(model.key[j])
        if k:
            before_leg = line.legs[k - 1]
        if k + 1 == n or line.legs[k + 1] != line.legs[k]:
            after = model.legs[line.legs[k + 1]] if k + 1 < n else None
            parts.append(_seam(leg, after, item, change))
        elif before_leg != line.legs[k]:
            parts.append(f"opens {leg.phase.name}")
        reason = "; ".join(parts)
        items.append(PlanItem(leg.index, track, start, end, track.cue_in_s, reason, cut))
    return tuple(items), tuple(_warnings(model, line, items, lent, again))


def _warnings(
    model: Model,
    line: Line,
    items: Sequence[PlanItem],
    lent: dict[int, list[int]],
    again: dict[int, list[int]],
) -> list[str]:
    said: dict[float, str] = {}
    for span in model.dead:
        phase = model.arc.phases[span.index]
        names = _names(phase.playlists)
        said[span.start_s] = (
            f"{_need(phase.name, span.end_s - span.start_s, phase.curve.points)}; {names} has "
            "nothing to play and no other playlist comes near: ambience alone"
        )
    for leg in model.legs:
        if leg.place not in lent and leg.place not in again:
            continue
        elsewhere = {
            model.key[j]
            for j, p in zip(line.tracks, line.legs, strict=True)
            if p != leg.place and j in leg.mine
        }
        left = [j for j in leg.own if model.key[j] not in elsewhere]
        has = sum(model.lens[j] for j in left) / 60
        start = max(leg.start, model.now)
        plural = len(leg.phase.playlists) > 1
        what = f"the playlist{'s' if plural else ''} {_names(leg.phase.playlists)}"
        unheard = " unheard" if len(left) < len(leg.mine) else ""
        fill = []
        if leg.place in lent:
            fill.append(f"{len(lent[leg.place])} from other playlists")
        if leg.place in again:
            fill.append(f"{len(again[leg.place])} heard again")
        said[leg.start] = (
            f"{_need(leg.phase.name, leg.end - start, leg.phase.curve.points)}; {what} "
            f"{'have' if plural else 'has'} {has:.0f} min{unheard}: filled with "
            f"{' and '.join(fill)}"
        )
    if items and model.legs and model.legs[-1].follows != MUSIC:
        short = model.legs[-1].end - items[-1].end_s - model.legs[-1].fade
        if short > SHORTFALL_S and has_music(model.legs[-1].phase):
            said[model.end] = (
                f"the music ends {span_text(short)} before {model.legs[-1].phase.name}"
            )
    return [said[key] for key in sorted(said)]


def _need(name: str, seconds: float, points: tuple[tuple[float, float], ...]) -> str:
    values = [y for _, y in points]
    low, high = (f"{v:.2f}".rstrip("0").ljust(3, "0") for v in (min(values), max(values)))
    at = low if low == high else f"{low} to {high}"
    return f"{name} needs {max(1.0, seconds / 60):.0f} min at {at}"
