"""The library's memory: what was read and measured of each file, so that it is done once.

A cache and nothing more: it can be deleted at any time, and nothing a person made is kept only
here, but for the list of library folders. So it never stands in the way. A damaged index is set
aside and made anew; where it cannot be written (a read-only home, a full disk) the session goes
on in memory. Each of these is said once, in `Index.warnings`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from soundscape.core.errors import Fault
from soundscape.library.intensity import INTENSITY_VERSION
from soundscape.library.measure import MEASURE_VERSION, Measured, Passing, measured_from
from soundscape.library.tags import TAGS_VERSION, Tags
from soundscape.library.walk import Found, reason, shown

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # `path` as the system has it, in bytes. `tags` is JSON: {"v": version, "ok": Tags} or
        # {"v": version, "fault": Fault, "passing": bool}; `measured` the same of Measured.
        """CREATE TABLE files (
            path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
            tags TEXT, measured TEXT
        ) WITHOUT ROWID""",
        "CREATE TABLE folders (path BLOB PRIMARY KEY) WITHOUT ROWID",
    ),
)
"""Each brings the schema from version n to n + 1; `PRAGMA user_version` counts them."""

_TAGS = f"{TAGS_VERSION}"
_MEASURED = f"{MEASURE_VERSION}.{INTENSITY_VERSION}"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_BATCH = 200
Kept = TypeVar("Kept", Tags, Measured)


def _tags_from(values: Mapping[str, Any]) -> Tags:
    return Tags(**{**values, "tags": tuple(values["tags"]), "notes": tuple(values["notes"])})


def _migrate(db: sqlite3.Connection) -> int:
    """Brings the schema up to date; the version it has then (higher than known: left alone).

    The version is read again inside the transaction: two programs may start at once.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version >= len(MIGRATIONS):
        return version
    db.execute("BEGIN IMMEDIATE")
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    for step in range(version, len(MIGRATIONS)):
        for statement in MIGRATIONS[step]:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {step + 1}")
    db.commit()
    return max(version, len(MIGRATIONS))


class Index:
    """The index at `path`, made if it is not there: ``with Index(path) as index: ...``.

    Answers only for a file whose size and time of change are still the same. Raises nothing:
    what goes wrong with the index itself is in `warnings`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []
        self._db: sqlite3.Connection | None = None
        self._writable = False
        self._unwritten = 0
        # What could not be written is kept here: {column: {(path, size, mtime_ns): JSON}}.
        self._memory: dict[str, dict[tuple[str, int, int], str]] = {"tags": {}, "measured": {}}
        self._folders: list[str] | None = None

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()
        self._close()

    # Files

    def tags(self, found: Found) -> Tags | Fault | None:
        """What was read of the file, the fault it had, or None where it has to be read."""
        return self._get("tags", found, _TAGS, _tags_from)

    def measured(self, found: Found) -> Measured | Fault | None:
        """What was measured of the file, the fault it had, or None where it is to be measured."""
        return self._get("measured", found, _MEASURED, measured_from)

    def keep_tags(self, found: Found, value: Tags | Fault) -> None:
        """Remember what was read. Written with the next ones, at the latest by `flush`."""
        self._put("tags", found, _TAGS, value)

    def keep_measured(self, found: Found, value: Measured | Fault) -> None:
        """Remember what was measured, on disk at once: it was dear."""
        self._put("measured", found, _MEASURED, value)
        self.flush()

    def flush(self) -> None:
        """Write what is still unwritten."""
        if self._unwritten and self._db is not None:
            with self._guard():
                self._db.commit()
        self._unwritten = 0

    # Library folders

    def folders(self) -> tuple[Path, ...]:
        """The folders a person added to the library, in order of name."""
        if self._folders is None:
            self._folders = []
            if self._db is not None:
                with self._guard():
                    rows = self._db.execute("SELECT path FROM folders ORDER BY path").fetchall()
                    self._folders = [os.fsdecode(row[0]) for row in rows]
        return tuple(map(Path, self._folders))

    def add_folder(self, folder: Path) -> None:
        """Add a folder to the library."""
        self._change_folders("INSERT OR IGNORE INTO folders VALUES (?)", folder)

    def remove_folder(self, folder: Path) -> None:
        """Take a folder out of the library; what was read of its files stays."""
        self._change_folders("DELETE FROM folders WHERE path = ?", folder)

    def _change_folders(self, statement: str, folder: Path) -> None:
        self._folders = None
        if self._db is not None and self._writable:
            with self._guard():
                self._db.execute(statement, (os.fsencode(folder),))
                self._db.commit()

    # The file underneath

    def _get(
        self, column: str, found: Found, version: str, make: Callable[[Mapping[str, Any]], Kept]
    ) -> Kept | Fault | None:
        key = (found.path, found.size, found.mtime_ns)
        text = self._memory[column].get(key)
        if text is None and self._db is not None:
            row = None
            with self._guard():
                row = self._db.execute(
                    f"SELECT {column} FROM files WHERE path = ? AND size = ? AND mtime_ns = ?",
                    (os.fsencode(found.path), found.size, found.mtime_ns),
                ).fetchone()
            text = row[0] if row else None
        if text is None:
            return None
        try:
            kept = json.loads(text)
            if kept["v"] != version:
                return None
            if "fault" in kept:
                return (Passing if kept.get("passing") else Fault)(**kept["fault"])
            return make(kept["ok"])
        except (ValueError, KeyError, TypeError):
            return None  # Not what we wrote: read the file again.

    def _put(self, column: str, found: Found, version: str, value: Tags | Measured | Fault) -> None:
        kept: dict[str, Any] = {"v": version}
        if isinstance(value, Fault):
            kept["fault"] = {"where": value.where, "what": value.what, "do": value.do}
            kept["passing"] = isinstance(value, Passing)
        else:
            kept["ok"] = asdict(value)
        text = json.dumps(kept)
        if self._db is not None and self._writable:
            with self._guard():
                # A file that changed loses what was known of it as it was.
                self._db.execute(
                    f"""INSERT INTO files (path, size, mtime_ns, {column}) VALUES (?1, ?2, ?3, ?4)
                    ON CONFLICT (path) DO UPDATE SET
                    tags = iif(size = ?2 AND mtime_ns = ?3, tags, NULL),
                    measured = iif(size = ?2 AND mtime_ns = ?3, measured, NULL),
                    size = ?2, mtime_ns = ?3, {column} = ?4""",
                    (os.fsencode(found.path), found.size, found.mtime_ns, text),
                )
                self._unwritten += 1
                if self._unwritten >= _BATCH:
                    self._unwritten = 0
                    self._db.commit()
                return
        self._memory[column][found.path, found.size, found.mtime_ns] = text

    def _open(self, *, again: bool = False) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made by us and not by SQLite, so that it never has another mode than the owner's.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self.path.chmod(0o600)
        except OSError as error:
            self._open_to_read(reason(error))
            return
        try:
            self._db = db = sqlite3.connect(self.path, timeout=2.0)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            version = _migrate(db)
            if version > len(MIGRATIONS):
                self._close()
                self.warnings.append(
                    f"{shown(self.path)}: the library index was written by a newer soundscape "
                    f"(version {version} of its form, known is {len(MIGRATIONS)}); it is not used"
                )
                return
            db.execute("SELECT path, size, mtime_ns, tags, measured FROM files LIMIT 1")
            db.execute("SELECT path FROM folders LIMIT 1")
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
            self._db.execute("SELECT path FROM files LIMIT 1").fetchone()
        except (OSError, sqlite3.Error):
            self._close()
        self.warnings.append(
            f"{shown(self.path)}: the library index cannot be written ({why}); "
            "what is read and measured now is forgotten at the end"
        )

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        """Around every use of the file: what goes wrong with it ends its use, not ours."""
        try:
            yield
        except sqlite3.Error as error:
            self._meet(error)

    def _meet(self, error: sqlite3.Error, *, opening: bool = False, again: bool = False) -> None:
        if not opening and not self._writable:
            self._close()  # It was only being read, and that has been said.
            return
        self._close()
        # Extended codes hold the plain one in their low byte; "no such table" is SQLITE_ERROR.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code not in _DAMAGED or again:
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
