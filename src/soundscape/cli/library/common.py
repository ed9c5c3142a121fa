"""What the library's commands share: which folders are meant, and how tracks are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from soundscape.cli.out import with_progress
from soundscape.cli.settings import load_settings
from soundscape.core.errors import Fault, InputError, Interrupted
from soundscape.core.text import shown
from soundscape.core.track import Voice
from soundscape.home import Home, at_home
from soundscape.library.catalog import LibraryFile, ScanResult, look_at, lookup, scan
from soundscape.library.people import LibraryNotes
from soundscape.library.roots import home_roots
from soundscape.library.walk import Progress, as_there

ANSWERS: tuple[Voice, ...] = ("instrumental", "voice", "unknown")

VOICES = {"instrumental": "none", "voice": "voice", "unknown": "unknown"}
"""How the three answers are written in a column that is headed "voice"."""

NO_LIBRARY = Fault(
    "library",
    "there is none yet",
    "`soundscape library add FOLDER` adds music, `soundscape library starter` makes some",
)


def roots(home: Home, said: LibraryNotes) -> tuple[Path, ...]:
    """All folders of the library: those of the settings, those added, and the starter music.
    Raises `InputError` where there is none, or the settings name one that is not there."""
    own = load_settings(home.settings).library_folder
    if own is not None and not own.is_dir():
        raise InputError([Fault(shown(home.settings), f"library: no folder {shown(own)}")])
    found = home_roots(home.data, (*([own] if own else []), *said.folders))
    if not found and said.folders:
        do = "plug its disk in, or `soundscape library rm` it and `add` where it is now"
        raise InputError([Fault(shown(folder), "is not there", do) for folder in said.folders])
    if not found:
        raise InputError([NO_LIBRARY])
    return found


def scanned(work: Callable[[Progress], ScanResult]) -> ScanResult:
    """Scan with a progress bar. Ctrl-C says how far it came, and ends the command (exit 130)."""
    done: dict[str, tuple[int, int]] = {}

    def telling(step: Progress) -> ScanResult:
        def told(what: str, so_far: int, total: int) -> None:
            done[what] = (so_far, total)
            step(what, so_far, total)

        return work(told)

    try:
        result: ScanResult = with_progress(telling)
    except KeyboardInterrupt:
        came = ""
        if "measuring" in done:
            came = "{} of {} measured, kept; ".format(*done["measuring"])
        elif "reading tags" in done:
            came = "the tags of {} of {} read, kept; ".format(*done["reading tags"])
        raise Interrupted(
            f"interrupted; {came}run `soundscape library scan` again to go on"
        ) from None
    return result


def file_at(name: str) -> Path | None:
    """The file whose path a name is, as the disk spells it; None where there is no such file."""
    try:
        path = as_there(Path(at_home(name)))
        return path if path.is_file() else None
    except (OSError, ValueError):
        return None


def known_files(home: Home, said: LibraryNotes) -> tuple[LibraryFile, ...]:
    """The files of the library as the index knows them. Raises `InputError` where there is none."""
    return scan(roots(home, said), home.index, said=said, ask_only=True).held


def find_file(home: Home, said: LibraryNotes, name: str) -> LibraryFile:
    """The file a person means: by a path, wherever it lies (measured now if it has to be), else by
    its name or title in the library. Raises `InputError` for none, and for several."""
    path = file_at(name)
    if path is None:
        found = lookup(name, known_files(home, said))
        if found.track is not None:
            return found
        path = Path(found.found.path)
    held: LibraryFile = with_progress(lambda step: look_at(path, home.index, step, said=said))
    return held


def relative(path: str, folders: Sequence[Path]) -> str:
    """A path from the library folder it lies in, with that folder's name before it where there are
    several; whole where it lies in none."""
    for folder in folders:
        try:
            inside = Path(path).relative_to(folder.resolve())
        except ValueError:
            continue
        return shown(inside if len(folders) == 1 else Path(folder.name) / inside)
    return shown(path)


def voice_of(held: LibraryFile) -> str:
    """The column's word; "vouched" where somebody listened and heard none."""
    assert held.track is not None
    if held.about.vouched and held.track.voice == "instrumental":
        return "vouched"
    return VOICES[held.track.voice]


def as_json(held: LibraryFile) -> dict[str, Any]:
    """A track as `list --json` has it."""
    track, about = held.track, held.about
    assert track is not None
    return {
        "path": track.path,
        "title": track.title,
        "artist": track.artist,
        "album": held.tags.album if held.tags else "",
        "kind": "ambience" if held.ambience else "music",
        "length_s": round(track.length_s, 3),
        "intensity": round(track.intensity, 4),
        "loudness_lufs": round(track.loudness_lufs, 2),
        "true_peak_dbtp": round(track.true_peak_dbtp, 2),
        "voice": track.voice,
        "voice_why": list(about.voice_why),
        "vouched": about.vouched,
        "findings": [
            {"kind": each.kind, "what": each.what, "at_s": each.at_s} for each in about.findings
        ],
    }


def fault_json(fault: Fault) -> dict[str, str]:
    """What was left out, for programs."""
    return {"where": fault.where, "what": fault.what, "do": fault.do}
