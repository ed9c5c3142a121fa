"""What one session leaves out of its arc's music: `--avoid`, `--avoid-file`, `--keep-fresh`.

The options are the same for `plan`, `check`, `rehearse` and `run`, so that a session plays what its
plan showed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.passphrase import unlock_all
from soundscape.core.errors import Fault, InputError
from soundscape.core.text import typed
from soundscape.home import Home
from soundscape.library.arcs.model import read_avoid
from soundscape.library.yamlfile import MAX_BYTES, read_file

AvoidOption = Annotated[
    list[str] | None,
    typer.Option(
        "--avoid", help="leave out `tag:...`, `artist:...` or `track:...`; may be repeated"
    ),
]
AvoidFileOption = Annotated[
    Path | None, typer.Option("--avoid-file", help="a text file with one such entry per line")
]
SeriesOption = Annotated[
    str,
    typer.Option("--series", help="a word for sessions that belong together, never a name"),
]
KeepFreshOption = Annotated[
    int,
    typer.Option("--keep-fresh", help="leave out what the series' last N sessions played", min=0),
]

_SERIES = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is left out: entries as an arc's `avoid` has them; the series and how many of its last
    sessions are to stay unheard."""

    avoid: tuple[str, ...] = ()
    series: str = ""
    keep_fresh: int = 0


NO_WISHES = Wishes()


def read_wishes(
    avoid: Sequence[str] | None, avoid_file: Path | None, series: str, keep_fresh: int
) -> Wishes:
    """The wishes as they were typed. Raises `InputError` with all that is wrong with them."""
    faults: list[Fault] = []
    entries = [entry for text in avoid or () if (entry := _entry(text, "--avoid", None, faults))]
    if avoid_file is not None:
        entries += _from_file(avoid_file, faults)
    if series and not _SERIES.fullmatch(series):
        do = "one word of letters, digits, dots and dashes, such as `spring-a`"
        faults.append(Fault("--series", f"expected a word, not {typed(series)}", do))
    if keep_fresh and not series:
        do = "add --series WORD, with the same word at every session of these people"
        faults.append(Fault("--keep-fresh", "needs a series", do))
    if faults:
        raise InputError(faults)
    if keep_fresh:
        unlock_all(Home.find().sessions)
    return Wishes(tuple(dict.fromkeys(entries)), series, keep_fresh)


def _from_file(path: Path, faults: list[Fault]) -> list[str]:
    found = [_entry(text, str(path), line, faults) for line, text in lines_of(path, faults)]
    return [entry for entry in found if entry]


def lines_of(path: Path, faults: list[Fault]) -> list[tuple[int, str]]:
    """The lines of a small text file that say something, each with its number; `#` begins a
    remark. What is wrong with the file is added to the faults."""
    try:
        data = read_file(path, "list")
        if len(data) > MAX_BYTES:
            raise InputError([Fault(str(path), f"is larger than {MAX_BYTES // 1000} kB")])
        text = data.decode("utf-8-sig")
    except InputError as error:
        faults += error.faults
        return []
    except UnicodeDecodeError as error:
        do = "save it as UTF-8"
        faults.append(Fault(str(path), f"is not UTF-8 text ({error.reason})", do))
        return []
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    return [(number, line) for number, line in lines if line and not line.startswith("#")]


def _entry(text: str, where: str, line: int | None, faults: list[Fault]) -> str:
    try:
        return read_avoid(text)
    except ValueError as error:
        do = getattr(error, "context", None) or {}
        faults.append(Fault(where, str(error), do.get("do", ""), line))
        return ""
