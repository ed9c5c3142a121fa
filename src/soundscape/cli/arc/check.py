"""`soundscape arc check`: what is wrong with arcs' files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from soundscape.cli.arc.named import arc_path, facts_of
from soundscape.cli.options import JsonOption, offering
from soundscape.cli.out import complain, print_json, say
from soundscape.core.errors import Fault, InputError
from soundscape.core.text import clock, counted
from soundscape.home import Home
from soundscape.library.arcs.load import load_arc
from soundscape.library.playlists.places import find


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="arcs: files or names", autocompletion=offering("arcs")
        ),
    ],
    json: JsonOption = False,
) -> None:
    """List all that is wrong with arcs' files, with line and column (exit 2). Needs no music.

    This is about the file alone, while you write it. `soundscape check ARC` is the one before a
    session: it asks whether that can begin, with its music, this machine and its sound.
    """
    home, told, bad = Home.find().data, [], False
    for word in files:
        faults: tuple[Fault, ...] = ()
        notes: list[str] = []
        facts: dict[str, Any] = {"file": word}
        try:
            path = arc_path(word)
            made = load_arc(path)
        except InputError as error:
            faults = error.faults
        else:
            facts = facts_of(made, path)
            for name in dict.fromkeys(name for phase in made.phases for name in phase.playlists):
                try:
                    find(name, path, home)
                except InputError as error:
                    notes += map(str, error.faults)
        bad = bad or bool(faults)
        told.append({**facts, "fine": not faults, "faults": _as_json(faults), "notes": notes})
        if json:
            continue
        for fault in faults:
            complain(str(fault))
        if not faults:
            count = counted(facts["count"], "phase")
            say(f"{facts['file']}: fine ({facts['title']}, {clock(facts['length_s'])}, {count})")
        for note in notes:
            complain(f"note: {note}")
    if json:
        print_json({"fine": not bad, "files": told})
    if bad:
        raise typer.Exit(2)


def _as_json(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in faults]
