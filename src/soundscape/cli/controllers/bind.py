"""`soundscape bind`: what `controllers` was called, for one release more."""

from __future__ import annotations

from typing import Annotated

import typer

from soundscape.cli.controllers.add import add
from soundscape.cli.controllers.list import list_pedals
from soundscape.cli.controllers.pedals import WaitOption
from soundscape.cli.controllers.rm import rm
from soundscape.cli.controllers.switch import off, on
from soundscape.cli.controllers.test import show_presses
from soundscape.cli.options import JsonOption
from soundscape.cli.out import tell_new
from soundscape.core.errors import Fault, InputError

_ALONE = ("list", "test", "on", "off")


def bind(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="CUE | list | test | remove NUMBER | on | off",
            help='a cue, with its words in quotes: "soften 6"; or what to do with what is bound',
        ),
    ],
    wait: WaitOption = 30.0,
    json: JsonOption = False,
) -> None:
    """Do what `controllers` does: list, test, remove, on, off, or (with a cue) add."""
    what, rest = words[0], words[1:]
    verb = {"remove": "rm"}.get(what, what if what in _ALONE else "add")
    tell_new(f"bind {what}" if verb != "add" else "bind", f"controllers {verb}")
    if what in _ALONE and rest:
        raise InputError([Fault(what, f"`{rest[0]}` is one word too many")])
    match verb:
        case "rm" if not rest:
            raise InputError([Fault("remove", "name what: a number of `bind list`, or `all`")])
        case "rm":
            rm(rest, json=json)
        case "list":
            list_pedals(json=json)
        case "test":
            show_presses(wait, json=json)
        case "on":
            on(json=json)
        case "off":
            off(json=json)
        case _:
            add(words, wait, json=json)
