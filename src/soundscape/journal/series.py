"""Series of sessions: what the most recent ones played, and how they compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from soundscape.core.errors import JournalError
from soundscape.core.events import Chosen, HeardFrom
from soundscape.core.leave_out import HeardBefore
from soundscape.core.names import canonical
from soundscape.core.text import plain
from soundscape.core.track import Track
from soundscape.journal.digest import roll
from soundscape.journal.listening_list import LEAST_HEARD_S
from soundscape.journal.reader import read_journal
from soundscape.journal.story import Heard, Story


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
    heard = HeardBefore(frozenset(paths), frozenset(keys))
    return Lately(tuple(folder.name for folder in folders), heard, tuple(trouble))


# Compared: which music came again, and which cues it met.


@dataclass(slots=True)
class Met:
    """One track in one session: seconds it was heard, and the cues given while it was the newest.

    `skipped` counts each `next` that sent it away, `softened` each `soften` during it.
    """

    heard_s: float = 0.0
    softened: int = 0
    skipped: int = 0
    marks: int = 0


@dataclass(slots=True)
class TrackRow:
    """A track across the series: `met` by the session's code, in the order of the sessions."""

    path: str
    title: str
    artist: str
    met: dict[str, Met] = field(default_factory=dict)

    @property
    def unwanted(self) -> bool:
        """Whether it was sent away each time, or softened each time in two or more sessions."""
        each = list(self.met.values())
        sent_away = all(met.skipped for met in each)
        return sent_away or (len(each) > 1 and all(met.softened or met.skipped for met in each))


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session of the series in short."""

    code: str
    started: str
    arc: str
    length_s: float | None
    softened: int
    skipped: int
    marks: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A series: its sessions, oldest first, and its music, the most frequent first."""

    series: str
    sessions: tuple[SessionRow, ...]
    lines: tuple[TrackRow, ...]

    @property
    def avoid(self) -> tuple[str, ...]:
        """Entries for `--avoid-file`: tracks that were unwanted each time."""
        return tuple(f"track:{plain(line.title)}" for line in self.lines if line.unwanted)

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON, for programs."""
        lines = [asdict(line) | {"unwanted": line.unwanted} for line in self.lines]
        sessions = [asdict(session) for session in self.sessions]
        return {
            "series": self.series,
            "sessions": sessions,
            "tracks": lines,
            "avoid": list(self.avoid),
        }


def compare(series: str, stories: Sequence[Story]) -> Comparison:
    """Lay the stories of a series side by side. A track heard only briefly counts if a cue sent it
    away."""
    lines: dict[str, TrackRow] = {}
    for story in stories:
        for path, (heard, met) in _met(story).items():
            if met.heard_s < LEAST_HEARD_S and not met.skipped:
                continue
            line = lines.setdefault(path, TrackRow(path, heard.title, heard.artist))
            line.met[story.session] = met
    ordered = sorted(lines.values(), key=lambda line: (-len(line.met), line.title.casefold()))
    return Comparison(series, tuple(map(_short, stories)), tuple(ordered))


def _short(story: Story) -> SessionRow:
    return SessionRow(
        story.session,
        story.started or "",
        story.arc,
        story.length_s,
        sum(cue.name == "soften" for cue in story.cues if cue.ok),
        sum(cue.name == "next" for cue in story.cues if cue.ok),
        len(story.marks),
    )


def _met(story: Story) -> dict[str, tuple[Heard, Met]]:
    music = sorted((h for h in story.heard if h.layer == "music"), key=lambda each: each.from_s)
    found: dict[str, tuple[Heard, Met]] = {}
    for heard in music:
        _, met = found.setdefault(heard.path, (heard, Met()))
        met.heard_s += LEAST_HEARD_S if heard.to_s is None else heard.to_s - heard.from_s
    for cue in story.cues:
        newest = _newest(music, cue.at_s)
        if newest is None or not cue.ok:
            continue
        met = found[newest.path][1]
        met.softened += cue.name == "soften"
        met.skipped += cue.name == "next"
    for mark in story.marks:
        newest = _newest(music, mark.at_s)
        if newest is not None:
            found[newest.path][1].marks += 1
    return found


def _newest(music: Iterable[Heard], at_s: float) -> Heard | None:
    """Return the music that had begun last by then."""
    begun = [heard for heard in music if heard.from_s <= at_s]
    return begun[-1] if begun else None
