"""What a flood at the control port costs the music and the cues: `python bench/port_load.py`.

One session on the null decks, in this process as the engine has it in its own: the engine's loop,
the port's thread, and a heartbeat of 20 ms like the one that moves the volumes. Beside it another
process floods the port, on 127.0.0.1, for `SECONDS`: each kind of load by itself. Printed for each,
beside the same without load: how late the heartbeat was, and how long a cue took on a held
connection and on a new one. With `--sound` the session plays a tone through libVLC into a private
PulseAudio, and what was recorded is searched for gaps.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from sound_rig import PYTHON, Recording, Rig, soundscape, status, wait_until, write_tone

ROOT = Path(__file__).resolve().parent.parent
TICK_S = 0.02
THREADS = 8
MOST_REQUESTS = 200_000
LOADS = ("idle", "slow", "wrong", "giant", "garbage")
"""1,000 connections that say nothing, opened again when they are dropped; 1,000 that send a byte
each second; requests with a wrong token; bodies of a gigabyte announced and begun; no HTTP."""


def heads(port: int, kind: str) -> bytes:
    """What one request of a flood sends."""
    host = f"Host: 127.0.0.1:{port}\r\n"
    if kind == "giant":
        return (
            f"POST /cue/mark HTTP/1.1\r\n{host}Authorization: Bearer x\r\n"
            f"Content-Length: {10**9}\r\n\r\n"
        ).encode() + b"x" * 100_000
    if kind == "garbage":
        return b"\x16\x03\x01" + b"\0" * 500
    return f"GET /status HTTP/1.1\r\n{host}Authorization: Bearer x\r\n\r\n".encode()


def flood(port: int, kind: str, seconds: float) -> int:
    """Load the port from this process; how many connections were made."""
    until = time.monotonic() + seconds
    count = 0
    lock = threading.Lock()

    def connect() -> socket.socket | None:
        nonlocal count
        try:
            made = socket.create_connection(("127.0.0.1", port), timeout=2.0)
        except OSError:
            return None
        with lock:
            count += 1
        return made

    def hammer() -> None:
        data = heads(port, kind)
        while time.monotonic() < until and count < MOST_REQUESTS:
            if (one := connect()) is None:
                time.sleep(0.01)
                continue
            with closing(one), suppress(OSError):
                one.sendall(data)
                one.recv(1000)

    def hold(many: int) -> None:
        data = heads(port, "slow")
        held: list[socket.socket] = []
        while time.monotonic() < until and count < MOST_REQUESTS:
            while len(held) < many and time.monotonic() < until:
                if (one := connect()) is None:
                    break
                one.setblocking(False)
                held.append(one)
            time.sleep(1.0)
            gone: list[socket.socket] = []
            for index, one in enumerate(held):
                try:
                    if kind == "slow":
                        one.send(data[index % len(data) :][:1])
                    if one.recv(1) == b"":
                        gone.append(one)
                except BlockingIOError:
                    pass
                except OSError:
                    gone.append(one)
            for one in gone:
                held.remove(one)
                one.close()
        for one in held:
            one.close()

    if kind in ("idle", "slow"):
        work = [threading.Thread(target=hold, args=(1000 // THREADS,)) for _ in range(THREADS)]
    else:
        work = [threading.Thread(target=hammer) for _ in range(THREADS)]
    for each in work:
        each.start()
    for each in work:
        each.join()
    return count


class Heartbeat:
    """A thread that wakes every 20 ms, and how late it was."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        due = time.monotonic() + TICK_S
        while not self._over.wait(max(due - time.monotonic(), 0.0)):
            now = time.monotonic()
            self.late.append(now - due)
            due = max(due + TICK_S, now)

    def take(self) -> list[float]:
        """What there is since the last time."""
        found, self.late = self.late, []
        return found

    def close(self) -> None:
        """No more."""
        self._over.set()
        self._thread.join()


@contextmanager
def session_here(folder: Path) -> Iterator[Any]:
    """A session on the null decks and its port, in this process; its `Control`."""
    from soundscape.audio.null import NullDecks
    from soundscape.cli.prepare import open_folder, prepare
    from soundscape.clock import BootClock
    from soundscape.control.server import ControlPort
    from soundscape.core.fold import fold
    from soundscape.core.session import open_session
    from soundscape.engine.loop import Engine
    from soundscape.home import Home
    from soundscape.journal.reader import read_journal
    from soundscape.journal.score import read_score
    from soundscape.journal.writer import JournalWriter

    home = Home(folder / "home", folder / "home", folder / "home" / "run")
    clock = BootClock()
    ready = prepare(home, arc_in(folder), None, 0)
    kept = open_folder(home, ready, clock, out="null", device="", end_with_arc=False)
    journal, score = read_journal(kept), read_score(kept)
    session = open_session(journal.opened, score.pools, score.ambiences)
    session = fold(session, (entry.fact for entry in journal.entries))
    writer = JournalWriter(kept, journal.entries[-1].n, journal.last_hash)
    engine = Engine(session, lambda report: NullDecks(report, clock), writer, clock)
    port = ControlPort(engine, session.opened.code)
    port.open()
    gc.freeze()  # As the engine's process does.
    loop = threading.Thread(target=engine.run)
    loop.start()
    try:
        yield port.control
    finally:
        for _ in range(2):
            engine.cue("stop", {}).result(5.0)
        wait_until(lambda: engine.cue("end", {}).result(5.0).ok, 5.0, "it does not end")
        loop.join(10.0)
        port.close()


def arc_in(folder: Path) -> Path:
    """An arc that plays one long tone."""
    arc = folder / "arc.yaml"
    if not arc.exists():
        (folder / "music").mkdir()
        write_tone(folder / "music" / "tone.flac", 900)
        arc.write_text(
            "name: Load\nlibrary: music\ndefaults: {crossfade: 4 s, level: 0 dB}\n"
            "phases:\n  one: {stage: onset, minutes: 14, playlist: all, intensity: 0.3}\n"
        )
        (folder / "all.m3u8").write_text("music/tone.flac\n")
    return arc


def cue_times(control: Any, seconds: float) -> tuple[list[float], list[float]]:
    """How long a mark took, on a held connection and on a new one, in turns."""
    from soundscape.control.client import Client

    held_s: list[float] = []
    new_s: list[float] = []
    until = time.monotonic() + seconds
    with closing(Client(control)) as held:
        held.cue("mark", ["before"])
        while time.monotonic() < until:
            began = time.monotonic()
            held.cue("mark", ["held"])
            held_s.append(time.monotonic() - began)
            began = time.monotonic()
            with closing(Client(control)) as new:
                new.cue("mark", ["new"])
            new_s.append(time.monotonic() - began)
            time.sleep(0.05)
    return held_s, new_s


def told(name: str, values: list[float], bare: list[float] | None) -> str:
    """Median, 99th percentile and worst in ms, and the median's ratio to that without load."""
    at = np.percentile(np.array(values) * 1000.0, [50, 99, 100])
    line = f"  {name:<24} {at[0]:8.2f} {at[1]:8.2f} {at[2]:8.2f} ms  of {len(values)}"
    if bare is not None:
        line += f"   x{at[0] / np.median(np.array(bare) * 1000.0):.2f}"
    return line


@contextmanager
def load(port: int, kind: str, seconds: float) -> Iterator[None]:
    """Another process that floods the port meanwhile."""
    command = [PYTHON, __file__, "--flood", kind, str(port), "--seconds", str(seconds + 1.0)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        time.sleep(1.0)
        yield
        out, _ = process.communicate(timeout=seconds + 30.0)
        print(f"  {out.strip()} connections")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def by_the_clock(kinds: list[str], seconds: float) -> None:
    """Every load on the null decks."""
    with tempfile.TemporaryDirectory(prefix="soundscape-bench-") as name:
        folder = Path(name)
        with session_here(folder) as control, ExitStack() as stack:
            beat = Heartbeat()
            stack.callback(beat.close)
            time.sleep(1.0)
            beat.take()
            print(f"{'':<26} {'median':>8} {'99 %':>8} {'worst':>8}")
            bare: tuple[list[float], ...] | None = None
            for kind in ("none", *kinds):
                print(f"load: {kind}")
                with load(control.port, kind, seconds) if kind != "none" else ExitStack():
                    beat.take()
                    found = (*cue_times(control, seconds), beat.take())
                for index, what in enumerate(("cue, held", "cue, new", "heartbeat late by")):
                    print(told(what, found[index], bare[index] if bare else None))
                bare = bare or found


def by_the_sound(kinds: list[str], seconds: float) -> None:
    """Every load while a tone sounds: gaps in the recording."""
    with tempfile.TemporaryDirectory(prefix="soundscape-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        rig = Rig(folder)
        stack.callback(rig.stop)
        rig.start()
        env = {**rig.env, "SOUNDSCAPE_HOME": str(folder / "home")}
        soundscape(env, "run", str(arc_in(folder)), "--detach", "--seed", "1")
        for word in ("end", "stop", "stop"):
            stack.callback(soundscape, env, word, check=False)
        time.sleep(25.0)
        control = json.loads((folder / "home" / "run" / "control.json").read_text())
        for kind in ("none", *kinds):
            path = folder / f"{kind}.raw"
            flooded = load(control["port"], kind, seconds) if kind != "none" else ExitStack()
            with rig.recording(path), flooded:
                time.sleep(seconds)
            print(f"load: {kind}: {gaps(path)}")
        print(f"health: {status(env)['health']}")


def gaps(path: Path) -> str:
    """What of a steady tone was not steady: windows of 10 ms more than 1 dB off the median."""
    samples = Recording.read(path).samples
    size = 480
    windows = samples[: len(samples) // size * size].reshape(-1, size)
    level = 10.0 * np.log10(np.maximum(2.0 * np.mean(windows**2, axis=1), 1e-12))
    off = np.abs(level - np.median(level)) > 1.0
    return (
        f"{np.median(level):.1f} dBFS, {int(off.sum())} of {len(off)} windows of 10 ms off by 1 dB"
    )


def main() -> None:
    """As the head says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--sound", action="store_true")
    parser.add_argument("--only", action="append", choices=LOADS)
    parser.add_argument("--flood", nargs=2, metavar=("KIND", "PORT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.flood:
        print(flood(int(given.flood[1]), given.flood[0], min(given.seconds, 60.0)))
        return
    kinds = given.only or list(LOADS)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {sys.version.split()[0]}")
    work: Callable[[list[str], float], None] = by_the_sound if given.sound else by_the_clock
    work(kinds, given.seconds)


if __name__ == "__main__":
    main()
