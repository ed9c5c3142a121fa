"""`soundscape log`: the sessions there were, and each one told again."""

from __future__ import annotations

from typing import Annotated

import typer

log = typer.Typer(help="The journals of past sessions.", rich_markup_mode=None)


@log.callback(invoke_without_command=True)
def sessions(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """List the sessions there were, newest last."""
    if ctx.invoked_subcommand is not None:
        return
    from soundscape.cli.out import print_json, say
    from soundscape.home import Home
    from soundscape.journal.digest import digests

    found = digests(Home.find().sessions)
    if json:
        print_json([digest.as_json() for digest in found])
        return
    if not found:
        say("No session has been played yet; `soundscape run ARC` plays one.")
    for digest in found:
        say(digest.line())


@log.command()
def show(
    code: Annotated[str, typer.Argument(help="a session's code; the newest by default")] = "",
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Tell a session as a timeline: phases, tracks, cues and marks in place."""
    from soundscape.cli.out import complain, console, print_json
    from soundscape.core.errors import JournalError
    from soundscape.home import Home
    from soundscape.journal.notes import read_notes
    from soundscape.journal.reader import find_session, read_journal
    from soundscape.journal.story import tell

    journal = read_journal(find_session(Home.find().sessions, code))
    for trouble in journal.trouble:
        complain(trouble)
    try:
        notes = read_notes(journal.folder)
    except JournalError as error:
        complain(str(error))
        notes = {}
    story = tell(journal, notes)
    if json:
        print_json(story.as_json())
        return
    from soundscape.journal.timeline import timeline

    console().print(timeline(story))


@log.command()
def verify(
    what: Annotated[
        str, typer.Argument(help="a session's code or a journal's file; the newest by default")
    ] = "",
    fingerprint: Annotated[
        str, typer.Option(help="what was written down when the session was over")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Say whether a journal is as it was written (exit 1 where it is not, or is not sealed).

    Every line holds a hash of the one before, and the closing line a seal of them all. Somebody who
    computes all of that anew is found by nothing but the fingerprint, if it was written down.
    """
    from soundscape.cli.log_shown import journal_file, shown_verdict
    from soundscape.cli.out import print_json, say
    from soundscape.home import Home
    from soundscape.journal.verify import bare_fingerprint
    from soundscape.journal.verify import verify as judge

    wanted = bare_fingerprint(fingerprint) if fingerprint else ""
    path = journal_file(Home.find().sessions, what)
    verdict = judge(path)
    same = verdict.state == "sealed" and verdict.fingerprint.startswith(wanted) if wanted else None
    if json:
        session = {"session": path.parent.name, "path": str(path)}
        print_json(session | verdict.as_json() | {"fingerprint_matches": same})
    else:
        for line in shown_verdict(path, verdict, same):
            say(line)
    if verdict.state != "sealed" or same is False:
        raise typer.Exit(1)
