"""What does a session cost beside a bare libVLC player that plays the same file?

Both play the same FLAC into the same private sound server at the same time. CPU is what the
kernel has counted for a process and its threads between two readings; memory is read at the end.
The fade at the start (12 s, with a volume written every 20 ms) is counted apart.

    python bench/cpu_memory.py [SECONDS] [--file FLAC]

Without `--file` the music is noise of falling pitch, which is as hard to decode as real music is.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from sound_rig import (
    PYTHON,
    RATE,
    Watch,
    clock,
    environment,
    machine,
    rig_with_folder,
    session,
    soundscape,
)

TARGET_CPU = 1.3
TARGET_MB = 120
FADE_S = 14.0

BARE = """
import sys, time, vlc
player = vlc.Instance(["--quiet", "--no-video"]).media_player_new()
player.set_media(player.get_instance().media_new_path(sys.argv[1]))
player.audio_set_volume(70)
player.play()
time.sleep(100000)
"""


def cpu_s(pid: int) -> float:
    """CPU seconds that a process and its threads have used so far."""
    # What clock_getcpuclockid(3) answers on Linux: /proc counts in hundredths only.
    return time.clock_gettime((~pid << 3) | 2)


def streams(env: Mapping[str, str]) -> int:
    """How many streams the sound server plays."""
    command = ["pactl", "list", "short", "sink-inputs"]
    listed = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return len(listed.stdout.splitlines())


def memory_mb(pid: int) -> dict[str, float]:
    """RSS, PSS and USS in MB (10^6 bytes)."""
    sums: dict[str, float] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        sums[name] = int(rest.split()[0]) * 1024 / 1e6
    return {
        "RSS": sums["Rss"],
        "PSS": sums["Pss"],
        "USS": sums["Private_Clean"] + sums["Private_Dirty"],
    }


def write_music(path: Path, seconds: int) -> None:
    """Stereo noise that gets darker and brighter again, as FLAC of about 800 kbit/s."""
    import av

    rng = np.random.default_rng(1)
    with av.open(str(path), "w", format="flac") as file:
        stream = file.add_stream("flac", rate=RATE, layout="stereo", format="s16")
        for second in range(seconds):
            noise = rng.standard_normal((RATE, 2))
            keep = 4 + int(12 * (1 + np.sin(second / 7.0)))
            smooth = np.apply_along_axis(np.convolve, 0, noise, np.ones(keep) / keep, "same")
            block = np.round(smooth * 2500.0).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="stereo")
            frame.rate, frame.pts = RATE, second * RATE
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def main(seconds: float, music: Path | None) -> None:
    with rig_with_folder() as (rig, folder):
        env = environment(rig.env, folder / "home")
        length_s = int(FADE_S + seconds) + 60
        if music is None:
            music = folder / "music.flac"
            write_music(music, length_s)
        (folder / "one.yaml").write_text(f"name: one\ntracks: ['{music.resolve()}']\n")
        arc = folder / "arc.yaml"
        arc.write_text(
            f"name: One\nphases:\n"
            f"  peak: {{minutes: {length_s} s, playlist: one, intensity: 0.5}}\n"
        )
        soundscape(env, "plan", str(arc))
        watch = Watch()
        try:
            while True:
                with session(env, arc, "--seed", "1") as began:
                    bare = subprocess.Popen(
                        [PYTHON, "-c", BARE, str(music)],
                        env=env,
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    )
                    try:
                        pids = {"engine": began["pids"]["engine"], "bare player": bare.pid}
                        time.sleep(2.0)
                        first = {name: cpu_s(pid) for name, pid in pids.items()}
                        time.sleep(FADE_S - 2.0)
                        if streams(env) != 2:
                            raise RuntimeError("not both of them play")
                        start = clock()
                        faded = {name: cpu_s(pid) for name, pid in pids.items()}
                        time.sleep(seconds)
                        spent_s = clock() - start
                        last = {name: cpu_s(pid) for name, pid in pids.items()}
                        memory = {name: memory_mb(pid) for name, pid in pids.items()}
                        memory["supervisor"] = memory_mb(began["pids"]["supervisor"])
                    finally:
                        bare.kill()
                        bare.wait()
                if not watch.still_between(start - FADE_S, start + spent_s):
                    break
        finally:
            watch.close()
    print(machine())
    minute = {name: (last[name] - faded[name]) * 60.0 / spent_s for name in pids}
    fade = {name: (faded[name] - first[name]) * 60.0 / (FADE_S - 2.0) for name in pids}
    for what, used in (("steady", minute), ("during the first fade", fade)):
        for name, cpu in used.items():
            print(f"{name:12} {cpu:6.2f} CPU s per minute, {what}")
        target = f"   target {TARGET_CPU}" if used is minute else ""
        print(f"engine / bare player = {used['engine'] / used['bare player']:.2f}, {what}{target}")
    for name, sums in memory.items():
        print(f"{name:12} " + "   ".join(f"{kind} {mb:6.1f} MB" for kind, mb in sums.items()))
    print(f"engine's RSS {memory['engine']['RSS']:.0f} MB   target {TARGET_MB}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("seconds", nargs="?", type=float, default=60.0)
    parser.add_argument("--file", type=Path)
    chosen = parser.parse_args()
    main(chosen.seconds, chosen.file)
