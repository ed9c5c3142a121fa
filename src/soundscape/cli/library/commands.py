"""`soundscape library`: which music there is, read and measured; and `soundscape devices`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from soundscape.cli.library.listing import list_
from soundscape.cli.library.show import show
from soundscape.cli.library.vouch import vouch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soundscape.home import Home

library = typer.Typer(help="The music there is.", no_args_is_help=True, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help="for programs")]


@library.callback()
def _library() -> None:
    """The music there is."""


@library.command()
def add(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER", show_default=False)],
    json: Json = False,
) -> None:
    """Add folders to the library, and read and measure what they hold."""
    from soundscape.cli.out import complain
    from soundscape.home import Home, at_home
    from soundscape.library.people import change_said, load_said
    from soundscape.library.roots import checked
    from soundscape.library.walk import shown

    home = Home.find()
    real = [folder.resolve() for folder in checked([Path(at_home(str(each))) for each in folders])]
    had = load_said(home.library_file).folders
    change_said(home.library_file, lambda said: said.with_folders(real))
    for folder in real:
        if folder in had:
            complain(f"note: {shown(folder)} is in the library already")
    _scan(home, real, json=json)


@library.command()
def scan(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FOLDER", help="the whole library by default"),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="everything anew, whatever is known of it")
    ] = False,
    json: Json = False,
) -> None:
    """Read and measure what is new or changed. May be interrupted: what is done is kept."""
    from soundscape.home import Home, at_home

    _scan(Home.find(), [Path(at_home(str(each))) for each in folders or []], anew=again, json=json)


def _scan(home: Home, folders: Sequence[Path], *, anew: bool = False, json: bool) -> None:
    from soundscape.cli.library.common import roots, scanned
    from soundscape.cli.library.listing import tell_scan
    from soundscape.library.catalog import scan as scan_folders
    from soundscape.library.people import load_said
    from soundscape.library.roots import absent

    said = load_said(home.library_file)
    meant = folders or roots(home, said)
    missing = () if folders else absent(said.folders)
    result = scanned(lambda step: scan_folders(meant, home.index, step, said=said, anew=anew))
    tell_scan(result, meant, missing, json=json)


library.command(name="list")(list_)
library.command()(show)


@library.command()
def rm(folder: Annotated[Path, typer.Argument(show_default=False)]) -> None:
    """Take a folder out of the library. Its files stay, and so does what was measured of them."""
    from soundscape.cli.out import say
    from soundscape.core.errors import Fault, InputError, nearest
    from soundscape.core.names import canonical
    from soundscape.home import Home, at_home
    from soundscape.library.people import change_said, load_said
    from soundscape.library.playlists.naming import steps_of
    from soundscape.library.walk import shown

    home = Home.find()
    known = load_said(home.library_file).folders
    there = Path(at_home(str(folder)))
    ways = (there.absolute(), there.resolve())
    found = next((each for each in known if each in ways), None)
    # A name may be typed with other accents than the disk's: the folder may be gone by now.
    alike = [each for each in known if any(steps_of(str(each)) == steps_of(str(w)) for w in ways)]
    found = alike[0] if found is None and len(alike) == 1 else found
    if found is None:
        hint = nearest(str(ways[0]), list(map(str, known)))
        by_name = [each for each in known if canonical(each.name) == canonical(folder.name)]
        if by_name:
            hint = f"did you mean `{shown(by_name[0])}`?"
        if not hint:
            hint = f"in it are {', '.join(map(shown, known))}" if known else "nothing was added yet"
        raise InputError([Fault(shown(folder), "is no folder of the library", hint)])
    change_said(home.library_file, lambda said: said.without_folder(found))
    say(f"{shown(found)} is no longer in the library; its files are where they were")


library.command()(vouch)


@library.command()
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
    from soundscape.cli.out import say, with_progress
    from soundscape.core.errors import Fault, InputError
    from soundscape.home import Home, make_private
    from soundscape.starter import (
        AMBIENCE_NAMES,
        BASE_NAMES,
        DEMO_NAMES,
        STARTER_NAMES,
        make_starter,
    )

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
    _scan(home, [folder], json=False)
    if only_demo:
        return
    say("Whether a session can begin with it: soundscape check first-journey")
    if not everything:
        say("Longer sessions need more: soundscape library starter --all")


def devices(json: Json = False) -> None:
    """List the output devices, and hear whether the default one takes sound (exit 1 if not)."""
    from soundscape.audio.quiet import quieten_alsa
    from soundscape.audio.vlc import check_output
    from soundscape.audio.vlc import devices as find
    from soundscape.cli.out import complain, print_json, say
    from soundscape.clock import BootClock
    from soundscape.core.errors import NoSound

    found, trouble = [], ""
    quieten_alsa()
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
