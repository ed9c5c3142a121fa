"""`soundscape library show TRACK`: all that is known of one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from soundscape.cli.library.common import as_json, fault_json, find_file
from soundscape.cli.library.list import bar
from soundscape.cli.options import JsonOption
from soundscape.cli.out import console, print_json
from soundscape.core.errors import InputError
from soundscape.core.text import clock, shown
from soundscape.home import Home
from soundscape.library.catalog import LibraryFile, title_of
from soundscape.library.measure.measured import Features, Measured, gain_note, intensity_of
from soundscape.library.people import load_said

STEPS = "▁▂▃▄▅▆▇█"


def show(
    track: Annotated[str, typer.Argument(help="a path, a file's name or a title")],
    json: JsonOption = False,
) -> None:
    """Show all that is known of a track: its tags, what was measured, its voice, what was found."""
    home = Home.find()
    held = find_file(home, load_said(home.library_file), track)
    if held.fault is not None and held.tags is None:
        raise InputError([held.fault])
    if json:
        print_json(_as_json(held))
        return
    out = console()
    out.print(Text(title_of(held), "bold"))
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True, min_width=9)
    rows.add_column(overflow="fold")
    for name, text in _rows(held):
        rows.add_row(name, Text(text))
    rows.add_row("file", Text(shown(held.found.path)))
    out.print(rows)


def parts_of(measured: Measured) -> dict[str, float]:
    """Each feature's part in the measured intensity, which is their sum (at most 1)."""
    known = Features.__dataclass_fields__
    return {
        name: intensity_of(Features(**{name: value}))
        for name, value in measured.features.items()
        if name in known
    }


def _rows(held: LibraryFile) -> Iterator[tuple[str, str]]:
    """What is told, a line at a time: its name and its text."""
    tags, measured = held.tags, held.measured
    assert tags is not None
    if tags.artist:
        yield "artist", tags.artist
    if tags.album:
        yield "album", tags.album
    if held.fault is not None:
        yield "left out", held.fault.what
    elif held.ambience:
        yield "kind", "an ambience: never played as music"
    if measured is not None:
        yield from _sound(held, measured)
    if held.track is not None:
        vouched = " (vouched for)" if held.about.vouched else ""
        yield "voice", f"{held.track.voice}{vouched}"
        for reason in held.about.voice_why:
            yield "", f"- {reason}"
    findings = held.about.findings if held.track else (measured.findings if measured else ())
    for number, finding in enumerate(findings):
        yield ("" if number else "found"), f"- {finding}"
    yield from _tags(held)


def _sound(held: LibraryFile, measured: Measured) -> Iterator[tuple[str, str]]:
    tags, track = held.tags, held.track
    assert tags is not None
    plays = ""
    if track is not None and track.length_s < measured.duration_s - 0.5:
        plays = f", played from {clock(track.cue_in_s)} to {clock(track.end_s)}"
    yield "length", clock(measured.duration_s) + plays
    said = f", by its tag (measured {measured.intensity:.2f})"
    value = measured.intensity if tags.intensity is None else tags.intensity
    yield "intensity", f"{value:.2f} {bar(value)}{'' if tags.intensity is None else said}"
    for name, part in parts_of(measured).items():
        yield "", f"{part:.2f} {bar(part)} {name.replace('_', ' ')} {measured.features[name]:.2f}"
    shape = track.shape if track else None
    if shape is not None:
        drawn = "".join(STEPS[min(7, int(part * 8))] for part in shape)
        start, middle, end = shape
        yield "shape", f"{drawn}  start {start:.2f}, middle {middle:.2f}, end {end:.2f}"
    loud = f"{measured.loudness_lufs:.1f} LUFS, range {measured.range_lu:.1f} LU, "
    loud += f"true peak {measured.true_peak_dbtp:.1f} dBTP"
    if track is not None:
        change = min(track.match_db, track.headroom_db)
        way = "louder" if change > 0 else "softer"
        loud += f"; played {abs(change):.1f} dB {way}" if abs(change) >= 0.05 else ""
    yield "loudness", loud
    if tags.gain_db is not None:
        yield "gain tag", f"{tags.gain_db:+.1f} dB (for {tags.gain_lufs:.1f} LUFS)"
        if note := gain_note(tags, measured):
            yield "", f"- {note}"


def _tags(held: LibraryFile) -> Iterator[tuple[str, str]]:
    tags = held.tags
    assert tags is not None
    kinds: dict[str, list[str]] = {}
    for word in tags.tags:
        kind, _, value = word.partition(":")
        if kind not in ("artist", "album"):
            kinds.setdefault(kind, []).append(value)
    for kind, values in kinds.items():
        yield kind, ", ".join(values)
    if tags.comment:
        yield "comment", tags.comment
    if tags.lyrics != "none":
        yield "lyrics", "in its tags" if tags.lyrics == "words" else "its tags say: instrumental"
    for number, (kind, value) in enumerate(tags.ids.items()):
        yield ("" if number else "ids"), f"{kind} {value}"
    for note in tags.notes:
        yield "note", note


def _as_json(held: LibraryFile) -> dict[str, Any]:
    tags, measured = held.tags, held.measured
    assert tags is not None
    found: dict[str, Any] = as_json(held) if held.track else {"path": held.found.path}
    found["left_out"] = fault_json(held.fault) if held.fault else None
    found["tags"] = asdict(tags)
    found["measured"] = None
    if measured is not None:
        parts: Mapping[str, float] = parts_of(measured)
        found["measured"] = asdict(measured) | {
            "parts": {name: round(part, 4) for name, part in parts.items()},
            "gain_note": gain_note(tags, measured),
        }
    if held.track is not None:
        track = held.track
        found |= {"shape": track.shape, "key": track.key}
        found |= {"cue_in_s": track.cue_in_s, "cue_out_s": track.end_s}
    return found
