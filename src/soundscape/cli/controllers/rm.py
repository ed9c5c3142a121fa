"""`soundscape controllers rm`: pedals that are forgotten."""

from __future__ import annotations

from typing import Annotated

import typer

from soundscape.cli.controllers.pedals import as_data, named
from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.controllers.bindings import load_bindings, save_bindings
from soundscape.controllers.words import as_text
from soundscape.core.errors import Fault, InputError
from soundscape.home import Home

ALL = "all"


def rm(
    words: Annotated[
        list[str], typer.Argument(metavar="NUMBER", help="numbers of `controllers list`, or `all`")
    ],
    json: JsonOption = False,
) -> None:
    """Forget what pedals give: by their numbers in `controllers list`, or `all`."""
    home = Home.find()
    bindings = load_bindings(home.bindings)
    numbers = {str(number): each for number, each in enumerate(bindings.pedals, 1)}
    known = f"`controllers list` has {len(numbers)}" if numbers else "nothing is bound"
    faults = [
        Fault("rm", f"no pedal {word[:40]}", known)
        for word in words
        if word != ALL and word not in numbers
    ]
    if faults:
        raise InputError(faults)
    gone = tuple(each for number, each in numbers.items() if number in words or ALL in words)
    save_bindings(home.bindings, bindings.without(gone))
    if json:
        print_json([as_data(each) for each in gone])
        return
    for each in gone:
        say(f"{named(each)} no longer says `{as_text(each.said)}`.")
