"""The state of a session as a panel, for `soundscape status`."""

from __future__ import annotations

from rich.console import Group
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from soundscape.core.text import clock, plain
from soundscape.protocol import Status
from soundscape.tui import words
from soundscape.tui.banner import banner
from soundscape.tui.rows import Ink, Row

STYLES: dict[Ink, str] = {
    "strong": "bold",
    "faint": "dim",
    "state": "bold yellow",
    "alarm": "bold red",
    "note": "yellow",
}


def picture(status: Status) -> Panel:
    """Draw the state of a session as a panel, dim except for what matters."""
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(style="dim", width=9, no_wrap=True)
    table.add_column(ratio=1)
    said = banner(status)
    state = ((f"   {said.word}", said.ink), (f" {said.about}", said.ink)) if said.word else ()
    table.add_row("phase", _text((*words.phase(status), *state)))
    table.add_row("", _bar(status))
    table.add_row(words.playing_label(status), _text(words.playing(status)))
    table.add_row("next", Text(plain(status["next"] or "—"), "dim"))
    table.add_row("level", _text(words.level(status)))
    table.add_row("ambience", status["ambience"] or "—")
    cue = status["last_cue"]
    table.add_row("last cue", Text(f"{cue['name']}: {plain(cue['answer'])}" if cue else "—"))
    table.add_row("marks", _text(words.marks(status)))
    table.add_row("health", _text(words.health(status)))
    head = f" {plain(status['arc'])} · {status['session']} · {clock(status['now_s'])} "
    keys = Text("`soundscape attach` opens the live screen. Cues: soundscape cues", "dim")
    return Panel(Group(table, Text(), keys), title=Text(head), border_style="dim")


def _text(row: Row) -> Text:
    return Text.assemble(*((text, STYLES.get(ink, "")) for text, ink in row))


def _bar(status: Status) -> ProgressBar | Text:
    ends_s = status["phase_ends_s"]
    started_s = status["phase_started_s"]
    if ends_s is None or started_s is None or status["phase"] is None:
        return Text("")
    length_s = max(ends_s - started_s, 1.0)
    done_s = min(max(status["now_s"] - started_s, 0.0), length_s)
    return ProgressBar(total=length_s, completed=done_s, style="grey23", complete_style="grey58")
