"""`soundscape log report`: a session as one page, for its clinician."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.log.story import journal_of, shared_of
from soundscape.cli.options import CodeArgument
from soundscape.cli.out import complain, say
from soundscape.cli.written import ForceOption, place_for, write_file
from soundscape.reports.report import report as made


def report(
    code: CodeArgument = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.html", help="by default `soundscape-CODE.html` here"),
    ] = None,
    notes: Annotated[bool, typer.Option("--notes", help="take the words of notes along")] = False,
    force: ForceOption = False,
) -> None:
    """Write one page that opens anywhere: the arc as planned against what was heard, a summary in
    words, and a table of everything. What is tagged with a person needs that person's consent."""
    journal = journal_of(code)
    target = out or Path(f"soundscape-{journal.folder.name}.html")
    replace = place_for(target, force=force)
    shared = shared_of(journal, notes=notes)
    write_file(target, made(journal.entries, shared), replace=replace)
    for each in shared.told:
        complain(f"left out: {each}")
    say(f"written: {target}")
