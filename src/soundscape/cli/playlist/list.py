"""`soundscape playlist list`: the playlists that can be called by name."""

from __future__ import annotations

from pathlib import Path

from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.core.text import shown
from soundscape.home import Home
from soundscape.library.playlists.places import playlists_here


def list_playlists(json: JsonOption = False) -> None:
    """List the playlists you can call by name: beside you, in the home, and those that ship."""
    found = playlists_here(Path.cwd(), Home.find().data)
    if json:
        print_json([{"name": name, "file": str(path)} for name, path in found.items()])
        return
    wide = max((len(shown(name)) for name in found), default=0)
    for name, path in found.items():
        say(f"{shown(name):<{wide}}  {shown(path)}")
    say(
        "soundscape playlist show NAME shows its tracks."
        if found
        else "No playlist has a name here."
    )
