"""Seam: when the next track starts, and how the two cross. The only module that decides this.

A track plays from its cue-in to where a fade-out of it must be over (`Track.faded_s`); the next one
starts a crossfade before that. The planner lays out tracks by these rules. The session keeps to the
plan's times, so that decks that open a little early or late never add up to a drift. The mixer asks
here how much of a track is left for the crossfade, and pictures how long two tracks overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

from soundscape.core.plan import PlanItem
from soundscape.core.track import DRAIN_S, Track

SHARE = 3.0
"""Divisor of a track's length: a crossfade takes at most a third of either track."""

ON_TIME_S = 2.0
"""Seconds by which the end of a track may differ from the plan without moving the seam. A deck that
opens just in time is 1.2 s late; the crossfade makes up for that."""


@dataclass(frozen=True, slots=True)
class Seam:
    """The next track starts `starts_s` seconds after the session does; both sound for `fade_s`."""

    starts_s: float
    fade_s: float


def plays_s(track: Track, offset_s: float | None = None) -> float:
    """Return the seconds from a place in the file (by default cue-in) to the end of a fade-out."""
    return track.faded_s - (track.cue_in_s if offset_s is None else offset_s)


def crossfade_s(wanted_s: float, out_s: float, in_s: float) -> float:
    """Return the seconds of crossfade between two tracks when `wanted_s` are asked for.

    The first has sounded for `out_s` by its end; the second plays for `in_s`.
    """
    third_s = (out_s if out_s < in_s else in_s) / SHARE
    return wanted_s if wanted_s < third_s else third_s


def holds(item: PlanItem, faded_s: float) -> bool:
    """Whether a track that has faded out at `faded_s` ends about when the plan says.

    A track that the plan cuts may end before its music does.
    """
    late_s = faded_s - item.end_s
    return late_s >= -ON_TIME_S and (item.cut or late_s <= ON_TIME_S)


def overlap_s(item: PlanItem, after: PlanItem) -> float:
    """Return how long a plan has both sound: their crossfade; 0 if they do not touch."""
    return max(0.0, item.end_s - after.start_s)


def planned(item: PlanItem, after: PlanItem, faded_s: float) -> Seam | None:
    """Return the plan's own seam; None if the two do not touch or the session has left the plan.

    If a track ends a little early, the decks cross in what is left of it (`left_s`).
    """
    fade_s = overlap_s(item, after)
    return Seam(after.start_s, fade_s) if fade_s > 0.0 and holds(item, faded_s) else None


def free(item: PlanItem, faded_s: float, wanted_s: float, in_s: float | None = None) -> Seam:
    """Return the seam to a track that the plan does not have here and that plays for `in_s`, or to
    one that is not known yet (None)."""
    out_s = min(plays_s(item.track, item.offset_s), faded_s - item.start_s)
    fade_s = crossfade_s(wanted_s, out_s, out_s if in_s is None else in_s)
    return Seam(faded_s - fade_s, fade_s)


def left_s(track: Track, position_s: float) -> float:
    """Return the seconds that a crossfade out of a track may still take from a position on.

    It must end before the file no longer follows volume changes; within that stretch, all is left.
    """
    left = track.duration_s - position_s
    return max(left - DRAIN_S, min(left, DRAIN_S))


def round_at_s(track: Track, wanted_s: float) -> tuple[float, float]:
    """Return where in its file a loop starts again, and its crossfade with itself, in seconds."""
    fade_s = crossfade_s(wanted_s, track.length_s, track.length_s)
    return track.faded_s - fade_s, fade_s
