"""The report: one page that tells a session to its clinician. It asks nothing of any network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from markupsafe import Markup

from soundscape.core.events import Dosed, Entry, Opened, Planned
from soundscape.core.plan import Plan
from soundscape.core.text import clock, plain
from soundscape.drawing.page import figure, key
from soundscape.drawing.pen import style_sheet
from soundscape.drawing.played import played_scene
from soundscape.drawing.scene import CuePoint, Scene, later, scene
from soundscape.journal.share import SharedStory
from soundscape.journal.story import Story
from soundscape.journal.tables import TableRow, lines
from soundscape.reports.pages import page
from soundscape.reports.summary import summary

_SIGNS = {"music": "♪", "ambience": "~", "cue": "»", "refused cue": "»", "mark": "★", "note": "✎"}
FIGURE_NAME = "The session as planned and as it was heard; the table below tells the same in words"
_KINDS: dict[str, Literal["cue", "refused", "mark", "fault"]] = {
    "cue": "cue",
    "refused cue": "refused",
    "mark": "mark",
    "fault": "fault",
}


def report(entries: Sequence[Entry], shared: SharedStory) -> str:
    """The page of a session: its journal's lines, and as much of its story as may be told."""
    story = shared.story
    opened = entries[0].fact
    assert isinstance(opened, Opened)
    told = lines(story)
    heard = _with_refs(played_scene(entries, ""), told)
    if not shared.arc_time:
        heard = replace(heard, dose_s=None)
    plan = next((each.fact.plan for each in entries if isinstance(each.fact, Planned)), Plan())
    planned = scene(opened.arc, plan)
    zero_s = _zero_s(entries, heard.dose_s, waits=opened.arc.has_dose)
    shift_s = 0.0
    if zero_s is not None and planned.dose_s is not None:
        shift_s = zero_s - planned.dose_s
    heard = replace(heard, planned=later(planned, shift_s))
    unheard_s = sum(quiet.end_s - quiet.start_s for quiet in heard.quiets if not quiet.chosen)
    numbers = {bar.ref: bar.number for bar in heard.bars}
    return page(
        "report.html",
        arc=plain(story.arc),
        session=story.session,
        facts=_facts(story),
        summary=summary(story, opened.arc, zero_s, unheard_s),
        figure=Markup(figure(heard, FIGURE_NAME)),
        style=Markup(style_sheet()),
        key=key(heard),
        shifted=shift_s != 0.0,
        lines=[_row(line, numbers) for line in told],
        left_out=shared.left_out,
    )


def _with_refs(heard: Scene, told: Sequence[TableRow]) -> Scene:
    """The scene with what was said as it may be told, each part leading to its line."""

    def refs(kind: str) -> dict[float | None, str]:
        return {line.at_s: line.ref for line in told if line.kind == kind}

    phases, music = refs("phase"), refs("music")
    return replace(
        heard,
        stretches=tuple(replace(s, ref=phases.get(s.start_s, "")) for s in heard.stretches),
        bars=tuple(replace(bar, ref=music.get(bar.start_s, "")) for bar in heard.bars),
        moments=tuple(
            CuePoint(line.at_s, kind, f"{line.what} {_whose(line)}".strip(), line.words, line.ref)
            for line in told
            if (kind := _KINDS.get(line.kind)) and line.at_s is not None
        ),
    )


def _facts(story: Story) -> list[str]:
    facts = []
    if story.started:
        facts.append(story.started[:16].replace("T", " "))
    if story.length_s is not None:
        facts.append(f"{clock(story.length_s)}, closed ({story.closed_words})")
    if story.series:
        facts.append(f"series {story.series}")
    return facts


def _zero_s(entries: Sequence[Entry], dose_s: float | None, *, waits: bool) -> float | None:
    """When the arc began to count, in seconds from the session's start; None where it never did."""
    if waits or any(isinstance(entry.fact, Dosed) for entry in entries):
        return dose_s
    return 0.0


def _whose(line: TableRow) -> str:
    """Whose moment it is; a cue says so in its own words."""
    return line.person if line.kind in ("mark", "note") else ""


def _row(line: TableRow, numbers: Mapping[str, int]) -> dict[str, str]:
    """A line of the table as the page shows it."""
    told = " · ".join(part for part in (line.who, line.words) if part)
    refused = "refused: " if line.kind == "refused cue" else ""
    return {
        **line.cells(),
        "ref": line.ref,
        "style": line.kind.split()[0],
        "sign": f"{_SIGNS.get(line.kind, '')} {numbers.get(line.ref, '')}".strip(),
        "whose": _whose(line),
        "told": f"{refused}{told}",
    }
