"""How good and how quick plans are: ``python bench/planner.py [--quick] [--json]``.

For twenty seeded libraries (`planner_cases`) it prints J of a shuffled playlist and of one sorted
by intensity, which is what a user would have else; J and CPU time of `plan`; how far it is above
the stored best of a long search (`planner_reference.json`); what the
seams (E) are with the tracks' shapes known and without. Then how much other seeds differ, and the
CPU times of a plan, of replans and of `pick` with 10,000 tracks.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

from planner_cases import Case, arc_of, by_intensity, cases, in_order, library, shuffled

from soundscape.core.plan import SoFar
from soundscape.core.planner.planner import cost, pick, plan

TARGET = 0.10
"""How far above the best of a long search a plan may be."""
STORED = Path(__file__).with_name("planner_reference.json")


def timed(call: Callable[[], object], times: int = 3) -> float:
    """CPU seconds of the best of a few calls."""
    best = math.inf
    for _ in range(times):
        start = process_time()
        call()
        best = min(best, process_time() - start)
    return best


def replans(count: int) -> dict[str, float]:
    """CPU milliseconds of a replan of the 6 h arc, by what happened, and of a pick."""
    arc, pools = arc_of("6 h"), library(count, 1)
    before = plan(arc, pools, 1)
    playing = before.items[8]
    span = next(span for span in before.spans if span.index == playing.phase)
    heard = tuple(item.track.path for item in before.items[:8])
    now = playing.start_s + 60
    base = SoFar(now, span.index, span.start_s, span.end_s, playing, heard)
    cases = {
        "nothing": base,
        "extended by 10 min": replace(base, phase_ends_s=span.end_s + 600),
        "softened": replace(base, shift=-0.15),
        "next track banned": replace(base, never=frozenset({before.items[9].track.path})),
    }
    told = {
        name: timed(lambda so_far=so_far: plan(arc, pools, 1, so_far, before)) * 1000
        for name, so_far in cases.items()
    }
    return told | {"pick": timed(lambda: pick(arc, pools, base, span.index, 1)) * 1000}


def row(case: Case, best: dict[str, Any] | None) -> dict[str, Any]:
    """One library's figures. What is above the best is negative where the plan beats it."""
    pools = case.pools
    start = process_time()
    mine = plan(case.arc, pools, case.seed)
    seconds = process_time() - start
    by_path = {track.path: track for track in pools["all"]}
    plain = {"all": tuple(replace(track, shape=None) for track in pools["all"])}
    bare = plan(case.arc, plain, case.seed)
    told = tuple(replace(item, track=by_path[item.track.path]) for item in bare.items)
    rough = cost(replace(bare, items=told), case.arc)
    by_chance = in_order(case.arc, shuffled(case))
    in_rank = in_order(case.arc, by_intensity(case, len(by_chance.items) + 4))
    reference = best["J"] if best else None
    return {
        "case": case.name, "shuffled": by_chance.cost.J, "sorted": in_rank.cost.J,
        "J": mine.cost.J, "seconds": seconds, "reference": reference,
        "above": mine.cost.J / reference - 1 if reference else None,
        "E": mine.cost.E, "E_without": rough.E, "J_without": rough.J,
    }  # fmt: skip


def spread(case: Case, seeds: int = 8) -> list[float]:
    """J of the same library's plans by seed."""
    pools = case.pools
    return [plan(case.arc, pools, seed).cost.J for seed in range(seeds)]


def main() -> None:
    """Print the tables, or make the reference anew."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="every fifth library")
    options.add_argument("--json", action="store_true", help="one JSON object")
    asked = options.parse_args()
    best = json.loads(STORED.read_text()) if STORED.exists() else {}
    rows = []
    for case in cases()[:: 5 if asked.quick else 1]:
        found = row(case, best.get(case.name))
        rows.append(found)
        if asked.json:
            continue
        if len(rows) == 1:
            print(f"{'library':32} shuffled  sorted     plan   time     best  above  "
                  "within 10 %  E (without shapes)")  # fmt: skip
        reference = f"{found['reference']:.5f}" if found["reference"] else "      -"
        above = f"{found['above']:6.1%}" if found["above"] is not None else "     -"
        verdict = "-" if found["above"] is None else "yes" if found["above"] <= TARGET else "NO"
        print(
            f"{case.name:32} {found['shuffled']:8.4f} {found['sorted']:7.4f} {found['J']:8.5f} "
            f"{found['seconds']:5.2f}s {reference:>8} {above} "
            f"{verdict:>11}  {found['E']:.4f} ({found['E_without']:.4f})",
            flush=True,
        )
    seeds = spread(cases()[6])
    arc, pools = arc_of("6 h"), library(10_000, 1)
    whole = timed(lambda: plan(arc, pools, 1))
    again = replans(10_000)
    if asked.json:
        told = {"libraries": rows, "seeds": seeds, "plan_10000_s": whole, "replan_10000_ms": again}
        print(json.dumps(told))
        return
    known = [found["above"] for found in rows if found["above"] is not None]
    if known:
        over = sum(each > TARGET for each in known)
        print(f"above the best: mean {sum(known) / len(known):.1%}, worst {max(known):.1%}; "
              f"over {TARGET:.0%} in {over} of {len(known)}")  # fmt: skip
    n = len(rows)
    print(f"mean E {sum(r['E'] for r in rows) / n:.4f}, without shapes "
          f"{sum(r['E_without'] for r in rows) / n:.4f}; "
          f"mean J {sum(r['J'] for r in rows) / n:.5f}, "
          f"without {sum(r['J_without'] for r in rows) / n:.5f}")  # fmt: skip
    print(f"eight seeds of {cases()[6].name}: J {min(seeds):.5f} to {max(seeds):.5f}")
    print(f"10,000 tracks, 6 h: plan {whole:.2f} s (load {os.getloadavg()[0]:.1f})")
    for name, ms in again.items():
        print(f"  {name}: {ms:.0f} ms")


if __name__ == "__main__":
    main()
