"""The names that a shell offers while you type a word; none where they cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path

from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.core.errors import SoundscapeError
from soundscape.home import Home
from soundscape.journal.writer import JOURNAL_NAME
from soundscape.library.arcs.places import arcs_of
from soundscape.library.playlists.places import playlists_here

WHOLE = re.compile(r"[\w@%+=:,./-]+")
"""A word that no shell splits or expands. Others would need quotes, which differ by shell."""


def offered(what: str) -> list[str]:
    """The names there are of a kind."""
    found: Iterable[str] = ()
    with suppress(OSError, SoundscapeError, ValueError):
        found = _NAMES[what](Home.find())
    return [each for each in found if WHOLE.fullmatch(each)]


def choices_of(cue: str) -> list[str]:
    """What the running session offers for a cue: its phases, ambiences, outputs, people."""
    # The table of cues takes long to load, and no other word needs it.
    from soundscape.tui.keys import offered as offered_by

    found: Iterable[str] = ()
    with suppress(OSError, SoundscapeError), closing(_client()) as client:
        found = offered_by(client.status()).get(cue, ())
    return [each for each in found if WHOLE.fullmatch(each)]


def _client() -> Client:
    return Client(read_control(Home.find().control))


def _arcs(home: Home) -> list[str]:
    return list(dict.fromkeys(path.stem for _, path in arcs_of(home.data)))


def _playlists(home: Home) -> list[str]:
    return list(playlists_here(Path.cwd(), home.data))


def _sessions(home: Home) -> list[str]:
    """Their codes, the newest first. A code says nothing of anybody, encrypted or not."""
    journals = home.sessions.glob(f"*/{JOURNAL_NAME}")
    return [path.parent.name for path in sorted(journals, key=_changed, reverse=True)]


def _changed(path: Path) -> float:
    return path.stat().st_mtime


def _devices(home: Home) -> list[str]:
    from soundscape.audio.vlc import devices, quieten_alsa  # libVLC takes long to load.

    quieten_alsa()
    return [each.name for each in devices()]


_NAMES: dict[str, Callable[[Home], list[str]]] = {
    "arcs": _arcs,
    "playlists": _playlists,
    "sessions": _sessions,
    "devices": _devices,
}
