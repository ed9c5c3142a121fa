"""How fast files are measured, one core, beside FFmpeg's ebur128 alone on the same files.

    python bench/measure.py [--minutes 3] [FILE ...]

Without files, a piece of starter music is made and encoded into every format. Each format is timed
in CPU time of one process (decoders and filters run in this thread alone), so what else the machine
does counts little. `alone` is a decode into ebur128 with true peak and nothing else, in the same
run: the least that loudness by FFmpeg costs. `key` is the name of the audio, which is all that a
file takes whose sound is known.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from library_fixtures import FORMATS, encode

from soundscape.library.measure.decode import frames
from soundscape.library.measure.loudness import Meter
from soundscape.library.measure.opening import key_of, opened
from soundscape.library.measure.worker import measure_here
from soundscape.starter.make import make_starter

PIECE = "full-moon"
AT_LEAST = 250.0


def alone(path: str) -> float:
    """The peer: seconds of sound that went through ebur128."""
    meter = Meter(path)
    with opened(path) as (container, stream):
        for frame in frames(container, stream, lambda: None):
            meter.feed(frame)
        return meter.result().duration_s


def ours(path: str) -> float:
    """All that is measured of a file."""
    return measure_here(path, "", lambda: None).duration_s


def key(path: str) -> float:
    """Only the key."""
    key_of(path)
    return 0.0


def cpu(work: Callable[[str], float], path: str) -> tuple[float, float]:
    """Seconds of sound, and the least CPU time of three runs."""
    took, seconds = [], 0.0
    for _ in range(3):
        start = time.process_time()
        seconds = work(path)
        took.append(time.process_time() - start)
    return seconds, min(took)


def made(folder: Path, minutes: float) -> list[Path]:
    """The piece, or noise of its length where it is longer, in every format."""
    import av

    (source, *_) = make_starter(folder, [PIECE], workers=1)
    with av.open(str(source)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    whole = np.concatenate([block.reshape(-1, 2).T for block in blocks], axis=1) / 32768
    samples = np.tile(whole, 1 + int(minutes * 60 * 44_100 / whole.shape[1]))
    samples = samples[:, : int(minutes * 60 * 44_100)].astype(np.float32)
    return [encode(folder / f"piece.{kind}", kind, samples) for kind in FORMATS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--minutes", type=float, default=3.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = given.files or made(Path(folder), given.minutes)
        ours(str(paths[0]))  # Imports are not measuring.
        print(f"{'file':28} {'measured':>10} {'alone':>10} {'ratio':>6} {'key':>10}")
        totals = np.zeros(4)
        for path in paths:
            seconds, took = cpu(ours, str(path))
            _, peer = cpu(alone, str(path))
            _, named = cpu(key, str(path))
            totals += (seconds, took, peer, named)
            report(path.name, seconds, took, peer, named)
        report("all together", *totals)
    speed = totals[0] / totals[1]
    print(f"{'reaches' if speed >= AT_LEAST else 'MISSES'} {AT_LEAST:.0f} times real time per core")
    sys.exit(speed < AT_LEAST)


def report(name: str, seconds: float, took: float, peer: float, named: float) -> None:
    print(
        f"{name[:28]:28} {seconds / took:9.0f}x {seconds / peer:9.0f}x {peer / took:6.2f} "
        f"{seconds / named:9.0f}x"
    )


if __name__ == "__main__":
    main()
