"""Writes titles, files, counts and commands for checks."""

from __future__ import annotations

import shlex

from soundscape.core.track import Track
from soundscape.core.words import quoted
from soundscape.library.walk import shown


def count(number: int, word: str) -> str:
    """Write a count: "1 track", "2 tracks", "no tracks"."""
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def title_of(track: Track) -> str:
    """Write a title in quotation marks, without control characters."""
    return quoted(shown(track.title))


def place_of(track: Track) -> str:
    """Write a file's path so that it can be printed."""
    return shown(track.path)


def as_word(path: str) -> str:
    """Write a path as one types it in a shell."""
    return shlex.quote(shown(path))
