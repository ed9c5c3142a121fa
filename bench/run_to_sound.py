"""How long after `soundscape run` is typed does the first sound leave the sound server?

The starter music is made once into a temporary home and scanned by a first run, which does not
count. Each run then starts from the process of the command (the clock starts before it) and ends
at the first sample above -90 dBFS in the recording. The way there is told by the stamps in the
session's own journal, which are on the same clock. In turns it is begun in a terminal, where the
live screen opens, and with `--detach`.

    python bench/run_to_sound.py [RUNS] [--starter FOLDER]

`--starter` takes starter music made before (the `starter` folder of a home), to spare making it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from keys_pressed import Screen
from sound_rig import (
    ROOT,
    Tape,
    Watch,
    clock,
    end_session,
    environment,
    machine,
    rig_with_folder,
    session,
    soundscape,
    spread,
    status,
)

TARGET_S = 1.5
ARC = ROOT / "arcs" / "first-journey.yaml"
QUIET_DBFS = -90.0
LISTEN_S = 4.0
STEPS = {
    "opened": "arc read, music gathered, planned, journal opened",
    "started": "engine ready, its journal read, zero of the session",
    "chosen": "first track chosen and handed to its deck",
    "heard_from": "libVLC has opened it and moves",
    "returned": "(the command has returned)",
    "sound": "first sample above -90 dBFS",
}
"""What has been done when each of these comes."""


def stamps(folder: Path) -> dict[str, float]:
    """When each kind of fact was first written, on the journal's clock."""
    found: dict[str, float] = {}
    for line in (folder / "journal.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        fact, stamp = entry["fact"], entry["stamp"]
        at = stamp["boot_s"]
        if fact["type"] == "heard_from":  # Written a little after it happened.
            at += fact["at_s"] - stamp["at_s"]
        if fact.get("layer") != "ambience":
            found.setdefault(fact["type"], at)
    return found


def in_terminal(env: Mapping[str, str], tape: Tape) -> tuple[float, float]:
    """Start a session in a terminal and end it: (when it was started, when it was heard)."""
    start = clock()
    screen = Screen(env, "run", str(ARC), "--seed", "1")
    time.sleep(2 * LISTEN_S)  # The screen comes with the music, and its port before it.
    sound = tape.first_above(start, clock() - 0.2, QUIET_DBFS)
    pids = list(status(env)["pids"].values())
    screen.close()
    end_session(env, pids)
    if sound is None:
        raise RuntimeError("nothing was heard")
    return start, sound


def one_run(env: Mapping[str, str], tape: Tape, home: Path) -> tuple[float, dict[str, float]]:
    """Start a session and end it: (when its command was started, when each step was done)."""
    start = clock()
    with session(env, ARC, "--seed", "1") as running:
        returned = running["returned"]
        time.sleep(LISTEN_S)
        sound = tape.first_above(start, clock() - 0.2, QUIET_DBFS)
        times = stamps(home / "sessions" / running["session"])
    if sound is None:
        raise RuntimeError("nothing was heard")
    return start, {**times, "returned": returned, "sound": sound}


def main(runs: int, starter: Path | None) -> None:
    with rig_with_folder() as (rig, folder):
        home = folder / "home"
        env = environment(rig.env, home)
        if starter is None:
            print("making the starter music", flush=True)
            soundscape(env, "library", "starter")
        else:
            home.mkdir()
            (home / "starter").symlink_to(starter.resolve())
        watch = Watch()
        tape = Tape(rig, folder / "tape")
        took: dict[str, list[float]] = {step: [] for step in STEPS}
        on_screen: list[float] = []
        try:
            first = clock()
            soundscape(env, "plan", str(ARC), "--seed", "1")
            scan_s = clock() - first
            one_run(env, tape, home)
            while len(took["sound"]) < runs:
                start, times = one_run(env, tape, home)
                if watch.still_between(start, times["sound"]):
                    continue
                for step in STEPS:
                    took[step].append(times[step] - start)
                time.sleep(0.5)
                start, sound = in_terminal(env, tape)
                if not watch.still_between(start, sound):
                    on_screen.append(sound - start)
                time.sleep(0.5)
        finally:
            tape.close()
            watch.close()
    print(machine())
    print(f"first scan of the starter music and a plan: {scan_s:.1f} s")
    print(
        f"run to first sound, {runs} runs   {spread(took['sound'])}   target {TARGET_S * 1000:.0f}"
    )
    print(f"with the live screen, {len(on_screen)} runs   {spread(on_screen)}")
    for step, times in sorted(took.items(), key=lambda each: np.median(each[1])):
        print(f"  after {np.median(times) * 1000:6.0f} ms   {STEPS[step]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="?", type=int, default=10)
    parser.add_argument("--starter", type=Path)
    chosen = parser.parse_args()
    main(chosen.runs, chosen.starter)
