"""The clinician's timeline as a table: CSV for a spreadsheet, Markdown for the notes.

Both tell the same rows in the same order, as `log show` does.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields

from soundscape.core.words import apart, asked_words, clock, plain
from soundscape.journal.saying import closed_words
from soundscape.journal.story import Story


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. Times are H:MM:SS from the session's start, `wall` the time of day
    with its UTC offset; what a kind of line does not have is empty."""

    at: str
    until: str
    wall: str
    kind: str
    phase: str
    what: str
    who: str
    words: str
    person: str


def lines(story: Story) -> list[Line]:
    """Everything a session's story tells, in order of time."""
    found = sorted(_lines(story), key=lambda each: (each[0], each[1]))
    return [line for _, _, line in found]


def _lines(story: Story) -> Iterator[tuple[float, int, Line]]:
    def phase_at(at_s: float) -> str:
        names = [phase.name for phase in story.phases if phase.start_s <= at_s]
        return plain(names[-1]) if names else ""

    for phase in story.phases:
        until = "" if phase.end_s is None else clock(phase.end_s)
        name = plain(phase.name)
        line = Line(clock(phase.start_s), until, "", "phase", name, name, "", phase.reason, "")
        yield phase.start_s, 0, line
    for heard in story.heard:
        until = "" if heard.to_s is None else clock(heard.to_s)
        title, artist = plain(heard.title), plain(heard.artist)
        at = f"from {clock(heard.position_s)} of the track" if heard.position_s >= 1.0 else ""
        line = Line(
            clock(heard.from_s),
            until,
            heard.wall,
            heard.layer,
            plain(heard.phase),
            title,
            artist,
            at,
            "",
        )
        yield heard.from_s, 3, line
    for cue in story.cues:
        if cue.name == "mark" and cue.ok:
            continue  # The mark itself has a line.
        kind = "cue" if cue.ok else "refused cue"
        person = str(cue.args.get("person") or "")
        said = asked_words(cue.name, cue.args)
        where = phase_at(cue.at_s)
        line = Line(clock(cue.at_s), "", "", kind, where, said, "", plain(cue.answer), person)
        yield cue.at_s, 1, line
    for mark in story.marks:
        where = phase_at(mark.at_s)
        name, note = f"mark {mark.mark}", plain(mark.note)
        yield (
            mark.at_s,
            2,
            Line(clock(mark.at_s), "", "", "mark", where, name, "", note, mark.person),
        )
    for remark in story.remarks:
        at_s = remark.at_s
        at, where = ("", "") if at_s is None else (clock(at_s), phase_at(at_s))
        line = Line(at, "", "", "note", where, "note", "", plain(remark.words), remark.person)
        yield -1.0 if at_s is None else at_s, 2, line
    for fault in story.faults:
        where = phase_at(fault.at_s)
        what, done = plain(fault.what), plain(fault.done)
        yield fault.at_s, 4, Line(clock(fault.at_s), "", "", "fault", where, what, "", done, "")


HEADS = {
    "at": "from",
    "until": "to",
    "wall": "time of day",
    "kind": "kind",
    "phase": "phase",
    "what": "what",
    "who": "artist",
    "words": "words",
    "person": "person",
}

_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")
"""What a spreadsheet takes for a formula (OWASP, CSV injection)."""


def as_csv(story: Story) -> str:
    """Comma-separated values with a head, for a spreadsheet: no cell of it is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS[field.name] for field in fields(Line))
    for line in lines(story):
        writer.writerow(_safe_cell(cell) for cell in astuple(line))
    # Without the mark at its beginning Excel takes UTF-8 for an old code page.
    return "\ufeff" + out.getvalue()


def _safe_cell(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def as_markdown(story: Story) -> str:
    """A table for the notes: heading, facts of the session, one row a line."""
    rows = [f"# {_marked(story.arc)}", ""]
    rows.append(f"- session {_marked(story.session)}")
    if story.started:
        rows.append(f"- began {story.started[:19].replace('T', ' ')}")
    if story.length_s is not None:
        rows.append(f"- {clock(story.length_s)} long, closed ({closed_words(story.reason)})")
    rows += ["", "| from | to | what | artist | words |", "|-|-|-|-|-|"]
    for line in lines(story):
        whose = f" ({line.person})" if line.person and line.kind in ("mark", "note") else ""
        what = f"{_marked(apart(line.what))}{whose}"
        if line.kind == "phase":
            what = f"**{what}**"
        elif line.kind not in ("music", "mark", "note"):
            what = f"{line.kind}: {what}"
        cells = (line.at, line.until, what, _marked(apart(line.who)), _marked(apart(line.words)))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _marked(text: str) -> str:
    """A text that Markdown shows as it is."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", text)
