"""`soundscape arc list`: the arcs that can be called by name."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from soundscape.cli.arc.named import first_sentences
from soundscape.cli.options import JsonOption
from soundscape.cli.out import console, print_json, say
from soundscape.core.errors import InputError
from soundscape.core.text import clock, counted, shown
from soundscape.home import Home
from soundscape.library.arcs.load import load_arc
from soundscape.library.arcs.places import arcs_of


def list_arcs(json: JsonOption = False) -> None:
    """List the arcs that can be called by name: beside you, in the home, and those that ship."""
    found: list[dict[str, Any]] = []
    for place, path in arcs_of(Home.find().data):
        entry: dict[str, Any] = {"name": path.stem, "file": str(path), "place": place.name}
        try:
            made = load_arc(path)
        except InputError as error:
            entry |= {"title": "", "length_s": None, "phases": None, "about": ""}
            entry["faults"] = len(error.faults)
        else:
            entry |= {"title": made.name, "length_s": made.length_s, "phases": len(made.phases)}
            entry |= {"about": first_sentences(made.about), "faults": 0}
        found.append(entry)
    if json:
        print_json(found)
        return
    out, before = console(), ""
    wide = max((len(entry["name"]) for entry in found), default=0)
    for entry in found:
        if entry["place"] != before:
            before = entry["place"]
            out.print(Text(f"Arcs {before}", "dim"))
        line = Text.assemble((shown(entry["name"]).ljust(wide), "bold"), "  ")
        if entry["faults"]:
            line.append(f"{counted(entry['faults'], 'fault')}: see `soundscape arc check`")
        else:
            phases = counted(entry["phases"], "phase")
            line.append(f"{clock(entry['length_s'])}  {phases:<9}  ")
            line.append(shown(f"{entry['title']}. {entry['about']}".strip()))
        out.print(line, no_wrap=True, overflow="ellipsis")
    say("\nsoundscape arc show NAME draws one, soundscape run NAME plays it.")
