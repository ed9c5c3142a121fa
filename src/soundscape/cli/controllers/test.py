"""`soundscape controllers test`: what each press would give, without giving it."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import asdict
from json import dumps
from typing import Any

from soundscape.cli.controllers.pedals import WaitOption, hearing
from soundscape.cli.options import JsonOption
from soundscape.cli.out import complain, say
from soundscape.control.client import session_running
from soundscape.controllers.bindings import load_bindings
from soundscape.controllers.buttons import Feet, Felt, feel
from soundscape.controllers.learn import Ear
from soundscape.controllers.words import as_text
from soundscape.core.errors import SoundscapeError
from soundscape.home import Home
from soundscape.tui.keys import AGAIN_S, CueKeyed


def show_presses(wait: WaitOption = 30.0, json: JsonOption = False) -> None:
    """Show each press and the cue it would give, without giving it. Refused during a session."""
    home = Home.find()
    bindings = load_bindings(home.bindings)
    if session_running(home.control):
        raise SoundscapeError(
            "a session is running, and what is pressed now gives its cue; test before it or after"
        )
    feet = Feet()
    with closing(Ear()) as ear:
        hearing(ear.trouble, ear.devices, wait)
        complain("Press; no cue is given. Ctrl-C ends it.")
        until = time.monotonic() + wait
        while (heard := ear.next(until)) is not None:
            now = time.monotonic()
            feet, felt = feel(feet, bindings.pedals, heard, now, bindings.guard_s)
            if felt is not None:
                say(dumps(_felt(felt), ensure_ascii=False) if json else _told(felt))


def _felt(felt: Felt) -> dict[str, Any]:
    said = felt.outcome if isinstance(felt.outcome, CueKeyed) else None
    why = felt.outcome if isinstance(felt.outcome, str) else "unbound"
    gives = as_text(said) if said else None
    return {"button": asdict(felt.button), "cue": gives, "why": "" if said else why}


def _told(felt: Felt) -> str:
    match felt.outcome:
        case CueKeyed():
            return f"{felt.button}: {as_text(felt.outcome)}"
        case "double":
            return f"{felt.button}: hit twice; counts once"
        case "asks":
            return f"{felt.button}: once more within {AGAIN_S:g} s"
        case None:
            return f"{felt.button}: not bound"
