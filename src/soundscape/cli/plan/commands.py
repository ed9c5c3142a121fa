"""`soundscape plan` and `soundscape schema`: what would be played, and how arcs are written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.arc.named import ArcArgument
from soundscape.cli.drawing import DarkOption, PictureOption, check_drawing, draw_picture
from soundscape.cli.exclusions import (
    AvoidFileOption,
    AvoidOption,
    KeepFreshOption,
    SeriesOption,
    read_wishes,
)
from soundscape.cli.written import ForceOption


def plan(
    arc: ArcArgument,
    library: Annotated[Path | None, typer.Option(help="the folder that holds the music")] = None,
    seed: Annotated[int, typer.Option(help="another seed, another plan", min=0)] = 0,
    avoid: AvoidOption = None,
    avoid_file: AvoidFileOption = None,
    series: SeriesOption = "",
    keep_fresh: KeepFreshOption = 0,
    picture: PictureOption = None,
    dark: DarkOption = False,
    force: ForceOption = False,
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Show what an arc would play, when, and why."""
    from soundscape.cli.out import print_json, tell_left_out, with_progress
    from soundscape.cli.plan.shown import as_json, show
    from soundscape.cli.prepare import prepare
    from soundscape.cli.settings import load_settings
    from soundscape.drawing.scene import scene
    from soundscape.home import Home

    replace = check_drawing(picture, dark, force)
    wishes = read_wishes(avoid, avoid_file, series, keep_fresh)
    home = Home.find()
    library = library or load_settings(home.settings).library_folder
    ready = with_progress(lambda step: prepare(home, arc, library, seed, step, wishes))
    tell_left_out(ready.gathered.left_out, ready.gathered.warnings)
    if json:
        print_json(as_json(ready))
    else:
        show(ready)
    if picture:
        draw_picture(scene(ready.arc, ready.plan), picture, dark=dark, quiet=json, replace=replace)


def schema(
    playlist: Annotated[bool, typer.Option("--playlist", help="of a playlist's file")] = False,
) -> None:
    """Print the JSON Schema of an arc's file, so that editors complete and check it."""
    from soundscape.cli.out import print_json

    if playlist:
        from soundscape.library.playlists.forms.model import playlist_schema

        print_json(playlist_schema())
        return
    from soundscape.library.arcs.model import arc_schema

    print_json(arc_schema())
