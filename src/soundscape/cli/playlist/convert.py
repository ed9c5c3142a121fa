"""`soundscape playlist convert`: a playlist in another form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.options import LibraryOption
from soundscape.cli.out import complain, say, tell_left_out
from soundscape.cli.playlist.opened import Name, opened
from soundscape.cli.written import ForceOption, place_for
from soundscape.core.errors import Fault, InputError
from soundscape.library.playlists.convert import form_for, listing_of, lost_in, write_playlist


def convert(
    name: Name,
    target: Annotated[
        Path, typer.Argument(metavar="TO", help="a new file: its suffix says the form")
    ],
    library: LibraryOption = None,
    force: ForceOption = False,
) -> None:
    """Write a playlist in another form: .yaml, .m3u8, .m3u, .xspf, .pls or .jspf. Folders, patterns
    and queries become the files they mean now."""
    form = form_for(target)
    replace = place_for(target, force=force)
    found = opened(name, library, measured=False)
    tell_left_out(found.left_out, found.warnings)
    members = found.members
    if not members.members:
        raise InputError([Fault(str(members.playlist.path), "names no file that is there")])
    listing = listing_of(members, found.tags, target)
    write_playlist(listing, form, target, members.members, replace=replace)
    for each in lost_in(listing, form):
        complain(f"lost, since {target.suffix.lower()} has no words for it: {each}")
    say(f"{len(listing.rows)} tracks are in {target}")
