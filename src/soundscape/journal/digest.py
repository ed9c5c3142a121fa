"""A summary of each session for the list of sessions, read once and without whole journals.

A cache beside the sessions keeps what was read of a sealed journal, by the file's size and time. So
a thousand sessions are listed without opening one of them. The cache holds only what the journals
hold too, and losing it loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from soundscape.core.errors import JournalError
from soundscape.core.text import clock, counted, plain, wall_minute
from soundscape.home import write_private
from soundscape.journal.encryption import Cover, clear_line, cover_of, is_held
from soundscape.journal.writer import JOURNAL_NAME

ROLL_NAME = "roll.json"
"""The cache, beside the sessions' folders."""
ROLL_VERSION = 1

MOST_BYTES = 32_000_000
"""Most bytes of a journal; one of several days is smaller. A larger file is not read for a list."""

_MARK, _UNDONE = b'"type":"marked"', b'"type":"undone"'


@dataclass(frozen=True, slots=True)
class Digest:
    """A session in short. `opened` is ISO 8601, "" if the first line cannot be read. `length_s` and
    `reason` are None while its journal is open. A `locked` session is encrypted and its key is not
    held; only its start and its length are known.
    """

    session: str
    arc: str
    opened: str
    length_s: float | None
    marks: int
    reason: str | None
    series: str = ""
    kept_fresh: tuple[str, ...] = ()
    locked: bool = False

    def line(self) -> str:
        """Write one line, for people."""
        length = "open   " if self.length_s is None else clock(self.length_s)
        marks = counted(self.marks, "mark") if self.marks else ""
        day = wall_minute(self.opened) or "unreadable"
        return f"{self.session}  {day}  {length}  {plain(self.arc)}  {marks}".rstrip()

    def began(self) -> tuple[float, str]:
        """Return the sort key of sessions: those that cannot be read come first."""
        try:
            return datetime.fromisoformat(self.opened).timestamp(), self.session
        except (ValueError, OverflowError):
            return 0.0, self.session


def digest(folder: Path) -> Digest:
    """Summarise a session; what cannot be read stays empty."""
    data = b""
    with suppress(OSError), (folder / JOURNAL_NAME).open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    lines = (b"" if len(data) > MOST_BYTES else data).rstrip(b"\n").split(b"\n")
    if clear_line(lines[0]) is not None:
        cover = _cover(folder)
        if cover is None:
            return _locked(folder, lines)
        lines = list(_opened(lines, cover)) or [b""]
    first, last = _line(lines[0]), _line(lines[-1])
    opened, closed = _fact(first, "opened"), _fact(last, "closed")
    arc, kept = opened.get("arc"), opened.get("kept_fresh")
    at_s = _mapping(last.get("stamp")).get("at_s")
    name = _mapping(arc).get("name")
    wall = _mapping(first.get("stamp")).get("wall")
    return Digest(
        session=folder.name,
        arc=name if isinstance(name, str) else "(the journal's first line cannot be read)",
        opened=wall if isinstance(wall, str) and opened else "",
        length_s=float(at_s) if closed and isinstance(at_s, int | float) else None,
        marks=max(0, sum(map(_marks, lines))),
        reason=str(closed.get("reason")) if closed else None,
        series=str(opened.get("series") or ""),
        kept_fresh=tuple(map(str, kept)) if isinstance(kept, list) else (),
    )


def _cover(folder: Path) -> Cover | None:
    try:
        return cover_of(folder) if is_held(folder) else None
    except JournalError:
        return None


def _opened(lines: Iterable[bytes], cover: Cover) -> Iterator[bytes]:
    for raw in lines:
        with suppress(JournalError):
            yield cover.open(raw)


def _locked(folder: Path, lines: Sequence[bytes]) -> Digest:
    """Return what an encrypted journal shows to anyone."""
    wall, at_s = _line(lines[0]).get("wall"), _line(lines[-1]).get("at_s")
    return Digest(
        session=folder.name,
        arc="(encrypted)",
        opened=wall if isinstance(wall, str) else "",
        length_s=float(at_s) if isinstance(at_s, int | float) else None,
        marks=0,
        reason=None if at_s is None else "",
        locked=True,
    )


def roll(sessions: Path) -> list[Digest]:
    """Summarise every session, oldest first."""
    kept = _read_roll(sessions)
    found: list[Digest] = []
    rows: dict[str, list[Any]] = {}
    for folder, key in _folders(sessions):
        row = kept.get(folder.name)
        if is_held(folder):
            # What this process can read of an encrypted session must not go into the cache.
            found.append(digest(folder))
            rows |= {folder.name: row} if row is not None else {}
            continue
        known = _known(row, key)
        found.append(known or digest(folder))
        if row is not None and known is not None:
            rows[folder.name] = row
        elif found[-1].reason is not None:
            rows[folder.name] = [*key, asdict(found[-1])]
    if rows != kept:
        with suppress(OSError):  # An unwritable folder only makes the next list slower.
            data = {"version": ROLL_VERSION, "sessions": rows}
            write_private(sessions / ROLL_NAME, json.dumps(data, ensure_ascii=False))
    return sorted(found, key=Digest.began)


def _folders(sessions: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    """Yield the sessions' folders, each with its journal's size and time; -1 if those are hidden.

    Raises `JournalError` if the sessions' folder itself cannot be read.
    """
    try:
        names = sorted(sessions.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:  # The folder exists, so it may hold sessions.
        raise JournalError(f"{sessions}: may not be read ({error.strerror})") from None
    for folder in names:
        try:
            about = (folder / JOURNAL_NAME).stat()
        except PermissionError:
            yield folder, (-1, -1)
        except OSError:
            continue
        else:
            yield folder, (about.st_size, about.st_mtime_ns)


def _read_roll(sessions: Path) -> dict[str, list[Any]]:
    try:
        data = json.loads((sessions / ROLL_NAME).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    rows = _mapping(data).get("sessions") if _mapping(data).get("version") == ROLL_VERSION else {}
    return {str(name): row for name, row in _mapping(rows).items() if isinstance(row, list)}


def _known(row: list[Any] | None, key: tuple[int, int]) -> Digest | None:
    if row is None or tuple(row[:2]) != key:
        return None
    try:
        values = dict(row[2])
        return Digest(**{**values, "kept_fresh": tuple(values["kept_fresh"])})
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def _line(line: bytes) -> Mapping[str, Any]:
    """Read a line as JSON without checking the fact: a list of sessions needs little of it."""
    try:
        return _mapping(json.loads(line))
    except (ValueError, RecursionError):
        return {}


def _fact(line: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    fact = _mapping(line.get("fact"))
    return fact if fact.get("type") == kind else {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _marks(line: bytes) -> int:
    """Return 1 for a line that sets a mark, -1 for one that undoes it; only such are looked at."""
    if _UNDONE not in line:
        return line.count(_MARK)
    changed = _fact(_line(line), "undone").get("changed")
    return line.count(_MARK) - (isinstance(changed, list) and "mark" in changed)
