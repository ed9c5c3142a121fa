"""The report: one page that tells a session to its clinician. It asks nothing of any network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from soundscape.core.events import Dosed, Entry, Opened, Planned
from soundscape.core.plan import Plan
from soundscape.core.words import clock, plain
from soundscape.drawing.played import played_scene
from soundscape.drawing.scene import scene
from soundscape.journal.saying import closed_words
from soundscape.journal.share import Shared
from soundscape.journal.story import Story
from soundscape.journal.tables import Line, lines
from soundscape.reports import drawing as at
from soundscape.reports.drawing import drawing
from soundscape.reports.summary import summary
from soundscape.reports.templates import page

_SIGNS = {"music": "♪", "ambience": "~", "cue": "»", "refused cue": "»", "mark": "★", "note": "✎"}
_LABELS = (
    ("planned", at.PLANNED_Y + 17),
    ("played", at.PLAYED_Y + 17),
    ("talk", at.TALK_Y + 14),
    ("ambience", at.AMBIENCE_Y + 14),
    ("cues", at.CUES_Y - 2),
    ("marks", at.MARKS_Y - 3),
)
_LEVELS_DB = (0.0, -12.0, -24.0)


@dataclass(frozen=True, slots=True)
class _Size:
    """What the template has to know of the picture's measures."""

    width: float = at.WIDTH
    height: float = at.HEIGHT
    left: float = at.LEFT
    right: float = at.WIDTH - at.RIGHT
    curve_bottom: float = at.CURVE_BOTTOM
    level_top: float = at.LEVEL_TOP
    level_bottom: float = at.LEVEL_BOTTOM
    played_y: float = at.PLAYED_Y
    cues_y: float = at.CUES_Y
    marks_y: float = at.MARKS_Y
    time_y: float = at.TIME_Y


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table as the page shows it."""

    ref: str
    style: str
    at: str
    until: str
    sign: str
    what: str
    person: str
    told: str


def report(entries: Sequence[Entry], shared: Shared) -> str:
    """The page of a session: its journal's lines, and as much of its story as may be told."""
    story = shared.story
    opened = entries[0].fact
    assert isinstance(opened, Opened)
    heard = played_scene(entries, "")
    if not shared.arc_time:
        heard = replace(heard, dose_s=None)
    plan = next((each.fact.plan for each in entries if isinstance(each.fact, Planned)), Plan())
    planned = scene(opened.arc, plan)
    zero_s = _zero_s(entries, heard.dose_s, waits=opened.arc.has_dose)
    shift_s = 0.0
    if zero_s is not None and planned.dose_s is not None:
        shift_s = zero_s - planned.dose_s
    unheard_s = sum(quiet.end_s - quiet.start_s for quiet in heard.quiets if not quiet.chosen)
    return page(
        "report.html",
        arc=plain(story.arc),
        session=story.session,
        facts=_facts(story),
        summary=summary(story, opened.arc, zero_s, unheard_s),
        drawing=drawing(story, heard, planned, shift_s),
        shifted=shift_s != 0.0,
        size=_Size(),
        labels=_LABELS,
        level_grid=[(f"{level_db:g} dB", at.level_y(level_db)) for level_db in _LEVELS_DB],
        lines=[_row(line) for line in lines(story)],
        left_out=shared.left_out,
    )


def _facts(story: Story) -> list[str]:
    facts = []
    if story.started:
        facts.append(story.started[:16].replace("T", " "))
    if story.length_s is not None:
        facts.append(f"{clock(story.length_s)}, closed ({closed_words(story.reason)})")
    if story.series:
        facts.append(f"series {story.series}")
    return facts


def _zero_s(entries: Sequence[Entry], dose_s: float | None, *, waits: bool) -> float | None:
    """When the arc began to count, in seconds from the session's start; None where it never did."""
    if waits or any(isinstance(entry.fact, Dosed) for entry in entries):
        return dose_s
    return 0.0


def _row(line: Line) -> _Row:
    told = " · ".join(part for part in (line.who, line.words) if part)
    cells = line.cells()
    refused = "refused: " if line.kind == "refused cue" else ""
    return _Row(
        line.ref,
        line.kind.split()[0],
        cells["from"],
        cells["to"],
        _SIGNS.get(line.kind, ""),
        line.what,
        line.person if line.kind in ("mark", "note") else "",
        f"{refused}{told}",
    )
