"""The library's memory: what was read and measured of each file, so that it is done once.

What was read of a file is kept by its path, size and times of change. What was measured is kept by
the key of its sound: a file that was moved or tagged anew is asked for its key, which costs next to
nothing, and not measured again.

A cache and nothing more: it can be deleted at any time (what people said is in `library.json`). So
it never stands in the way. A damaged index is set aside and made anew; where it cannot be written
(a read-only home, a full disk) the session goes on in memory. Each of these is said once, in
`Index.warnings`. Several programs may use it at once: each writes in short strokes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from soundscape.core.errors import Fault
from soundscape.core.text import reason, shown
from soundscape.core.track import part_of
from soundscape.home import make_private, open_private
from soundscape.library import indexform as form
from soundscape.library.measure.measured import Measured, Passing
from soundscape.library.tags import Tags
from soundscape.library.walk import FoundFile

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_BATCH = 200
_AS_IT_IS = "WHERE path = ? AND size = ? AND mtime_ns = ? AND ctime_ns = ?"
_State = tuple[str, int, int, int]
"""A file's path, size, time of change, and time of change by the system's own account."""

WAIT_S = 2.0
"""How long one stroke waits for another program's, and how long until the next is tried."""


class Index:
    """The index at `path`, made if it is not there: ``with Index(path) as index: ...``.

    Answers only for a file whose size and times of change are still the same. Raises nothing:
    what goes wrong with the index itself is in `warnings`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []
        self._db: sqlite3.Connection | None = None
        self._writable = False
        # What is not written yet, or cannot be: JSON by a file and its state, and by key.
        self._new_tags: dict[_State, str] = {}
        self._new_keys: dict[_State, tuple[str, str | None]] = {}
        self._new_measures: dict[str, str] = {}
        self._retry_at = 0.0

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._retry_at = 0.0
        self.flush()
        if self._writable and (self._new_tags or self._new_keys):
            self.warnings.append(
                f"{shown(self.path)}: the library index is locked by another program; "
                "what was read and measured now is forgotten"
            )
        self._close()

    # Files

    def tags(self, found: FoundFile) -> Tags | Fault | None:
        """What was read of the file, the fault it had, or None where it has to be read."""
        text = self._new_tags.get(_state(found))
        if text is None:
            question = f"SELECT tags FROM files {_AS_IT_IS}"
            ((text,),) = self._rows(question, _columns(_state(found))) or [(None,)]
        return form.tags_value(text)

    def measured(self, found: FoundFile) -> Measured | Fault | None:
        """What was measured of the file's sound, the fault it had, or None where its key is not
        known yet or nothing was measured under it."""
        known = self._new_keys.get(_state(found))
        if known is None:
            question = (
                f"SELECT key, fault, measured FROM files LEFT JOIN measures USING (key) {_AS_IT_IS}"
            )
            rows = self._rows(question, _columns(_state(found)))
            if not rows or rows[0][0] is None:
                return None
            ((key, fault, text),) = rows
        else:
            (key, fault), text = known, None
        if fault is not None:
            return form.measured_value(fault)
        value = self.measured_as(key) if text is None else form.measured_value(text)
        return _of_file(value, found)

    def measured_as(self, key: str) -> Measured | Fault | None:
        """What was measured of the sound that has this key; None where it is not known."""
        text = self._new_measures.get(key)
        if text is None:
            question = "SELECT measured FROM measures WHERE key = ?"
            ((text,),) = self._rows(question, (key,)) or [(None,)]
        return form.measured_value(text)

    def paths_of(self, key: str) -> list[str]:
        """The files that were last seen to hold the recording that has this key."""
        recording, mark = part_of(key).file, part_of(key).mark
        question = "SELECT path FROM files WHERE key = ? OR key GLOB ? ORDER BY path"
        return self._paths(question, (key, f"{recording}-*{mark}"))

    def paths_below(self, folder: str) -> list[str]:
        """The files of a folder that it knows, whether they are there or not."""
        below = os.fsencode(folder.rstrip("/") + "/")
        question = "SELECT path FROM files WHERE substr(path, 1, ?) = ?"
        return self._paths(question, (len(below), below))

    def keep_tags(self, found: FoundFile, value: Tags | Fault) -> None:
        """Remember what was read. Written with the next ones, at the latest by `flush`."""
        self._new_tags[_state(found)] = form.tags_text(value)
        if len(self._new_tags) % _BATCH == 0:
            self.flush()

    def keep_measured(self, found: FoundFile, key: str, value: Measured | Fault) -> None:
        """Remember what was measured of the sound with this key ("" where it has none), and that
        this file has it. On disk at once: it was dear."""
        text = form.measured_text(value)
        of_file = not key or isinstance(value, Passing)
        self._new_keys[_state(found)] = (key, text if of_file else None)
        if not of_file:
            self._new_measures[key] = text
        self.flush()

    def flush(self) -> None:
        """Write what is still unwritten, in one short transaction; later where another program
        writes just now."""
        if not (self._new_tags or self._new_keys) or self._db is None or not self._writable:
            return
        if time.monotonic() < self._retry_at:
            return
        # A file that changed loses what was known of it as it was.
        state = ("size", "mtime_ns", "ctime_ns")
        same = " AND ".join(f"{each} = excluded.{each}" for each in state)
        new = ", ".join(f"{each} = excluded.{each}" for each in state)
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            db.executemany(
                f"""INSERT INTO files (path, size, mtime_ns, ctime_ns, tags)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (path) DO UPDATE SET
                key = iif({same}, key, NULL), fault = iif({same}, fault, NULL),
                {new}, tags = excluded.tags""",
                [(*_columns(file), text) for file, text in self._new_tags.items()],
            )
            db.executemany(
                f"""INSERT INTO files (path, size, mtime_ns, ctime_ns, key, fault)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (path) DO UPDATE SET tags = iif({same}, tags, NULL),
                {new}, key = excluded.key, fault = excluded.fault""",
                [(*_columns(file), *kept) for file, kept in self._new_keys.items()],
            )
            db.executemany(
                "INSERT OR REPLACE INTO measures VALUES (?, ?)", self._new_measures.items()
            )
            db.execute("COMMIT")
        except sqlite3.Error as error:
            self._meet(error)
            return
        self._new_tags.clear()
        self._new_keys.clear()
        self._new_measures.clear()

    # The file underneath

    def _rows(self, question: str, arguments: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self._db is None:
            return []
        try:
            return self._db.execute(question, arguments).fetchall()
        except sqlite3.Error as error:
            self._meet(error)
            return []

    def _paths(self, question: str, arguments: tuple[Any, ...]) -> list[str]:
        return [os.fsdecode(path) for (path,) in self._rows(question, arguments)]

    def _open(self, *, again: bool = False) -> None:
        try:
            make_private(self.path.parent)
            # Made by us and not by SQLite, so that it never has another mode than the owner's.
            os.close(open_private(str(self.path), os.O_RDWR | os.O_CREAT))
            self.path.chmod(0o600)
        except OSError as error:
            self._open_to_read(reason(error))
            return
        try:
            self._db = db = sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            version = form.migrate(db)
            if version > len(form.MIGRATIONS):
                self._close()
                self.warnings.append(
                    f"{shown(self.path)}: the library index was written by a newer soundscape "
                    f"(version {version} of its form, known is {len(form.MIGRATIONS)}); it is not "
                    "used"
                )
                return
            for question in form.QUESTIONS:
                db.execute(question)
            self._writable = True
        except sqlite3.Error as error:
            self._meet(error, opening=True, again=again)

    def _open_to_read(self, why: str) -> None:
        """An index that may not be written is still worth reading."""
        self._writable = False
        try:
            if not self.path.is_file():
                raise FileNotFoundError(self.path)
            # `immutable`: without it even a reader of a WAL index writes beside it.
            uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
            self._db = sqlite3.connect(uri, uri=True)
            for question in form.QUESTIONS:
                self._db.execute(question).fetchone()
        except (OSError, sqlite3.Error):
            self._close()
        self.warnings.append(
            f"{shown(self.path)}: the library index cannot be written ({why}); "
            "what is read and measured now is forgotten at the end"
        )

    def _meet(self, error: sqlite3.Error, *, opening: bool = False, again: bool = False) -> None:
        if not opening and not self._writable:
            self._close()  # It was only being read, and that has been said.
            return
        if _code(error) == sqlite3.SQLITE_BUSY and not opening and self._db is not None:
            self._retry_at = time.monotonic() + WAIT_S
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            return
        self._close()
        if _code(error) not in _DAMAGED or again:
            self._open_to_read(str(error))
            return
        try:
            aside = self._set_aside()
        except OSError as problem:
            self._open_to_read(f"{error}, and it cannot be set aside: {reason(problem)}")
            return
        self.warnings.append(
            f"{shown(self.path)}: the library index was damaged ({error}); it is set aside as "
            f"{aside.name} and made anew, so the library is read and measured again"
        )
        self._open(again=True)

    def _set_aside(self) -> Path:
        count = 1
        while (aside := self.path.with_name(f"{self.path.name}.damaged-{count}")).exists():
            count += 1
        self.path.rename(aside)
        for suffix in ("-wal", "-shm"):
            # A left-over log would be played into the new index.
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        return aside

    def _close(self) -> None:
        self._writable = False
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = None


def _state(found: FoundFile) -> _State:
    return found.path, found.size, found.mtime_ns, found.ctime_ns


def _columns(state: _State) -> tuple[bytes, int, int, int]:
    return os.fsencode(state[0]), *state[1:]


def _code(error: sqlite3.Error) -> int:
    # Extended codes hold the plain one in their low byte; "no such table" is SQLITE_ERROR.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF


def _of_file(value: Measured | Fault | None, found: FoundFile) -> Measured | Fault | None:
    """A fault of a sound, said of the file that has it now."""
    return replace(value, where=shown(found.path)) if isinstance(value, Fault) else value
