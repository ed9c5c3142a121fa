"""How fast the starter music is made, beside a bare loop that writes as much noise.

    python bench/starter.py [--demo] [--workers N]

Makes it in a temporary folder, then writes noise of the same length as FLAC with PyAV in the same
number of processes: what any program that writes such files has to pay, music or not.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from soundscape.starter.make import make_starter
from soundscape.starter.pieces import AMBIENCE_NAMES, AMBIENCES, DEMO_NAMES, PIECES, STARTER_NAMES


def seconds_of(name: str) -> int:
    """Length of a piece or an ambience."""
    if name in AMBIENCES:
        return AMBIENCES[name][1]
    return next(piece.seconds for piece in PIECES if piece.name == name)


def write_noise(path: str, seconds: int) -> None:
    """The peer: a second of noise at a time, at about -23 LUFS, into a FLAC file."""
    import av
    import numpy as np

    rng = np.random.default_rng(1)
    with av.open(path, "w", format="flac") as out:
        stream = out.add_stream("flac", rate=44_100, layout="stereo")
        stream.codec_context.format = av.AudioFormat("s16")
        for second in range(seconds):
            block = rng.standard_normal((44_100, 2), dtype=np.float32) * np.float32(0.04 * 32767)
            whole = np.rint(block).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(whole, format="s16", layout="stereo")
            frame.sample_rate, frame.pts = 44_100, second * 44_100
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def report(what: str, took: float, length: int, size: int) -> None:
    print(
        f"{what:14} {took:6.1f} s for {length / 60:5.1f} min of sound: "
        f"{length / took:4.0f} times real time, {size / 1e6:.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="only what the demo needs")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    names = DEMO_NAMES if given.demo else (*STARTER_NAMES, *AMBIENCE_NAMES)
    length = sum(map(seconds_of, names))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        paths = make_starter(Path(folder), names, workers=given.workers)
        music_s = time.perf_counter() - start
        report("starter music", music_s, length, sum(p.stat().st_size for p in paths))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        with ProcessPoolExecutor(given.workers, get_context("spawn")) as pool:
            for name in names:
                pool.submit(write_noise, f"{folder}/{name}.flac", seconds_of(name))
        noise_s = time.perf_counter() - start
        report("bare noise", noise_s, length, sum(p.stat().st_size for p in Path(folder).iterdir()))
    print(f"music takes {music_s / noise_s:.1f} times as long as the noise")


if __name__ == "__main__":
    main()
