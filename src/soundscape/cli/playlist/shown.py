"""A playlist as people and programs see it."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from soundscape.cli.out import console
from soundscape.core.text import clock, shown
from soundscape.library.playlists.onelist import BANDS, OneList, minutes_by_intensity

BLOCKS = "▏▎▍▌▋▊▉█"
WIDTH = 30
"""Cells of the longest bar of minutes."""


def shown_as_json(found: OneList) -> dict[str, Any]:
    """The tracks and what they add up to."""
    tracks = found.tracks
    return {
        "playlist": found.members.playlist.name,
        "path": str(found.members.playlist.path),
        "about": found.members.playlist.about,
        "tracks": [
            {
                "path": track.path,
                "title": track.title,
                "artist": track.artist,
                "length_s": round(track.length_s, 3),
                "intensity": round(track.intensity, 4),
                "voice": track.voice,
                "gain_db": track.gain_db,
                "cue_in_s": round(track.cue_in_s, 3),
                "cue_out_s": round(track.end_s, 3),
            }
            for track in tracks
        ],
        "length_s": round(sum(track.length_s for track in tracks), 3),
        "intensity": [
            round(min(track.intensity for track in tracks), 4),
            round(max(track.intensity for track in tracks), 4),
        ],
        "minutes_by_intensity": [round(each, 3) for each in minutes_by_intensity(tracks)],
        "left_out": [_fault(fault) for fault in found.left_out],
    }


def checked_as_json(found: OneList) -> dict[str, Any]:
    """What is wrong with it."""
    return {
        "playlist": found.members.playlist.name,
        "path": str(found.members.playlist.path),
        "good": not found.left_out,
        "tracks": len(found.tracks),
        "left_out": [_fault(fault) for fault in found.left_out],
        "notes": [*notes_of(found), *found.warnings],
    }


def _fault(fault: Any) -> dict[str, Any]:
    return {
        "where": fault.where,
        "line": fault.line,
        "column": fault.column,
        "what": fault.what,
        "do": fault.do,
    }


def notes_of(found: OneList) -> list[str]:
    """What a person should know of what can be played."""
    notes = [
        f"line {member.entry.line}: `{shown(member.entry.name.strip() or member.entry.title)}` is "
        f"taken to be {shown(member.found.path)}, {member.how}"
        for member in found.members.members
        if member.how
    ]
    for track in found.tracks:
        about = found.about.get(track.path)
        notes += [f"{shown(track.path)}: {each.what}" for each in about.findings] if about else []
    for voice, said in (
        ("voice", "somebody sings or speaks in it: played only where a phase says `voice: true`"),
        ("unknown", "nobody knows whether somebody sings or speaks in it; `soundscape library "
         "vouch` says that it was listened to"),
    ):  # fmt: skip
        notes += [f"{shown(track.path)}: {said}" for track in found.tracks if track.voice == voice]
    return notes


def shown_to_people(found: OneList) -> None:
    """The tracks as a table, and the minutes at each intensity as bars."""
    out, tracks, source = console(), found.tracks, found.members.playlist
    out.print(Text.assemble((source.name, "bold"), (f"   {shown(source.path)}", "dim")))
    if source.about:
        out.print(Text(source.about, "italic"))
    out.print()
    table = Table.grid(padding=(0, 2))
    # Titles give way on a narrow screen; the numbers never do.
    table.add_column(ratio=3)
    table.add_column(ratio=2, style="dim")
    for width in (7, 15, 12):
        table.add_column(width=width, no_wrap=True)
    for track in tracks:
        table.add_row(
            Text(track.title),
            Text(track.artist),
            clock(track.length_s),
            f"{track.intensity:.2f} {bar(track.intensity, 10)}",
            Text(track.voice, "" if track.voice == "instrumental" else "bold"),
        )
    out.print(table)
    out.print()
    low, high = (end(track.intensity for track in tracks) for end in (min, max))
    total = clock(sum(track.length_s for track in tracks))
    many = f"{len(tracks)} {'track' if len(tracks) == 1 else 'tracks'}"
    out.print(Text(f"{many}, {total}, intensity {low:.2f} to {high:.2f}", "bold"))
    minutes = minutes_by_intensity(tracks)
    longest = max(minutes)
    for band in reversed(range(BANDS)):
        drawn = bar(minutes[band] / longest, WIDTH) if minutes[band] else ""
        text = Text(f"{band / BANDS:.1f} to {(band + 1) / BANDS:.1f}  ", "dim")
        text.append(drawn, "not dim")
        text.append(f" {minutes[band]:.1f} min" if minutes[band] else "-")
        out.print(text)


def bar(share: float, cells: int) -> str:
    """A bar of so many cells at a share of 1, to an eighth of a cell; never empty."""
    eighths = max(1, round(share * cells * 8))
    return "█" * (eighths // 8) + (BLOCKS[eighths % 8 - 1] if eighths % 8 else "")
