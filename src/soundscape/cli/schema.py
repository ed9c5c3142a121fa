"""`soundscape schema`: how arcs and playlists are written, for editors."""

from __future__ import annotations

from typing import Annotated

import typer

from soundscape.cli.out import print_json
from soundscape.library.arcs.model import arc_schema
from soundscape.library.playlists.forms.model import playlist_schema


def schema(
    playlist: Annotated[
        bool, typer.Option("--playlist", help="print the schema of a playlist instead")
    ] = False,
) -> None:
    """Print the JSON Schema of an arc, with which editors complete and check the file."""
    if playlist:
        print_json(playlist_schema())
        return
    print_json(arc_schema())
