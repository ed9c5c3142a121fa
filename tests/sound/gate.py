"""The gate of positions and levels: files asked for some second, and what was heard of them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from formats import FORMATS, LENGTH_S, Format, make, place_of
from recording import RATE, Floats
from rig import Rig
from steadiness import watched

from soundscape.core.track import Track
from soundscape.library.measure.listen import MOMENTS_A_SECOND
from soundscape.library.measure.loudness import integrated, measure_samples

PLAYER = Path(__file__).with_name("format_player.py")
ASKED_S = (4.37, LENGTH_S / 2 + 0.45, LENGTH_S - 6.3)
"""Near the start, the middle and the end; at no whole second, where blocks of any length begin."""

TOGETHER = 12
"""So many files play at once, each on an output of its own."""

NEAR_S = 0.25
SAID_NEAR_S = 0.5
"""libVLC makes up for a late start by resampling for some seconds, by up to a hundredth: the tone
bends with it, by half a second of its rise at the end. Right after the start it has not begun."""

NEAR_LU = 0.5
SOUND = 0.004
"""A sample over this is the file's: a matched one peaks at 0.1."""


@dataclass(frozen=True)
class Heard:
    """What was heard of one file, asked for one second: from where, for how long, where it ended
    and where the player said that it was then; its level in LUFS, and that which it was matched
    to there. NaN where nothing was heard."""

    format: Format
    asked_s: float
    from_s: float = np.nan
    to_s: float = np.nan
    said_s: float = np.nan
    lufs: float = np.nan
    matched_lufs: float = np.nan

    @property
    def wrong(self) -> str:
        """What is not as it should be, or ""."""
        faults = []
        if not abs(self.from_s - self.asked_s) <= NEAR_S:
            faults.append(f"asked for {self.asked_s:g} s, heard from {self.from_s:.2f} s")
        if not abs(self.said_s - self.to_s) <= SAID_NEAR_S:
            faults.append(f"ends at {self.to_s:.2f} s, says {self.said_s:.2f} s")
        if not abs(self.lufs - self.matched_lufs) <= NEAR_LU:
            faults.append(f"matched to {self.matched_lufs:.1f}, heard at {self.lufs:.1f} LUFS")
        return f"{self.format.name}: {'; '.join(faults)}" if faults else ""


def make_rig(folder: Path) -> Rig:
    """A sound server with outputs enough for a batch; to be started and stopped by whoever asks."""
    names = (f"module-null-sink sink_name=out{n} rate={RATE}" for n in range(TOGETHER))
    return Rig(folder, modules=tuple(f"{name} format=float32le" for name in names))


def batches() -> list[tuple[Format, ...]]:
    """All formats, as many at a time as are played together."""
    many = TOGETHER // len(ASKED_S)
    return [FORMATS[first : first + many] for first in range(0, len(FORMATS), many)]


def hear(rig: Rig, folder: Path, formats: Sequence[Format]) -> list[Heard]:
    """Make, measure, play and record a batch of formats."""
    from soundscape.library.measure.listen import listen

    orders, made = [], []
    for format_ in formats:
        file = make(format_, folder)
        heard = listen(str(file))
        loudness = heard.loudness
        track = Track(
            str(file),
            format_.name,
            loudness.duration_s,
            0.0,
            loudness_lufs=loudness.integrated_lufs,
            true_peak_dbtp=loudness.true_peak_dbtp,
        )
        gain_db = min(track.match_db, track.headroom_db)
        for asked_s in ASKED_S:
            order = {"path": track.path, "from_s": asked_s, "gain_db": gain_db}
            orders.append({**order, "sink": f"out{len(orders)}"})
            made.append((format_, asked_s, gain_db, heard.momentary))
    tapes = [folder / f"tape{number}" for number in range(len(orders))]
    with _recording(rig, tapes):
        done = subprocess.run(
            [sys.executable, str(PLAYER), json.dumps(orders)],
            env=rig.env,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return [_read(*each, *rest) for each, *rest in zip(made, said, tapes, strict=True)]


@contextmanager
def _recording(rig: Rig, tapes: Iterable[Path]) -> Iterator[None]:
    """Record as many sinks at once, under one watch."""
    tapes = list(tapes)
    with ExitStack() as stack:
        for number, tape in enumerate(tapes):
            out = stack.enter_context(tape.open("wb"))
            words = ["--raw", "-d", f"out{number}.monitor", "--format=float32le"]
            parec = subprocess.Popen(
                ["parec", *words, f"--rate={RATE}", "--channels=2", "--latency-msec=20"],
                env=rig.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(parec.wait)
            stack.callback(parec.terminate)
        until = time.monotonic() + 20.0
        while any(not tape.stat().st_size for tape in tapes) and time.monotonic() < until:
            time.sleep(0.02)
        with watched(tapes[0]):
            yield
        time.sleep(0.3)


def _read(
    format_: Format,
    asked_s: float,
    gain_db: float,
    momentary: Sequence[float],
    said_s: float,
    tape: Path,
) -> Heard:
    size = tape.stat().st_size // 8 * 8
    both = np.fromfile(tape, np.float32, size // 4).reshape(-1, 2).astype(np.float64)
    loud = np.flatnonzero(np.abs(both).max(axis=1) > SOUND)
    if len(loud) < RATE:
        return Heard(format_, asked_s)
    first, last = int(loud[0]), int(loud[-1])
    left: Floats = both[:, 0]
    from_s = place_of(left[first + RATE // 4 : first + RATE * 3 // 4]) - 0.5
    to_s = place_of(left[last - RATE // 2 : last]) + 0.25
    inner = both[first + RATE // 2 : first + RATE * 5 // 2]
    lufs = measure_samples(inner, RATE).integrated_lufs
    # A momentary value is of the 400 ms before it.
    begin, end = (round((from_s + at) * MOMENTS_A_SECOND) for at in (0.5 + 0.4, 2.5))
    matched = integrated(np.array(momentary[begin:end])) + gain_db
    return Heard(format_, asked_s, from_s, to_s, said_s, lufs, matched)
