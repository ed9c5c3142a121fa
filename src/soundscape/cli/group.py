"""Commands of Typer, made of the rows of the table: help reads the rows, and a command's module
is imported when that very command is wanted."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from soundscape.cli.command import load
from soundscape.cli.out import tell_new
from soundscape.cli.table import COMMANDS, PANELS, CommandRow


class LazyCommand(TyperCommand):
    """A row of the table, until the words after it are read: then its command is imported."""

    def __init__(self, row: CommandRow) -> None:
        super().__init__(
            row.name, short_help=row.summary, rich_help_panel=row.panel, hidden=row.hidden
        )
        self.row = row

    def make_context(self, *words: Any, **settings: Any) -> Any:
        """What the command makes of its words."""
        return load(self.row).make_context(*words, **settings)


class LazyGroup(TyperGroup):
    """The commands of one group, or of the program itself, which has the cues too."""

    def __init__(self, *, name: str | None = None, bare: str = "", **settings: Any) -> None:
        super().__init__(name=name, **settings)
        self.bare = bare
        for row in COMMANDS:
            if row.group == (name or ""):
                self.add_command(LazyCommand(row) if row.place else _group(row))

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, the cues among them."""
        self._add_cues()
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command by its name or its former one; a name that is in no row may be a cue's."""
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        for row in COMMANDS:
            if row.group == (self.name or "") and row.old == cmd_name:
                if not ctx.resilient_parsing:  # A shell that completes is told nothing.
                    tell_new(f"{row.group} {row.old}", row.words)
                return self.commands[row.name]
        self._add_cues()
        return self.commands.get(cmd_name)

    def _add_cues(self) -> None:
        if not self.name:
            for name, cue in cue_commands().items():
                self.commands.setdefault(name, cue)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words; without a command's name they are those of `bare`."""
        if self.bare and not ctx.resilient_parsing and not (args and _is_own(args[0])):
            args = [self.bare, *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, in panels where the program's own help is asked for."""
        shown = [
            each for name in self.list_commands(ctx) if not (each := self.commands[name]).hidden
        ]
        wide = max(len(each.name or "") for each in shown)
        for panel in ("Commands",) if self.name else PANELS:
            rows = [
                ((each.name or "").ljust(wide), each.short_help or "")
                for each in shown
                if self.name or each.rich_help_panel == panel  # type: ignore[attr-defined]
            ]
            with formatter.section(panel):
                formatter.write_dl(rows)


def _is_own(word: str) -> bool:
    """Whether a word is the group's: a command's name, or asks for help."""
    return not word.startswith("-") or word in ("-h", "--help")


def _group(row: CommandRow) -> LazyGroup:
    return LazyGroup(
        name=row.words,
        bare=row.bare,
        help=f"{row.summary}.",
        short_help=row.summary,
        no_args_is_help=not row.bare,
        rich_markup_mode=None,
        rich_help_panel=row.panel,
    )


def cue_commands() -> dict[str, Any]:
    """The cues as commands. The core's table is loaded here, since it loads all that cues do: only
    a word that is in no row, and the program's help, need it."""
    from soundscape.cli.cue_commands import COMMANDS as CUE_COMMANDS

    return CUE_COMMANDS
