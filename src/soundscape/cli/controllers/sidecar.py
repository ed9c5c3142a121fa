"""The sidecar of pedals, show control and media keys, as commands see it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, cast

import typer

from soundscape.cli.out import complain
from soundscape.cli.settings import load_settings
from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.controllers.wanted import MODULE, OscAddress, keep, kept
from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.extras import need
from soundscape.home import Home
from soundscape.process.sidecars import CONTROLLERS, find, start
from soundscape.protocol import ControllerFacts, ListenTo
from soundscape.tui.follow import once_it_sounds

if TYPE_CHECKING:
    from soundscape.controllers.bindings import Bindings


OscOption = Annotated[
    str,
    typer.Option(
        metavar="PORT",
        help="take cues by OSC on this port, from this machine; HOST:PORT from its network",
    ),
]


MediaKeysOption = Annotated[
    bool | None,
    typer.Option(
        "--media-keys/--no-media-keys",
        help="media keys and headset buttons pause and resume (Linux desktops)",
        show_default=False,
    ),
]


def controllers_wanted(osc: str, media_keys: bool | None) -> ListenTo:
    """What the options ask for. Raises `InputError`, and `SoundscapeError` where OSC is not
    installed."""
    if osc:
        need("osc", "--osc")
    try:
        return ListenTo(str(OscAddress.read(osc)) if osc else "", media_keys)
    except ValueError as error:
        raise InputError([Fault("--osc", str(error))]) from None


def bindings_of(home: Home) -> Bindings | None:
    """What is bound; None where nothing is, and then nothing has to be loaded to know it. Raises
    `InputError` with every fault of the file."""
    if not home.bindings.exists():
        return None
    from soundscape.controllers.bindings import load_bindings

    return load_bindings(home.bindings)


def facts_of(home: Home) -> ControllerFacts | None:
    """What the sidecar of the session that runs tells; None where there is none."""
    found = find(home, CONTROLLERS)
    return None if found is None else cast("ControllerFacts", found.facts)


def start_controllers(home: Home, asked: ListenTo | None = None) -> ControllerFacts | None:
    """Listen beside the session that runs, to what there is to listen to: the pedals that are
    bound, and what the session's options or else the settings say; None for nothing. `asked` are
    those options where it has just begun.

    Raises `NoSession` where none runs, `SoundscapeError` for whatever else is wrong.
    """
    control = read_control(home.control)
    if asked is None:
        asked = kept(home, control.session)
    else:
        keep(home, control.session, asked)
    settings = load_settings(home.settings)
    media_keys = settings.media_keys if asked.media_keys is None else asked.media_keys
    wanted = ListenTo(asked.osc or str(settings.osc), media_keys)
    if wanted.osc:
        need("osc", "`osc` in the settings")
    bound = bindings_of(home)
    if not (wanted.osc or wanted.media_keys or (bound and bound.pedals)):
        return None
    with closing(Client(control)) as client:
        once_it_sounds(client)
    return cast("ControllerFacts", start(home, CONTROLLERS, MODULE, [wanted.as_json()]).facts)


def begin_controllers(home: Home, asked: ListenTo | None) -> None:
    """The same for a session that has just begun: whatever is wrong is said, and takes nothing
    from the music."""
    try:
        found = start_controllers(home, asked)
    except SoundscapeError as error:
        complain(f"note: only keys and commands give cues: {error}")
        return
    for note in () if found is None else notes_of(found):
        complain(f"note: {note}")


def notes_of(facts: ControllerFacts) -> list[str]:
    """Say what of it a person should know."""
    pedals, osc, keys = facts["pedals"], facts.get("osc"), facts.get("media_keys")
    if pedals["trouble"]:
        notes = [f"pedals: {pedals['trouble']}"]
    else:
        away = pedals["away"]
        notes = [f"{each} is not plugged in; it is heard as soon as it is" for each in away]
    if osc is not None and osc["trouble"]:
        notes.append(f"OSC: {osc['trouble']}")
    elif osc is not None:
        place = OscAddress(osc["host"], osc["port"])
        who = "anyone on that network" if place.is_open else "any program on this machine"
        notes.append(f"OSC on {place}: {who} can give cues")
    if keys is not None and keys["trouble"]:
        notes.append(f"media keys: {keys['trouble']}")
    return notes
