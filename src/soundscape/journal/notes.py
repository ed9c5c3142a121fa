"""The words of notes, beside the journal and never in it, so that either can be given alone.

The same file holds the remarks: words written about a session afterwards.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True, slots=True)
class Remark:
    """Words about a session, or about the moment `at_s` seconds from its start. `person` is a
    letter, "" for nobody in particular; `wall` is when they were written, ISO 8601."""

    words: str
    wall: str
    at_s: float | None = None
    person: str = ""


def read_remarks(folder: Path) -> tuple[Remark, ...]:
    """Return a session's remarks, in the order in which they were written. Raises `JournalError` if
    the file of notes cannot be read."""
    found = [value for value in read_file(folder).values() if isinstance(value, dict)]
    try:
        return tuple(_remark(each) for each in found)
    except (KeyError, TypeError, ValueError) as error:
        raise JournalError(f"{folder / NOTES_NAME}: a remark cannot be read: {error}") from None


def _remark(data: dict[str, Any]) -> Remark:
    at_s = data.get("at_s")
    return Remark(
        str(data["words"]),
        str(data["wall"]),
        None if at_s is None else float(at_s),
        str(data.get("person") or ""),
    )


def add_remark(folder: Path, remark: Remark) -> str:
    """Store a remark; return its id. Raises `JournalError` if the existing notes cannot be read, or
    OSError if the disk refuses; the file then stays as it was."""
    kept = read_file(folder)
    note = new_note_id()
    write_file(folder, {**kept, note: asdict(remark)})
    return note
