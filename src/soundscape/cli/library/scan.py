"""`soundscape library scan`: what is new or changed, read and measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from soundscape.cli.library.common import (
    ANSWERS,
    fault_json,
    relative,
    roots,
    scanned,
)
from soundscape.cli.options import JsonOption
from soundscape.cli.out import MOST_SHOWN, complain, print_json, say
from soundscape.core.text import clock, counted
from soundscape.core.track import Voice
from soundscape.home import Home, at_home
from soundscape.library.catalog import ScanResult
from soundscape.library.catalog import scan as scan_folders
from soundscape.library.people import load_said
from soundscape.library.roots import absent


def scan(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FOLDER", help="the whole library by default"),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="everything anew, whatever is known of it")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Read and measure what is new or changed. May be interrupted: what is done is kept."""
    scan_and_tell(
        Home.find(), [Path(at_home(str(each))) for each in folders or []], anew=again, json=json
    )


def scan_and_tell(home: Home, folders: Sequence[Path], *, anew: bool = False, json: bool) -> None:
    """Scan these folders, or (for none) the whole library, and tell what was found."""
    said = load_said(home.library_file)
    meant = folders or roots(home, said)
    missing = () if folders else absent(said.folders)
    result = scanned(lambda step: scan_folders(meant, home.index, step, said=said, anew=anew))
    _tell(result, meant, missing, json=json)


def _tell(
    result: ScanResult, folders: Sequence[Path], missing: Sequence[str], *, json: bool
) -> None:
    """What a scan found, in a few lines."""
    voices: dict[Voice, int] = {
        answer: sum(track.voice == answer for track in result.tracks) for answer in ANSWERS
    }
    found = sum(bool(each.about.findings) for each in result.held if each.track)
    warnings = (*missing, *result.warnings)
    if json:
        facts: dict[str, Any] = {
            "tracks": len(result.tracks),
            "ambiences": len(result.ambiences),
            "length_s": round(sum(track.length_s for track in result.tracks), 3),
            "read": result.read,
            "measured": result.measured,
            "recognised": result.recognised,
            "voices": voices,
            "with_findings": found,
            "left_out": list(map(fault_json, result.left_out)),
            "not_read": list(result.unread),
            "warnings": list(warnings),
        }
        print_json(facts)
        return
    length = clock(sum(track.length_s for track in result.tracks))
    ambiences = f"; {counted(len(result.ambiences), 'ambience')}" if result.ambiences else ""
    say(f"{counted(len(result.tracks), 'track')}, {length} of music{ambiences}")
    anew = f"{result.measured} measured now" if result.measured else "nothing new to measure"
    known = f", {result.recognised} known by their sound" if result.recognised else ""
    say(f"{anew}{known}")
    for fault in result.left_out[:MOST_SHOWN]:
        say(f"left out: {relative(fault.where, folders)}: {fault.what}")
    if len(result.left_out) > MOST_SHOWN:
        say(f"left out: and {len(result.left_out) - MOST_SHOWN} more (library list --faults)")
    if found:
        say(f"{counted(found, 'file')} with something to know: soundscape library list --faults")
    if voices["voice"]:
        say(
            f"{counted(voices['voice'], 'track')} with a voice: played only where a phase allows it"
        )
    if voices["unknown"]:
        say(
            f"{counted(voices['unknown'], 'track')} of which nobody knows whether somebody sings "
            "or speaks:\n  soundscape library list --voice unknown\n"
            "  listen, then say so: soundscape library vouch TRACK, FOLDER or PLAYLIST"
        )
    for warning in warnings:
        complain(f"note: {warning}")
