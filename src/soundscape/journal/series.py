"""Sessions that belong together: what the last ones of a series played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from soundscape.core.errors import JournalError
from soundscape.core.events import Chosen, HeardFrom
from soundscape.core.leave_out import HeardBefore
from soundscape.core.names import canonical
from soundscape.core.track import Track
from soundscape.journal.digest import roll
from soundscape.journal.reader import read_journal


@dataclass(frozen=True, slots=True)
class Lately:
    """The last sessions of a series, oldest first, and the music that was heard in them.

    `trouble` says what could not be read: what was heard there is not known.
    """

    sessions: tuple[str, ...]
    heard: HeardBefore
    trouble: tuple[str, ...] = ()


def sessions_of(sessions: Path, series: str) -> Iterator[Path]:
    """The folders of a series' sessions, oldest first, in whatever spelling (`core.names`)."""
    wanted = canonical(series)
    for each in roll(sessions):
        if each.series and canonical(each.series) == wanted:
            yield sessions / each.session


def all_series(sessions: Path) -> dict[str, int]:
    """How many sessions each series has. A series is called as its oldest session spells it."""
    counts: dict[str, int] = {}
    names: dict[str, str] = {}
    for each in roll(sessions):
        if each.series:
            name = names.setdefault(canonical(each.series), each.series)
            counts[name] = counts.get(name, 0) + 1
    return counts


def heard_lately(sessions: Path, series: str, last: int) -> Lately:
    """What the last `last` sessions of a series let hear, if only for a moment."""
    folders = list(sessions_of(sessions, series))[-last:] if last > 0 else []
    paths: set[str] = set()
    keys: set[str] = set()
    trouble: list[str] = []
    for folder in folders:
        try:
            journal = read_journal(folder)
        except JournalError as error:
            trouble.append(f"{error}; what was heard in it is not known")
            continue
        trouble += journal.trouble
        chosen: dict[int, Track] = {}
        for entry in journal.entries:
            match entry.fact:
                case Chosen(token=token, item=item):
                    chosen[token] = item.track
                case HeardFrom(layer="music", token=token, path=path):
                    paths.add(path)
                    if token in chosen and chosen[token].key:
                        keys.add(chosen[token].key)
                case _:
                    pass
    heard = HeardBefore(frozenset(paths), frozenset(keys))
    return Lately(tuple(folder.name for folder in folders), heard, tuple(trouble))
