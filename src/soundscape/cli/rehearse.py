"""`soundscape rehearse`: try an arc and its cues in a second, without sound."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from soundscape.cli.arc.named import ArcArgument
from soundscape.cli.drawing import (
    DarkOption,
    PictureOption,
    check_drawing,
    draw_picture,
    show_picture,
)
from soundscape.cli.exclusions import (
    AvoidFileOption,
    AvoidOption,
    KeepFreshOption,
    SeriesOption,
    lines_of,
    read_wishes,
)
from soundscape.cli.options import JsonOption, LibraryOption
from soundscape.cli.out import console, print_json, tell_left_out, with_progress
from soundscape.cli.prepare import new_code, prepare
from soundscape.cli.settings import load_settings
from soundscape.cli.written import ForceOption
from soundscape.clock import BootClock
from soundscape.core.cues.table import CUES
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.events import Opened
from soundscape.core.text import typed
from soundscape.drawing.played import played_scene
from soundscape.engine.rehearsal import PROMPTER, ScriptedCue
from soundscape.engine.rehearsal import rehearse as play
from soundscape.home import Home
from soundscape.journal.reader import Journal
from soundscape.journal.story import CueStory, tell
from soundscape.journal.timeline import timeline
from soundscape.library.units import parse_time

TOO_LATE = "the session is over by then"


def rehearse(
    arc: ArcArgument,
    cue: Annotated[
        list[str] | None,
        typer.Option("--cue", help='a time and a cue, such as "45:00 soften 3"; may be repeated'),
    ] = None,
    script: Annotated[
        Path | None,
        typer.Option(help="a text file with one of these per line; `#` begins a remark"),
    ] = None,
    library: LibraryOption = None,
    seed: Annotated[int, typer.Option(help="another seed makes another plan", min=0)] = 0,
    avoid: AvoidOption = None,
    avoid_file: AvoidFileOption = None,
    series: SeriesOption = "",
    keep_fresh: KeepFreshOption = 0,
    picture: PictureOption = None,
    dark: DarkOption = False,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Play an arc in virtual time, then draw it and show it as `log show` does. Nothing is kept.

    The session's own engine plays it on silent decks. Times of cues are M:SS or H:MM:SS from the
    start. If the session would wait for a dose, a transition or a release that you did not give,
    the rehearsal gives it and says so.
    """
    replace = check_drawing(picture, dark, force)
    faults: list[Fault] = []
    cues = _read([(text, "--cue", None) for text in cue or ()], faults)
    if script is not None:
        cues += _from_file(script, faults)
    try:
        wishes = read_wishes(avoid, avoid_file, series, keep_fresh)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    home = Home.find()
    library = library or load_settings(home.settings).library_folder
    ready = with_progress(lambda step: prepare(home, arc, library, seed, step, wishes))
    notes = (*ready.gathered.warnings, *map(str, ready.plan.warnings))
    tell_left_out(ready.gathered.left_out, notes)
    opened = Opened(new_code(), ready.arc, seed, PROMPTER, "null", persons=ready.arc.persons)
    kept = play(
        opened,
        ready.plan,
        ready.gathered.pools,
        dict(ready.gathered.ambiences),
        cues,
        BootClock().wall(),
    )
    story = tell(Journal(Path(opened.code), kept.entries, ""), kept.notes)
    for late in kept.late:
        args = {"words": " ".join(late.words)} if late.words else {}
        story.cues.append(CueStory(late.at_s, late.name, args, TOO_LATE, False))
    drawn = played_scene(kept.entries, f"rehearsed, seed {seed}")
    if json:
        print_json(story.as_json())
    else:
        show_picture(console(), drawn)
        console().print()
        console().print(timeline(story))
    if picture:
        draw_picture(drawn, picture, dark=dark, quiet=json, replace=replace)


def read_script(path: Path) -> list[ScriptedCue]:
    """The cues of a script's file, in order of time. Raises `InputError` with all its faults."""
    faults: list[Fault] = []
    cues = _from_file(path, faults)
    if faults:
        raise InputError(faults)
    return cues


def _from_file(path: Path, faults: list[Fault]) -> list[ScriptedCue]:
    lines = [(re.sub(r"\s#\s.*", "", text), line) for line, text in lines_of(path, faults)]
    return _read([(text, str(path), line) for text, line in lines], faults)


def _read(rows: Sequence[tuple[str, str, int | None]], faults: list[Fault]) -> list[ScriptedCue]:
    """Times and cues, in order of time; what is wrong with any is added to the faults."""
    found: list[ScriptedCue] = []
    for text, where, line in rows:
        time, _, said = text.strip().partition(" ")
        try:
            at_s = parse_time(time)
            name, *words = shlex.split(said) or [""]
        except ValueError as error:
            do = "write a time and a cue, such as `45:00 soften 3`"
            faults.append(Fault(where, f"{typed(text)}: {error}", do, line))
            continue
        cue = CUES.get(name)
        if cue is None:
            hint = nearest(name, list(CUES)) or "`soundscape --help` lists the cues"
            faults.append(Fault(where, f"{typed(text)}: no cue {typed(name)}", hint, line))
            continue
        try:
            cue.args(words)
        except InputError as error:
            faults += [
                Fault(where, f"{typed(text)}: {each.what}", "", line) for each in error.faults
            ]
        found.append(ScriptedCue(at_s, name, tuple(words)))
    return sorted(found, key=lambda cue: cue.at_s)
