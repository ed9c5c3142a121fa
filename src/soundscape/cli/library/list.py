"""`soundscape library list`: every track there is, in a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from soundscape.cli.library.common import (
    ANSWERS,
    as_json,
    fault_json,
    relative,
    roots,
    voice_of,
)
from soundscape.cli.options import JsonOption
from soundscape.cli.out import complain, console, print_json, say
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.names import canonical, parted
from soundscape.core.text import clock, counted, typed
from soundscape.home import Home
from soundscape.library.catalog import LibraryFile, scan
from soundscape.library.people import load_said
from soundscape.library.roots import absent
from soundscape.library.shelf import UNKNOWN

BLOCKS = "▏▎▍▌▋▊▉█"
BAR = 5
"""Cells of a full bar of intensity."""


def list_tracks(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="only what has all these words in its title, tags or path"),
    ] = None,
    voice: Annotated[str, typer.Option(help="only instrumental, voice or unknown")] = "",
    faults: Annotated[
        bool, typer.Option("--faults", help="only what is left out or has something found in it")
    ] = False,
    json: JsonOption = False,
) -> None:
    """List the library: every track with its length, intensity, loudness and voice."""
    if voice and voice not in ANSWERS:
        do = nearest(voice, ANSWERS) or f"known are {', '.join(ANSWERS)}"
        raise InputError([Fault("--voice", f"no such answer {typed(voice)}", do)])
    home = Home.find()
    said = load_said(home.library_file)
    folders = roots(home, said)
    result = scan(folders, home.index, said=said, ask_only=True)
    wanted = [
        each
        for each in result.held
        if each.track
        and (not voice or each.track.voice == voice)
        and (not faults or each.about.findings)
        and _has(each, words or ())
    ]
    new = [each for each in result.left_out if each.what == UNKNOWN]
    left_out = [each for each in result.left_out if each.what != UNKNOWN]
    warnings = (*absent(said.folders), *result.warnings)
    if json:
        print_json(
            {
                "tracks": list(map(as_json, wanted)),
                "left_out": list(map(fault_json, left_out)),
                "never_scanned": [each.where for each in new],
                "folders": list(map(str, folders)),
                "not_read": list(result.unread),
                "warnings": list(warnings),
            }
        )
        return
    if words and not wanted:
        tracks = [each.track for each in result.held if each.track]
        names = {name for t in tracks for name in (t.title, *parted(t.artist))}
        near = [hint for word in words if (hint := nearest(word, sorted(names)))]
        say("; ".join(["nothing in the library has all these words", *near]))
    if faults:
        _print_faults(wanted, folders, left_out)
    else:
        _print(wanted)
    _sum_up(wanted, len(left_out), len(new), warnings, faults=faults)


def _has(held: LibraryFile, words: Sequence[str]) -> bool:
    assert held.track is not None
    text = " ".join((held.track.title, held.track.artist, *held.track.tags, held.found.path))
    return all(canonical(word) in canonical(text) for word in words)


def _print(held: Sequence[LibraryFile]) -> None:
    out = console()
    for name, ambience in (("Music", False), ("Ambiences", True)):
        part = [each for each in held if each.ambience is ambience]
        if part:
            out.print(_table(name, part))


def _print_faults(
    held: Sequence[LibraryFile], folders: Sequence[Path], left_out: Sequence[Fault]
) -> None:
    for each in held:
        say(relative(each.found.path, folders))
        for finding in each.about.findings:
            say(f"  - {finding}")
    for fault in left_out:
        say(f"left out: {relative(fault.where, folders)}: {fault.what}")


def _table(name: str, held: Sequence[LibraryFile]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(name, ratio=5)
    table.add_column("artist", ratio=3, max_width=24)
    table.add_column("length", justify="right", no_wrap=True)
    table.add_column("intensity", no_wrap=True)
    table.add_column("LUFS", justify="right", no_wrap=True)
    table.add_column("voice", no_wrap=True)
    styles = {"voice": "bold red", "unknown": "yellow"}
    for each in held:
        track = each.track
        assert track is not None
        title = Text(track.title)
        if each.about.findings:
            kinds = Counter(finding.kind for finding in each.about.findings)
            told = (f"{kind} x{n}" if n > 1 else kind for kind, n in kinds.items())
            title.append(f"\n- {', '.join(told)}", "yellow")
        said = voice_of(each)
        table.add_row(
            title,
            Text(track.artist, overflow="ellipsis", no_wrap=True),
            clock(track.length_s),
            f"{track.intensity:.2f} {bar(track.intensity)}",
            f"{track.loudness_lufs:.1f}",
            Text(said, styles.get(said, "")),
        )
    return table


def bar(value: float, width: int = BAR) -> str:
    """A value from 0 to 1 as a bar of so many cells, to an eighth of a cell."""
    eighths = round(value * width * 8)
    return ("█" * (eighths // 8) + (BLOCKS[eighths % 8 - 1] if eighths % 8 else "")).ljust(width)


def _sum_up(
    held: Sequence[LibraryFile], left_out: int, new: int, warnings: Sequence[str], *, faults: bool
) -> None:
    music = [each.track for each in held if each.track and not each.ambience]
    ambiences = sum(each.ambience for each in held)
    parts = [f"{counted(len(music), 'track')}, {clock(sum(t.length_s for t in music))}"]
    if ambiences:
        parts.append(counted(ambiences, "ambience"))
    if left_out:
        parts.append(f"{left_out} left out" + ("" if faults else " (--faults says why)"))
    say("; ".join(parts))
    if new:
        files = "1 file was" if new == 1 else f"{new} files were"
        complain(f"note: {files} never looked at; `soundscape library scan` does it")
    for warning in warnings:
        complain(f"note: {warning}")
