"""M3U and M3U8: a path a line, and what some programs say in comments.

There is no standard. Read are: any encoding (`textform`) and any line ends; `#EXTENC:` (the
encoding), `#PLAYLIST:` (the name), `#EXTINF:` (the title of the next line, or, where none follows,
of music to be looked for), `#EXTVLCOPT:` with `start-time=`, `stop-time=` and `run-time=` (VLC's
cue points). A comment that ends like an audio
file may be the name of one. Other comments are passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

from soundscape.core.errors import Fault, InputError
from soundscape.core.text import number, plain, shown, typed
from soundscape.library.playlists.forms.textform import (
    encoding_of,
    joined,
    lines_of,
    safe_name,
    work_of,
)
from soundscape.library.playlists.forms.values import (
    Form,
    ListEntry,
    Listing,
    PlaylistFile,
    Work,
    playlist_of,
)
from soundscape.library.playlists.naming import is_remote
from soundscape.library.walk import has_audio_name

_VLC = re.compile(r"(start|stop|run)-time\s*=\s*(.*)", re.DOTALL)
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]*)?")
_DIRECTIVE = re.compile(r"#(?:EXT|PLAYLIST\b|[A-Z][A-Z0-9_-]+:)")
_STEPPED = re.compile(r"#.*[/\\]")
_STREAM = ("#EXT-X-TARGETDURATION", "#EXT-X-STREAM-INF", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-VERSION")
"""What a list of a stream's pieces says (RFC 8216). Other players' own words begin alike."""


def read(path: Path, data: bytes) -> PlaylistFile:
    """The playlist of a text. Raises `InputError` for what is no text, or names no music."""
    entries: list[ListEntry] = []
    left_out: list[Fault] = []
    name = title = ""
    work, told = Work(), 0
    points: dict[str, float] = {}
    rows = lines_of(path, data)
    guessed = any(row.others for row in rows)
    for count, row in enumerate(rows, 1):
        said = row.text.strip()
        if not said:
            continue
        if not said.startswith("#") or _may_be_a_name(said):
            cue_in, cue_out = cue_points(points)
            entries.append(
                ListEntry(
                    row.text,
                    cue_in_s=cue_in,
                    cue_out_s=cue_out,
                    line=count,
                    column=1,
                    kind="file",
                    # A path that was made a comment is not to be found elsewhere by its end.
                    coding="plain" if _STEPPED.match(said) else "perhaps",
                    title=title,
                    others=row.others,
                    work=work if is_remote(said) else None,
                )
            )
            title, work, points = "", Work(), {}
            continue
        key, _, value = said.partition(":")
        if key in _STREAM:
            what = "lists the pieces of a stream (HLS), not tracks"
            raise InputError([Fault(shown(path), what, "is it the right file?", count, 1)])
        if key == "#PLAYLIST":
            name = name or value
        elif key == "#EXTENC" and guessed and not encoding_of(value):
            what = f"declares an encoding that nobody here knows, {typed(value.strip())}"
            do = "its lines are read in the likeliest; save it as UTF-8 if names are wrong"
            left_out.append(Fault(shown(path), what, do, count, 1))
        elif key == "#EXTINF":
            if work:  # No path came after the last one.
                entries.append(
                    ListEntry("", line=told, column=1, kind="file", title=title, work=work)
                )
            lasts, _, said = value.partition(",")
            title, told = plain(said), count
            work = work_of(title, lasts)
        elif key == "#EXTVLCOPT":
            try:
                points |= vlc_point(value)
            except ValueError as error:
                left_out.append(Fault(shown(path), str(error), "", count, 1))
    if work:
        entries.append(ListEntry("", line=told, column=1, kind="file", title=title, work=work))
    return playlist_of(path, entries, left_out, name=name)


def _may_be_a_name(said: str) -> bool:
    """Whether a line that begins with `#` may be a file's name: `#1 Sunrise.mp3`."""
    return has_audio_name(said) and not _DIRECTIVE.match(said)


def vlc_point(option: str) -> dict[str, float]:
    """A cue point as VLC's options have it: `start-time=12.5` is {"start": 12.5}; nothing of other
    options. Raises `ValueError` that says so where its time is no number of seconds."""
    match = _VLC.fullmatch(option.strip().removeprefix(":")[:200])
    if match is None:
        return {}
    if not _SECONDS.fullmatch(match[2].strip()):
        raise ValueError(f"{typed(match[0])}: expected a number of seconds")
    return {match[1]: float(match[2])}


def cue_points(points: Mapping[str, float]) -> tuple[float | None, float | None]:
    """Cue-in and cue-out in seconds of what `vlc_point` read; None where nothing says one."""
    start, stop = points.get("start"), points.get("stop")
    if stop is None and "run" in points:
        stop = (start or 0.0) + points["run"]
    return start, stop


def write(listing: Listing) -> str:
    """A listing as text, to be saved as UTF-8."""
    lines = ["#EXTM3U", f"#PLAYLIST:{plain(listing.name)}"]
    for row in listing.rows:
        seconds = -1 if row.duration_s is None else math.floor(row.duration_s + 0.5)
        lines.append(f"#EXTINF:{seconds},{joined(row.artist, row.title)}")
        for word, point in (("start", row.cue_in_s), ("stop", row.cue_out_s)):
            if point is not None:
                lines.append(f"#EXTVLCOPT:{word}-time={number(point, 6)}")
        lines.append(safe_name(row.name))
    return "\n".join(lines) + "\n"


FORM = Form(
    suffixes=(".m3u8", ".m3u"),
    read=read,
    write=write,
    holds=frozenset({"name", "titles", "cue-in", "cue-out"}),
    reads=(
        "a path a line, each line in UTF-8, in what `#EXTENC:` declares, or in a common code "
        "page (reported if `#EXTENC:` names an unknown one); or all of it in UTF-16. "
        "`#PLAYLIST:` is its name, `#EXTINF:` a title (where no path follows, or a service's "
        "address: music to be looked for), `#EXTVLCOPT:` with `start-time=`, `stop-time=` or "
        "`run-time=` (seconds) gives cue points. A comment that ends like an audio file (`#1 "
        "Sunrise.mp3`) is taken if there is such a file, and reported if there is none; "
        "others are skipped"
    ),
)
