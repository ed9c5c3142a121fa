"""Words written about a session afterwards, stored with the words of its notes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from soundscape.core.errors import JournalError
from soundscape.journal.notes import NOTES_NAME, new_note_id, read_file, write_file


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
