"""The form of the index on disk: its tables, how they came to be so, and values as JSON in them.

`tags` and `measured` are JSON: {"v": version, "ok": Tags or Measured}, or {"v": version, "fault":
Fault, "passing": bool}. `path` is as the system has it, in bytes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from soundscape.core.errors import Fault
from soundscape.library.measure.measured import (
    INTENSITY_VERSION,
    MEASURE_VERSION,
    Measured,
    Passing,
    measured_from,
)
from soundscape.library.tags import TAGS_VERSION, Tags

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE files (
            path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
            tags TEXT, measured TEXT
        ) WITHOUT ROWID""",
        "CREATE TABLE folders (path BLOB PRIMARY KEY) WITHOUT ROWID",
    ),
    (
        # Measures go by the sound's key, which the old ones lack. `fault` is what kept a file from
        # being measured where that is not of the sound: no key to be had, or a passing fault.
        # No command of version 1 ever filled `folders`; they are in library.json now.
        """CREATE TABLE files_2 (
            path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
            tags TEXT, key TEXT, fault TEXT
        ) WITHOUT ROWID""",
        "INSERT INTO files_2 (path, size, mtime_ns, tags) SELECT path, size, mtime_ns, tags "
        "FROM files",
        "DROP TABLE files",
        "ALTER TABLE files_2 RENAME TO files",
        "CREATE TABLE measures (key TEXT PRIMARY KEY, measured TEXT NOT NULL) WITHOUT ROWID",
        "DROP TABLE folders",
    ),
    # Size and time of change do not tell a file that was tagged anew by a tagger that puts them
    # back. What was known before is asked again once; its sound is known by its key.
    ("ALTER TABLE files ADD COLUMN ctime_ns INTEGER NOT NULL DEFAULT 0",),
)
"""Each brings the schema from version n to n + 1; `PRAGMA user_version` counts them."""

QUESTIONS = (
    "SELECT path, size, mtime_ns, ctime_ns, tags, key, fault FROM files LIMIT 1",
    "SELECT key, measured FROM measures LIMIT 1",
)
"""What must be answered by a database that has our form."""

TAGS_FORM = f"{TAGS_VERSION}"
MEASURED_FORM = f"{MEASURE_VERSION}.{INTENSITY_VERSION}"
"""What was written under another version is read or measured again."""

_USUAL = {
    name: value
    for name, value in asdict(Tags("", "", "", 0.0)).items()
    if name not in ("title", "artist", "album", "duration_s")
}
_ENCODER = json.JSONEncoder(check_circular=False, separators=(",", ":"))
Kept = TypeVar("Kept", Tags, Measured)


def migrate(db: sqlite3.Connection) -> int:
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
    db.execute("COMMIT")
    return max(version, len(MIGRATIONS))


def tags_text(value: Tags | Fault) -> str:
    """What was read of a file, as it is kept."""
    return _text(TAGS_FORM, value)


def tags_value(text: str | None) -> Tags | Fault | None:
    """The same back; None for what is not known, or not ours, or of another version."""
    return _value(text, TAGS_FORM, _tags_from)


def measured_text(value: Measured | Fault) -> str:
    """What was measured of a sound, as it is kept."""
    return _text(MEASURED_FORM, value)


def measured_value(text: str | None) -> Measured | Fault | None:
    """The same back; None as with tags."""
    return _value(text, MEASURED_FORM, measured_from)


def _tags(tags: Tags) -> dict[str, Any]:
    """The fields that are not as usual, and the four that have no usual value."""
    values = asdict(tags)
    return {name: value for name, value in values.items() if _USUAL.get(name, ...) != value}


def _tags_from(values: Mapping[str, Any]) -> Tags:
    lists = {name: tuple(values.get(name, ())) for name in ("tags", "notes")}
    return Tags(**{**values, **lists})


def _text(version: str, value: Tags | Measured | Fault) -> str:
    kept: dict[str, Any] = {"v": version}
    if isinstance(value, Fault):
        kept["fault"] = {"where": value.where, "what": value.what, "do": value.do}
        kept["passing"] = isinstance(value, Passing)
    else:
        kept["ok"] = _tags(value) if isinstance(value, Tags) else asdict(value)
    return _ENCODER.encode(kept)


def _value(
    text: str | None, version: str, make: Callable[[Mapping[str, Any]], Kept]
) -> Kept | Fault | None:
    if text is None:
        return None
    try:
        kept = json.loads(text)
        if kept["v"] != version:
            return None
        if "fault" in kept:
            return (Passing if kept.get("passing") else Fault)(**kept["fault"])
        return make(kept["ok"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return None  # Not what we wrote.
