"""`soundscape log list`: the sessions there were."""

from __future__ import annotations

from dataclasses import asdict

from soundscape.cli.log.rm import days_ago
from soundscape.cli.options import JsonOption
from soundscape.cli.out import complain, print_json, say
from soundscape.cli.settings import load_settings
from soundscape.home import Home
from soundscape.journal.digest import roll
from soundscape.journal.erase import older_than


def list_sessions(json: JsonOption = False) -> None:
    """List the sessions there were, newest last."""
    home = Home.find()
    found = roll(home.sessions)
    if json:
        print_json([asdict(digest) for digest in found])
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
    days = load_settings(home.settings).retention_days
    if days is None:
        return
    old = sum(1 for _ in older_than(home.sessions, days_ago(days)))
    if old:
        which = "1 session is" if old == 1 else f"{old} sessions are"
        complain(f"{which} older than {days} days: `soundscape log rm --old` asks and erases")
