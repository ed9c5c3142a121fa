"""`soundscape service show`: whether a service is there, and how it stands."""

from __future__ import annotations

from typing import Any

from soundscape.cli.options import JsonOption
from soundscape.cli.out import print_json, say
from soundscape.cli.service.manager import service_file, shown_facts
from soundscape.cli.service.unit import arc_of


def show(
    json: JsonOption = False,
) -> None:
    """Say whether a service is installed, and what its manager says of it."""
    path = service_file()
    there = path.exists()
    shown = shown_facts() if there and path.suffix != ".plist" else {}
    text = path.read_text("utf-8", "replace") if there else ""
    found: dict[str, Any] = {"installed": there, "path": str(path), "arc": arc_of(text) or None}
    found["manager"] = shown or None
    if json:
        print_json(found)
        return
    if not there:
        say("No service is installed; `soundscape service add ARC` writes one.")
        return
    say(f"{path}: plays {found['arc'] or 'an arc'}")
    if shown:
        more = f", {shown['StatusText']}" if shown.get("StatusText") else ""
        say(f"{shown.get('ActiveState')} ({shown.get('SubState')}{more})")
    else:
        say("No service manager of this person answers here.")
