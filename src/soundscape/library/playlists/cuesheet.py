"""Cue sheets: one long file, and a text beside it or in its tags that says where its tracks begin.

A track begins at its `INDEX 01` and ends where the next one's gap begins (`INDEX 00`), or the next
one itself. Times are minutes, seconds and frames of 1/75 s. A file that a sheet does not cut stays
whole.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from soundscape.core.errors import Fault, InputError
from soundscape.core.names import canonical
from soundscape.core.text import reason, shown, typed
from soundscape.library.playlists.forms.textform import lines_of
from soundscape.library.walk import FoundFile, Walked

FRAMES_A_SECOND = 75
LARGEST = 1_000_000
"""No sheet has more bytes."""

_LINE = re.compile(r"\s*(?:REM\s+)?([A-Za-z]+)\s+(.*?)\s*", re.DOTALL)
_TIME = re.compile(r"(\d{1,2})\s+(\d{1,4}):(\d{1,2})[:.](\d{1,2})")
_FILE = re.compile(r'"(.*)"(?:\s+\w+)?|(.*?)(?:\s+(?:WAVE|MP3|AIFF|BINARY|MOTOROLA|FLAC))?', re.I)

_SAYS = {
    "TITLE": "title",
    "PERFORMER": "artist",
    "SONGWRITER": "composer",
    "COMPOSER": "composer",
    "GENRE": "genre",
}
"""A sheet's words, and `REM`'s, to the names of our tags."""


@dataclass
class Cut:
    """One track of a sheet: the file it begins in, its times in seconds, what is said of it."""

    file: str
    start_s: float | None = None
    gap_s: float | None = None
    audio: bool = True
    says: dict[str, str] = field(default_factory=dict)


def read_sheet(lines: Iterable[str]) -> tuple[Cut, ...]:
    """The tracks of a sheet, in its order. One without `INDEX 01` begins at its gap; the first at
    the file's start, where it has none; another belongs to the track before it. Pure.

    What the sheet says of the whole (`TITLE`, `PERFORMER`, `SONGWRITER`, `REM GENRE`) is said of
    each track: as its album, its artist, its composer and its genre.
    """
    whole: dict[str, str] = {}
    cuts: list[Cut] = []
    file = ""
    for line in lines:
        found = _LINE.fullmatch(line.lstrip("\ufeff"))
        if found is None:
            continue
        word, rest = found[1].upper(), found[2]
        text = rest.strip('"').strip()
        if word == "FILE":
            name = _FILE.fullmatch(rest)
            file = (name[1] if name[1] is not None else name[2]) if name else text
        elif word == "TRACK":
            cuts.append(Cut(file, audio="AUDIO" in rest.upper()))
        elif word == "INDEX" and cuts:
            _index(cuts[-1], rest, file)
        elif word in _SAYS and text:
            says = cuts[-1].says if cuts else whole
            says["album" if word == "TITLE" and not cuts else _SAYS[word]] = text
    for number, cut in enumerate(cuts):
        cut.says = whole | cut.says
        if cut.start_s is None:
            cut.start_s = 0.0 if number == 0 and cut.gap_s is None else cut.gap_s
    return tuple(cut for cut in cuts if cut.start_s is not None)


def _index(cut: Cut, rest: str, file: str) -> None:
    time = _TIME.match(rest)
    if time is None:
        return
    number, minutes, seconds, frames = map(int, time.groups())
    at_s = minutes * 60 + seconds + frames / FRAMES_A_SECOND
    if number == 0:
        cut.gap_s = at_s
    elif number == 1:
        # A gap in the file before says nothing of this one.
        cut.gap_s = cut.gap_s if cut.file == file else None
        cut.file, cut.start_s = file, at_s


def cut_up(walked: Walked, sheets: Sequence[Path]) -> Walked:
    """What a folder holds, the files that its sheets cut replaced by their tracks. A sheet that
    cannot be used is a fault, and its files stay whole."""
    if not sheets:
        return walked
    files = {found.path: found for found in walked.files}
    parts: dict[str, list[FoundFile]] = {}
    faults: list[Fault] = []
    for sheet in sheets:
        try:
            for path, found in _parts(sheet, files).items():
                parts.setdefault(path, found)
        except InputError as error:
            faults += error.faults
    out = [each for found in walked.files for each in parts.get(found.path, [found])]
    return replace(walked, files=tuple(out), faults=(*walked.faults, *faults))


def own_tracks(found: FoundFile, sheet: str, duration_s: float) -> list[FoundFile]:
    """The tracks that a sheet in a file's own tags makes of it. The file itself where these are
    fewer than two, or the sheet is an album's that a ripper put into each track: of several files,
    or of one that lasts longer than this one's `duration_s`. Pure."""
    cuts = read_sheet(sheet.splitlines())
    last_s = max((cut.start_s or 0.0 for cut in cuts), default=0.0)
    if len(cuts) < 2 or len({cut.file for cut in cuts}) > 1 or last_s >= duration_s:
        return [found]
    return _cut(found, cuts) or [found]


def _parts(sheet: Path, files: dict[str, FoundFile]) -> dict[str, list[FoundFile]]:
    """The tracks a sheet cuts out of the files that are there, by the file's path."""
    try:
        with sheet.open("rb") as file:
            data = file.read(LARGEST)
        # By the folder's own names: a link there may lead to quite another.
        beside = {
            canonical(path.name): files[real]
            for path in sheet.parent.iterdir()
            if (real := os.path.realpath(path)) in files
        }
    except OSError as error:
        raise InputError([Fault(shown(sheet), f"cannot be read: {reason(error)}")]) from error
    cuts = read_sheet(line.text for line in lines_of(sheet, data))
    if not cuts:
        raise InputError([Fault(shown(sheet), "is a cue sheet without a track")])
    by_file: dict[str, list[Cut]] = {}
    for cut in cuts:
        by_file.setdefault(cut.file, []).append(cut)
    out: dict[str, list[FoundFile]] = {}
    missing: list[Fault] = []
    for name, own in by_file.items():
        found = _file_of(sheet, name, beside, alone=len(by_file) == 1)
        if found is None:
            what = f"cuts {typed(name)}, which is not beside it"
            missing.append(Fault(shown(sheet), what))
        elif len(own) > 1:
            out[found.path] = _cut(found, own)
    if missing and not out and len(missing) == len(by_file):
        raise InputError(missing)
    return out


def _cut(found: FoundFile, cuts: Sequence[Cut]) -> list[FoundFile]:
    ordered = sorted(cuts, key=lambda cut: cut.start_s or 0.0)
    out = []
    for cut, after in zip(ordered, (*ordered[1:], None), strict=True):
        start = cut.start_s or 0.0
        stop = None
        if after is not None:
            gap = after.gap_s
            stop = gap if gap is not None and gap > start else after.start_s
        if cut.audio and (stop is None or stop > start):
            out.append(found.part(start, stop, tuple(cut.says.items())))
    return out


def _file_of(
    sheet: Path, name: str, beside: dict[str, FoundFile], *, alone: bool
) -> FoundFile | None:
    """The file a sheet means: by its name, else by its name with another suffix (the sheet was
    written before the file was encoded), else, for its only file, by the sheet's own name."""
    bare = canonical(re.split(r"[\\/]", name)[-1])
    stem = bare.rpartition(".")[0] or bare
    own = canonical(sheet.stem)
    if bare in beside:
        return beside[bare]
    wanted = [stem, own] if alone else [stem]
    for each in wanted:
        # `album.flac.cue` lies beside `album.flac`.
        alike = [f for n, f in beside.items() if each in (n, n.rpartition(".")[0])]
        if len(alike) == 1:
            return alike[0]
    return None
