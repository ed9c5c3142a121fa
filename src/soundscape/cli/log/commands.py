"""`soundscape log`: the sessions there were, and each one told again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from soundscape.cli.log.erase import erase
from soundscape.cli.log.export import export
from soundscape.cli.log.people import consent, note
from soundscape.cli.log.replay import replay
from soundscape.cli.log.report import report
from soundscape.cli.log.series import series

if TYPE_CHECKING:
    from soundscape.home import Home

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
    from soundscape.journal.digest import roll

    home = Home.find()
    found = roll(home.sessions)
    if json:
        print_json([digest.as_json() for digest in found])
        return
    if not found:
        say("No session has been played yet; `soundscape run ARC` plays one.")
    for digest in found:
        say(digest.line())
    _tell_old(home)


def _tell_old(home: Home) -> None:
    """Which sessions the house does not want to keep any longer: nothing is erased unasked."""
    if not home.settings.exists():
        return
    from soundscape.cli.log.erase import days_ago
    from soundscape.cli.out import complain
    from soundscape.cli.settings import load_settings
    from soundscape.journal.erase import older_than

    days = load_settings(home.settings).retention_days
    if days is None:
        return
    old = sum(1 for _ in older_than(home.sessions, days_ago(days)))
    if old:
        which = "1 session is" if old == 1 else f"{old} sessions are"
        complain(f"{which} older than {days} days: `soundscape log erase --old` asks and erases")


@log.command()
def show(
    code: Annotated[str, typer.Argument(help="a session's code; the newest by default")] = "",
    at: Annotated[
        str, typer.Option("--at", metavar="H:MM:SS", help="only this moment, and what lies around")
    ] = "",
    around: Annotated[
        int | None, typer.Option("--around", metavar="MARK", help="only around a mark")
    ] = None,
    person: Annotated[
        str, typer.Option("--person", help="only this person's marks and cues: a letter")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Tell a session as a timeline: phases, tracks, cues and marks in place."""
    from soundscape.cli.log.story import check_person, moment_asked, story_of
    from soundscape.cli.out import console, print_json
    from soundscape.journal.moment import AROUND_S, moment, window
    from soundscape.journal.share import of_person

    story = story_of(code)
    if person:
        story = of_person(story, check_person(story, person))
    at_s = moment_asked(story, at, around)
    then = None if at_s is None else moment(story, at_s)
    if then is not None:
        story = window(story, then.at_s - AROUND_S, then.at_s + AROUND_S)
    if json:
        print_json(story.as_json() | ({} if then is None else {"moment": then.as_json()}))
        return
    from soundscape.journal.timeline import moment_shown, timeline

    if then is not None:
        console().print(moment_shown(then))
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
    from contextlib import suppress

    from soundscape.cli.log.shown import journal_file, shown_verdict
    from soundscape.cli.out import print_json, say
    from soundscape.cli.passphrase import unlock
    from soundscape.home import Home
    from soundscape.journal.encryption import Locked
    from soundscape.journal.verify import bare_fingerprint
    from soundscape.journal.verify import verify as judge

    wanted = bare_fingerprint(fingerprint) if fingerprint else ""
    path = journal_file(Home.find().sessions, what)
    with suppress(Locked):  # Where nobody can be asked, what can be told is told.
        unlock(path.parent)
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


log.command()(report)
log.command()(replay)
log.command()(export)
log.command()(note)
log.command()(consent)
log.command()(erase)
log.command()(series)
