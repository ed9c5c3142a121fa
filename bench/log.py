"""How long do a thousand sessions take to list, one to report, eight to lay side by side?

Each session is six hours with a cue every four minutes, rehearsed once in virtual time and written
down under a thousand codes, eight of them in a series. Whole processes are timed, in turns with
`python -c "import typer"` (what any command line of Typer pays before it does anything) and, for
the report, with a bare `json.loads` of each line of that journal.

    python bench/log.py [SESSIONS] [TURNS]
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median

from planner_cases import arc_of, library

from soundscape.core.events import Entry, Opened, Planned
from soundscape.core.planner.planner import plan
from soundscape.engine.rehearsal import ScriptedCue, rehearse
from soundscape.journal.codec import encode, line_hash

SOUNDSCAPE = Path(sys.executable).with_name("soundscape")
BEGINS = datetime(2026, 1, 5, 10, 0, tzinfo=timezone(timedelta(hours=1)))
TARGETS_S = {"log": 0.5, "log report": 2.0, "log series": 2.0}


def a_session(folder: Path) -> list[Entry]:
    """A rehearsal of six hours, with cues."""
    arc = arc_of("6 h")
    pool = tuple(
        replace(track, path=str(folder / track.path.strip("/").replace("/", "-")))
        for track in library(700, 3)["all"]
    )
    for track in pool:
        Path(track.path).write_bytes(b"there")
    pools = {"all": pool}
    chance = random.Random(1)
    names = (
        "soften",
        "mark",
        "talk",
        "reflect",
        "next",
        "pause",
        "resume",
        "restore",
        "hold",
        "release",
    )
    cues = [ScriptedCue(240.0 * n, chance.choice(names)) for n in range(1, 90)]
    opened = Opened("bench000", arc, 3, "bench", "null")
    kept = rehearse(opened, plan(arc, pools, 3), pools, {}, cues, BEGINS)
    return kept.entries


def written(entries: list[Entry], code: str, series: str, days: int) -> str:
    """The journal of that session under another code and on another day, chained anew."""
    lines, last = [], ""
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, Opened):
            fact = replace(fact, code=code, series=series)
        wall = datetime.fromisoformat(entry.stamp.wall) + timedelta(days=days)
        stamp = replace(entry.stamp, wall=wall.isoformat(timespec="milliseconds"))
        line = encode(replace(entry, fact=fact, stamp=stamp, prev=last))
        last = line_hash(line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def main(sessions: int, turns: int) -> None:
    with tempfile.TemporaryDirectory(prefix="soundscape-bench-") as name:
        folder = Path(name)
        (folder / "music").mkdir()
        entries = a_session(folder / "music")
        home = folder / "home" / "sessions"
        home.mkdir(parents=True)
        whole = written(entries, "CODECODE", "", 0)
        for n in range(sessions):
            code = f"b{n:07d}"
            text = whole.replace("CODECODE", code)
            if n >= sessions - 8:  # These are read whole, and have to hang together.
                text = written(entries, code, "series", n)
            (home / code).mkdir()
            (home / code / "journal.jsonl").write_text(text, "utf-8")
        plans = sum(isinstance(entry.fact, Planned) for entry in entries)
        size = f"{len(whole) / 1e6:.1f} MB each"
        print(f"{sessions} sessions of {len(entries)} lines ({plans} plans), {size}")
        env = {**os.environ, "SOUNDSCAPE_HOME": str(folder / "home")}
        last = f"b{sessions - 1:07d}"
        out = str(folder / "report.html")
        commands = {
            'python -c "import typer"': [sys.executable, "-c", "import typer"],
            "log": [str(SOUNDSCAPE), "log"],
            "log report": [str(SOUNDSCAPE), "log", "report", last, "--out", out, "--force"],
            "log series": [str(SOUNDSCAPE), "log", "series", "series"],
        }
        took: dict[str, list[float]] = {each: [] for each in commands}
        for turn in range(turns + 1):
            for each, command in commands.items():
                start = time.perf_counter()
                subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
                if turn or each == "log":
                    took[each].append(time.perf_counter() - start)
        start = time.perf_counter()
        for line in (home / last / "journal.jsonl").read_text("utf-8").splitlines():
            json.loads(line)
        bare_json = time.perf_counter() - start
    bare = median(took['python -c "import typer"'])
    print(f"bare `import typer` {bare:.3f} s; json.loads of one journal {bare_json:.3f} s")
    print(f"the first `log`, which reads them all: {took['log'][0]:.2f} s")
    for each, target in TARGETS_S.items():
        found = took[each][1:] if each == "log" else took[each]
        print(
            f"{each:12} median {median(found):.3f} s, worst {max(found):.3f} s "
            f"({median(found) / bare:.1f} times the bare import; target {target} s)"
        )


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]]
    main(*counts, *(1000, 5)[len(counts) :])
