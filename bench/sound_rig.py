"""What the benches share: the tests' private sound server, a recording with a clock, a session.

The sound server is the one of `tests/sound/rig.py`. Added here is a recording of which every frame
has a time on CLOCK_BOOTTIME, a check of that clock by clicks, and a way to see that the machine
stood still (a virtual machine is suspended now and then), so that a sample can be taken again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from soundscape.core import fade

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "sound"), str(ROOT / "tests")]

from recording import RATE, Recording  # noqa: E402
from rig import Rig  # noqa: E402

# Ended by a signal, a bench still ends what it has started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

__all__ = ["RATE", "ROOT", "Recording", "Rig"]

PYTHON = sys.executable
PROGRAM = str(Path(sys.executable).with_name("soundscape"))
BLOCK_S = 0.005
"""The server works in blocks this long, and hands each on when its first frame is due."""

STREAM = ("--raw", "--format=float32le", f"--rate={RATE}", f"--latency-msec={BLOCK_S * 1000:.0f}")
FRAME_BYTES = 8
AROUND_S = 5.0
STILL_S = 0.3
TONE_HZ = 1000
TONE_DBFS = -20.0


def clock() -> float:
    """Seconds on the clock of the journal."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def environment(base: Mapping[str, str], home: Path) -> dict[str, str]:
    """An environment as somebody who uses the program has it: bytecode is cached, a home is set."""
    env = {**base, "SOUNDSCAPE_HOME": str(home)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


class Watch:
    """Sees that the machine stood still: the three clocks drift apart, or a heartbeat is missed."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._stills: list[tuple[float, float]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def still_between(self, start: float, end: float) -> bool:
        """Whether it stood still at any time between two readings of `clock`."""
        return any(since <= end and until >= start for since, until in self._stills)

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        last, apart = clock(), self._apart()
        while not self._stop.wait(0.05):
            now, now_apart = clock(), self._apart()
            drift = max(abs(a - b) for a, b in zip(apart, now_apart, strict=True))
            if now - last > STILL_S or drift > 0.05:
                self._stills.append((last, now))
            last, apart = now, now_apart

    @staticmethod
    def _apart() -> tuple[float, float]:
        return clock() - time.monotonic(), time.time() - time.monotonic()


class Tape:
    """A recording of the sink's monitor whose frames have times.

    `parec` writes as soon as the server hands it a block, and each block's arrival is stamped. A
    block can be late and never early, so the earliest arrivals of the ten seconds around a frame
    tell its time; `check_clock` says how well.
    """

    def __init__(self, rig: Rig, path: Path) -> None:
        self._path = path
        self._stamps: list[tuple[float, int]] = []
        self._parec = subprocess.Popen(
            ["parec", "-d", "out.monitor", "--channels=2", *STREAM],
            env=rig.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._file: IO[bytes] = path.open("wb", buffering=0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        wait_until(lambda: bool(self._stamps), 5.0, "parec records nothing")

    def _run(self) -> None:
        assert self._parec.stdout is not None
        size = 0
        while data := os.read(self._parec.stdout.fileno(), 65536):
            at = clock()
            self._file.write(data)
            size += len(data)
            self._stamps.append((at, size // FRAME_BYTES))

    def close(self) -> None:
        """End the recording."""
        self._parec.terminate()
        self._parec.wait(10.0)
        self._thread.join()
        self._file.close()

    def frame_at(self, at: float) -> int:
        """The first frame at or after a time."""
        return int(np.ceil((at - self._zero_near(at)) * RATE))

    def time_of(self, frame: int) -> float:
        """When a frame left the sink."""
        at = next(t for t, n in self._stamps if n >= frame)
        return self._zero_near(at) + frame / RATE

    def _zero_near(self, at: float) -> float:
        """When frame 0 would have left the sink, as the blocks around a time have it."""
        near = [t - n / RATE for t, n in list(self._stamps) if abs(t - at) <= AROUND_S]
        return min(near) + BLOCK_S

    def between(self, start: float, end: float) -> tuple[np.ndarray, int]:
        """The left channel of what sounded between two times, and its first frame's number."""
        first, last = max(self.frame_at(start), 0), self.frame_at(end)
        wait_until(lambda: self._stamps[-1][1] >= last, 5.0, "the recording has stopped")
        data = np.fromfile(self._path, np.float32, (last - first) * 2, offset=first * FRAME_BYTES)
        return data[::2].astype(np.float64), first

    def first_above(self, start: float, end: float, dbfs: float) -> float | None:
        """When the first sample above a level left the sink; None where there is none."""
        samples, first = self.between(start, end)
        loud = np.flatnonzero(np.abs(samples) > 10.0 ** (dbfs / 20.0))
        return self.time_of(first + int(loud[0])) if len(loud) else None


def check_clock(rig: Rig, tape: Tape, times: int = 20) -> tuple[float, float, float]:
    """Play clicks at known instants: (earliest, median, latest) seconds until they are recorded.

    A click cannot be recorded before it is played: an earliest under zero would be an error of
    the tape's clock, and what is over zero is the way through `pacat` and the server.
    """
    click = np.full(RATE // 50, 0.5, np.float32).tobytes()
    found: list[float] = []
    for _ in range(times):
        pacat = subprocess.Popen(
            ["pacat", "-d", "out", "--channels=1", *STREAM],
            env=rig.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert pacat.stdin is not None
        time.sleep(0.25)
        at = clock()
        pacat.stdin.write(click)
        pacat.stdin.flush()
        time.sleep(0.25)
        pacat.stdin.close()
        pacat.wait(5.0)
        heard = tape.first_above(at - 0.2, at + 0.25, -20.0)
        if heard is not None:
            found.append(heard - at)
    found.sort()
    return found[0], found[len(found) // 2], found[-1]


def wait_until(done: Callable[[], bool], seconds: float, or_else: str) -> None:
    """Wait for something. Raises `RuntimeError` where it does not come."""
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise RuntimeError(or_else)
        time.sleep(0.005)


@contextmanager
def rig_with_folder() -> Iterator[tuple[Rig, Path]]:
    """The sound server and a folder, both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="soundscape-bench-") as name:
        folder = Path(name)
        rig = Rig(folder)
        try:
            rig.start()
            yield rig, folder
        finally:
            rig.stop()


def write_tone(path: Path, seconds: int) -> None:
    """A steady tone: each second is the same, so that it takes no memory to make."""
    import av

    t = np.arange(RATE) / RATE
    wave = 10.0 ** (TONE_DBFS / 20.0) * np.sin(2 * np.pi * TONE_HZ * t)
    block = np.repeat(np.round(wave * 32767).astype(np.int16), 2).reshape(1, -1)
    with av.open(str(path), "w", format="flac") as file:
        stream = file.add_stream("flac", rate=RATE, layout="stereo", format="s16")
        for second in range(seconds):
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="stereo")
            frame.rate, frame.pts = RATE, second * RATE
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def soundscape(
    env: Mapping[str, str], *words: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    done = subprocess.run(
        [PROGRAM, *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if check and done.returncode:
        raise RuntimeError(f"soundscape {' '.join(words)}: {done.stderr or done.stdout}")
    return done


def status(env: Mapping[str, str]) -> dict[str, Any]:
    """How the session stands."""
    found: dict[str, Any] = json.loads(soundscape(env, "status", "--json").stdout)
    return found


def end_session(env: Mapping[str, str], pids: Sequence[int]) -> None:
    """Stop the session and wait until its processes are gone; end them by their ids if need be."""
    for said in ("stop", "end"):  # Once all is down `end` closes at once; `stop` waits a minute.
        soundscape(env, said, check=False)
        time.sleep(fade.STOP_S + 0.2)
    until = time.monotonic() + 10.0
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > until:
            for pid in pids:
                if Path(f"/proc/{pid}").exists():
                    os.kill(pid, 9)
            return
        time.sleep(0.05)


@contextmanager
def session(env: Mapping[str, str], arc: Path, *words: str) -> Iterator[dict[str, Any]]:
    """A session in the background, over when the context is left; its status as it begins.

    `returned` is added: when the command that began it came back.
    """
    pids: list[int] = []
    try:
        soundscape(env, "run", str(arc), "--detach", *words)
        returned = clock()
        began = {**status(env), "returned": returned}
        pids = list(began["pids"].values())
        yield began
    finally:
        end_session(env, pids)


def tone_arc(folder: Path, seconds: int) -> Path:
    """An arc of one phase that plays one steady tone."""
    write_tone(folder / "tone.flac", seconds)
    (folder / "one.yaml").write_text("name: one\ntracks: [tone.flac]\n")
    arc = folder / "arc.yaml"
    arc.write_text(
        f"name: Tone\nphases:\n  peak: {{minutes: {seconds} s, playlist: one, intensity: 0.5}}\n"
    )
    return arc


def spread(values: Sequence[float], unit: float = 1000.0) -> str:
    """Median, best and worst, in ms."""
    ranked = sorted(values)
    middle = float(np.median(ranked)) * unit
    return (
        f"median {middle:6.1f} ms   best {ranked[0] * unit:6.1f}   worst {ranked[-1] * unit:6.1f}"
    )


def machine() -> str:
    """What the figures were measured on, and how busy it was with other things."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, load {load:.1f}, Python {sys.version.split()[0]}"
