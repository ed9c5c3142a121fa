"""`soundscape playlist`: the playlists that have a name, what one holds, another form of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from soundscape.cli.options import JsonOption, LibraryOption, offering
from soundscape.cli.out import complain, console, print_json, say, tell_left_out, with_progress
from soundscape.cli.settings import load_settings
from soundscape.cli.written import ForceOption, place_for
from soundscape.core.errors import Fault, InputError
from soundscape.core.text import clock, counted, shown, typed
from soundscape.home import Home
from soundscape.library.playlists.convert import listing_of, lost_in, write_playlist
from soundscape.library.playlists.load import FORMS, form_for
from soundscape.library.playlists.onelist import BANDS, OneList, minutes_by_intensity, open_one
from soundscape.library.playlists.places import find_here, playlists_here

BLOCKS = "▏▎▍▌▋▊▉█"
WIDTH = 30
"""Cells of the longest bar of minutes."""

Name = Annotated[
    str,
    typer.Argument(
        help="a playlist's name, as an arc here would write it, a file, or a folder",
        autocompletion=offering("playlists"),
    ),
]


def list_playlists(json: JsonOption = False) -> None:
    """List the playlists you can call by name: those here, in the home, and those that ship."""
    found = playlists_here(Path.cwd(), Home.find().data)
    if json:
        print_json([{"name": name, "file": str(path)} for name, path in found.items()])
        return
    wide = max((len(shown(name)) for name in found), default=0)
    for name, path in found.items():
        say(f"{shown(name):<{wide}}  {shown(path)}")
    say("`soundscape playlist show NAME` shows its tracks." if found else "No playlist is here.")


def show(name: Name, library: LibraryOption = None, json: JsonOption = False) -> None:
    """Show a playlist's tracks, and how many minutes it has at each intensity."""
    found = _opened(name, library, measured=True)
    tell_left_out(found.left_out, found.warnings)
    if json:
        print_json(_shown_as_json(found))
    else:
        _show(found)


def check(name: Name, library: LibraryOption = None, json: JsonOption = False) -> None:
    """List everything that is wrong with a playlist.

    Exit code 0: nothing is wrong. 1: something is left out. 2: nothing of it can be played.
    """
    found = _opened(name, library, measured=True)
    if json:
        print_json(_checked_as_json(found))
    else:
        for fault in found.left_out:
            say(str(fault))
        for note in _notes_of(found):
            say(f"note: {note}")
        wrong = f"{len(found.left_out)} left out" if found.left_out else "nothing is wrong with it"
        say(f"{counted(len(found.tracks), 'track')} can be played, {wrong}")
    if found.left_out:
        raise typer.Exit(1)


def convert(
    name: Name,
    target: Annotated[
        Path,
        typer.Argument(metavar="TO", help=f"a new file; its suffix is the form: {' '.join(FORMS)}"),
    ],
    library: LibraryOption = None,
    force: ForceOption = False,
) -> None:
    """Write a playlist in another form.

    Folders, patterns and queries become the files they mean now.
    """
    form = form_for(target)
    replace = place_for(target, force=force)
    found = _opened(name, library, measured=False)
    tell_left_out(found.left_out, found.warnings)
    members = found.members
    if not members.members:
        raise InputError([Fault(shown(members.playlist.path), "names no file that is there")])
    listing = listing_of(members, found.tags, target)
    write_playlist(listing, form, target, members.members, replace=replace)
    for each in lost_in(listing, form):
        complain(f"{target.suffix.lower()} cannot hold this, so it is lost: {each}")
    say(f"{shown(target)} holds {counted(len(listing.rows), 'track')}.")


def _opened(name: str, library: Path | None, *, measured: bool) -> OneList:
    """The playlist of that name with its tracks, and those measured where `measured`. Raises
    `InputError`."""
    home = Home.find()
    root = library or load_settings(home.settings).library_folder
    path = find_here(name, Path.cwd(), home.data)
    found: OneList = with_progress(
        lambda step: open_one(
            path,
            home=home.data,
            roots=(root,) if root else (),
            index_path=home.index,
            progress=step,
            measured=measured,
        )
    )
    return found


def _shown_as_json(found: OneList) -> dict[str, Any]:
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
        "intensity": [round(end(track.intensity for track in tracks), 4) for end in (min, max)],
        "minutes_by_intensity": [round(each, 3) for each in minutes_by_intensity(tracks)],
        "left_out": [asdict(fault) for fault in found.left_out],
    }


def _checked_as_json(found: OneList) -> dict[str, Any]:
    return {
        "playlist": found.members.playlist.name,
        "path": str(found.members.playlist.path),
        "good": not found.left_out,
        "tracks": len(found.tracks),
        "left_out": [asdict(fault) for fault in found.left_out],
        "notes": _notes_of(found),
    }


def _notes_of(found: OneList) -> list[str]:
    """What a person should know of what can be played."""
    notes = [
        f"line {member.entry.line}: {typed(member.entry.name or member.entry.title)} is taken to "
        f"be {shown(member.found.path)}, {member.how}"
        for member in found.members.members
        if member.how
    ]
    for track in found.tracks:
        about = found.about.get(track.path)
        notes += [f"{shown(track.path)}: {each.what}" for each in about.findings] if about else []
    for voice, said in (
        ("voice", "somebody sings or speaks in it: it plays only in a phase with `voice: true`"),
        ("unknown", "nobody knows whether somebody sings or speaks in it; once you have listened "
         "to it, tell by `soundscape library vouch`"),
    ):  # fmt: skip
        notes += [f"{shown(track.path)}: {said}" for track in found.tracks if track.voice == voice]
    return [*notes, *found.warnings]


def _show(found: OneList) -> None:
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
            f"{track.intensity:.2f} {_bar(track.intensity, 10)}",
            Text(track.voice, "" if track.voice == "instrumental" else "bold"),
        )
    out.print(table)
    out.print()
    low, high = (end(track.intensity for track in tracks) for end in (min, max))
    total = clock(sum(track.length_s for track in tracks))
    many = counted(len(tracks), "track")
    out.print(Text(f"{many}, {total}, intensity {low:.2f} to {high:.2f}", "bold"))
    minutes = minutes_by_intensity(tracks)
    longest = max(minutes)
    for band in reversed(range(BANDS)):
        drawn = _bar(minutes[band] / longest, WIDTH) if minutes[band] else ""
        text = Text(f"{band / BANDS:.1f} to {(band + 1) / BANDS:.1f}  ", "dim")
        text.append(drawn, "not dim")
        text.append(f" {minutes[band]:.1f} min" if minutes[band] else "-")
        out.print(text)


def _bar(share: float, cells: int) -> str:
    """A bar of so many cells at a share of 1, to an eighth of a cell; never empty."""
    eighths = max(1, round(share * cells * 8))
    return "█" * (eighths // 8) + (BLOCKS[eighths % 8 - 1] if eighths % 8 else "")
