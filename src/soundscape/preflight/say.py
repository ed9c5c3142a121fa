"""How checks write titles, files, counts and commands."""

from __future__ import annotations

import shlex

from soundscape.core.track import Track
from soundscape.core.words import quoted
from soundscape.library.walk import shown


def count(number: int, word: str) -> str:
    """ "1 track", "2 tracks", "no tracks"."""
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def title_of(track: Track) -> str:
    """A title in quotation marks, without control characters."""
    return quoted(shown(track.title))


def place_of(track: Track) -> str:
    """A file's path as it can be printed."""
    return shown(track.path)


def as_word(path: str) -> str:
    """A path as it is typed in a shell."""
    return shlex.quote(shown(path))
