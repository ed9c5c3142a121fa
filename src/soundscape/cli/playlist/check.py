"""`soundscape playlist check`: what is wrong with a playlist."""

from __future__ import annotations

import typer

from soundscape.cli.options import JsonOption, LibraryOption
from soundscape.cli.out import print_json, say
from soundscape.cli.playlist.opened import Name, opened
from soundscape.cli.playlist.shown import checked_as_json, notes_of


def check(name: Name, library: LibraryOption = None, json: JsonOption = False) -> None:
    """Tell everything that is wrong with a playlist: exit 0 where nothing is, 1 where something is
    left out, 2 where nothing of it can be played."""
    found = opened(name, library, measured=True)
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
