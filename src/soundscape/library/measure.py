"""What is measured of the sound, in worker processes that may die without taking the rest along.

PyAV carries an FFmpeg of its own, which must never be loaded into the process that holds libVLC;
and a mangled file can crash or hang any decoder. So each file is measured by a child process that
is told one path a time over a pipe: the caller always knows which file a dead or silent child
had, names it, starts another child, and goes on. (An executor of `concurrent.futures` cannot
tell: one crash breaks the pool and every file waiting in it.)
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.library.findings import Finding
from soundscape.library.walk import Progress, reason, shown

if TYPE_CHECKING:
    import selectors
    import subprocess

MEASURE_VERSION = 1
"""Raised when the same sound would measure differently; the index then measures again."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one file.

    `loudness_lufs` integrated, in LUFS; `range_lu` in LU; `true_peak_dbtp` in dBTP; `duration_s`
    the seconds that really decoded. `intensity` is the estimate of `soundscape.library.intensity`
    (0 to 1), `features` its parts, `shape` the estimate of the first, middle and last third.
    `key` names the audio itself, whatever the file's name and tags. `cue_in_s` and `cue_out_s`
    leave out longer silence at the ends (None: at the very end). `findings` are what the sound
    shows that a person should know.
    """

    loudness_lufs: float
    range_lu: float
    true_peak_dbtp: float
    duration_s: float
    intensity: float
    bad_packets: int = 0
    features: Mapping[str, float] = field(default_factory=dict)
    shape: tuple[float, ...] = ()
    key: str = ""
    cue_in_s: float = 0.0
    cue_out_s: float | None = None
    findings: tuple[Finding, ...] = ()


class Passing(Fault):
    """A fault that may be of the moment (a worker that crashed or hung) and not of the file."""

    __slots__ = ()


def timeout_for(size: int) -> float:
    """Seconds one file of `size` bytes may take: some forty times what the slowest one needs."""
    return 30.0 + size / 1_000_000


def measure_many(
    paths: Iterable[str],
    workers: int = 0,
    progress: Progress | None = None,
    *,
    timeout_s: float | None = None,
) -> Iterator[tuple[str, Measured | Fault]]:
    """Measure files, each (path, result) as soon as it is there, in no particular order.

    `workers` 0 means one for each processor. A file that cannot be measured comes back as a
    `Fault`; one that crashed its worker, or took longer than `timeout_s` (by default by its size),
    as a `Passing` one. Leaving the loop early ends the workers. Raises `SoundscapeError` where no
    worker can be started.
    """
    import selectors

    waiting = deque(dict.fromkeys(paths))
    total = len(waiting)
    done = 0
    watched = selectors.DefaultSelector()
    crew: list[_Worker] = []
    try:
        for _ in range(min(workers or os.cpu_count() or 1, total)):
            crew.append(_Worker(watched))
            crew[-1].give(waiting.popleft(), timeout_s)
        while any(worker.path for worker in crew):
            for worker, result in _hear(watched, crew):
                path, worker.path = worker.path, ""
                done += 1
                if waiting:
                    worker.give(waiting.popleft(), timeout_s)
                if progress:
                    progress("measuring", done, total)
                yield path, result
    finally:
        for worker in crew:
            worker.end()
        watched.close()


def _hear(
    watched: selectors.BaseSelector, crew: list[_Worker]
) -> Iterator[tuple[_Worker, Measured | Fault]]:
    """Waits for the next answer, death or timeout of any worker."""
    busy = [worker for worker in crew if worker.path]
    patience = min(worker.until for worker in busy) - time.monotonic()
    for key, _ in watched.select(max(0.0, patience)):
        worker: _Worker = key.data
        result = worker.answer()
        if result is not None:
            yield worker, result
    for worker in busy:
        if worker.path and time.monotonic() >= worker.until:
            where = shown(worker.path)
            worker.restart()
            yield worker, Passing(where, "could not be measured: the decoder hung on it")


class _Worker:
    """One child process and the file it has. `path` is "" while it has none."""

    def __init__(self, watched: selectors.BaseSelector) -> None:
        self.path = ""
        self.until = 0.0
        self._watched = watched
        self._child = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        import selectors
        import subprocess

        self._heard = b""
        try:
            child = subprocess.Popen(
                # -P: a file of the folder we happen to stand in must not be imported.
                [sys.executable, "-P", "-m", "soundscape.library.measure"],
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

    def give(self, path: str, timeout_s: float | None) -> None:
        if timeout_s is None:
            try:
                timeout_s = timeout_for(Path(path).stat().st_size)
            except (OSError, ValueError):
                timeout_s = timeout_for(0)
        self.path = path
        self.until = time.monotonic() + timeout_s
        line = json.dumps(path).encode() + b"\n"
        for _ in range(2):
            assert self._child.stdin is not None
            try:
                self._child.stdin.write(line)
                self._child.stdin.flush()
                return
            except OSError:
                self.restart()  # It died between two files; the second failure shows as a death.

    def answer(self) -> Measured | Fault | None:
        """The child's answer, None while only part of it is there. Its end is a fault."""
        assert self._child.stdout is not None
        got = os.read(self._child.stdout.fileno(), 65_536)
        self._heard += got
        if b"\n" in self._heard:
            line, self._heard = self._heard.split(b"\n", 1)
            return _read_answer(json.loads(line))
        if got:
            return None
        where = shown(self.path)
        self.restart()
        if not self.path:
            return None
        return Passing(where, "could not be measured: the decoder crashed on it")

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


def _read_answer(answer: dict[str, Any]) -> Measured | Fault:
    if "fault" in answer:
        return Fault(**answer["fault"])
    return measured_from(answer["measured"])


def measured_from(values: Mapping[str, Any]) -> Measured:
    """The value back from the mapping `asdict` made of it."""
    findings = tuple(Finding(**each) for each in values["findings"])
    return Measured(**{**values, "shape": tuple(values["shape"]), "findings": findings})


def measure_here(path: str) -> Measured:
    """Measure in this process, which loads PyAV: for the workers. Raises `InputError`."""
    from soundscape.library.intensity import estimate_file
    from soundscape.library.loudness import measure_file

    loudness = measure_file(path)
    try:
        estimate = estimate_file(path)
    except (OSError, ValueError, IndexError) as error:
        raise InputError([Fault(shown(path), "is not audio that can be decoded")]) from error
    return Measured(
        loudness_lufs=loudness.integrated_lufs,
        range_lu=loudness.range_lu,
        true_peak_dbtp=loudness.true_peak_dbtp,
        duration_s=loudness.duration_s,
        bad_packets=loudness.bad_packets,
        intensity=round(estimate.intensity, 4),
        features={name: round(value, 4) for name, value in asdict(estimate.features).items()},
        shape=tuple(round(part, 4) for part in estimate.shape),
    )


def work() -> None:
    """A worker: one JSON path a line in, one JSON answer a line out, until the input ends."""
    os.nice(10)  # A session may be playing on this machine meanwhile.
    # What FFmpeg or a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        path = json.loads(line)
        answer: dict[str, Any]
        try:
            answer = {"measured": asdict(measure_here(path))}
        except InputError as error:
            fault = error.faults[0]
            answer = {"fault": {"where": shown(path), "what": fault.what, "do": fault.do}}
        except Exception as error:  # The boundary: whatever a decoder raises is said, not lost.
            what = f"could not be measured ({type(error).__name__})"
            answer = {"fault": {"where": shown(path), "what": what}}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    work()
