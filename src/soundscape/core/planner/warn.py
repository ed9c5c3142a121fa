"""What a facilitator should know of a plan beforehand: where music is missing or far from the arc.

Two kinds above all. One for a phase whose playlist cannot fill it: how many minutes it needs, at
which intensity, and how many there are that can serve. One for a stretch in which the music stays
away from the curve all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from soundscape.core.plan import PlanItem, Shortfall
from soundscape.core.planner.avoid import avoiding, over_cap, sings
from soundscape.core.planner.cost import has_music, own_ends
from soundscape.core.planner.index import MUSIC, NEAR, Leg, Model
from soundscape.core.planner.timeline import Line
from soundscape.core.text import clock

SHORTFALL_S = 1.0
"""Music that ends this much before its time is worth a warning."""
STRETCH_S = 300.0
"""A stretch this long (or a whole phase) away from the curve is worth a warning."""
SERVES = 0.9
"""A playlist that holds less than this share of a phase in music near its curve is too small."""


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
