"""What every form of playlist is read into, and what it is written from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from soundscape.core.errors import Fault, InputError
from soundscape.core.text import clipped, number, plain, shown
from soundscape.library.playlists.query import Query

Kind = Literal["file", "pattern", "folder", "either"]
"""What a line names. "either": a file of that name where there is one, else a pattern."""

Coding = Literal["plain", "perhaps", "percent"]
"""How a line writes its path. "plain": by a person for this program; "perhaps": by some program,
as a path or as an address; "percent": percent-encoded, as XSPF and JSPF demand."""

LONGEST_WORDS = 2000
"""Most characters of a playlist's name, and of what it says of itself."""

MOST_ENTRIES = 100_000
"""No playlist names more: what does is not one."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a list says of a recording, for finding it: "" and None where it does not. `ids` are as
    in `Tags`: `recording` (MusicBrainz) and `isrc`."""

    title: str = ""
    creator: str = ""
    album: str = ""
    duration_s: float | None = None
    ids: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.title or self.ids)

    def __str__(self) -> str:
        said = " - ".join(filter(None, (self.creator, self.title)))
        return said or ", ".join(f"{kind} {value}" for kind, value in self.ids.items())


_RECORDING = re.compile(
    r"(?:musicbrainz\.org/(?:recording|track)/|mbid:|^)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    re.IGNORECASE,
)
_ISRC = re.compile(r"(?:^|[:/])(?:isrc[:/])?([A-Z]{2}-?[A-Z0-9]{3}-?\d{2}-?\d{5})$", re.IGNORECASE)


def ids_in(texts: Iterable[str]) -> dict[str, str]:
    """The ids that identifiers and addresses hold: a recording's at MusicBrainz, an ISRC."""
    found: dict[str, str] = {}
    for text in texts:
        if match := _RECORDING.search(text.strip()):
            found.setdefault("recording", match[1].lower())
        elif match := _ISRC.search(text.strip()):
            found.setdefault("isrc", match[1].upper().replace("-", ""))
    return found


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One line of a playlist: a file, pattern or folder as written, and what it overrides.

    Times in seconds from the start of the file, `gain_db` in dB. None: not overridden. `title`
    is what the line calls its music, "" where it does not; `others` are further addresses of the
    same file, tried in order. Lists of listening services name no file (`name` is "" then), but
    music: `work` says which.
    """

    name: str
    intensity: float | None = None
    gain_db: float = 0.0
    cue_in_s: float | None = None
    cue_out_s: float | None = None
    line: int | None = None
    column: int | None = None
    kind: Kind = "either"
    coding: Coding = "plain"
    title: str = ""
    others: tuple[str, ...] = ()
    work: Work | None = None


def entry_of_service(
    names: Sequence[str], work: Work, line: int, column: int, overridden: Mapping[str, Any]
) -> ListEntry:
    """A line of XSPF or JSPF, which name a file by one address or several, and its music."""
    return ListEntry(
        names[0] if names else "",
        line=line,
        column=column,
        kind="file",
        coding="percent",
        title=str(work),
        others=tuple(names[1:]),
        work=work,
        **overridden,
    )


@dataclass(frozen=True, slots=True)
class PlaylistFile:
    """A playlist as written. `left_out` are lines of it that cannot be used, each with why."""

    path: Path
    name: str
    about: str = ""
    entries: tuple[ListEntry, ...] = ()
    folders: tuple[ListEntry, ...] = ()
    query: Query | None = None
    left_out: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One file to be written into a playlist: `name` is its path as it is to stand there, with
    `/` between its steps, or "" where a list of titles needs none (XSPF, JSPF). The rest as in
    `ListEntry`; `duration_s` None where it is not known."""

    name: str
    title: str = ""
    artist: str = ""
    duration_s: float | None = None
    intensity: float | None = None
    gain_db: float = 0.0
    cue_in_s: float | None = None
    cue_out_s: float | None = None


def overrides(of: ListEntry | Row) -> dict[str, str]:
    """What is said over the file's own, by the keys of the YAML form, as text."""
    said = {
        "intensity": None if of.intensity is None else number(of.intensity, 6),
        "gain": f"{number(of.gain_db, 6)} dB" if round(of.gain_db, 6) else None,
        "cue-in": None if of.cue_in_s is None else f"{number(of.cue_in_s, 6)} s",
        "cue-out": None if of.cue_out_s is None else f"{number(of.cue_out_s, 6)} s",
    }
    return {key: text for key, text in said.items() if text is not None}


@dataclass(frozen=True, slots=True)
class Listing:
    """A playlist to be written: files only, patterns and queries already answered."""

    name: str
    about: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a playlist. What `FORMS` in `load.py` lists is read, written, converted to,
    documented and tested.

    `read` makes a playlist of a file's bytes, and raises `InputError` with every fault. `write`
    makes the text of a listing. `holds` names what the form can hold beside the files: `name`,
    `about`, `titles`, and overrides by their keys. `reads` says what is read, for the docs.
    """

    suffixes: tuple[str, ...]
    read: Callable[[Path, bytes], PlaylistFile]
    write: Callable[[Listing], str]
    holds: frozenset[str]
    reads: str


def playlist_of(
    path: Path,
    entries: list[ListEntry],
    left_out: list[Fault],
    *,
    name: str = "",
    about: str = "",
) -> PlaylistFile:
    """A playlist of files only, as every form but YAML is. Raises `InputError` for one that names
    nothing, or more than can be meant."""
    if not entries and not left_out:
        raise InputError([Fault(shown(path), "names no music", "is it the right file?")])
    if len(entries) + len(left_out) > MOST_ENTRIES:
        what = f"names more than {MOST_ENTRIES:,} files"
        raise InputError([Fault(shown(path), what, "is it the right file?")])
    name = clipped(plain(name), LONGEST_WORDS) or path.stem
    about = clipped(plain(about), LONGEST_WORDS)
    return PlaylistFile(path, name, about, tuple(entries), left_out=tuple(left_out))
