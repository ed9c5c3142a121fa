"""The Typer application: every command, and the one edge where errors become exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from soundscape import __version__
from soundscape.cli import give_cue
from soundscape.cli.arc.commands import arc
from soundscape.cli.attach import attach
from soundscape.cli.check import check
from soundscape.cli.controllers.bind import bind
from soundscape.cli.cues import cues
from soundscape.cli.doctor.commands import doctor
from soundscape.cli.library.commands import devices, library
from soundscape.cli.log.commands import log
from soundscape.cli.out import complain
from soundscape.cli.plan.commands import plan, schema
from soundscape.cli.playlist.commands import playlist
from soundscape.cli.recover import recover
from soundscape.cli.rehearse import rehearse
from soundscape.cli.remote.commands import remote
from soundscape.cli.run import run
from soundscape.cli.service.commands import service
from soundscape.cli.status import status
from soundscape.core.cues.row import Cue
from soundscape.core.cues.table import CUES
from soundscape.core.errors import Fault, InputError, Interrupted, SoundscapeError
from soundscape.home import Home, write_private
from soundscape.journal.encryption import holds_any
from soundscape.process.discreet import places_of

app = typer.Typer(
    help="Music for therapy sessions, shaped to an arc.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run)
app.command()(attach)
app.command()(recover)
app.command()(status)
app.command()(plan)
app.command()(check)
app.command()(rehearse)
app.command()(schema)
app.command()(cues)
app.command()(devices)
app.command()(bind)
app.add_typer(arc, name="arc")
app.command()(doctor)
app.add_typer(library, name="library")
app.add_typer(playlist, name="playlist")
app.add_typer(log, name="log")
app.add_typer(remote, name="remote")
app.add_typer(service, name="service")


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"soundscape {__version__}")
        raise typer.Exit


def _command(cue: Cue) -> Callable[[typer.Context], None]:
    def command(ctx: typer.Context) -> None:
        raise typer.Exit(give_cue(cue.name, ctx.args))

    params = "".join(f"\n\n{param.usage}: {param.help}" for param in cue.params)
    key = f"\n\nOn the live screen: {cue.key}"
    command.__doc__ = f"{cue.help[0].upper()}{cue.help[1:]}.{params}{key}"
    return command


for _cue in CUES.values():
    # The words go to the session as typed: they are read in one place only, by its table.
    app.command(
        _cue.name,
        short_help=_cue.help,
        options_metavar=" ".join(param.usage for param in _cue.params) or "",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(_command(_cue))


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
        complain(f"{name}{error.strerror or error}; nothing was lost")
        return 1
    except Exception as error:
        complain(
            f"a mistake of this program's own: {type(error).__name__}: {error}. A session that "
            f"plays is not touched by it.{_keep_traceback()}"
        )
        return 1
    return 0


def _check_words(words: Sequence[str]) -> None:
    """Raises `InputError` for words that say nothing: a script's variable that was not set would
    else mean the newest session, everybody, or now."""
    if words and words[0] in CUES:
        return  # The session says what a cue may hold.
    faults = []
    for before, word in zip(("soundscape", *words), words, strict=False):
        name, equals, value = word.partition("=")
        if not word or (name.startswith("--") and equals and not value):
            what = "is empty" if name else "the word after it is empty"
            faults.append(Fault(name or before[:40], what, "leave it out, or say what is meant"))
    if faults:
        raise InputError(faults)


def _keep_traceback() -> str:
    """Write down where it happened, for whoever mends it; where that is, as a sentence."""
    path = Home.find().run / "mistake.log"
    try:
        write_private(path, places_of(sys.exception()) if holds_any() else traceback.format_exc())
    except OSError:
        return ""
    return f" {path} says where it happened"
