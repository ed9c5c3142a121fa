"""The short way of a cue: its words go to the running session as they were typed.

It is the one command that must be quick, so neither Typer nor the table of cues is loaded here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from soundscape.control.address import read_control
from soundscape.core.errors import NoSession, SoundscapeError
from soundscape.home import Home


def short_way(words: Sequence[str]) -> int | None:
    """Give a cue to the running session; None where this is not that."""
    try:
        control = read_control(Home.find().control)
    except NoSession:
        return None
    if words[0] not in control.cues:
        return None
    return give_cue(words[0], words[1:])


def give_cue(name: str, words: Sequence[str]) -> int:
    """Give a cue and print the answer; the exit code."""
    # Every command comes by here; what speaks to a session is loaded where one may answer.
    from soundscape.control.client import Client

    home = Home.find()
    try:
        reply = Client(read_control(home.control)).cue(name, words)
    except NoSession as error:
        from soundscape.cli.broken import no_session  # Reads journals, which a cue never does.

        sys.stderr.write(f"{no_session(home, error)}\n")
        return error.exit_code
    except SoundscapeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    (sys.stdout if reply.ok else sys.stderr).write(f"{reply.answer}\n")
    return 0 if reply.ok else 1
