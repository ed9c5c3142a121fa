"""Series of sessions: what the most recent ones of a series played."""

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
    """The last sessions of a series, oldest first, and the music heard in them.

    `trouble` says what could not be read, so that its music is not known.
    """

    sessions: tuple[str, ...]
    heard: HeardBefore
    trouble: tuple[str, ...] = ()


def sessions_of(sessions: Path, series: str) -> Iterator[Path]:
    """Yield the folders of a series' sessions, oldest first, in any spelling (`core.names`)."""
    wanted = canonical(series)
    for each in roll(sessions):
        if each.series and canonical(each.series) == wanted:
            yield sessions / each.session


def all_series(sessions: Path) -> dict[str, int]:
    """Count the sessions of each series, under the spelling of its oldest session."""
    counts: dict[str, int] = {}
    names: dict[str, str] = {}
    for each in roll(sessions):
        if each.series:
            name = names.setdefault(canonical(each.series), each.series)
            counts[name] = counts.get(name, 0) + 1
    return counts


def heard_lately(sessions: Path, series: str, last: int) -> Lately:
    """Collect the music of the last `last` sessions of a series, however briefly it was heard."""
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
