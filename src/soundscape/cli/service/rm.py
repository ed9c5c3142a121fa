"""`soundscape service rm`: the service taken away."""

from __future__ import annotations

from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.cli.service.manager import service_file, shown_facts, systemctl
from soundscape.core.errors import SoundscapeError


def rm(json: JsonOption = False) -> None:
    """Take the service away; not while it plays."""
    path = service_file()
    there = path.exists()
    if there and path.suffix != ".plist":
        if shown_facts().get("ActiveState") in ("active", "activating", "deactivating"):
            raise SoundscapeError(
                "the service plays a session; `soundscape end` closes it, then remove it"
            )
        systemctl("disable", "soundscape")
    path.unlink(missing_ok=True)
    systemctl("daemon-reload")
    if json:
        print_json({"path": str(path), "removed": there})
    else:
        say(f"Removed: {path}" if there else "No service is installed.")
