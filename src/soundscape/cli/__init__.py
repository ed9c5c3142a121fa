"""The command line: the only place where the parts are put together.

A cue to a running session is the one thing that must be quick, so it takes a short way: the words
go to the session as they were typed, and neither Typer nor the table of cues is loaded here. All
else, help and mistakes included, is the Typer application's.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence


def main() -> None:
    """The console script."""
    os.umask(0o077)  # Whatever is written here is its owner's alone.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A title or a path may hold what this terminal cannot show; that is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    words = sys.argv[1:]
    code = _short_way(words)
    if code is None:
        from soundscape.cli.app import run_app

        code = run_app(words)
    sys.exit(code)


def _short_way(words: Sequence[str]) -> int | None:
    """Give a cue to the running session; None where this is not that."""
    if not words or words[0].startswith("-") or {"--help", "-h"} & set(words):
        return None
    from soundscape.control.address import read_control
    from soundscape.core.errors import NoSession
    from soundscape.home import Home

    try:
        control = read_control(Home.find().control)
    except NoSession:
        return None
    if words[0] not in control.cues:
        return None
    return give_cue(words[0], words[1:])


def give_cue(name: str, words: Sequence[str]) -> int:
    """Give a cue and print the answer; the exit code."""
    from soundscape.control.address import read_control
    from soundscape.control.client import Client
    from soundscape.core.errors import NoSession, SoundscapeError
    from soundscape.home import Home

    home = Home.find()
    try:
        reply = Client(read_control(home.control)).cue(name, words)
    except NoSession as error:
        from soundscape.cli.broken import no_session

        sys.stderr.write(f"{no_session(home, error)}\n")
        return error.exit_code
    except SoundscapeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    (sys.stdout if reply.ok else sys.stderr).write(f"{reply.answer}\n")
    return 0 if reply.ok else 1
