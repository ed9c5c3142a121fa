"""`soundscape log export` and `report`: what may leave this machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.log.story import journal_of, shared_of
from soundscape.cli.options import CodeArgument
from soundscape.cli.out import complain, say
from soundscape.cli.written import ForceOption, place_for, write_file
from soundscape.core.errors import Fault, InputError, SoundscapeError, nearest
from soundscape.core.text import plain, typed
from soundscape.journal.listening_list import ListedTrack, around_marks, listening
from soundscape.journal.share import SharedStory
from soundscape.journal.tables import as_csv, as_markdown
from soundscape.library.playlists.convert import name_beside
from soundscape.library.playlists.forms import jspf, m3u, xspf
from soundscape.library.playlists.forms.values import Listing, Row
from soundscape.reports.pages import as_html, as_text
from soundscape.reports.report import report as made

LISTS = ("m3u8", "xspf", "jspf", "txt", "html")
"""Forms of the listening list: titles in order, nothing of the session."""
TIMELINES = ("csv", "json", "md")
"""Forms of the clinician's timeline; the fourth is `log report`."""


def export(
    code: CodeArgument = "",
    as_: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="FORM",
            help=f"a listening list: {', '.join(LISTS)}; a timeline: {', '.join(TIMELINES)}",
        ),
    ] = "txt",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="a new file, not the screen")
    ] = None,
    force: ForceOption = False,
    marks_only: Annotated[
        bool, typer.Option("--marks-only", help="only the 3 to 5 tracks around the marks")
    ] = False,
    person: Annotated[
        str, typer.Option("--person", help="only this person's moments: a letter")
    ] = "",
    notes: Annotated[
        bool, typer.Option("--notes", help="take the words of notes along in a timeline")
    ] = False,
    files: Annotated[
        bool, typer.Option("--files", help="say in XSPF and JSPF where the files lie, too")
    ] = False,
) -> None:
    """Write what may leave this machine: a listening list to take home, or a timeline.

    A listening list holds titles in order, and no cue, mark, time of day or code. What is tagged
    with a person goes along only with that person's consent on record (`log consent`).
    """
    faults = []
    form = as_.strip().casefold().lstrip(".")
    if form not in (*LISTS, *TIMELINES):
        known = ", ".join((*LISTS, *TIMELINES))
        hint = nearest(form, [*LISTS, *TIMELINES]) or f"one of {known}"
        faults.append(Fault("--as", f"no form {typed(as_)}", hint))
    elif form in TIMELINES and (marks_only or files):
        name = "--marks-only" if marks_only else "--files"
        faults.append(Fault(name, "belongs to a listening list", f"one of {', '.join(LISTS)}"))
    elif form in LISTS and notes:
        faults.append(Fault("--notes", "belongs to a timeline", f"one of {', '.join(TIMELINES)}"))
    replace = False
    try:
        replace = out is not None and place_for(out, force=force)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    shared = shared_of(journal_of(code), person, notes=notes)
    if form in TIMELINES:
        text = _timeline(shared, form)
    else:
        pieces = around_marks(shared.story) if marks_only else listening(shared.story)
        if not pieces:
            why = "no mark that may be used" if marks_only else "no music that was heard for long"
            raise SoundscapeError(f"{shared.story.session}: {why}; nothing was written")
        text = _list(pieces, form, out, files=files)
    if out is None:
        say(text.rstrip("\n"))
    else:
        write_file(out, text, replace=replace)
    for each in shared.told:
        complain(f"left out: {each}")
    if out is not None:
        complain(f"written: {out}")


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


def _timeline(shared: SharedStory, form: str) -> str:
    if form == "csv":
        return as_csv(shared.story)
    if form == "md":
        return as_markdown(shared.story)
    data = shared.story.as_json() | {"left_out": list(shared.left_out)}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _list(pieces: Sequence[ListedTrack], form: str, out: Path | None, *, files: bool) -> str:
    if form == "txt":
        return as_text(pieces)
    if form == "html":
        return as_html(pieces)
    folder = f"{(out or Path.cwd() / 'x').absolute().parent.resolve()}".rstrip("/") + "/"
    with_files = files or form == "m3u8"
    rows = tuple(
        Row(
            name=name_beside(piece.path, folder) if with_files else "",
            title=plain(piece.title),
            artist=plain(piece.artist),
        )
        for piece in pieces
    )
    write = {"m3u8": m3u.write, "xspf": xspf.write, "jspf": jspf.write}[form]
    return write(Listing("Listening list", "", rows))
