"""How fast is a library read the first time, and looked over when nothing changed?

Makes 10,000 small real files in eight formats (a second of a tone each, no two with the same tags),
and takes, on one core:

- a bare loop of `mutagen.File(path)` over them, as the peer;
- the first tag scan: folders walked, tags read, all of it written into a new index;
- the whole first `scan` after it: every file's sound named by its key, and each sound measured;
- the rescan of the unchanged library: walked, looked at, every track told as a session gets it
  (with measures of its own for every file in the index, as a library of different sounds has);
- a scan after every file was tagged anew and moved: nothing is measured again.

The loop and the tag scan take turns in processes of their own, each with warm files; their medians
are compared. CPU time stands beside the wall clock: on a busy machine it is the fairer of the two.

    python bench/library.py [FILES] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

TARGET_RATIO = 0.8
TARGET_RESCAN_S = 2.0
KINDS = ("mp3", "flac", "ogg", "opus", "m4a", "wav", "aiff", "wma")
GENRES = ("Ambient", "Drone", "Modern Classical", "Field Recording", "New Age", "Jazz")


def make(folder: Path, count: int) -> None:
    """The library: `count` files in folders of 20, as albums are."""
    from library_fixtures import music

    for number in range(count):
        album, kind = number // 20, KINDS[number % len(KINDS)]
        music(
            folder / f"artist {album % 40}" / f"album {album}" / f"{number:05d}.{kind}",
            hz=220.0,
            title=f"Piece {number}",
            artist=f"Artist {album % 40}",
            album=f"Album {album}",
            genre=GENRES[album % len(GENRES)],
            mood="calm; wide",
            comment="bought, not borrowed",
            replaygain_track_gain="-3.10 dB",
            musicbrainz_albumid=f"00000000-0000-4000-8000-{album:012d}",
        )


def step(what: str, folder: Path, index: Path) -> dict[str, Any]:
    """One measurement, in this process."""
    from soundscape.library.index import Index
    from soundscape.library.playlists.seek import Folders
    from soundscape.library.shelf import IndexedFiles

    found: dict[str, Any] = {}
    if what == "bare":
        import mutagen

        paths = sorted(str(path) for path in folder.rglob("*") if path.is_file())
        mutagen.File(paths[0])  # What it imports belongs to neither side.
        wall, cpu = time.perf_counter(), time.process_time()
        for path in paths:
            mutagen.File(path)
    elif what == "tags":
        from soundscape.library.roots import files_of
        from soundscape.library.tagfile import read_tags

        read_tags(next(path for path in sorted(folder.rglob("*")) if path.is_file()))
        wall, cpu = time.perf_counter(), time.process_time()
        with Index(index) as opened:
            shelf = IndexedFiles(opened)
            shelf.tags(files_of([folder], Folders())[0])
        found["read"] = shelf.read
    else:
        from soundscape.library.catalog import scan

        wall, cpu = time.perf_counter(), time.process_time()
        result = scan([folder], index)
        found |= {"read": result.read, "measured": result.measured}
        found |= {"recognised": result.recognised, "tracks": len(result.tracks)}
    return found | {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def apart(what: str, folder: Path, index: Path, *, cores: int = 1) -> dict[str, Any]:
    """The same in a process of its own, on so many cores."""
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    done = subprocess.run(
        [sys.executable, __file__, "--step", what, str(folder), str(index)],
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, allowed),
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def part(index: Path) -> None:
    """Every file's sound gets a key of its own, and a copy of its measures under that key."""
    with closing(sqlite3.connect(index)) as db:
        db.execute(
            "INSERT INTO measures SELECT key || '-' || hex(path), measured "
            "FROM files JOIN measures USING (key)"
        )
        db.execute("UPDATE files SET key = key || '-' || hex(path)")
        db.commit()


def move(folder: Path) -> None:
    """Every file gets another name and another comment; its sound stays."""
    from library_fixtures import tag

    for path in [each for each in folder.rglob("*") if each.is_file()]:
        tag(path.rename(path.with_name(f"moved {path.name}")), comment="listened to")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="?", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        what, folder, index = asked.step
        print(json.dumps(step(what, Path(folder), Path(index))))
        return
    with tempfile.TemporaryDirectory(prefix="soundscape-bench-") as place:
        folder, home = Path(place) / "library", Path(place) / "home"
        print(f"making {asked.files} files ...", flush=True)
        make(folder, asked.files)
        apart("bare", folder, home / "none")  # Warms the files.
        took: dict[str, list[dict[str, Any]]] = {"bare": [], "tags": []}
        for turn in range(asked.rounds):
            for what in ("bare", "tags") if turn % 2 else ("tags", "bare"):
                took[what].append(apart(what, folder, home / f"{turn}.db"))
        for clock in ("wall", "cpu"):
            bare, ours = (statistics.median(each[clock] for each in took[w]) for w in took)
            print(
                f"first tag scan, one core, {clock}: {ours:.2f} s; bare mutagen loop {bare:.2f} s: "
                f"{bare / ours:.2f} times its speed (target {TARGET_RATIO})"
            )
        index = home / "0.db"
        first = apart("scan", folder, index, cores=os.cpu_count() or 1)
        print(
            f"first scan of the sound, all cores: {first['wall']:.1f} s; {first['measured']} "
            f"sounds measured, {first['recognised']} files recognised, {first['tracks']} tracks"
        )
        part(index)
        again = [apart("rescan", folder, index) for _ in range(asked.rounds)]
        seconds = sorted(each["wall"] for each in again)
        print(
            f"unchanged rescan, one core: median {statistics.median(seconds):.2f} s, worst "
            f"{seconds[-1]:.2f} s, CPU {statistics.median(each['cpu'] for each in again):.2f} s "
            f"(target {TARGET_RESCAN_S}); {again[0]['read']} read, "
            f"{again[0]['measured']} measured, {again[0]['tracks']} tracks"
        )
        move(folder)
        moved = apart("scan", folder, index, cores=os.cpu_count() or 1)
        print(
            f"after all were moved and tagged anew: {moved['wall']:.1f} s; {moved['measured']} "
            f"measured, {moved['recognised']} recognised"
        )


if __name__ == "__main__":
    main()
