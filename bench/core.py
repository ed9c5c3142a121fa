"""What a decision of the core costs: ``python bench/core.py [--storms N] [--seed S]``.

For each cue: the median CPU time of `decide`, of folding its facts, and of both beside what a
session has to do at the very least, one `dataclasses.replace` of it for each fact. A replan, which
the engine makes afterwards, is not in it (`bench/planner.py`).

``--storms 10000`` lets so many storms of cues pass over sessions on the real engine and mixer
(`tests/storm.py`) and holds each against the rules of `tests/storm_rules.py`: it prints what broke,
or the CPU time of a storm. Exit 1 where a rule was broken.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time, process_time_ns

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from arcs_for_tests import session
from desk import Desk
from hypothesis import HealthCheck, Phase, given, seed, settings
from rich.progress import MofNCompleteColumn, Progress
from storm import Storm, play
from storm_made import storms
from storm_rules import broken
from support.values import now_at

from soundscape.core.cues.table import CUES, decide
from soundscape.core.decision import Decision
from soundscape.core.fold import fold

AT_ONCE = 250

WORDS = {"ambience": "ocean", "dose": "--ago 1", "extend": "5", "shorten": "2"}
BEFORE = {"release": "hold", "resume": "pause", "reflect": "talk", "restore": "soften",
          "undo": "transition"}  # fmt: skip


def micros(call: Callable[[], object], rounds: int = 200) -> float:
    """Median CPU time of a call, in microseconds."""
    times = []
    for _ in range(rounds):
        start = process_time_ns()
        call()
        times.append(process_time_ns() - start)
    return median(times) / 1000.0


def decisions() -> None:
    """One line a cue."""
    print(f"{'cue':<12}{'decide us':>10}{'fold us':>9}{'facts':>7}{'both / bare replace':>21}")
    for cue in CUES.values():
        desk = Desk(session())
        desk.pass_to(130.0)
        if cue.name in BEFORE:
            desk.cue(BEFORE[cue.name])
        state, now = desk.session, now_at(desk.now)
        args = cue.args(WORDS.get(cue.name, "").split())
        answer = decide(state, cue, args, now)
        assert isinstance(answer, Decision), answer

        given = partial(decide, state, cue, args, now)
        bare_us = len(answer.facts) * micros(partial(replace, state, marks=1))
        asked_us = micros(given)
        fold_us = micros(partial(fold, state, answer.facts))
        ratio = (asked_us + fold_us) / bare_us
        facts = len(answer.facts)
        print(f"{cue.name:<12}{asked_us:>10.0f}{fold_us:>9.0f}{facts:>7}{ratio:>21.1f}")


def many_storms(count: int, start: int) -> bool:
    """Let storms pass; whether all rules held."""
    found: Counter[str] = Counter()
    spent = [0.0, 0.0, 0]

    def each(storm: Storm) -> None:
        began = process_time()
        watched = play(storm)
        spent[0] += process_time() - began
        spent[1] += watched.heard[-1].at_s
        spent[2] += 1
        for text in broken(watched)[:1]:
            found[text.partition(":")[0]] += 1
            print(text, storm, sep="\n  ")

    # Hypothesis remembers whatever it has made within one run: by the thousand that is gigabytes.
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn()) as shown:
        task = shown.add_task("storms", total=count)
        for first in range(0, count, AT_ONCE):
            some = min(AT_ONCE, count - first)
            wanted = settings(
                max_examples=some,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            seed(start + first)(wanted(given(storms())(each)))()
            shown.advance(task, some)
    cpu_s, played_s, done = spent
    print(
        f"{done} storms, {played_s / 3600:.0f} h of sessions in {cpu_s:.0f} s of CPU: "
        f"{1000 * cpu_s / done:.0f} ms a storm, {played_s / cpu_s:.0f} times real time; "
        f"{sum(found.values())} broke a rule {dict(found) or ''}"
    )
    return not found


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--storms", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.storms:
        return 0 if many_storms(asked.storms, asked.seed) else 1
    decisions()
    return 0


if __name__ == "__main__":
    sys.exit(main())
