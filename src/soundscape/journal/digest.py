"""One line a session, for the list of sessions: read without folding whole journals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from soundscape.core.errors import JournalError
from soundscape.core.events import Closed, Entry, Opened
from soundscape.core.words import clock
from soundscape.journal.codec import decode
from soundscape.journal.reader import session_folders
from soundscape.journal.writer import JOURNAL_NAME

MARK = b'"type":"marked"'


@dataclass(frozen=True, slots=True)
class Digest:
    """A session in short. `length_s` and `reason` are None while its journal is open."""

    session: str
    arc: str
    opened: str
    length_s: float | None
    marks: int
    reason: str | None

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)

    def line(self) -> str:
        """For people."""
        length = "open   " if self.length_s is None else clock(self.length_s)
        marks = f"{self.marks} mark{'s' * (self.marks != 1)}" if self.marks else ""
        day = self.opened[:16].replace("T", " ") or "unreadable"
        return f"{self.session}  {day}  {length}  {self.arc}  {marks}".rstrip()


def digest(folder: Path) -> Digest:
    """A session in short; what cannot be read is left empty."""
    try:
        lines = (folder / JOURNAL_NAME).read_bytes().splitlines()
    except OSError:
        lines = []
    first = _entry(lines[0]) if lines else None
    last = _entry(lines[-1]) if lines else None
    opened = first.fact if first and isinstance(first.fact, Opened) else None
    closed = last if last and isinstance(last.fact, Closed) else None
    return Digest(
        session=folder.name,
        arc=opened.arc.name if opened else "(the journal's first line cannot be read)",
        opened=first.stamp.wall if first else "",
        length_s=closed.stamp.at_s if closed else None,
        marks=sum(MARK in line for line in lines),
        reason=closed.fact.reason if closed and isinstance(closed.fact, Closed) else None,
    )


def digests(sessions: Path) -> list[Digest]:
    """Every session in short, oldest first."""
    return [digest(folder) for folder in session_folders(sessions)]


def _entry(line: bytes) -> Entry | None:
    try:
        return decode(line.decode("utf-8"))
    except (UnicodeDecodeError, JournalError):
        return None
