"""The Typer application, and the one edge where errors become exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from soundscape import __version__
from soundscape.cli.group import LazyGroup, cue_commands
from soundscape.cli.out import complain
from soundscape.core.errors import Fault, InputError, Interrupted, SoundscapeError
from soundscape.core.text import clipped, reason

app = typer.Typer(
    cls=LazyGroup,
    help="Play music for therapy sessions, shaped to an arc.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"soundscape {__version__}")
        raise typer.Exit


def run_app(words: Sequence[str]) -> int:
    """Run a command; the exit code. Whatever goes wrong ends in one message, never a traceback."""
    try:
        _check_words(words)
        app(args=list(words), prog_name="soundscape", standalone_mode=True)
    except SystemExit as done:
        if done.code == Interrupted.exit_code:  # Typer takes Ctrl-C, and says nothing.
            complain("interrupted; what was done is kept")
        return done.code if isinstance(done.code, int) else 0 if done.code is None else 1
    except SoundscapeError as error:
        complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        # Whoever read us has seen enough. Python would complain once more on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        complain(f"{name}{reason(error)}; nothing was lost")
        return 1
    except Exception as error:
        complain(
            f"a mistake of this program's own: {type(error).__name__}: {error}. A session that "
            f"plays is not touched by it.{_keep_traceback()}"
        )
        return 1
    return 0


def _check_words(words: Sequence[str]) -> None:
    """Raise `InputError` for empty words: a script's variable that is not set would otherwise mean
    the newest session, everybody, or now."""
    faults = []
    for before, word in zip(("soundscape", *words), words, strict=False):
        name, equals, value = word.partition("=")
        if not word or (name.startswith("--") and equals and not value):
            what = "is empty" if name else "the word after it is empty"
            faults.append(Fault(name or clipped(before, 40), what, "give a value, or leave it out"))
    if faults and words[0] not in cue_commands():  # The session says what a cue may hold.
        raise InputError(faults)


def _keep_traceback() -> str:
    """Write down where a mistake happened; return a sentence that says where it is written."""
    # Hardly any command needs these.
    from soundscape.home import Home, write_private
    from soundscape.journal.encryption import holds_any
    from soundscape.process.trouble import places_of

    path = Home.find().run / "mistake.log"
    try:
        write_private(path, places_of(sys.exception()) if holds_any() else traceback.format_exc())
    except OSError:
        return ""
    return f" {path} says where it happened"
