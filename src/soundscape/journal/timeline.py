"""A story as a timeline that a person likes to read."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from soundscape.core.words import clock
from soundscape.journal.saying import asked_words, ended_words
from soundscape.journal.story import Heard, PhaseStory, Story


def timeline(story: Story) -> RenderableType:
    """Phase headings, tracks with from and to, cues and marks in their places."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(ratio=1)
    # By the second that is shown: a seam begins a moment before its phase does.
    for _, _, row in sorted(_rows(story), key=lambda row: (round(row[0]), row[1])):
        table.add_row(*row)
    return Group(_head(story), Text(), table, Text(), _foot(story))


def _head(story: Story) -> Text:
    text = Text.assemble((story.arc, "bold"), f"   session {story.session}")
    if story.started:
        text.append(f"   {_day(story.started)}")
    if story.length_s is not None:
        text.append(f"   {clock(story.length_s)} long")
    return text


def _foot(story: Story) -> Text:
    if story.ended:
        return Text(f"{story.ended[11:19]}: {ended_words(story.reason)}")
    return Text("The journal is open: the session still runs, or was broken off.")


def _day(wall: str) -> str:
    return wall[:19].replace("T", " ")


Row = tuple[float, int, tuple[RenderableType, RenderableType, RenderableType]]


def _rows(story: Story) -> Iterator[Row]:
    """Rows with their time and, for what happens at one time, their order."""
    for phase in story.phases:
        yield phase.start_s, 0, ("", "", Text())
        yield phase.start_s, 1, _phase_row(phase)
    for heard in story.heard:
        yield heard.from_s, 4, _heard_row(heard)
    for cue in story.cues:
        if cue.name == "mark" and cue.ok:
            continue
        name = asked_words(cue.name, cue.args)
        style = "" if cue.ok else "dim"
        refused = "" if cue.ok else "refused: "
        yield cue.at_s, 2, (clock(cue.at_s), "", Text(f"» {name}: {refused}{cue.answer}", style))
    for mark in story.marks:
        whose = f" for {mark.person}" if mark.person else ""
        note = f": {mark.note}" if mark.note else ""
        yield mark.at_s, 3, (clock(mark.at_s), "", Text(f"★ mark {mark.mark}{whose}{note}", "bold"))
    for fault in story.faults:
        where = f" ({fault.where})" if fault.where else ""
        done = f"; {fault.done}" if fault.done else ""
        text = Text(f"! {fault.what}{where}{done}")
        yield fault.at_s, 5, (clock(fault.at_s), "", text)


def _phase_row(phase: PhaseStory) -> tuple[RenderableType, RenderableType, RenderableType]:
    stage = "" if phase.stage == phase.name else f" ({phase.stage})"
    end = "" if phase.end_s is None else f"to {clock(phase.end_s)}"
    return Text(clock(phase.start_s), "bold"), end, Text(f"{phase.name}{stage}", "bold underline")


def _heard_row(heard: Heard) -> tuple[RenderableType, RenderableType, RenderableType]:
    end = "sounds" if heard.to_s is None else f"to {clock(heard.to_s)}"
    sign = "♪" if heard.layer == "music" else "~"
    text = Text(f"{sign} {heard.title}")
    if heard.position_s >= 1.0:
        text.append(f"  from {clock(heard.position_s)} on", "dim")
    if heard.why == "frozen":
        text.append("  (paused)", "dim")
    return clock(heard.from_s), end, text
