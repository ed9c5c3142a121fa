"""The words of notes, beside the journal and never in it, so that either can be given alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from soundscape.core.errors import JournalError
from soundscape.journal.encryption import Locked, read_kept, write_kept

NOTES_NAME = "notes.json"


def read_notes(folder: Path) -> dict[str, str]:
    """Map note ids to words, for the notes of marks; empty if there are none."""
    found = read_file(folder)
    return {key: str(value) for key, value in found.items() if not isinstance(value, dict)}


def read_file(folder: Path) -> dict[str, Any]:
    """Read the whole file as it is. Raises `JournalError` if it cannot be read."""
    path = folder / NOTES_NAME
    try:
        data = json.loads(read_kept(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise JournalError(f"{path}: the notes cannot be read: {error}") from None
    if not isinstance(data, dict):
        raise JournalError(f"{path}: the notes cannot be read: expected an object")
    return {str(key): value for key, value in data.items()}


def new_note_id() -> str:
    """Make a random id that says nothing."""
    return f"n-{secrets.token_hex(4)}"


def write_note(folder: Path, note: str, words: str) -> None:
    """Add a note's words, whole or not at all. Raises OSError if the disk refuses.

    Notes that cannot be read are set aside, not overwritten: new notes must not wait for them.
    """
    try:
        notes = read_file(folder)
    except Locked:
        raise
    except JournalError:
        (folder / NOTES_NAME).replace(folder / f"{NOTES_NAME}.unreadable-{note}")
        notes = {}
    write_file(folder, {**notes, note: words})


def write_file(folder: Path, notes: Mapping[str, Any]) -> None:
    """Write the whole file, or nothing. Raises OSError if the disk refuses."""
    text = json.dumps(notes, ensure_ascii=False, indent=1) + "\n"
    # A lone surrogate, as a terminal may send one, is no reason to lose the rest.
    write_kept(folder / NOTES_NAME, text.encode("utf-8", "replace").decode("utf-8"))
