"""MPRIS, the desktop's way to media players: how a session looks there, and which button gives
which cue. Pure.

See https://specifications.freedesktop.org/mpris-spec/2.2. `Stop` pauses: a headset's button must
not end anything. There is no previous track, no seeking and no volume, because each of them would
make a jump.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from soundscape.protocol import Status
from soundscape.tui.keys import CueKeyed

NAME = "org.mpris.MediaPlayer2.soundscape"
PATH = "/org/mpris/MediaPlayer2"
ROOT = "org.mpris.MediaPlayer2"
PLAYER = "org.mpris.MediaPlayer2.Player"
TRACK = "/org/soundscape/track"
NO_TRACK = "/org/mpris/MediaPlayer2/TrackList/NoTrack"

Variant = tuple[str, Any]
"""A D-Bus signature and a value of it, in jeepney's form."""

PAUSE, RESUME = CueKeyed("pause"), CueKeyed("resume")
NOTHING = ("Previous", "Seek", "SetPosition", "OpenUri")
"""Methods of a player that do nothing, as the properties announce."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the desktop is shown. `track` counts the session's tracks so far, 0 for none; `title`
    and `artist` are "" if they are private."""

    status: str = "Stopped"
    track: int = 0
    title: str = ""
    artist: str = ""
    path: str = ""


def shown(before: Shown, status: Status | None) -> Shown:
    """Return what a session's status shows. Without an answer it stays what it was."""
    if status is None:
        return before
    state = _state(status)
    track = status["track"]
    if track is None:
        return Shown(state, before.track)
    number = before.track + (track["path"] != before.path)
    if status.get("private", True):  # An older status does not say: then show nothing.
        return Shown(state, number, path=track["path"])
    return Shown(state, number, track["title"] or "", track["artist"] or "", track["path"])


def _state(status: Status) -> str:
    if status["closing"] or status["stopped"] or status["phase"] is None:
        return "Stopped"
    return "Paused" if status["paused"] or status["silenced"] else "Playing"


def cue_of(member: str, shown: Shown) -> CueKeyed | None:
    """Return the cue of a button in the present state; None for none."""
    match member:
        case "Play":
            return RESUME
        case "Pause" | "Stop":
            return PAUSE
        case "PlayPause":
            return RESUME if shown.status == "Paused" else PAUSE
        case "Next":
            return CueKeyed("next")
        case _:
            return None


def player(shown: Shown) -> dict[str, Variant]:
    """Return the properties of the player."""
    return {
        "PlaybackStatus": ("s", shown.status),
        "Metadata": ("a{sv}", _metadata(shown)),
        "Rate": ("d", 1.0),
        "MinimumRate": ("d", 1.0),
        "MaximumRate": ("d", 1.0),
        "Volume": ("d", 1.0),
        "Position": ("x", 0),
        "CanGoNext": ("b", True),
        "CanGoPrevious": ("b", False),
        "CanPlay": ("b", True),
        "CanPause": ("b", True),
        "CanSeek": ("b", False),
        "CanControl": ("b", True),
    }


def _metadata(shown: Shown) -> dict[str, Variant]:
    found: dict[str, Variant] = {
        "mpris:trackid": ("o", f"{TRACK}/{shown.track}" if shown.path else NO_TRACK)
    }
    if shown.title:
        found["xesam:title"] = ("s", shown.title)
    if shown.artist:
        found["xesam:artist"] = ("as", [shown.artist])
    return found


ABOUT: dict[str, Variant] = {
    "Identity": ("s", "Soundscape"),
    "CanQuit": ("b", False),
    "CanRaise": ("b", False),
    "HasTrackList": ("b", False),
    "SupportedUriSchemes": ("as", []),
    "SupportedMimeTypes": ("as", []),
}
"""The properties of the program."""


def properties(interface: str, shown: Shown) -> dict[str, Variant] | None:
    """Return all properties of an interface; None for an unknown one."""
    return {ROOT: ABOUT, PLAYER: player(shown)}.get(interface)


_METHODS = {
    ROOT: {"Raise": "", "Quit": ""},
    PLAYER: {
        **dict.fromkeys(("Next", "Previous", "Pause", "PlayPause", "Stop", "Play"), ""),
        "Seek": "x",
        "SetPosition": "ox",
        "OpenUri": "s",
    },
    "org.freedesktop.DBus.Properties": {"Get": "ss>v", "GetAll": "s>a{sv}", "Set": "ssv"},
    "org.freedesktop.DBus.Introspectable": {"Introspect": ">s"},
    "org.freedesktop.DBus.Peer": {"Ping": ""},
}


def introspection() -> str:
    """Describe all interfaces in D-Bus's own XML."""
    interfaces = "".join(_interface(name, methods) for name, methods in _METHODS.items())
    return f"<node>{interfaces}</node>"


def _interface(name: str, methods: Mapping[str, str]) -> str:
    found = properties(name, Shown()) or {}
    inside = [
        f'<method name="{method}">{"".join(_arguments(takes))}</method>'
        for method, takes in methods.items()
    ]
    inside += [
        f'<property name="{key}" type="{kind}" access="read"/>' for key, (kind, _) in found.items()
    ]
    if name.endswith("Properties"):
        inside.append(
            '<signal name="PropertiesChanged">'
            + "".join(f'<arg type="{kind}"/>' for kind in ("s", "a{sv}", "as"))
            + "</signal>"
        )
    return f'<interface name="{name}">{"".join(inside)}</interface>'


def _arguments(signature: str) -> list[str]:
    """Write each argument as XML; every type here is one letter, except `a{sv}`."""
    takes, _, gives = signature.partition(">")
    found = [f'<arg type="{kind}" direction="in"/>' for kind in takes]
    return found + ([f'<arg type="{gives}" direction="out"/>'] if gives else [])
