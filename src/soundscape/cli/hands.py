"""The companion of pedals, show control and media keys, as commands see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from soundscape.home import Home


def runs(home: Home) -> bool:
    """Whether a session runs."""
    from soundscape.core.errors import NoSession
    from soundscape.remote.control import read_control

    try:
        read_control(home.control)
    except NoSession:
        return False
    return True


def facts_of(home: Home) -> Mapping[str, Any] | None:
    """What the companion of the session that runs tells; None where there is none."""
    from soundscape.companion import find
    from soundscape.hands.work import KIND

    found = find(home, KIND)
    return None if found is None else found.facts


def begin_again(home: Home) -> None:
    """Something has been bound: where a session runs that listens to nothing yet, it does now."""
    if runs(home):
        begin_hands(home)


def begin_hands(home: Home) -> None:
    """Listen beside the session that runs, to what there is to listen to. Whatever is wrong with
    it is said, and takes nothing from the music."""
    from soundscape.cli.out import complain
    from soundscape.companion import start
    from soundscape.console.follow import once_it_sounds
    from soundscape.core.errors import SoundscapeError
    from soundscape.hands.bindings import load_bindings
    from soundscape.hands.work import KIND, MODULE, Wanted
    from soundscape.remote.client import Client
    from soundscape.remote.control import read_control

    try:
        if not load_bindings(home.bindings).pedals:
            return
        once_it_sounds(Client(read_control(home.control)))
        found = start(home, KIND, MODULE, Wanted().words())
    except SoundscapeError as error:
        complain(f"note: no pedal gives cues: {error}")
        return
    for note in _notes(found.facts):
        complain(f"note: {note}")


def _notes(facts: Mapping[str, Any]) -> list[str]:
    pedals = facts["pedals"]
    if pedals["trouble"]:
        return [f"pedals: {pedals['trouble']}"]
    return [
        f"{device} is not plugged in; it is heard as soon as it is" for device in pedals["away"]
    ]
