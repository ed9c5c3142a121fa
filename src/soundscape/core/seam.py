"""Seam: when the next track starts, and how the two cross. The one place that says so.

A track plays from its cue-in to where a fade out of it has to be over (`Track.faded_s`), and the
next one starts a crossfade before that. The planner lays tracks out by these rules. The session
keeps to the plan's times, so that decks which open a little early or late never add up to a drift.
The mixer asks here how much of a track is left to cross in.
"""

from __future__ import annotations

from dataclasses import dataclass

from soundscape.core.plan import PlanItem
from soundscape.core.track import DRAIN_S, Track

SHARE = 3.0
"""A crossfade takes at most one part in so many of either track."""

ON_TIME_S = 2.0
"""Seconds by which the end of what plays may differ from the plan, and the seam stays where the
plan has it. A deck that only just opens in time is late by 1.2 s; the crossfade makes up for it."""


@dataclass(frozen=True, slots=True)
class Seam:
    """The next track starts `starts_s` seconds after the session; both sound for `fade_s`."""

    starts_s: float
    fade_s: float


def plays_s(track: Track, offset_s: float | None = None) -> float:
    """Seconds from a place in the file (the cue-in by default) until a fade out has to be over."""
    return track.faded_s - (track.cue_in_s if offset_s is None else offset_s)


def crossfade_s(wanted_s: float, out_s: float, in_s: float) -> float:
    """Seconds of crossfade between a track that has sounded for `out_s` by the end of it and one
    that plays for `in_s`, where `wanted_s` are asked for."""
    third_s = (out_s if out_s < in_s else in_s) / SHARE
    return wanted_s if wanted_s < third_s else third_s


def holds(item: PlanItem, faded_s: float) -> bool:
    """Whether what plays, and has faded out at `faded_s`, ends about when the plan has it end. The
    plan itself lets a track that it cuts end before its music does."""
    late_s = faded_s - item.end_s
    return late_s >= -ON_TIME_S and (item.cut or late_s <= ON_TIME_S)


def planned(item: PlanItem, after: PlanItem, faded_s: float) -> Seam | None:
    """The plan's own seam; None where the two do not touch, or where what plays has left the plan.
    Where a track ends a little early, the decks cross in what is left of it (`left_s`)."""
    fade_s = item.end_s - after.start_s
    return Seam(after.start_s, fade_s) if fade_s > 0.0 and holds(item, faded_s) else None


def free(item: PlanItem, faded_s: float, wanted_s: float, in_s: float | None = None) -> Seam:
    """The seam out of what plays to a track of `in_s` that the plan does not have at this place,
    or of which nothing is known yet (None)."""
    out_s = min(plays_s(item.track, item.offset_s), faded_s - item.start_s)
    fade_s = crossfade_s(wanted_s, out_s, out_s if in_s is None else in_s)
    return Seam(faded_s - fade_s, fade_s)


def left_s(track: Track, position_s: float) -> float:
    """Seconds that a crossfade out of a track may still take from a position of its file on: until
    its file takes no volume any more. Within its last moments, all that is left of it."""
    left = track.duration_s - position_s
    return max(left - DRAIN_S, min(left, DRAIN_S))


def round_at_s(track: Track, wanted_s: float) -> tuple[float, float]:
    """Where in its file a loop starts anew, and the crossfade with itself, both in seconds."""
    fade_s = crossfade_s(wanted_s, track.length_s, track.length_s)
    return track.faded_s - fade_s, fade_s
