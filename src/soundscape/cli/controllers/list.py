"""`soundscape controllers list`: which pedal gives which cue."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from soundscape.cli.controllers.companion import facts_of
from soundscape.cli.controllers.pedals import as_data, named
from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.control.client import session_running
from soundscape.controllers.bindings import load_bindings
from soundscape.controllers.buttons import device_of
from soundscape.controllers.midi import RtMidi
from soundscape.controllers.words import as_text
from soundscape.home import Home


def list_pedals(json: JsonOption = False) -> None:
    """List which pedal gives which cue, and whether it is plugged in."""
    home = Home.find()
    bindings = load_bindings(home.bindings)
    trouble, names = "", []
    try:
        with closing(RtMidi()) as midi:
            names = [device_of(name) for name in midi.names()]
    except OSError as error:
        trouble = str(error)
    rows: list[Mapping[str, Any]] = []
    for number, each in enumerate(bindings.pedals, 1):
        here = each.device in names if each.device else bool(names)
        rows.append({"number": number, **as_data(each), "here": here})
    if json:
        found = {"guard_s": bindings.guard_s, "pedals": rows, "devices": names, "trouble": trouble}
        print_json({**found, "session": facts_of(home)})
        return
    if rows and session_running(home.control) and facts_of(home) is None:
        say("Nothing listens to them now; `soundscape controllers on` does.")
    for row, each in zip(rows, bindings.pedals, strict=True):
        away = "" if row["here"] else "  (not plugged in)"
        say(f"{row['number']:2}  {named(each):44}  {as_text(each.said)}{away}")
    if not rows:
        say("Nothing is bound. `soundscape controllers add soften` waits for a pedal to give it.")
    if trouble:
        say(f"note: {trouble}")
