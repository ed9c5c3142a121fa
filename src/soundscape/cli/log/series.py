"""`soundscape log series`: the sessions of one series side by side."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from soundscape.cli.options import JsonOption
from soundscape.cli.out import complain, console, print_json, say
from soundscape.cli.passphrase import unlock_all
from soundscape.core.errors import Fault, InputError, JournalError, nearest
from soundscape.core.text import clock, plain
from soundscape.home import Home
from soundscape.journal.reader import read_journal
from soundscape.journal.series import Comparison, Met, all_series, compare, sessions_of
from soundscape.journal.story import tell


def series(
    name: Annotated[str, typer.Argument(help="the word given with `run --series`")] = "",
    avoid: Annotated[
        bool,
        typer.Option("--avoid", help="only lines for --avoid-file: what was unwanted each time"),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show what was heard in several sessions, and what was softened or sent away each time.

    Without a name, the series there are. `--keep-fresh N` leaves out what the last N played.
    """
    sessions = Home.find().sessions
    unlock_all(sessions)  # The series of an encrypted session is known to nobody else.
    if not name:
        _tell_names(json=json)
        return
    stories = []
    for folder in sessions_of(sessions, name):
        try:
            journal = read_journal(folder)
            stories.append(tell(journal, {}))
        except JournalError as error:
            complain(str(error))
            continue
        for trouble in journal.trouble:
            complain(trouble)
    if not stories:
        known = list(all_series(sessions))
        hint = nearest(name, known) or (f"there is {', '.join(known)}" if known else "")
        do = hint or "`run --series WORD` begins one"
        raise InputError([Fault(name, "no session of this series can be read", do)])
    found = compare(name, stories)
    if json:
        print_json(found.as_json())
    elif avoid:
        for line in found.avoid:
            say(line)
    else:
        console().print(_table(found))
        _tell_below(found)


def _tell_names(*, json: bool) -> None:
    counts = all_series(Home.find().sessions)
    if json:
        print_json([{"series": name, "sessions": count} for name, count in counts.items()])
        return
    if not counts:
        say("No session belongs to a series yet; `soundscape run ARC --series WORD` begins one.")
    for name, count in counts.items():
        say(f"{name}  {count} session{'s' * (count != 1)}")


def _table(found: Comparison) -> Table:
    table = Table(
        box=None, padding=(0, 2, 0, 0), title=f"Series {found.series}", title_style="bold"
    )
    table.add_column("", ratio=1, overflow="ellipsis", no_wrap=True)
    for session in found.sessions:
        length = "open" if session.length_s is None else clock(session.length_s)
        day = session.started[:10] or "no day"
        table.add_column(f"{day}\n{session.code}\n{length}", justify="right", no_wrap=True)
    for line in found.lines:
        artist = f", {plain(line.artist)}" if line.artist else ""
        cells = [_cell(line.met.get(session.code)) for session in found.sessions]
        table.add_row(f"{plain(line.title)}{artist}", *cells)
    return table


def _cell(met: Met | None) -> str:
    if met is None:
        return ""
    minutes = f"{met.heard_s / 60:.0f} min" if met.heard_s >= 60 else f"{met.heard_s:.0f} s"
    signs = (met.softened, "softer"), (met.skipped, "next"), (met.marks, "★")
    said = [name if count == 1 else f"{count} {name}" for count, name in signs if count]
    return " ".join([*said, minutes])


def _tell_below(found: Comparison) -> None:
    often = sum(len(line.met) > 1 for line in found.lines)
    say("")
    many = f"{len(found.sessions)} session{'s' * (len(found.sessions) != 1)}"
    say(f"{many}, {len(found.lines)} tracks, {often} of them in more than one.")
    if found.avoid:
        say(
            f"{len(found.avoid)} unwanted each time: `soundscape log series {found.series} "
            "--avoid` prints them for --avoid-file"
        )
