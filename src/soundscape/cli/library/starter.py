"""`soundscape library starter`: music to begin with, made by this program."""

from __future__ import annotations

from typing import Annotated

import typer

from soundscape.cli.library.scan import scan_and_tell
from soundscape.cli.out import say, with_progress
from soundscape.core.errors import Fault, InputError
from soundscape.home import Home, make_private
from soundscape.starter import AMBIENCE_NAMES, BASE_NAMES, DEMO_NAMES, STARTER_NAMES, make_starter


def starter(
    only_demo: Annotated[
        bool, typer.Option("--demo", help="only what arcs/demo.yaml needs")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="enough for sessions of six hours: 10 h of music, 1.3 GB")
    ] = False,
) -> None:
    """Make the starter music: instrumental tracks and ambiences, from a seed, CC0; measure it.

    Enough for sessions of two hours: 4 h of music, 560 MB. What is there is not made again,
    so that it may be interrupted.
    """
    if only_demo and everything:
        raise InputError([Fault("--demo", "beside --all", "say one of them")])
    home = Home.find()
    folder = make_private(home.starter)
    music = STARTER_NAMES if everything else BASE_NAMES
    names = DEMO_NAMES if only_demo else (*music, *AMBIENCE_NAMES)
    made = with_progress(
        lambda step: make_starter(
            folder, names, lambda name, done, total: step("making music", done, total)
        )
    )
    say(f"{len(made)} files of starter music are in {folder}")
    scan_and_tell(home, [folder], json=False)
    if only_demo:
        return
    say("Whether a session can begin with it: soundscape check first-journey")
    if not everything:
        say("Longer sessions need more: soundscape library starter --all")
