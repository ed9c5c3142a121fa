"""What is measured of the sound, in worker processes that may die without taking the rest along.

PyAV carries an FFmpeg of its own, which must never be loaded into the process that holds libVLC;
and a mangled file can crash or hang any decoder. So each file is measured by a child process that
is told one path a time over a pipe: the caller always knows which file a dead or silent child
had, names it, starts another child, and goes on. (An executor of `concurrent.futures` cannot
tell: one crash breaks the pool and every file waiting in it.)

The child first names the sound by its key, which costs next to nothing; only where nobody knows
what was measured of that key is it decoded. Meanwhile the child gives a sign of life each second:
a long piece takes its time, and only silence on the pipe means that it hangs.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from soundscape.core.errors import Fault, SoundscapeError
from soundscape.core.text import reason, shown
from soundscape.library.indexform import measured_value, tags_value
from soundscape.library.measure.measured import Measured, Passing
from soundscape.library.tags import Tags
from soundscape.library.walk import Progress

PATIENCE_S = 60.0
"""Seconds without any sign of a child after which it counts as hung: a slow disk may stall it."""

STOPPED_S = 5.0
"""Who sleeps so much longer than asked for was stopped by somebody (Ctrl-Z)."""


Answer = Measured | Tags | Fault
"""What comes of a file in the end."""


def measure_many(
    paths: Iterable[str],
    workers: int = 0,
    progress: Progress | None = None,
    *,
    known: Callable[[str], Measured | Fault | None] | None = None,
    timeout_s: float | None = None,
) -> Iterator[tuple[str, str, Measured | Fault]]:
    """Measure files, each (path, key, result) as soon as it is there, in no particular order.

    `key` names the audio itself: it is the same after a file was tagged anew, renamed or moved;
    "" where the file holds nothing to name. `known(key)` may answer with what was measured of
    that audio before: then the file is not decoded, and the answer is its result.

    `workers` 0 means one for each processor. A file that cannot be measured comes back as a
    `Fault`; one that crashed its worker, or about which nothing was heard for `timeout_s` (by
    default `PATIENCE_S`), as a `Passing` one. Leaving the loop early ends the workers. Raises
    `SoundscapeError` where no worker can be started, and what `known` raises.
    """
    answers = _ask("path", paths, workers, progress, known or _nothing_known, timeout_s)
    for path, key, result in answers:
        assert not isinstance(result, Tags)
        yield path, key, result


def describe_many(paths: Iterable[str]) -> Iterator[tuple[str, Tags | Fault]]:
    """The tags of files that only FFmpeg reads, each as `measure_many`."""
    for path, _, result in _ask("describe", paths, 0, None, _nothing_known, None):
        assert not isinstance(result, Measured)
        yield path, result


def _ask(
    order: str,
    paths: Iterable[str],
    workers: int,
    progress: Progress | None,
    known: Callable[[str], Measured | Fault | None],
    timeout_s: float | None,
) -> Iterator[tuple[str, str, Answer]]:
    waiting = deque(dict.fromkeys(paths))
    total = len(waiting)
    done = 0
    patience = PATIENCE_S if timeout_s is None else timeout_s
    watched = selectors.DefaultSelector()
    crew: list[_Worker] = []
    try:
        for _ in range(min(workers or os.cpu_count() or 1, total)):
            crew.append(_Worker(order, watched, patience, known))
            crew[-1].give(waiting.popleft())
        while any(worker.path for worker in crew):
            for worker, result in _hear(watched, crew):
                path, key, worker.path = worker.path, worker.key, ""
                done += 1
                if waiting:
                    worker.give(waiting.popleft())
                if progress:
                    progress("measuring", done, total)
                yield path, key, result
    finally:
        for worker in crew:
            worker.end()
        watched.close()


def _nothing_known(_key: str) -> None:
    return None


def _hear(watched: selectors.BaseSelector, crew: list[_Worker]) -> Iterator[tuple[_Worker, Answer]]:
    """Waits for the next answer, death or timeout of any worker.

    Only what is waited here counts as a worker's silence: whoever takes the results may take his
    time over one, and a scan that was stopped and goes on had its workers stopped too.
    """
    busy = [worker for worker in crew if worker.path]
    patience = max(0.0, min(worker.patience_s - worker.silent_s for worker in busy))
    asked = time.monotonic()
    heard = watched.select(patience)
    waited = time.monotonic() - asked
    if waited < patience + STOPPED_S:
        for each in busy:
            each.silent_s += waited
    for key, _ in heard:
        worker: _Worker = key.data
        result = worker.answer()
        if result is not None:
            yield worker, result
    for worker in busy:
        if worker.path and worker.silent_s >= worker.patience_s:
            where = shown(worker.path)
            worker.restart()
            yield worker, Passing(where, "could not be measured: the decoder hung on it")


class _Worker:
    """One child process and the file it has. `path` is "" while it has none, `key` while it has
    not said the key; `silent_s` how long nothing was heard of it."""

    def __init__(
        self,
        order: str,
        watched: selectors.BaseSelector,
        patience_s: float,
        known: Callable[[str], Measured | Fault | None],
    ) -> None:
        self.path = ""
        self.key = ""
        self._order = order
        self.silent_s = 0.0
        self.patience_s = patience_s
        self._known = known
        self._watched = watched
        self._child = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self._heard = b""
        try:
            child = subprocess.Popen(
                # -P: a file of the folder we happen to stand in must not be imported.
                [sys.executable, "-P", "-m", "soundscape.library.measure.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise SoundscapeError(
                f"cannot start the process that measures music: {reason(error)}"
            ) from error
        assert child.stdout is not None
        self._watched.register(child.stdout, selectors.EVENT_READ, self)
        return child

    def give(self, path: str) -> None:
        self.path, self.key = path, ""
        self.silent_s = 0.0
        for _ in range(2):
            if self._say({self._order: path}):
                return
            self.restart()  # It died between two files; a second death shows as its answer.

    def _say(self, order: Mapping[str, str | bool]) -> bool:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(order).encode() + b"\n")
            self._child.stdin.flush()
        except OSError:
            return False
        return True

    def answer(self) -> Answer | None:
        """What the child has to say in the end; None until then. Its death is a fault."""
        assert self._child.stdout is not None
        got = os.read(self._child.stdout.fileno(), 65_536)
        self._heard += got
        self.silent_s = 0.0
        while b"\n" in self._heard:
            line, self._heard = self._heard.split(b"\n", 1)
            result = self._read(json.loads(line))
            if result is not None:
                return result
        if got:
            return None
        where = shown(self.path)
        self.restart()
        if not self.path:
            return None
        return Passing(where, "could not be measured: the decoder crashed on it")

    def _read(self, said: dict[str, Any]) -> Answer | None:
        found: Answer | None = None
        if "found" in said:
            value_of = tags_value if self._order == "describe" else measured_value
            found = value_of(said["found"])
        elif "key" in said:
            self.key = said["key"]
            found = self._known(self.key)
            if found is None:
                self._say({"measure": True})  # Where it died meanwhile, its end is read next.
        return replace(found, where=shown(self.path)) if isinstance(found, Fault) else found

    def restart(self) -> None:
        self.end()
        self._child = self._start()

    def end(self) -> None:
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        if child.stdout in self._watched.get_map():
            self._watched.unregister(child.stdout)
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            # What was still to be written to a dead child is of no use.
            with contextlib.suppress(OSError):
                pipe.close()
