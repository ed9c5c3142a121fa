"""Make the starter music on all cores, with a file appearing only when it is whole."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from soundscape.core.errors import Fault, InputError, SoundscapeError, nearest
from soundscape.home import make_private
from soundscape.starter.pieces import (
    AMBIENCE_NAMES,
    AMBIENCES,
    PIECES,
    STARTER_ARTIST,
    STARTER_NAMES,
)

Progress = Callable[[str, int, int], None]
"""Called in the caller's thread after each file with (name, files done, files in all)."""

_VERSION = "2"
_STALE_S = 600.0
_MOST_WORKERS = 8
"""Each needs 400 MB for a while."""


def make_starter(
    folder: Path,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> list[Path]:
    """Make starter tracks and ambiences under `folder`, those that are not there yet.

    `names` are file stems (default: all of `STARTER_NAMES` and `AMBIENCE_NAMES`). Answers their
    paths in that order: `folder/music/NAME.flac`, `folder/ambience/NAME.flac`. A path that exists
    is left alone. The work is done in `workers` processes (default: one a core), so that PyAV is
    never loaded here. The samples depend on nothing but the name.

    Raises `InputError` for unknown names and `SoundscapeError` where a file cannot be written;
    files finished before that stay, and the next call goes on from there.
    """
    wanted = list(dict.fromkeys((*STARTER_NAMES, *AMBIENCE_NAMES) if names is None else names))
    _check(wanted)
    paths = {name: starter_path(folder, name) for name in wanted}
    missing = [name for name in wanted if not paths[name].exists()]
    done = 0
    for name in wanted:
        if name not in missing:
            done += 1
            if progress:
                progress(name, done, len(wanted))
    if missing:
        try:
            for kind in ("music", "ambience"):
                make_private(folder / kind)
                _sweep(folder / kind)
            for name in _made(missing, paths, workers or _cores()):
                done += 1
                if progress:
                    progress(name, done, len(wanted))
        except OSError as error:
            what = error.strerror or str(error)
            raise SoundscapeError(
                f"{folder}: the starter music cannot be written ({what}); "
                f"{done} of {len(wanted)} files are there, and the next try goes on from them"
            ) from error
    return [paths[name] for name in wanted]


def starter_path(folder: Path, name: str) -> Path:
    """Where the track or ambience of that name lies."""
    return folder / ("ambience" if name in AMBIENCES else "music") / f"{name}.flac"


def _cores() -> int:
    try:
        mine = len(os.sched_getaffinity(0))
    except AttributeError:
        mine = os.cpu_count() or 1
    return min(mine, _MOST_WORKERS)


def _check(names: Sequence[str]) -> None:
    known = (*STARTER_NAMES, *AMBIENCE_NAMES)
    faults = [
        Fault(name, "is no starter track or ambience", nearest(name, known))
        for name in names
        if name not in known
    ]
    if faults:
        raise InputError(faults)


def _made(names: Sequence[str], paths: dict[str, Path], workers: int) -> Iterator[str]:
    """Names as they get done. Stopping early waits for the files at hand, so they end whole."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # The dearest first, so that no core is left with a long one at the end.
    queue = sorted(names, key=_cost, reverse=True)
    context = get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(queue)), context, _start_worker) as pool:
        try:
            jobs = {pool.submit(_make_one, name, str(paths[name])): name for name in queue}
            for job in as_completed(jobs):
                job.result()
                yield jobs[job]
        except BrokenProcessPool as error:
            raise SoundscapeError(
                "a process that makes the starter music was killed, perhaps for want of memory; "
                "close other programs and try again: finished files are kept"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _cost(name: str) -> float:
    """Seconds of sound, an ambience counted for more since its noise is as long as itself."""
    if name in AMBIENCES:
        return 3.0 * AMBIENCES[name][1]
    return next(piece.seconds for piece in PIECES if piece.name == name)


def _start_worker() -> None:
    """Ctrl-C is the parent's business; and no worker outlives a parent that was killed."""
    import signal
    from multiprocessing import parent_process
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def follow() -> None:
        if parent:
            parent.join()
            os._exit(1)

    Thread(target=follow, daemon=True).start()


def _make_one(name: str, path: str) -> None:
    """In a worker: render, match, write. NumPy and PyAV are loaded here and nowhere above."""
    from soundscape.starter.ambiences import render_ambience
    from soundscape.starter.layers import render_piece
    from soundscape.starter.write import write_flac

    if name in AMBIENCES:
        write_flac(Path(path), render_ambience(name), _tags(AMBIENCES[name][0], "ambience"))
        return
    number, piece = next((i, p) for i, p in enumerate(PIECES, 1) if p.name == name)
    tags = _tags(piece.title, "music")
    tags |= {"INTENSITY": f"{piece.intensity:.2f}", "TRACKNUMBER": f"{number}", "MOOD": piece.kind}
    write_flac(Path(path), render_piece(piece), tags)


def _tags(title: str, kind: str) -> dict[str, str]:
    return {
        "TITLE": title,
        "ARTIST": STARTER_ARTIST,
        "ALBUM": "Starter music" if kind == "music" else "Starter ambiences",
        "GENRE": "Ambient",
        "KIND": kind,
        "INSTRUMENTAL": "yes",
        # ISO 639: no linguistic content.
        "LANGUAGE": "zxx",
        "LICENSE": "CC0-1.0",
        "DESCRIPTION": f"Synthesised by soundscape, starter music version {_VERSION}",
    }


def _sweep(folder: Path) -> None:
    """Remove what a killed run left behind; a part still being written is younger than this."""
    for part in folder.glob(".*.part.flac"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > _STALE_S:
                part.unlink()
