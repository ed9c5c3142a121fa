"""`soundscape library` and `soundscape devices`."""

from __future__ import annotations

from typing import Annotated

import typer

library = typer.Typer(help="The music there is.", no_args_is_help=True, rich_markup_mode=None)


@library.callback()
def _library() -> None:
    """The music there is."""


@library.command()
def starter(
    only_demo: Annotated[
        bool, typer.Option("--demo", help="only what arcs/demo.yaml needs")
    ] = False,
) -> None:
    """Make the starter music: instrumental tracks and ambiences, from a seed, CC0."""
    from soundscape.cli.out import say, with_progress
    from soundscape.home import Home, make_private
    from soundscape.library.starter import DEMO_NAMES, make_starter

    folder = make_private(Home.find().starter)
    names = DEMO_NAMES if only_demo else None
    made = with_progress(
        lambda step: make_starter(
            folder, names, lambda name, done, total: step("making music", done, total)
        )
    )
    say(f"{len(made)} files of starter music are in {folder}")


def devices(
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """List the output devices, and hear whether the default one takes sound (exit 1 if not)."""
    from soundscape.audio.vlc import check_output
    from soundscape.audio.vlc import devices as find
    from soundscape.cli.out import complain, print_json, say
    from soundscape.clock import BootClock
    from soundscape.core.errors import NoSound

    found, trouble = [], ""
    try:
        found = find()
        check_output(BootClock())
    except NoSound as error:
        trouble = str(error)
    if json:
        names = [{"name": device.name, "about": device.about} for device in found]
        print_json({"devices": names, "works": not trouble, "trouble": trouble})
    else:
        for device in found:
            say(f"{device.name or '(default)'}   {device.about}")
        if trouble:
            complain(trouble)
        else:
            say("The default device takes sound.")
    if trouble:
        raise typer.Exit(1)
