"""Reads journals back: complete, torn or still being written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from soundscape.core.errors import Fault, InputError, JournalError, nearest
from soundscape.core.events import Closed, Entry, Opened
from soundscape.core.machine_facts import Recovered
from soundscape.journal.codec import MOST_TROUBLE, decode, line_hash, lines_of
from soundscape.journal.digest import roll
from soundscape.journal.encryption import LOCK_NAME, Cover, check_readable, clear_line, cover_of
from soundscape.journal.writer import JOURNAL_NAME

CUT_SHORT = "cut short when the session broke off"


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal as read. `trouble` says what of the file could not be read, and where.

    `last_hash` is the hash of its last whole line. `torn` is the SHA-256 of what comes after that,
    "" if nothing does. `waiting` are the last lines if they are not on disk yet, as they go there.
    """

    folder: Path
    entries: tuple[Entry, ...]
    last_hash: str
    trouble: tuple[str, ...] = ()
    torn: str = ""
    waiting: tuple[str, ...] = ()

    @property
    def opened(self) -> Opened:
        """The first fact. Raises `JournalError` if it is missing."""
        if self.entries and isinstance(self.entries[0].fact, Opened):
            return self.entries[0].fact
        raise JournalError(f"{self.folder / JOURNAL_NAME}: the first line is missing")

    @property
    def closed(self) -> bool:
        """Whether the journal is complete; without its closing fact it reads as open."""
        return bool(self.entries) and isinstance(self.entries[-1].fact, Closed)


def read_journal(folder: Path, waiting: Sequence[str] = ()) -> Journal:
    """Read every whole line of a session's journal; report what is torn, altered or out of order.

    `waiting` are lines that may not be on disk yet; those that continue the file are read too.

    Raises `JournalError` if the file itself cannot be read, `Locked` if it is encrypted and this
    process does not hold its key.
    """
    path = folder / JOURNAL_NAME
    check_readable(folder)
    try:
        with path.open("rb") as file:
            journal = _read(folder, path, file, cover_of(folder))
        return _with(journal, waiting, cover_of(folder))
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from None


def _read(folder: Path, path: Path, file: BinaryIO, cover: Cover | None) -> Journal:
    trouble: list[str] = []
    entries: list[Entry] = []
    last_hash = ""
    loose: list[bytes] = []
    for number, raw, ended in lines_of(file):
        if len(trouble) >= MOST_TROUBLE:
            trouble.append(f"{path}:{number}: reading stops here; is this the right file?")
            break
        if number == 1 and cover is None and clear_line(raw) is not None:
            raise JournalError(f"{path}: encrypted, and {LOCK_NAME} beside it is missing")
        if not ended and not _is_whole(raw, cover):  # A whole line may lack only its newline.
            trouble.append(f"{path}:{number}: cut off after {len(raw)} bytes; left out")
            loose.append(raw)
            break
        try:
            line = _plain(raw, cover).decode("utf-8")
            entry = decode(line)
        except (UnicodeDecodeError, JournalError) as error:
            trouble.append(f"{path}:{number}: left out: {error}")
            loose.append(raw)
            continue
        if loose and isinstance(entry.fact, Recovered) and entry.fact.torn == _hash(loose):
            # The next engine recorded that a crash cut it short, so nobody changed it.
            del trouble[-len(loose) :]
            first = number - len(loose)
            trouble += [f"{path}:{first + i}: {CUT_SHORT}; left out" for i in range(len(loose))]
        loose = []
        if entry.prev != last_hash:
            trouble.append(
                f"{path}:{number}: does not follow the line before: one was changed, moved or lost"
            )
        entries.append(entry)
        last_hash = line_hash(line)
    return Journal(folder, tuple(entries), last_hash, tuple(trouble), _hash(loose))


def _with(journal: Journal, waiting: Sequence[str], cover: Cover | None) -> Journal:
    """Add waiting lines. A torn journal gets none, because its next line must report that."""
    if journal.torn:
        return journal
    entries, taken, last_hash = list(journal.entries), list[str](), journal.last_hash
    for line in waiting:
        try:
            plain = _plain(line.encode("utf-8"), cover).decode("utf-8")
            entry = decode(plain)
        except (UnicodeDecodeError, JournalError):
            break
        if entry.prev == last_hash:
            entries.append(entry)
            taken.append(line)
            last_hash = line_hash(plain)
    return replace(journal, entries=tuple(entries), last_hash=last_hash, waiting=tuple(taken))


def _plain(raw: bytes, cover: Cover | None) -> bytes:
    return raw if cover is None else cover.open(raw)


def _is_whole(raw: bytes, cover: Cover | None) -> bool:
    try:
        decode(_plain(raw, cover).decode("utf-8"))
    except (UnicodeDecodeError, JournalError):
        return False
    return True


def _hash(loose: list[bytes]) -> str:
    """Return the hash of consecutive unreadable lines; "" if there are none."""
    return hashlib.sha256(b"\n".join(loose)).hexdigest() if loose else ""


def session_folders(sessions: Path) -> Iterator[Path]:
    """Yield every session's folder, oldest first."""
    yield from (sessions / each.session for each in roll(sessions))


def find_session(sessions: Path, code: str = "") -> Path:
    """Find the folder of a session by its code, or the newest.

    Raises `JournalError` if there is no session at all, `InputError` if none has this code.
    """
    folders = list(session_folders(sessions))
    if not folders:
        raise JournalError("no session has been played yet; `soundscape run ARC` plays one")
    if not code:
        return folders[-1]
    wanted = code.casefold()
    for folder in folders:
        if folder.name.casefold() == wanted:
            return folder
    hint = nearest(wanted, [folder.name for folder in folders])
    raise InputError([Fault(code, "no such session", hint or "`soundscape log` lists them")])
