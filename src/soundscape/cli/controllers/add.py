"""`soundscape controllers add`: a pedal learns its cue."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Annotated

import typer

from soundscape.cli.controllers.companion import begin_hands
from soundscape.cli.controllers.pedals import WaitOption, as_data, hearing
from soundscape.cli.options import JsonOption
from soundscape.cli.out import complain, print_json, say
from soundscape.control.client import session_running
from soundscape.controllers.bindings import load_bindings, save_bindings
from soundscape.controllers.buttons import Binding
from soundscape.controllers.learn import Ear, learn
from soundscape.controllers.words import as_text, read_bound
from soundscape.core.errors import SoundscapeError
from soundscape.home import Home


def add(
    words: Annotated[
        list[str], typer.Argument(metavar="CUE", help='a cue with its words, such as "soften 6"')
    ],
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Let a MIDI pedal give a cue: press the one that is to give it, and let it go."""
    home = Home.find()
    bindings = load_bindings(home.bindings)
    said = read_bound(" ".join(words))
    if session_running(home.control):
        complain("note: a session is running; what is bound already gives its cue meanwhile")
    with closing(Ear()) as ear:
        hearing(ear.trouble, ear.devices, wait)
        complain(f"Press the pedal that is to say `{as_text(said)}`, and let it go.")
        learned = learn(ear, time.monotonic() + wait)
    if learned is None:
        raise SoundscapeError(f"nothing was pressed within {wait:g} s; nothing was bound")
    button = learned.button
    new = Binding(button.kind, button.number, said, button.device, button.channel, learned.lets_go)
    before = next((each for each in bindings.pedals if each.fits(button)), None)
    save_bindings(home.bindings, bindings.with_pedal(new))
    if session_running(home.control):
        begin_hands(home, None)
    if json:
        old = as_text(before.said) if before else None
        print_json({**as_data(new), "before": old})
        return
    if not learned.lets_go:
        say("It does not tell that it was let go: each of its messages is a press.")
    instead = f", no longer `{as_text(before.said)}`" if before else ""
    say(f"{button} says `{as_text(said)}`{instead}.")
