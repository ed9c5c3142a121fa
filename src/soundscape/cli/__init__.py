"""The command line: the only place where the parts are put together.

A cue to a running session takes a short way. All else, help and mistakes included, is the Typer
application's.
"""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """The console script."""
    os.umask(0o077)  # Whatever is written here is its owner's alone.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A title or a path may hold what this terminal cannot show; that is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    words = sys.argv[1:]
    code = None
    if words and not words[0].startswith("-") and not {"--help", "-h"} & set(words):
        from soundscape.cli.short import short_way  # Help needs none of it.

        code = short_way(words)
    if code is None:
        from soundscape.cli.app import run_app  # A cue needs none of it.

        code = run_app(words)
    sys.exit(code)
