"""A story as a readable timeline."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from soundscape.core.text import asked_words, clock
from soundscape.journal.moment import Moment
from soundscape.journal.notes import Remark
from soundscape.journal.story import Heard, PhaseStory, Story


def timeline(story: Story) -> RenderableType:
    """Lay out phase headings, tracks with their times, and cues and marks in their places."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(ratio=1)
    # Sort by the second that is shown: a seam begins a moment before its phase does.
    for _, _, row in sorted(_rows(story), key=lambda row: (round(row[0]), row[1])):
        table.add_row(*row)
    whole = [_remark(each) for each in story.remarks if each.at_s is None]
    return Group(_head(story), *whole, Text(), table, Text(), _foot(story))


def moment_shown(then: Moment) -> RenderableType:
    """Say when a moment was, and what was heard then."""
    dose = "" if then.arc_s is None else f", {clock(then.arc_s)} of the arc"
    of_day = f" ({then.wall[11:19]}{dose})" if then.wall else ""
    text = Text.assemble((clock(then.at_s), "bold"), of_day)
    text.append(f"  {then.phase}" if then.phase else "")
    for each in then.sounded:
        artist = f", {each.artist}" if each.artist else ""
        text.append(
            f"\n{_SIGNS[each.layer]} {each.title}{artist}, {clock(each.position_s)} into it"
        )
    if not then.sounded:
        text.append("\nnothing was heard")
    text.append("\n")
    return text


_SIGNS = {"music": "♪", "ambience": "~"}


def _head(story: Story) -> Text:
    text = Text.assemble((story.arc, "bold"), f"   session {story.session}")
    if story.started:
        text.append(f"   {_day(story.started)}")
    if story.length_s is not None:
        text.append(f"   {clock(story.length_s)} long")
    return text


def _foot(story: Story) -> Text:
    if story.ended:
        return Text(f"Closed at {story.ended[11:19]} ({story.closed_words})")
    return Text("The journal is open: the session is still running, or broke off.")


def _day(wall: str) -> str:
    return wall[:19].replace("T", " ")


Row = tuple[float, int, tuple[RenderableType, RenderableType, RenderableType]]


def _rows(story: Story) -> Iterator[Row]:
    """Yield rows with their time and, for events at the same time, their order."""
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
        text = Text(f"» {name}: {refused}{cue.answer}", style)
        if cue.by:
            text.append(f"  (given by the {cue.by})", "italic")
        yield cue.at_s, 2, (clock(cue.at_s), "", text)
    for mark in story.marks:
        whose = f" for {mark.person}" if mark.person else ""
        note = f": {mark.note}" if mark.note else ""
        yield mark.at_s, 3, (clock(mark.at_s), "", Text(f"★ mark {mark.mark}{whose}{note}", "bold"))
    for remark in story.remarks:
        if remark.at_s is not None:
            yield remark.at_s, 3, (clock(remark.at_s), "", _remark(remark))
    for fault in story.faults:
        where = f" ({fault.where})" if fault.where else ""
        done = f"; {fault.done}" if fault.done else ""
        text = Text(f"! {fault.what}{where}{done}")
        yield fault.at_s, 5, (clock(fault.at_s), "", text)


def _remark(remark: Remark) -> Text:
    whose = f" for {remark.person}" if remark.person else ""
    return Text(f"✎ {remark.wall[:10]}{whose}: {remark.words}")


def _phase_row(phase: PhaseStory) -> tuple[RenderableType, RenderableType, RenderableType]:
    stage = "" if phase.stage == phase.name else f" ({phase.stage})"
    end = "" if phase.end_s is None else f"to {clock(phase.end_s)}"
    return Text(clock(phase.start_s), "bold"), end, Text(f"{phase.name}{stage}", "bold underline")


def _heard_row(heard: Heard) -> tuple[RenderableType, RenderableType, RenderableType]:
    about = "~" if heard.estimated else ""
    end = "sounds" if heard.to_s is None else f"to {about}{clock(heard.to_s)}"
    text = Text(f"{_SIGNS[heard.layer]} {heard.title}")
    if heard.position_s >= 1.0:
        text.append(f"  from {clock(heard.position_s)} on", "dim")
    if heard.why == "frozen":
        text.append("  (paused)", "dim")
    return clock(heard.from_s), end, text
