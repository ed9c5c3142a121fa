"""What a rehearsal of six hours costs, beside a bare loop that folds the same facts.

`python bench/rehearsal.py [ROUNDS]`: an arc of 6 h 10 min over 120 tracks, without cues and with
twenty; in turns with folding the facts of its own journal one by one (the least any replay can do)
and with reading that journal back from a file. Processor seconds, the best of the rounds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from soundscape.core.arc import Arc
from soundscape.core.events import Opened
from soundscape.core.fold import apply
from soundscape.core.planner.planner import plan
from soundscape.core.session import open_session
from soundscape.core.track import Track
from soundscape.drawing.played import played_scene
from soundscape.engine.rehearsal import Rehearsed, ScriptedCue, rehearse
from soundscape.journal.codec import decode, encode
from soundscape.journal.reader import Journal
from soundscape.journal.story import tell
from soundscape.library.arcs.load import load_arc
from soundscape.library.arcs.places import shipped
from soundscape.library.playlists.load import read_playlist

BEGINS = datetime(2026, 3, 4, 10, tzinfo=UTC)
TRACKS = 120
SCRIPT = """12:00 dose --ago 2
30:00 soften
50:00 lift
1:00:00 next
1:10:00 hold
1:30:00 release
1:40:00 extend 20
2:00:00 talk
2:10:00 reflect
2:30:00 pause
2:35:00 resume
2:50:00 silence 5
3:20:00 transition
3:21:00 undo
3:50:00 next --never
4:10:00 ambience rain
4:30:00 restore
5:00:00 shorten 10
5:10:00 mark
6:00:00 soften 2"""


def best(rounds: int, do: Callable[[], object]) -> float:
    """Processor seconds of the quickest round."""
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        do()
        times.append(time.process_time() - begun)
    return min(times)


def cues() -> list[ScriptedCue]:
    """The script as values."""
    found = []
    for line in SCRIPT.splitlines():
        at, name, *words = line.split()
        seconds = 0
        for part in at.split(":"):
            seconds = seconds * 60 + int(part)
        found.append(ScriptedCue(float(seconds), name, tuple(words)))
    return found


def measure(arc: Arc, folder: Path, rounds: int) -> None:
    """Print a line for each part of the work."""
    tracks = []
    for i in range(TRACKS):
        path = folder / f"{i}.flac"
        path.write_bytes(b"x")
        length = 180.0 + 37.0 * (i * 7 % 11)
        tracks.append(Track(str(path), f"T{i}", length, i / TRACKS, f"Artist {i % 17}"))
    names = dict.fromkeys(name for phase in arc.phases for name in phase.playlists)
    queries = {name: read_playlist(shipped("playlists") / f"{name}.yaml").query for name in names}
    pools = {n: tuple(t for t in tracks if q and q.takes(t)) for n, q in queries.items()}
    ambiences = dict.fromkeys(("rain", "forest"), tracks[0])
    opened = Opened("bench", arc, 1, "bench", "null", persons=arc.persons)
    made = plan(arc, pools, 1)
    planning = best(rounds, lambda: plan(arc, pools, 1))
    sys.stdout.write(f"planning it once: {planning * 1000:.0f} ms\n")

    for what, script in (("without cues", []), ("with twenty cues", cues())):

        def whole(script: list[ScriptedCue] = script) -> Rehearsed:
            return rehearse(opened, made, pools, ambiences, script, BEGINS)

        kept = whole()
        entries = kept.entries
        lines = [encode(entry) for entry in entries]

        def folded() -> None:
            session = open_session(opened)
            for entry in entries:  # noqa: B023 - called within this turn
                session = apply(session, entry.fact)

        bare = best(rounds * 3, folded)
        plans = sum(entry.fact.type == "planned" for entry in entries) - 1
        sys.stdout.write(f"\n{what}: {len(entries)} facts, {plans} new plans\n")
        parts: tuple[tuple[str, Callable[[], object]], ...] = (
            ("rehearsing it, with its new plans", whole),
            ("reading its journal back", lambda: [decode(line) for line in lines]),  # noqa: B023
            ("telling its story", lambda: tell(Journal(folder, entries, ""), {})),  # noqa: B023
            ("its scene", lambda: played_scene(entries, "")),  # noqa: B023
        )
        sys.stdout.write(f"  {'folding its facts alone':<36}{bare * 1000:7.1f} ms      1\n")
        for name, do in parts:
            took = best(rounds, do)
            sys.stdout.write(f"  {name:<36}{took * 1000:7.1f} ms {took / bare:6.1f}\n")


def main() -> None:
    """Measure the longest arc that ships."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        measure(load_arc(shipped("arcs") / "psilocybin.yaml"), Path(folder), rounds)


if __name__ == "__main__":
    main()
