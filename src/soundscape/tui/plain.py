"""One line per change: for a pipe, a simple terminal, or `--no-screen`."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console

from soundscape.control.client import Client
from soundscape.core.errors import NoSession
from soundscape.core.text import clock

LOOK_S = 0.5


def tell(client: Client) -> None:
    """Print the session's changes until it is over."""
    console = Console(highlight=False, markup=False, emoji=False)
    last: tuple[Any, ...] = ()
    while True:
        try:
            status = client.status()
        except NoSession:
            return
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
