"""A long session under constant trouble: what is heard, and what the engine holds on to.

    python bench/soak.py [--minutes 30] [--seed S]     real sound into a private PulseAudio
    python bench/soak.py --virtual [--hours 6]         null decks at 60 times the speed, no faults

With real sound a cue comes every few seconds and a fault every minute. In the first third each
fault ends the engine; afterwards the engine outlives them, so that what it holds can be followed.
The peer of every figure is the same figure near the beginning of the same run.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sound_rig import ROOT, Rig, clock, environment, machine, session, soundscape

sys.path.insert(0, str(ROOT / "tests"))

from library_fixtures import low_tone, tag
from stalled_disk import StalledDisk
from storm import is_quiet_wanted

from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.core.errors import SoundscapeError
from soundscape.core.events import Asked, HeardFrom, HeardTo
from soundscape.core.fold import apply
from soundscape.core.session import open_session
from soundscape.home import Home
from soundscape.journal.reader import read_journal
from soundscape.journal.score import read_score
from soundscape.journal.verify import verify

SPEED = 60
SAID = (
    *("mark", "soften 1", "lift 1", "restore", "next", "talk", "reflect", "hold", "release"),
    *("pause", "resume", "resume", "ambience ocean", "ambience rain", "undo", "extend 1"),
)
ARC = """\
name: Soak
library: music
defaults: {{crossfade: 6 s}}
phases:
  onset: {{minutes: {third}, playlist: music, intensity: [0.1, 0.5], ambience: rain}}
  peak: {{minutes: {third}, playlist: music, intensity: [0.5, 0.9]}}
  return: {{minutes: {third}, playlist: music, intensity: [0.6, 0.1]}}
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds at a moment: memory in kB (its share of it), open files, threads."""

    at: float
    pid: int
    kb: int
    files: int
    threads: int


@dataclass
class Soak:
    """A session that runs, and what was done to it."""

    env: Mapping[str, str]
    home: Home
    rig: Rig | None
    disk: StalledDisk | None
    dice: random.Random
    answers: list[tuple[str, bool, str]] = field(default_factory=list)
    unanswered: int = 0
    faults: list[tuple[float, str]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def status(self) -> dict[str, Any] | None:
        """How it stands; None while nobody answers."""
        try:
            with closing(Client(read_control(self.home.control))) as client:
                return client.status()
        except SoundscapeError:
            return None

    def give_cues(self, every_s: float) -> None:
        """Say random cues until told to end."""
        while not self.over.wait(self.dice.uniform(0.5, 1.5) * every_s):
            words = self.dice.choice(SAID).split()
            try:
                with closing(Client(read_control(self.home.control))) as client:
                    reply = client.cue(words[0], words[1:])
            except SoundscapeError:
                self.unanswered += 1
            else:
                if reply.written:
                    self.answers.append((words[0], reply.ok, reply.answer))

    def look(self) -> None:
        """Add what engine and supervisor hold now."""
        now = self.status()
        for pid in (now or {}).get("pids", {}).values():
            try:
                self.held.append(held(pid))
            except OSError:
                continue  # It has just ended.

    def trouble(self, kind: str) -> None:
        """Do one thing to it."""
        now = self.status()
        if now is None:
            return
        self.faults.append((clock(), kind))
        engine = now["pids"]["engine"]
        if kind == "engine killed":
            os.kill(engine, signal.SIGKILL)
        elif kind == "engine crashed":
            os.kill(engine, signal.SIGSEGV)
        elif kind == "engine hung":
            os.kill(engine, signal.SIGSTOP)
        elif kind == "home full, engine killed":
            filler = fill(self.home.data)
            os.kill(engine, signal.SIGKILL)
            time.sleep(8.0)
            filler.unlink()
        elif self.rig is not None and kind == "sound server killed":
            self.rig.kill()
            time.sleep(3.0)
            self.rig.start()
        elif kind == "disk stalled" and self.disk is not None:
            self.disk.stall()
            time.sleep(20.0)
            self.disk.answer()
        elif self.rig is not None and kind == "output muted":
            self.rig.ask("set-sink-mute", "out", "1")
            time.sleep(3.0)
            self.rig.ask("set-sink-mute", "out", "0")
        elif self.rig is not None and kind == "volume moved":
            inputs = self.rig.ask("list", "short", "sink-inputs").splitlines()
            for line in inputs:
                self.rig.ask("set-sink-input-volume", line.split()[0], "50%")


ENDS = ("engine killed", "home full, engine killed", "engine crashed", "engine hung")
SURVIVED = ("sound server killed", "disk stalled", "output muted", "volume moved")


def fill(folder: Path) -> Path:
    """Fill the disk that holds a folder, to the last byte; the file that did."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as out, suppress(OSError):
        while True:
            out.write(b"\0" * 65536)
    return filler


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A disk of 64 MB in this place, to be filled; False where only root could make one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "soak", str(folder)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def held(pid: int) -> Held:
    """What a process holds. Raises OSError where it is gone."""
    folder = Path(f"/proc/{pid}")
    rollup = (folder / "smaps_rollup").read_text()
    kb = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    files, threads = (len(list((folder / name).iterdir())) for name in ("fd", "task"))
    return Held(clock(), pid, kb, files, threads)


def music(folder: Path, store: Path, minutes: float) -> Path:
    """Twelve quiet tones of two minutes and two ambiences in `store`, and an arc of so many minutes
    that plays them from the folder's `music`."""
    for number in range(12):
        path = low_tone(store / f"tone {number}.flac", 120, 110.0 * 1.1**number)
        tag(path, title=f"Tone {number}", artist=f"Artist {number % 7}", intensity=str(number / 12))
    for name in ("rain", "ocean"):
        low_tone(store / "ambience" / f"{name}.flac", 40, 80.0)
    (folder / "music.yaml").write_text("name: music\nfolders: [music]\n")
    arc = folder / "soak.yaml"
    arc.write_text(ARC.format(third=f"{minutes / 3:.2f}"))
    return arc


def unwanted_silences(folder: Path) -> list[tuple[float, float]]:
    """(from, length) in seconds of the session, where nothing sounded and nobody had chosen it."""
    journal, score = read_journal(folder), read_score(folder)
    state = open_session(journal.opened, score.pools, score.ambiences)
    sounding: set[int] = set()
    since: float | None = None
    found: list[tuple[float, float]] = []
    for entry in journal.entries:
        state = apply(state, entry.fact)
        at_s = entry.stamp.at_s
        if isinstance(entry.fact, HeardFrom):
            sounding.add(entry.fact.token)
            at_s = entry.fact.at_s
        elif isinstance(entry.fact, HeardTo):
            sounding.discard(entry.fact.token)
            at_s = entry.fact.at_s
        quiet = not sounding and not is_quiet_wanted(state)
        if quiet and since is None:
            since = at_s
        elif not quiet and since is not None:
            found.append((since, max(at_s - since, 0.0)))
            since = None
    return found


def tell(soak: Soak, folder: Path, seconds: float, unit_s: float) -> bool:
    """Print the figures; whether everything held that has to."""
    facts = [entry.fact for entry in read_journal(folder).entries]
    written = iter((f.cue, f.ok, f.answer) for f in facts if isinstance(f, Asked))
    lost = [answer for answer in soak.answers if answer not in written]
    breaks = verify(folder / "journal.jsonl").breaks
    silences = unwanted_silences(folder)
    total = sum(length for _, length in silences)
    print(machine())
    kinds = {kind: sum(k == kind for _, k in soak.faults) for _, kind in soak.faults}
    print(f"{seconds / 60:.0f} min, {len(facts)} lines of journal, faults: {kinds or 'none'}")
    print(
        f"cues: {len(soak.answers)} answered as written, {len(lost)} of them not in the journal; "
        f"{soak.unanswered} without an answer"
    )
    print(f"journal: {len(breaks)} breaks in its chain")
    lasted_s = seconds * (1 if soak.rig else SPEED)
    longest = max((length for _, length in silences), default=0.0)
    print(
        f"silence that nobody chose: {len(silences)} times, {total:.1f} s of {lasted_s:.0f} s "
        f"({100 * total / lasted_s:.2f} %), longest {longest:.1f} s"
    )
    lives: dict[int, list[Held]] = {}
    for each in soak.held:
        lives.setdefault(each.pid, []).append(each)
    for pid, life in sorted(lives.items(), key=lambda one: -len(one[1]))[:2]:
        # What is loaded late, at the first fade or the first loss, is not a slope.
        late = [each for each in life if each.at - life[0].at > unit_s] or life
        pace = 1 if soak.rig else SPEED
        hours = [(each.at - late[0].at) * pace / 3600 for each in late]
        slope = float(np.polyfit(hours, [each.kb for each in late], 1)[0]) if len(late) > 2 else 0.0
        first, last = late[0], late[-1]
        print(
            f"process {pid}: {len(late)} looks over {hours[-1] * 60:.0f} min of session; "
            f"memory {first.kb / 1000:.1f} to {last.kb / 1000:.1f} MB "
            f"(ratio {last.kb / first.kb:.3f}, slope {slope / 1000:+.2f} MB an hour of session); "
            f"files {first.files} to {last.files}; threads {first.threads} to {last.threads}"
        )
    return not lost and not breaks


def soak(
    folder: Path, *, rig: Rig | None, disk: StalledDisk | None, seconds: float, seed: int, arc: Path
) -> bool:
    """One session, from its start to its last figure."""
    env = environment(rig.env if rig else os.environ, folder / "home")
    home = Home(folder / "home", folder / "home", folder / "home" / "run")
    words = ("--seed", str(seed)) if rig else ("--out", "null", "--speed", str(SPEED))
    with small_disk(folder / "home") as fills, ExitStack() as stack:
        ends = ENDS if fills else [kind for kind in ENDS if "full" not in kind]
        soundscape(env, "plan", str(arc))
        stack.enter_context(session(env, arc, *words))
        running = Soak(env, home, rig, disk, random.Random(seed))
        giver = threading.Thread(target=running.give_cues, args=(4.0 if rig else 0.25,))
        giver.start()
        began = clock()
        turn = 0
        try:
            while clock() - began < seconds:
                minute = (clock() - began) / 60
                if rig and minute > turn + 1:
                    turn += 1
                    kinds = ends if minute < seconds / 180 else SURVIVED
                    running.trouble(kinds[turn % len(kinds)])
                running.look()
                time.sleep(5.0 if rig else 1.0)
        finally:
            running.over.set()
            giver.join(30.0)
        stack.pop_all().close()  # The session ends before its disk goes.
        (of,) = [each for each in home.sessions.iterdir() if each.is_dir()]
        return tell(running, of, seconds, 120.0 if rig else 30.0)


def main() -> None:
    """Read the options, run, and say whether it held."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--hours", type=float, default=6.0)
    parser.add_argument("--virtual", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soundscape-soak-") as name:
        folder = Path(name)
        if given.virtual:
            arc = music(folder, folder / "music", given.hours * 60)
            seconds = given.hours * 3600 / SPEED
            held_up = soak(folder, rig=None, disk=None, seconds=seconds, seed=given.seed, arc=arc)
        else:
            arc = music(folder, folder / "store", given.minutes + 5)
            rig = Rig(folder)
            rig.start()
            seconds = given.minutes * 60
            try:
                with StalledDisk(folder / "store", folder / "music") as disk:
                    held_up = soak(
                        folder, rig=rig, disk=disk, seconds=seconds, seed=given.seed, arc=arc
                    )
            finally:
                rig.stop()
    sys.exit(0 if held_up else 1)


if __name__ == "__main__":
    main()
