"""`soundscape log check`: whether a journal is as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.options import JsonOption, offering
from soundscape.cli.out import print_json, say
from soundscape.cli.passphrase import unlock
from soundscape.core.errors import Fault, InputError
from soundscape.home import Home
from soundscape.journal.encryption import Locked
from soundscape.journal.reader import find_session
from soundscape.journal.verify import ChainVerdict, bare_fingerprint, in_groups, verify
from soundscape.journal.writer import JOURNAL_NAME


def check(
    what: Annotated[
        str,
        typer.Argument(
            help="a session's code or a journal's file; the newest by default",
            autocompletion=offering("sessions"),
        ),
    ] = "",
    fingerprint: Annotated[
        str, typer.Option(help="what was written down when the session was over")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Say whether a journal is as it was written (exit 1 where it is not, or is not sealed).

    Every line holds a hash of the one before, and the closing line a seal of them all. Somebody who
    computes all of that anew is found by nothing but the fingerprint, if it was written down.
    """
    wanted = bare_fingerprint(fingerprint) if fingerprint else ""
    path = _journal_file(Home.find().sessions, what)
    with suppress(Locked):  # Where nobody can be asked, what can be told is told.
        unlock(path.parent)
    verdict = verify(path)
    same = verdict.state == "sealed" and verdict.fingerprint.startswith(wanted) if wanted else None
    if json:
        session = {"session": path.parent.name, "path": str(path)}
        print_json(session | asdict(verdict) | {"fingerprint_matches": same})
    else:
        for line in _shown(path, verdict, same):
            say(line)
    if verdict.state != "sealed" or same is False:
        raise typer.Exit(1)


def _journal_file(sessions: Path, what: str) -> Path:
    """The journal's file of a session's code (the newest for ""), or the file or folder named.

    Raises `InputError` where there is neither.
    """
    named = Path(what)
    if what and named.is_dir():
        return named / JOURNAL_NAME
    if what and named.is_file():
        return named
    if "." in what or "/" in what:
        raise InputError([Fault(what, "no such file")])
    return find_session(sessions, what) / JOURNAL_NAME


def _shown(path: Path, verdict: ChainVerdict, same: bool | None) -> Iterator[str]:
    """A verdict in lines; `same` is whether a given fingerprint is the journal's, None for none."""
    name = path.parent.name if path.name == JOURNAL_NAME else str(path)
    for line in verdict.torn:
        yield f"{path}:{line}: cut short, as a crash leaves it"
    for broken in verdict.breaks:
        yield f"{path}:{broken.line}: {broken.what}"
    if verdict.state == "altered":
        yield f"{name}: ALTERED: this is not what was written."
    elif verdict.state == "locked":
        yield (
            f"{name}: encrypted: {verdict.lines} lines. Whether they are as they were written is "
            "seen with the passphrase alone."
        )
    elif verdict.state == "open":
        yield (
            f"{name}: open: no closing fact; read up to line {verdict.lines}, which hang together. "
            "The session still runs or was broken off, or the end was cut off."
        )
    else:
        yield f"{name}: sealed: {verdict.lines} lines, none changed, cut, moved or put in."
        yield f"Fingerprint: {in_groups(verdict.fingerprint)}"
        if same is None:
            yield (
                "Written down on paper, the fingerprint (its first 16 digits will do) also finds "
                "a journal that was written anew as a whole: --fingerprint compares it."
            )
    if same is not None:
        yield f"The fingerprint given is {'this one' if same else 'NOT that of this journal'}."
