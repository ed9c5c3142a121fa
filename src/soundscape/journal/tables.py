"""The clinician's timeline as a table: CSV for a spreadsheet, Markdown for the notes.

Both have the same rows in the same order as `log show`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from soundscape.core.text import apart, asked_words, clock, plain
from soundscape.journal.story import Story


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of the table. `at_s` and `until_s` are seconds from the session's start, `wall` is
    ISO 8601; fields that a kind of line lacks are empty. `ref` names the line on its own page."""

    ref: str
    kind: str
    at_s: float | None
    what: str
    until_s: float | None = None
    wall: str = ""
    phase: str = ""
    who: str = ""
    words: str = ""
    person: str = ""

    def cells(self) -> dict[str, str]:
        """Return the line for reading, by the heads of the table."""
        return {
            "from": "" if self.at_s is None else clock(self.at_s),
            "to": "" if self.until_s is None else clock(self.until_s),
            "time of day": self.wall,
            "kind": self.kind,
            "phase": self.phase,
            "what": self.what,
            "artist": self.who,
            "words": self.words,
            "person": self.person,
        }


HEADS = tuple(TableRow("", "", None, "").cells())

_ORDER = ("phase", "cue", "refused cue", "mark", "note", "music", "ambience", "fault")
"""The order of lines that begin in the same second."""


def lines(story: Story) -> list[TableRow]:
    """List all of a session's story in order of time; what concerns the whole comes first."""

    def order(line: TableRow) -> tuple[int, int]:
        return -1 if line.at_s is None else round(line.at_s), _ORDER.index(line.kind)

    return sorted(_lines(story), key=order)


def _lines(story: Story) -> Iterator[TableRow]:
    def phase_at(at_s: float | None) -> str:
        names = [p.name for p in story.phases if at_s is not None and p.start_s <= at_s]
        return plain(names[-1]) if names else ""

    for n, phase in enumerate(story.phases, 1):
        name = plain(phase.name)
        yield TableRow(
            f"phase-{n}",
            "phase",
            phase.start_s,
            name,
            until_s=phase.end_s,
            phase=name,
            words=plain(phase.reason),
        )
    for n, heard in enumerate(story.heard, 1):
        into = f"from {clock(heard.position_s)} of it on" if heard.position_s >= 1.0 else ""
        yield TableRow(
            f"heard-{n}",
            heard.layer,
            heard.from_s,
            plain(heard.title),
            until_s=heard.to_s,
            wall=heard.wall,
            phase=plain(heard.phase),
            who=plain(heard.artist),
            words=into,
        )
    for n, cue in enumerate(story.cues, 1):
        if cue.name == "mark" and cue.ok:
            continue  # The mark itself has a line.
        yield TableRow(
            f"cue-{n}",
            "cue" if cue.ok else "refused cue",
            cue.at_s,
            asked_words(cue.name, cue.args),
            phase=phase_at(cue.at_s),
            words=plain(cue.answer),
            person=str(cue.args.get("person") or ""),
        )
    for mark in story.marks:
        yield TableRow(
            f"mark-{mark.mark}",
            "mark",
            mark.at_s,
            f"mark {mark.mark}",
            phase=phase_at(mark.at_s),
            words=plain(mark.note),
            person=mark.person,
        )
    for n, remark in enumerate(story.remarks, 1):
        yield TableRow(
            f"note-{n}",
            "note",
            remark.at_s,
            "note",
            phase=phase_at(remark.at_s),
            words=plain(remark.words),
            person=remark.person,
        )
    for n, fault in enumerate(story.faults, 1):
        yield TableRow(
            f"fault-{n}",
            "fault",
            fault.at_s,
            plain(fault.what),
            phase=phase_at(fault.at_s),
            words=plain(fault.done),
        )


_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")
"""What a spreadsheet would take for a formula (OWASP, CSV injection)."""


def as_csv(story: Story) -> str:
    """Write comma-separated values with a head, for a spreadsheet; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS)
    for line in lines(story):
        writer.writerow(map(_safe_cell, line.cells().values()))
    # Without this byte order mark Excel takes UTF-8 for an old code page.
    return "\ufeff" + out.getvalue()


def _safe_cell(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def as_markdown(story: Story) -> str:
    """Write a table for the notes: heading, facts of the session, one row per line."""
    rows = [f"# {_marked(story.arc)}", ""]
    rows.append(f"- session {_marked(story.session)}")
    if story.started:
        rows.append(f"- began {story.started[:19].replace('T', ' ')}")
    if story.length_s is not None:
        rows.append(f"- {clock(story.length_s)} long, closed ({story.closed_words})")
    rows += ["", "| from | to | what | artist | words |", "|-|-|-|-|-|"]
    for line in lines(story):
        whose = f" ({line.person})" if line.person and line.kind in ("mark", "note") else ""
        what = f"{_marked(apart(line.what))}{whose}"
        if line.kind == "phase":
            what = f"**{what}**"
        elif line.kind not in ("music", "mark", "note"):
            what = f"{line.kind}: {what}"
        of, told = line.cells(), (_marked(apart(line.who)), _marked(apart(line.words)))
        rows.append(f"| {' | '.join((of['from'], of['to'], what, *told))} |")
    return "\n".join(rows) + "\n"


def _marked(text: str) -> str:
    """Escape a text so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", text)
