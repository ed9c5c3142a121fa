"""`soundscape log check`: whether a journal is as it was written."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from soundscape.cli.log.shown import journal_file, shown_verdict
from soundscape.cli.options import JsonOption, offering
from soundscape.cli.out import print_json, say
from soundscape.cli.passphrase import unlock
from soundscape.home import Home
from soundscape.journal.encryption import Locked
from soundscape.journal.verify import bare_fingerprint, verify


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
    path = journal_file(Home.find().sessions, what)
    with suppress(Locked):  # Where nobody can be asked, what can be told is told.
        unlock(path.parent)
    verdict = verify(path)
    same = verdict.state == "sealed" and verdict.fingerprint.startswith(wanted) if wanted else None
    if json:
        session = {"session": path.parent.name, "path": str(path)}
        print_json(session | verdict.as_json() | {"fingerprint_matches": same})
    else:
        for line in shown_verdict(path, verdict, same):
            say(line)
    if verdict.state != "sealed" or same is False:
        raise typer.Exit(1)
