"""Follows a session until it is over or the person leaves, on the screen or in plain lines."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.core.errors import NoSession
from soundscape.core.text import clock, plain
from soundscape.home import Home
from soundscape.protocol import Status
from soundscape.tui.keys import CueKeyed
from soundscape.tui.link import LOOK_S, Parted

FIRST_SOUND_S, FIRST_LOOK_S = 1.5, 0.1

TOO_DUMB = ("", "dumb", "unknown")
"""Terminals that cannot place text. Windows sets no name, and can."""


def follow(
    home: Home, *, screen: bool = True, bound: Mapping[str, CueKeyed] | None = None
) -> Parted:
    """Show the session until it is over or the person leaves it.

    `bound` maps further keys to what they give. Raises `SoundscapeError` if the session does not
    answer.
    """
    try:
        client = Client(read_control(home.control))
        # An older program's status lacks what the screen needs.
        if screen and can_draw() and "course" in once_it_sounds(client):
            client.close()
            # Loaded once the music sounds: until then the processor is the engine's.
            from soundscape.tui.screen import show

            parted = show(home.control, bound or {})
            if not parted.broke:
                return parted
            sys.stderr.write(f"the screen failed ({parted.broke}); the session goes on\n")
            client = Client(read_control(home.control))
        _tell(client)
    except NoSession:
        return Parted(over=True)
    except KeyboardInterrupt:
        return Parted(over=False)
    return Parted(over=True)


def once_it_sounds(client: Client) -> Status:
    """Return the status once the first music is heard, or after `FIRST_SOUND_S` at the latest.

    Until then the engine needs the processor: loading a screen or a page would delay the music. If
    no music is to come soon, it returns at once.
    """
    until = time.monotonic() + FIRST_SOUND_S
    while True:
        status = client.status()
        if status["health"]["sound"] is not False or time.monotonic() >= until:
            return status
        if status["paused"] or status["silent"] or status["closing"]:
            return status
        time.sleep(FIRST_LOOK_S)


def can_draw() -> bool:
    """Whether this is a terminal with a person in front of it."""
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    if not all(stream is not None and stream.isatty() for stream in streams):
        return False
    with suppress(OSError):
        # A serial line tells no size, and Textual would lay it out again and again.
        if 0 in os.get_terminal_size(sys.__stdout__.fileno()):  # type: ignore[union-attr]
            return False
    return os.name == "nt" or os.environ.get("TERM", "") not in TOO_DUMB


def _tell(client: Client) -> None:
    """Print a line for each change, until the session is over."""
    from rich.console import Console

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
            console.print(plain(line), soft_wrap=True)
            last = seen
        time.sleep(LOOK_S)
