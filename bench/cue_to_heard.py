"""How long after a cue is given does the music begin to get softer?

A session plays a steady tone into a private sound server whose output is recorded. `soften` is
given through the command line (the clock starts before its process does), on a held connection
(the clock starts before the request), by a touch on the page in Chromium (the clock starts with
the touch) and by a key on the live screen in a terminal (before the key is sent; its answer is not
timed). Where the ramp begins in the recording is found by least squares: the ramp's known shape in
libVLC's whole percents, moved in time until it fits the level of each 5 ms best. Beside it stands
the first change of the stream's volume that the sound server announces (`pactl subscribe`).

    python bench/cue_to_heard.py [SAMPLES]
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from glass import launched, opened, tap
from keys_pressed import Screen
from playwright.sync_api import sync_playwright
from sound_rig import (
    RATE,
    TONE_DBFS,
    Rig,
    Tape,
    Watch,
    check_clock,
    clock,
    environment,
    machine,
    rig_with_folder,
    session,
    soundscape,
    spread,
    status,
    tone_arc,
)

from soundscape.audio.vlc_player import to_percent
from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.core import fade
from soundscape.home import Home
from soundscape.journal.score import read_score

WINDOW_S = 0.005
BEFORE_S, AFTER_S = 0.3, 2.5
SETTLE_S = 6.5
WORST_FIT_DB = 0.15
IN_A_ROW = 3
"""Cues before the level is brought back: each begins where the last one's ramp has ended."""


class Volumes:
    """When the sound server said that a stream's volume, or anything else of it, had changed."""

    def __init__(self, rig: Rig) -> None:
        self._pactl = subprocess.Popen(
            ["pactl", "subscribe"],
            env={**rig.env, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._seen: list[float] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        assert self._pactl.stdout is not None
        while data := os.read(self._pactl.stdout.fileno(), 65536):
            if b"'change' on sink-input" in data:
                self._seen.append(clock())

    def first_after(self, at: float) -> float | None:
        return next((seen for seen in list(self._seen) if seen >= at), None)

    def close(self) -> None:
        self._pactl.terminate()
        self._pactl.wait(5.0)
        self._thread.join()


@dataclass
class Found:
    """Samples of one way of giving a cue, in seconds from when it was given."""

    heard: list[float] = field(default_factory=list)
    written: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    fit_db: list[float] = field(default_factory=list)
    repeated: int = 0


def fit_ramp(levels: np.ndarray, times: np.ndarray, start_db: float) -> tuple[float, float]:
    """(when the ramp began, RMS error in dB) for levels in dB re the tone at `times`."""
    ramp = fade.soften(0.0, start_db, start_db - fade.SOFTEN_DB)
    # The shape at each ms from the ramp's beginning, in whole percents, as a level.
    shape_ms = int((BEFORE_S + AFTER_S) * 1000) + 1
    gains = [to_percent(ramp.at(ms / 1000.0)) for ms in range(shape_ms)]
    shape = 60.0 * np.log10(np.array(gains) / 100.0)
    best, found = np.inf, 0.0
    for begun in np.arange(times[0] + 0.05, times[-1] - 1.5, 0.001):
        at = np.clip(np.round((times - begun) * 1000.0).astype(int), 0, shape_ms - 1)
        error = float(np.mean((levels - shape[at]) ** 2))
        if error < best:
            best, found = error, float(begun)
    return found, best**0.5


def measure(tape: Tape, given: float, start_db: float) -> tuple[float, float]:
    """(seconds from `given` to the ramp in the recording, RMS error of the fit in dB)."""
    samples, first = tape.between(given - BEFORE_S, given + AFTER_S)
    size = int(WINDOW_S * RATE)
    whole = samples[: len(samples) // size * size].reshape(-1, size)
    # Five whole periods of the tone a window: its mean power has no ripple.
    levels = 10.0 * np.log10(np.maximum(2.0 * np.mean(whole**2, axis=1), 1e-12)) - TONE_DBFS
    zero = tape.time_of(first) - given
    times = zero + (np.arange(len(levels)) + 0.5) * WINDOW_S
    return fit_ramp(levels, times, start_db)


def main(samples: int) -> None:
    ways = {name: Found() for name in ("command line", "held connection", "page", "live screen")}
    with rig_with_folder() as (rig, folder), sync_playwright() as driver:
        browser = launched(driver)
        watch = Watch()
        tape = Tape(rig, folder / "tape")
        volumes = Volumes(rig)
        try:
            early, middle, late = check_clock(rig, tape)
            print(machine())
            print(
                f"clock of the recording: clicks recorded {early * 1000:.1f} / "
                f"{middle * 1000:.1f} / {late * 1000:.1f} ms after being written "
                "(earliest, median, latest)",
                flush=True,
            )
            env = environment(rig.env, folder / "home")
            arc = tone_arc(folder, samples * len(ways) * 16 + 120)
            with session(env, arc) as began:
                home = Path(env["SOUNDSCAPE_HOME"])
                track = read_score(home / "sessions" / began["session"]).pools["one"][0]
                client = Client(read_control(Home(home, home, home / "run").control))
                page, screen = opened(browser, env), Screen(env)
                time.sleep(14.0)
                rounds = 0
                while any(len(found.heard) < samples for found in ways.values()):
                    if rounds >= IN_A_ROW:
                        rounds = 0
                        client.cue("restore", [])
                        time.sleep(IN_A_ROW * fade.SOFTEN_DB * 2.0 + 1.0)
                    name = min(ways, key=lambda each: len(ways[each].heard))
                    found = ways[name]
                    start_db = track.match_db + status(env)["level_db"]
                    given = clock()
                    answered: float | None
                    if name == "command line":
                        soundscape(env, "soften")
                        answered = clock()
                    elif name == "page":
                        given, answered = tap(page, "soften")
                    elif name == "live screen":
                        screen.press("s")
                        answered = None
                    else:
                        client.cue("soften", [])
                        answered = clock()
                    rounds += 1
                    time.sleep(SETTLE_S)
                    heard, fit_db = measure(tape, given, start_db)
                    written = volumes.first_after(given)
                    if watch.still_between(given - 1.0, given + AFTER_S) or written is None:
                        found.repeated += 1
                        continue
                    found.heard.append(heard)
                    found.fit_db.append(fit_db)
                    found.written.append(written - given)
                    if answered is not None:
                        found.answered.append(answered - given)
                    client.close()
                screen.close()
        finally:
            browser.close()
            volumes.close()
            tape.close()
            watch.close()
    for (name, found), target_ms in zip(ways.items(), (150, 30, 150, 150), strict=True):
        again = f", {found.repeated} taken again" if found.repeated else ""
        print(f"{name}, {len(found.heard)} cues{again}")
        print(f"  ramp begins in the recording   {spread(found.heard)}   target {target_ms}")
        print(f"  first volume at the server     {spread(found.written)}")
        if found.answered:
            print(f"  answer to whoever gave it      {spread(found.answered)}")
        worst = max(found.fit_db)
        doubt = "" if worst < WORST_FIT_DB else "   THE SHAPE DOES NOT FIT: do not trust these"
        print(f"  worst fit of the shape         {worst:.3f} dB RMS{doubt}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
