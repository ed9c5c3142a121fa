"""Erases a session: every place where this program wrote of it, and what it cannot reach."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from soundscape.journal.digest import ROLL_NAME, Digest, roll

BEYOND = (
    "copies in backups and in the file system itself (snapshots, remains of deleted files on the "
    "disk)",
    "anything exported, printed or sent",
)
"""Copies that no program can find."""


@dataclass(frozen=True, slots=True)
class Traces:
    """Where a session is recorded. `files` can be erased. `named_in` are later sessions whose
    journals name its code as kept fresh; a journal is never rewritten. `unread` are encrypted
    sessions, which may name it too."""

    folder: Path
    files: tuple[Path, ...]
    named_in: tuple[str, ...]
    unread: tuple[str, ...] = ()


def traces(folder: Path, sessions: Path, run: Path, copy: Path) -> Traces:
    """Every file that holds something of a session: its folder's, and the run-time ones that name
    its code or lie around from it; `copy` is that of the control file, in memory."""
    code = folder.name.encode()
    # The next list of sessions rebuilds this file without the session.
    own = [sessions / ROLL_NAME] if (sessions / ROLL_NAME).exists() else []
    own += [Path(top) / name for top, _, names in os.walk(folder) for name in names]
    named = [path for path in (*_files(run), copy) if code in _bytes(path)]
    # A log tells files by their path and not by the session's code.
    named += [path for path in _files(run) if path.suffix == ".log" and path not in named]
    every = [each for each in roll(sessions) if each.session != folder.name]
    elsewhere = [each.session for each in every if folder.name in each.kept_fresh]
    unread = [each.session for each in every if each.locked]
    return Traces(folder, (*sorted(own), *sorted(named)), tuple(elsewhere), tuple(unread))


def erase(found: Traces) -> tuple[str, ...]:
    """Delete the files and the folder; return what could not be deleted, each with the reason."""
    failed: list[str] = []
    for path in found.files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            failed.append(f"{path}: {error.strerror or error}")
    for top, _, _ in os.walk(found.folder, topdown=False):
        try:
            Path(top).rmdir()
        except OSError as error:
            failed.append(f"{top}: {error.strerror or error}")
    return tuple(failed)


def older_than(sessions: Path, limit: datetime) -> Iterator[Digest]:
    """Yield the sessions opened before a moment, oldest first. One whose start cannot be read is
    not among them, because its age is not known."""
    for each in roll(sessions):
        if each.opened and each.began()[0] < limit.timestamp():
            yield each


def _files(run: Path) -> list[Path]:
    try:
        return [path for path in run.iterdir() if path.is_file()]
    except OSError:
        return []


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
