"""`soundscape playlist`: what a playlist holds, what is wrong with it, and in another form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from soundscape.cli.written import ForceOption

if TYPE_CHECKING:
    from soundscape.library.playlists.onelist import OneList

playlist = typer.Typer(
    help="The playlists: YAML, M3U, M3U8, XSPF, PLS, JSPF, or a folder.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[
    str, typer.Argument(help="a name as an arc here would write it, a file, or a folder")
]
Library = Annotated[Path | None, typer.Option(help="the folder that holds the music")]
Json = Annotated[bool, typer.Option("--json", help="for programs")]


@playlist.callback()
def _playlist() -> None:
    """The playlists."""


@playlist.command()
def show(name: Name, library: Library = None, json: Json = False) -> None:
    """Show a playlist's tracks, and how many minutes it has at each intensity."""
    from soundscape.cli.out import print_json, tell_left_out
    from soundscape.cli.playlist.shown import shown_as_json, shown_to_people

    found = _open(name, library, measured=True)
    tell_left_out(found.left_out, found.warnings)
    if json:
        print_json(shown_as_json(found))
    else:
        shown_to_people(found)


@playlist.command()
def check(name: Name, library: Library = None, json: Json = False) -> None:
    """Tell everything that is wrong with a playlist: exit 0 where nothing is, 1 where something is
    left out, 2 where nothing of it can be played."""
    from soundscape.cli.out import print_json, say
    from soundscape.cli.playlist.shown import checked_as_json, notes_of

    found = _open(name, library, measured=True)
    if json:
        print_json(checked_as_json(found))
    else:
        for fault in found.left_out:
            say(str(fault))
        for note in (*notes_of(found), *found.warnings):
            say(f"note: {note}")
        wrong = len(found.left_out)
        many = (
            f"{len(found.tracks)} {'track' if len(found.tracks) == 1 else 'tracks'} can be played"
        )
        say(f"{many}, {wrong} left out" if wrong else f"{many}, nothing is wrong with it")
    if found.left_out:
        raise typer.Exit(1)


@playlist.command()
def convert(
    name: Name,
    target: Annotated[
        Path, typer.Argument(metavar="TO", help="a new file: its suffix says the form")
    ],
    library: Library = None,
    force: ForceOption = False,
) -> None:
    """Write a playlist in another form: .yaml, .m3u8, .m3u, .xspf, .pls or .jspf. Folders, patterns
    and queries become the files they mean now."""
    from soundscape.cli.out import complain, say, tell_left_out
    from soundscape.cli.written import place_for
    from soundscape.core.errors import Fault, InputError
    from soundscape.library.playlists.convert import form_for, listing_of, lost_in, write_playlist

    form = form_for(target)
    replace = place_for(target, force=force)
    found = _open(name, library, measured=False)
    tell_left_out(found.left_out, found.warnings)
    members = found.members
    if not members.members:
        raise InputError([Fault(str(members.playlist.path), "names no file that is there")])
    listing = listing_of(members, found.tags, target)
    write_playlist(listing, form, target, members.members, replace=replace)
    for each in lost_in(listing, form):
        complain(f"lost, since {target.suffix.lower()} has no words for it: {each}")
    say(f"{len(listing.rows)} tracks are in {target}")


def _open(name: str, library: Path | None, *, measured: bool) -> OneList:
    from soundscape.cli.out import with_progress
    from soundscape.cli.settings import load_settings
    from soundscape.home import Home
    from soundscape.library.playlists.onelist import open_one
    from soundscape.library.playlists.places import find_here

    home = Home.find()
    root = library or load_settings(home.settings).library_folder
    path = find_here(name, Path.cwd(), home.data)
    found: OneList = with_progress(
        lambda step: open_one(
            path,
            home=home.data,
            roots=(root,) if root else (),
            index_path=home.index,
            progress=step,
            measured=measured,
        )
    )
    return found
