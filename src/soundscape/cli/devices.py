"""`soundscape devices`: where sound can go."""

from __future__ import annotations

import typer

from soundscape.audio.vlc import check_output, quieten_alsa
from soundscape.audio.vlc import devices as find
from soundscape.cli.options import JsonOption
from soundscape.cli.out import complain, print_json, say
from soundscape.clock import BootClock
from soundscape.core.errors import NoSound


def devices(json: JsonOption = False) -> None:
    """List the output devices, and test whether the default one accepts sound (exit 1 if not)."""
    found, trouble = [], ""
    quieten_alsa()
    try:
        found = find()
        check_output(BootClock())
    except NoSound as error:
        trouble = str(error)
    if json:
        names = [{"name": device.name, "about": device.about} for device in found]
        print_json({"devices": names, "works": not trouble, "trouble": trouble})
    else:
        for device in found:
            say(f"{device.name or '(default)'}   {device.about}")
        if trouble:
            complain(trouble)
        else:
            say("The default device accepts sound.")
    if trouble:
        raise typer.Exit(1)
