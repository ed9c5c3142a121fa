"""`soundscape playlist show`: what a playlist holds."""

from __future__ import annotations

from soundscape.cli.options import JsonOption, LibraryOption
from soundscape.cli.out import print_json, tell_left_out
from soundscape.cli.playlist.opened import Name, opened
from soundscape.cli.playlist.shown import shown_as_json, shown_to_people


def show(name: Name, library: LibraryOption = None, json: JsonOption = False) -> None:
    """Show a playlist's tracks, and how many minutes it has at each intensity."""
    found = opened(name, library, measured=True)
    tell_left_out(found.left_out, found.warnings)
    if json:
        print_json(shown_as_json(found))
    else:
        shown_to_people(found)
