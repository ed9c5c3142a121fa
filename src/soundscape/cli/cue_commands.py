"""The cues as commands: each row of the core's table gives its words to the running session."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import typer
from typer.core import TyperCommand

from soundscape.cli.command import command
from soundscape.cli.short import give_cue
from soundscape.cli.table import CUES as PANEL
from soundscape.core.cues.row import Cue
from soundscape.core.cues.table import CUES
from soundscape.core.text import sentence


class CueCommand(TyperCommand):
    """A cue, which completes its words with what the running session offers for it."""

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The choices that the live screen has for this cue, too."""
        # Only a shell that completes a cue asks the session.
        from soundscape.cli.completion import choices_of

        found = [each for each in choices_of(self.name or "") if each.startswith(incomplete)]
        # As much of a CompletionItem as is read of it; where that class lies, versions differ.
        offered = [SimpleNamespace(value=each, help=None, type="plain") for each in found]
        return offered or super().shell_complete(ctx, incomplete)


def _giving(cue: Cue) -> Callable[[typer.Context], None]:
    def give(ctx: typer.Context) -> None:
        raise typer.Exit(give_cue(cue.name, ctx.args))

    params = "".join(f"\n\n{param.usage}: {param.help}" for param in cue.params)
    key = f"\n\nOn the live screen: {cue.key}"
    give.__doc__ = f"{sentence(cue.help)}.{params}{key}"
    return give


def _command(cue: Cue) -> Any:
    """A cue's command. Its words go to the session as typed, which reads them by the same row."""
    usage = " ".join(param.usage for param in cue.params)
    return command(
        cue.name,
        _giving(cue),
        rest=usage,
        cls=CueCommand,
        short_help=sentence(cue.help),
        rich_help_panel=PANEL,
    )


COMMANDS = {name: _command(cue) for name, cue in CUES.items()}
