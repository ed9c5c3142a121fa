"""A sequence laid out as the plan's items, each with its reason in a few plain words that are true
of the plan as it stands; and what a facilitator should know of the plan beforehand.

There are two warnings above all. One is for a phase whose playlist cannot fill it: how many minutes
it needs, at which intensity, and how many there are that can serve. One is for a stretch in which
the music stays away from the curve all the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from soundscape.core.avoid import avoiding, over_cap, sings
from soundscape.core.plan import PlanItem, Shortfall
from soundscape.core.planner.cost import NEAR, has_music, natural_end_s, own_ends
from soundscape.core.planner.index import MUSIC, Leg, Model
from soundscape.core.planner.timeline import Line, walk
from soundscape.core.seam import plays_s
from soundscape.core.text import clock

CLOSE_S = 3.0
"""A change this near to its boundary is said to come with it."""
AGAIN = "heard before"
"""How the reason of a repeat begins."""
CLEARLY = 0.05
"""A difference of intensity that a listener may notice, and a reason has to explain."""
SAME_LENGTH_S = 20.0
"""Tracks whose lengths differ by less end a phase alike."""
SHORTFALL_S = 1.0
"""Music that ends this much before its time is worth a warning."""
STRETCH_S = 300.0
"""A stretch this long (or a whole phase) away from the curve is worth a warning."""
SERVES = 0.9
"""A playlist that holds less than this share of a phase in music near its curve is too small."""


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
    before_leg = -1 if model.playing is None else model.playing_leg()
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


def span_text(seconds: float) -> str:
    """A short stretch of time in words: `20 s`, `4 min`."""
    return f"{seconds:.0f} s" if seconds < 99.5 else f"{seconds / 60:.0f} min"


def names(playlists: Sequence[str]) -> str:
    """Playlists as a sentence has them."""
    return " and ".join(f"`{name}`" for name in playlists)


def warnings(
    model: Model,
    line: Line,
    items: Sequence[PlanItem],
    lent: dict[int, list[int]],
    again: dict[int, list[int]],
) -> list[Shortfall]:
    """All of them, in the order of the session. `lent` and `again` hold, by leg, the tracks of
    other playlists and those that are heard again."""
    said: list[tuple[float, Shortfall]] = []
    for span in model.dead:
        phase = model.arc.phases[span.index]
        unfit = _unfit(model, phase.playlists, span.index)
        length_s = span.end_s - span.start_s
        text = (
            f"{_need(phase.name, length_s, phase.curve.points)}; "
            f"{names(phase.playlists)} has nothing to play{unfit} and no other playlist "
            "comes near: ambience alone"
        )
        said.append((span.start_s, Shortfall("empty", text, span.index, length_s)))
    for leg in model.legs:
        told = _short_of(model, line, leg, lent.get(leg.place, []), again.get(leg.place, []))
        if told is not None:
            said.append((leg.start, told))
    said += _stretches(model, items)
    if items and model.legs and model.legs[-1].follows != MUSIC:
        short = model.legs[-1].end - items[-1].end_s - model.legs[-1].fade
        if short > SHORTFALL_S and has_music(model.legs[-1].phase):
            leg = model.legs[-1]
            ends = f"the music ends {span_text(short)} before {leg.phase.name}"
            said.append((model.end, Shortfall("early end", ends, leg.index, short)))
    return [told for _, told in sorted(said, key=lambda each: each[0])]


def _short_of(
    model: Model, line: Line, leg: Leg, lent: list[int], again: list[int]
) -> Shortfall | None:
    """What a phase needs and has, where that is too little; None where it is enough."""
    elsewhere = {
        model.key[j] for j, p in zip(line.tracks, line.legs, strict=True) if p != leg.place
    }
    values = [y for _, y in leg.phase.curve.points]
    low, high = min(values) - NEAR, max(values) + NEAR
    here = [j for j, p in zip(line.tracks, line.legs, strict=True) if p == leg.place]
    if not lent and not again and all(low <= model.xs[j] <= high for j in here):
        return None
    free = {model.key[j]: j for j in leg.own if model.key[j] not in elsewhere}.values()
    has = sum(model.lens[j] for j in free if low <= model.xs[j] <= high)
    seconds = leg.end - max(leg.start, model.now)
    if not lent and not again and has >= SERVES * seconds - leg.early:
        return None
    plural = len(leg.phase.playlists) > 1
    fill = []
    if lent:
        fill.append(f"{len(lent)} from other playlists")
    if again:
        only = "its only track " if model.alone(leg) else ""
        fill.append(f"{only}{len(again)} heard again" if not only else f"{only}heard again")
    filled = f": filled with {' and '.join(fill)}" if fill else ": the rest is further away"
    text = (
        f"{_need(leg.phase.name, seconds, leg.phase.curve.points)}; the "
        f"playlist{'s' if plural else ''} {names(leg.phase.playlists)} "
        f"{'have' if plural else 'has'} {has / 60:.0f}"
        f"{_unfit(model, leg.phase.playlists, leg.index)}{filled}"
    )
    return Shortfall("short", text, leg.index, max(0.0, seconds - has))


def _unfit(model: Model, playlists: Sequence[str], index: int) -> str:
    """How many tracks are left out as voices or as over the cap, in brackets; "" for none."""
    phase = model.arc.phases[index]
    avoid = avoiding(phase.avoid)
    ids = {i for name in playlists for i in model.ids[name] if not avoid(model.tracks[i])}
    sung = {model.key[i] for i in ids if sings(model.tracks[i], phase)}
    over = {model.key[i] for i in ids if over_cap(model.tracks[i], phase)} - sung
    parts = [f"{len(sung)} left out as voice{'s' if len(sung) > 1 else ''}"] if sung else []
    parts += [f"{len(over)} over the cap of {phase.cap:g}"] if over else []
    return f" ({', '.join(parts)})" if parts else ""


def _stretches(model: Model, items: Sequence[PlanItem]) -> list[tuple[float, Shortfall]]:
    """Neighbours of one phase that all lie further than `NEAR` on one side of the curve."""
    place = {leg.index: leg for leg in model.legs}
    sides: list[tuple[int, int, PlanItem, float, float]] = []
    for item, until in zip(items, own_ends(items), strict=True):
        seconds, area, _ = model.target.between(item.start_s, until)
        leg = place.get(item.phase)
        if leg is None or seconds <= 0 or until <= model.now:
            continue
        until = min(until, leg.block_end)
        off = item.track.intensity - area / seconds
        side = (off > NEAR) - (off < -NEAR)
        sides.append((item.phase, side, item, until, area / seconds))
    found = []
    for (index, side), group in groupby(sides, key=lambda each: each[:2]):
        run, leg = list(group), place[index]
        since, until = run[0][2].start_s, run[-1][3]
        if not side or until - since < min(STRETCH_S, 0.9 * (leg.end - leg.start)):
            continue
        weigh = [(end - item.start_s, item.track.intensity, want) for _, _, item, end, want in run]
        total = sum(seconds for seconds, _, _ in weigh)
        x = sum(seconds * each for seconds, each, _ in weigh) / total
        wanted = sum(seconds * each for seconds, _, each in weigh) / total
        text = (
            f"from {clock(since)} to {clock(until)} the music stays "
            f"{'over' if side > 0 else 'under'} the curve: {x:.2f} where {wanted:.2f} is "
            f"asked{_bound(model, leg, side, wanted)}"
        )
        found.append((since, Shortfall("off curve", text, index, until - since)))
    return found


def _bound(model: Model, leg: Leg, side: int, wanted: float) -> str:
    """That the playlist holds nothing nearer, where that is so. `own` is sorted by intensity."""
    if not leg.own:
        return ""
    end = model.xs[leg.own[-1 if side < 0 else 0]]
    if (end - wanted) * side < 0:
        return ""
    which = "above" if side < 0 else "below"
    return f"; nothing in {names(leg.phase.playlists)} is {which} {end:.2f}"


def _need(name: str, seconds: float, points: tuple[tuple[float, float], ...]) -> str:
    values = [y for _, y in points]
    low, high = (f"{v:.2f}".rstrip("0").ljust(3, "0") for v in (min(values), max(values)))
    at = low if low == high else f"{low} to {high}"
    return f"{name} needs {max(1.0, seconds / 60):.0f} min at {at}"
