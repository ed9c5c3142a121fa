"""M3U and M3U8: a path a line, and what some programs say in comments.

There is no standard. Read are: UTF-8 with or without its mark, UTF-16 with it, and in `.m3u` also
Windows' Latin letters; any line ends; `#PLAYLIST:` (the name), `#EXTINF:` (the title of the next
line), `#EXTVLCOPT:start-time=` and `stop-time=` (VLC's cue points). Other comments are passed over.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from soundscape.core.errors import Fault, InputError
from soundscape.library.lists.textform import joined, lines_of, safe_name
from soundscape.library.lists.values import Entry, Listing, PlaylistFile, number, playlist_of, tidy
from soundscape.library.walk import shown

HOLDS = frozenset({"cue-in", "cue-out"})
"""What of a listing this form can hold beside the files themselves."""

_VLC = re.compile(r"(start|stop)-time\s*=\s*([0-9]+(?:\.[0-9]*)?)\s*")


def read(path: Path, data: bytes) -> PlaylistFile:
    """The playlist of a text. Raises `InputError` for what is no text, or names no music."""
    entries: list[Entry] = []
    name = title = ""
    points: dict[str, float] = {}
    for count, row in enumerate(lines_of(path, data, utf8=path.suffix.lower() == ".m3u8"), 1):
        said = row.strip()
        if not said.startswith("#"):
            if said:
                entries.append(
                    Entry(
                        row,
                        cue_in_s=points.get("start"),
                        cue_out_s=points.get("stop"),
                        line=count,
                        column=1,
                        kind="file",
                        coding="perhaps",
                        title=title,
                    )
                )
                title, points = "", {}
            continue
        key, _, value = said.partition(":")
        if key.startswith("#EXT-X-"):
            what = "lists the pieces of a stream (HLS), not tracks"
            raise InputError([Fault(shown(path), what, "is it the right file?", count, 1)])
        if key == "#PLAYLIST":
            name = name or value
        elif key == "#EXTINF":
            title = tidy(value.partition(",")[2])
        elif key == "#EXTVLCOPT":
            points |= vlc_point(value)
    return playlist_of(path, entries, [], name=name)


def vlc_point(option: str) -> dict[str, float]:
    """A cue point as VLC's options have it: `start-time=12.5` is {"start": 12.5}. Else nothing."""
    match = _VLC.fullmatch(option.strip().removeprefix(":")) if len(option) < 60 else None
    return {match[1]: float(match[2])} if match else {}


def write(listing: Listing) -> str:
    """A listing as text, to be saved as UTF-8."""
    lines = ["#EXTM3U", f"#PLAYLIST:{tidy(listing.name)}"]
    for row in listing.rows:
        seconds = -1 if row.duration_s is None else math.floor(row.duration_s + 0.5)
        lines.append(f"#EXTINF:{seconds},{joined(row.artist, row.title)}")
        for word, point in (("start", row.cue_in_s), ("stop", row.cue_out_s)):
            if point is not None:
                lines.append(f"#EXTVLCOPT:{word}-time={number(point)}")
        lines.append(safe_name(row.name))
    return "\n".join(lines) + "\n"
