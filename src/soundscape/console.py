"""What the terminal shows while a session plays. Leaving it leaves the session alone."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from soundscape.core.errors import NoSession, SoundscapeError
from soundscape.core.fade import NOTICED_DB
from soundscape.core.words import clock, number
from soundscape.home import Home
from soundscape.remote.client import Client
from soundscape.remote.control import read_control

LOOK_S = 0.5


def follow(home: Home) -> int | None:
    """Show the session until it is over (0), or until Ctrl-C (None: it goes on)."""
    console = Console(highlight=False, markup=False, emoji=False)
    try:
        client = Client(read_control(home.control))
        if console.is_terminal:
            return _draw(client, console)
        return _tell(client, console)
    except NoSession:
        return 0
    except KeyboardInterrupt:
        return None


def _draw(client: Client, console: Console) -> int:
    # Not the alternate screen: what was shown last stays in the window.
    with Live(console=console, auto_refresh=False, transient=False) as live:
        while True:
            try:
                live.update(picture(client.status()), refresh=True)
            except NoSession:
                return 0
            except SoundscapeError as error:
                live.update(Panel(Text(str(error), "bold")), refresh=True)
            time.sleep(LOOK_S)


def _tell(client: Client, console: Console) -> int:
    """For a pipe: a line when something changes."""
    last: tuple[Any, ...] = ()
    while True:
        try:
            status = client.status()
        except NoSession:
            return 0
        track = status["track"]
        title = track["title"] if track else "no music"
        health = status["health"]
        seen = (status["phase"], title, status["state"], health["faults"], status["last_cue"])
        if seen != last:
            cue = status["last_cue"]
            new = cue if not last or cue != last[-1] else None
            answer = f" | {new['name']}: {new['answer']}" if new else ""
            if health["faults"] > (last[-2] if last else 0):
                answer += f" | FAULT: {health['last_fault']}"
            line = f"{clock(status['now_s'])} {status['state']}: {status['phase']}, {title}{answer}"
            console.print(line, soft_wrap=True)
            last = seen
        time.sleep(LOOK_S)


def picture(status: dict[str, Any]) -> Panel:
    """The state of a session as a panel, dim but for what matters."""
    now_s = status["now_s"]
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(style="dim", width=9, no_wrap=True)
    table.add_column(ratio=1)
    table.add_row("phase", _phase(status))
    table.add_row("", _bar(status))
    track = status["track"]
    if track:
        position = "" if track["position_s"] is None else f"   {clock(track['position_s'])}"
        by = f", {track['artist']}" if track["artist"] else ""
        table.add_row("playing", Text.assemble((track["title"], "bold"), f"{by}{position}"))
    else:
        table.add_row("playing", Text("no music", "dim"))
    table.add_row("next", Text(status["next"] or "—", "dim"))
    trim = status["trim_db"]
    level = f"{number(status['level_db'])} dB, {status['mode'] or '—'}"
    table.add_row("level", level + (f" (yours: {trim:+.1f} dB)" if trim else ""))
    table.add_row("ambience", status["ambience"] or "—")
    cue = status["last_cue"]
    table.add_row("last cue", Text(f"{cue['name']}: {cue['answer']}" if cue else "—"))
    table.add_row("health", _health(status["health"]))
    head = f" {status['arc']} · {status['session']} · {clock(now_s)} "
    keys = Text("Ctrl-C leaves this picture; the music goes on. Cues: soundscape --help", "dim")
    return Panel(Group(table, Text(), keys), title=Text(head), border_style="dim")


def _phase(status: dict[str, Any]) -> Text:
    state = status["state"]
    if status["begins"]:
        return Text(f"begins at {status['begins'][11:16]}", "bold")
    text = Text.assemble((status["phase"] or "—", "bold"))
    if status["phase_ends_s"] is not None:
        left = clock(status["phase_ends_s"] - status["now_s"])
        text.append(f" · {left} left, until {status['phase_ends_at']}")
        if status["arc_ends_at"] not in (None, status["phase_ends_at"]):
            minutes = round(status["arc_left_s"] / 60.0)
            text.append(f" · the arc until {status['arc_ends_at']} ({minutes} min)", "dim")
    elif status["arc_over"]:
        text.append(" · the arc is over; it goes on until `end`")
    elif status["held"]:
        text.append(" · until `release`")
    else:
        text.append(" · until you say so")
    if status["stopped"]:
        text.append("   STOPPED: `undo` brings it back, `end` closes", "bold reverse")
    elif status["closing"]:
        text.append("   closing", "bold")
    elif state == "paused":
        text.append("   ‖ PAUSED", "bold reverse")
    elif state == "silent":
        ends = status["silence_ends_at"]
        text.append(f"   SILENCE{f' until {ends}' if ends else ''}", "bold reverse")
    elif status["held"]:
        text.append("   HELD", "bold reverse")
    return text


def _bar(status: dict[str, Any]) -> ProgressBar | Text:
    ends_s = status["phase_ends_s"]
    if ends_s is None or status["phase"] is None:
        return Text("")
    length_s = max(ends_s - status["phase_started_s"], 1.0)
    done_s = min(max(status["now_s"] - status["phase_started_s"], 0.0), length_s)
    return ProgressBar(total=length_s, completed=done_s, style="grey23", complete_style="grey58")


def _health(health: dict[str, Any]) -> Text:
    if health["output"] != "takes sound":
        text = Text(f"NO SOUND: {health['output']}", "bold reverse")
    elif any(each["muted"] for each in health["volumes"]):
        text = Text("MUTED from outside", "bold reverse")
    else:
        text = Text("sound heard" if health["sound"] else "no music sounds", "dim")
    for each in health["volumes"]:
        if abs(each["stands_db"]) >= NOTICED_DB and not each["muted"]:
            text.append(f" · {each['said']}")
    if health["awake"] and health["awake"]["refused"]:
        text.append(" · MAY FALL ASLEEP", "bold reverse")
    if health["journal"] != "written":
        text.append(f" · JOURNAL NOT WRITTEN: {health['journal']}", "bold reverse")
    else:
        text.append(" · journal written", "dim")
    if health["faults"]:
        text.append(f" · {health['faults']} faults, last: {health['last_fault']}")
    return text
