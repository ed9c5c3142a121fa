"""`soundscape library add`, `rm`, `scan`, `starter`: the folders, and measuring what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from soundscape.cli.library.common import ANSWERS, fault_json, relative, roots, scanned
from soundscape.cli.options import JsonOption
from soundscape.cli.out import MOST_SHOWN, complain, print_json, say, with_progress
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.names import canonical
from soundscape.core.text import clock, counted, shown
from soundscape.core.track import Voice
from soundscape.home import Home, at_home, make_private
from soundscape.library.catalog import ScanResult
from soundscape.library.catalog import scan as scan_folders
from soundscape.library.people import change_said, load_said
from soundscape.library.playlists.naming import steps_of
from soundscape.library.roots import absent, checked
from soundscape.starter.make import make_starter
from soundscape.starter.pieces import AMBIENCE_NAMES, BASE_NAMES, DEMO_NAMES, STARTER_NAMES


def add(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER", help="folders of music", show_default=False)
    ],
    json: JsonOption = False,
) -> None:
    """Add folders to the library, and read and measure what they hold."""
    home = Home.find()
    real = [folder.resolve() for folder in checked([Path(at_home(str(each))) for each in folders])]
    had = load_said(home.library_file).folders
    change_said(home.library_file, lambda said: said.with_folders(real))
    for folder in real:
        if folder in had:
            complain(f"note: {shown(folder)} is in the library already")
    scan_and_tell(home, real, json=json)


def rm(
    folder: Annotated[Path, typer.Argument(help="a folder you added", show_default=False)],
) -> None:
    """Take a folder out of the library. Its files stay, and so does what was measured of them."""
    home = Home.find()
    known = load_said(home.library_file).folders
    there = Path(at_home(str(folder)))
    ways = (there.absolute(), there.resolve())
    found = next((each for each in known if each in ways), None)
    # A name may be typed with other accents than the disk's: the folder may be gone by now.
    alike = [each for each in known if any(steps_of(str(each)) == steps_of(str(w)) for w in ways)]
    found = alike[0] if found is None and len(alike) == 1 else found
    if found is None:
        hint = nearest(str(ways[0]), list(map(str, known)))
        by_name = [each for each in known if canonical(each.name) == canonical(folder.name)]
        if by_name:
            hint = f"did you mean `{shown(by_name[0])}`?"
        if not hint:
            hint = f"in it are {', '.join(map(shown, known))}" if known else "nothing was added yet"
        raise InputError([Fault(shown(folder), "is no folder of the library", hint)])
    change_said(home.library_file, lambda said: said.without_folder(found))
    say(f"{shown(found)} is no longer in the library; its files are where they were")


def starter(
    only_demo: Annotated[
        bool, typer.Option("--demo", help="only what arcs/demo.yaml needs")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="enough for sessions of six hours: 10 h of music, 1.3 GB")
    ] = False,
) -> None:
    """Make the starter music: instrumental tracks and ambiences, from a seed, CC0; measure it.

    Enough for sessions of two hours: 4 h of music, 560 MB. What is there is not made again,
    so that it may be interrupted.
    """
    if only_demo and everything:
        raise InputError([Fault("--demo", "beside --all", "say one of them")])
    home = Home.find()
    folder = make_private(home.starter)
    music = STARTER_NAMES if everything else BASE_NAMES
    names = DEMO_NAMES if only_demo else (*music, *AMBIENCE_NAMES)
    made = with_progress(
        lambda step: make_starter(
            folder, names, lambda name, done, total: step("making music", done, total)
        )
    )
    say(f"{len(made)} files of starter music are in {folder}")
    scan_and_tell(home, [folder], json=False)
    if only_demo:
        return
    say("Whether a session can begin with it: soundscape check first-journey")
    if not everything:
        say("Longer sessions need more: soundscape library starter --all")


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
