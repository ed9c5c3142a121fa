"""Reads one file as this program does, under a limit of memory: `python blowup.py KIND FILE ...`.

Prints a line of JSON for each file: how it ended, how long it took, and the most memory so far.
Whatever is not an error of our own ends the process, and so does memory beyond the limit.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from soundscape.core.errors import SoundscapeError

MORE_BYTES = 600_000_000
"""So much may be taken beside what the program itself takes: six times the largest file."""


def arc(path: Path) -> None:
    from soundscape.library.arcs.load import load_arc

    load_arc(path)


def playlist(path: Path) -> None:
    from soundscape.library.playlists.load import read_playlist

    read_playlist(path)


def journal(path: Path) -> None:
    from soundscape.journal.digest import digest
    from soundscape.journal.notes import read_notes
    from soundscape.journal.reader import read_journal
    from soundscape.journal.score import read_score
    from soundscape.journal.story import tell
    from soundscape.journal.verify import verify

    folder = path.with_suffix("")
    folder.mkdir()
    shutil.move(path, folder / "journal.jsonl")
    assert verify(folder / "journal.jsonl").state != "sealed"
    digest(folder)
    found = read_journal(folder)
    if len(found.trouble) > 200:
        raise AssertionError("told line by line")
    if found.entries:
        tell(found, {})
    (folder / "journal.jsonl").rename(folder / "notes.json")
    for read in (read_notes, read_score):
        try:
            read(folder)
        except SoundscapeError:
            (folder / "notes.json").rename(folder / "score.json") if read is read_notes else None
    found.opened  # noqa: B018


def body(path: Path) -> None:
    from soundscape.control.http import given

    given(path.read_bytes())


READ: dict[str, Callable[[Path], None]] = {
    "arc": arc, "playlist": playlist, "journal": journal, "body": body,
}  # fmt: skip


def main() -> None:
    read = READ[sys.argv[1]]
    warm = Path(sys.argv[2]).with_name("warm.yaml" if sys.argv[1] != "journal" else "warm.jsonl")
    warm.write_text("{}\n", "utf-8")
    for path in [warm, *map(Path, sys.argv[2:])]:
        began = time.process_time()
        try:
            read(path)
            ended = "read"
        except SoundscapeError as error:
            ended = f"refused, {len(str(error))} characters"
            if len(str(error)) > 100_000:
                raise AssertionError(f"{path}: nobody reads that much") from None
        seconds = time.process_time() - began
        if path is not warm:
            print(json.dumps({"file": path.name, "ended": ended, "s": round(seconds, 2)}))
            continue
        # Now that all is loaded: what it has, and no more than so much beside it.
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MORE_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


main()
