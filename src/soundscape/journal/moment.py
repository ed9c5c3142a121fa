"""One moment of a session: what was heard then, and what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from soundscape.core.errors import Fault, InputError
from soundscape.core.text import clock
from soundscape.journal.story import Heard, MarkStory, Story

AROUND_S = 180.0
"""Seconds before and after a moment that are shown with it."""


@dataclass(frozen=True, slots=True)
class Sounded:
    """What was heard at a moment, and its position in the file in seconds."""

    layer: str
    path: str
    title: str
    artist: str
    position_s: float


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment: seconds from the session's start, from the dose (None before it), and wall time.

    `sounded` are the tracks and ambiences heard then, newest first: two in a seam, none in a
    silence.
    """

    at_s: float
    arc_s: float | None
    wall: str
    phase: str
    sounded: tuple[Sounded, ...]


def moment(story: Story, at_s: float) -> Moment:
    """Find what was heard `at_s` seconds from the start. Raises `InputError` past the end."""
    if story.length_s is not None and at_s > story.length_s:
        what = f"{clock(at_s)} is after the session's end, at {clock(story.length_s)}"
        raise InputError([Fault(story.session, what)])
    then = [each for each in story.heard if _sounds(each, at_s)]
    then.sort(key=lambda each: (each.layer == "music", each.from_s), reverse=True)
    phases = [phase.name for phase in story.phases if phase.start_s <= at_s]
    return Moment(
        at_s,
        _arc_s(story, at_s),
        _wall(story, at_s),
        phases[-1] if phases else "",
        tuple(
            Sounded(h.layer, h.path, h.title, h.artist, round(h.position_s + at_s - h.from_s, 3))
            for h in then
        ),
    )


def window(story: Story, from_s: float, to_s: float) -> Story:
    """Cut a stretch out of a story: all that lies in it or reaches into it, with its own times."""
    return replace(
        story,
        phases=[p for p in story.phases if _reaches(p.start_s, p.end_s, from_s, to_s)],
        heard=[h for h in story.heard if _reaches(h.from_s, h.to_s, from_s, to_s)],
        cues=[cue for cue in story.cues if from_s <= cue.at_s <= to_s],
        marks=[mark for mark in story.marks if from_s <= mark.at_s <= to_s],
        remarks=[r for r in story.remarks if r.at_s is not None and from_s <= r.at_s <= to_s],
        faults=[fault for fault in story.faults if from_s <= fault.at_s <= to_s],
    )


def marked(story: Story, mark: int) -> MarkStory:
    """Find a mark by its number. Raises `InputError` if the session has no such mark."""
    for each in story.marks:
        if each.mark == mark:
            return each
    has = ", ".join(str(each.mark) for each in story.marks)
    do = f"it has {has}" if has else "it has no marks"
    raise InputError([Fault(story.session, f"no mark {mark}", do)])


def _sounds(heard: Heard, at_s: float) -> bool:
    return heard.from_s <= at_s and (heard.to_s is None or at_s < heard.to_s)


def _reaches(start_s: float, end_s: float | None, from_s: float, to_s: float) -> bool:
    return start_s <= to_s and (end_s is None or end_s >= from_s)


def _arc_s(story: Story, at_s: float) -> float | None:
    """Return the arc time by the stretch that began last: a late dose moved the earlier ones."""
    known = [each for each in story.heard if each.arc_s is not None and each.from_s <= at_s]
    if not known:
        return None
    last = max(known, key=lambda each: each.from_s)
    assert last.arc_s is not None
    return round(last.arc_s + at_s - last.from_s, 3)


def _wall(story: Story, at_s: float) -> str:
    if story.started is None:
        return ""
    try:
        wall = datetime.fromisoformat(story.started) + timedelta(seconds=at_s)
    except (ValueError, OverflowError):
        return ""
    return wall.isoformat(timespec="seconds")
