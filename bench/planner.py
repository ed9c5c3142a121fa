"""How good and how quick plans are: ``python bench/planner.py [--quick] [--json]``.

For seeded random libraries (durations lognormal about 4.5 minutes, intensities smooth) it prints

- J of a shuffled playlist and of one sorted by intensity, which is what a user would have else,
- J and time of `plan`,
- J of the near-optimal peer: the same search with ten times the work from two seeds, then a long
  annealing, and how far `plan` is above it,

then the times of a plan, of replans and of `pick` with 10,000 tracks. Times are CPU seconds of one
core, the best of three for the small ones.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from time import process_time

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.plan import Plan, PlanItem, SoFar
from soundscape.core.plan_lay import lay_out
from soundscape.core.plan_model import Model
from soundscape.core.plan_settle import WORK, polished, settle
from soundscape.core.planner import cost, phase_spans, pick, plan
from soundscape.core.track import Pools, Track

SHORT = (
    ("onset", 20, ((0, 0.2), (1, 0.5))),
    ("peak", 40, ((0, 0.5), (0.5, 0.8), (1, 0.75))),
    ("return", 25, ((0, 0.7), (1, 0.2))),
    ("integration", 20, ((0, 0.2), (1, 0.1))),
)
LONG = (
    ("pre-onset", 20, ((0, 0.1), (1, 0.2))),
    ("ascent", 31, ((0, 0.2), (1, 0.7))),
    ("peak", 80, ((0, 0.7), (0.3, 0.9), (0.55, 0.7), (0.74, 0.9), (1, 0.8))),
    ("descent", 109, ((0, 0.8), (1, 0.45))),
    ("return", 100, ((0, 0.45), (1, 0.15))),
    ("welcome back", 20, ((0, 0.1), (1, 0.0))),
)


def arc_of(name: str, rows: tuple[tuple[str, float, tuple[tuple[float, float], ...]], ...]) -> Arc:
    """An arc whose phases all play the playlist `all`."""
    return Arc(
        name, tuple(Phase(n, "peak", m * 60, Curve(curve), ("all",)) for n, m, curve in rows)
    )


def library(count: int, seed: int) -> Pools:
    """Tracks whose durations and intensities look like those of real music."""
    rng = random.Random(seed)
    tracks = [
        Track(
            f"/m/{i:05}.ogg",
            f"Track {i}",
            min(1500.0, max(70.0, rng.lognormvariate(math.log(270), 0.38))),
            rng.betavariate(1.5, 1.8),
            artist=f"artist {int(rng.random() ** 2 * max(6, count // 6))}",
        )
        for i in range(count)
    ]
    return {"all": tuple(tracks)}


def in_order(arc: Arc, tracks: list[Track]) -> Plan:
    """A playlist played as it stands, each boundary served by the change nearest to it."""
    spans = phase_spans(arc, None)
    starts: list[float] = []
    at = 0.0
    for track in tracks:
        if at >= arc.length_s:
            break
        starts.append(at)
        at += track.length_s - 15.0
    firsts = [
        min(range(len(starts)), key=lambda i, t=span.start_s: abs(starts[i] - t)) for span in spans
    ]
    items = []
    for i, start in enumerate(starts):
        phase = max(n for n, first in enumerate(firsts) if first <= i)
        track = tracks[i]
        items.append(PlanItem(phase, track, start, start + track.length_s, 0.0, ""))
    found = Plan(tuple(items), spans)
    return replace(found, cost=cost(found, arc))


def peer(arc: Arc, pools: Pools, mine: Plan, quick: bool) -> float:
    """J of the near-optimal peer, which may start from nothing that `plan` found."""
    best = math.inf
    for seed in (1,) if quick else (1, 2):
        model = Model(arc, pools, seed, None, phase_spans(arc, None))
        line = settle(model, WORK * (4 if quick else 10), 0)
        line = polished(model, line, 5_000 if quick else 150_000)
        items, _ = lay_out(model, line)
        best = min(best, cost(Plan(items, tuple(model.spans)), arc).J)
    return min(best, mine.cost.J)


def timed(call: Callable[[], object], times: int = 3) -> float:
    """CPU seconds of the best of a few calls."""
    best = math.inf
    for _ in range(times):
        start = process_time()
        call()
        best = min(best, process_time() - start)
    return best


def replans(count: int) -> dict[str, float]:
    """CPU milliseconds of a replan of the long arc, by what happened, and of a pick."""
    arc, pools = arc_of("long", LONG), library(count, 1)
    before = plan(arc, pools, 1)
    playing = before.items[8]
    span = before.spans[playing.phase]
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


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="a few libraries, a shorter peer")
    options.add_argument("--json", action="store_true", help="one JSON object")
    asked = options.parse_args()
    sizes = [60, 90, 140, 200, 300, 450, 650, 900, 1400, 2000]
    cases = [(arc_of("short", SHORT), n, n) for n in sizes]
    cases += [(arc_of("long", LONG), max(n, 150), n + 1) for n in sizes]
    if asked.quick:
        cases = cases[::5]
    rows = []
    for arc, count, seed in cases:
        pools = library(count, seed)
        tracks = list(pools["all"])
        random.Random(seed).shuffle(tracks)
        shuffled = in_order(arc, tracks)
        subset = sorted(tracks[: len(shuffled.items) + 4], key=lambda t: t.intensity)
        start = process_time()
        mine = plan(arc, pools, seed)
        seconds = process_time() - start
        best = peer(arc, pools, mine, asked.quick)
        row = {
            "arc": arc.name, "tracks": count, "shuffled": shuffled.cost.J,
            "sorted": in_order(arc, subset).cost.J, "J": mine.cost.J, "seconds": seconds,
            "peer": best, "above": mine.cost.J / best - 1,
        }  # fmt: skip
        rows.append(row)
        if not asked.json:
            if len(rows) == 1:
                print("arc    tracks  shuffled   sorted     plan     time     peer   above")
            print(
                f"{arc.name:6} {count:6} {row['shuffled']:9.4f} {row['sorted']:8.4f} "
                f"{row['J']:8.5f} {seconds:7.2f}s {best:8.5f} {row['above']:6.1%}",
                flush=True,
            )
    arc, pools = arc_of("long", LONG), library(10_000, 1)
    whole = timed(lambda: plan(arc, pools, 1))
    again = replans(10_000)
    if asked.json:
        print(json.dumps({"libraries": rows, "plan_10000_s": whole, "replan_10000_ms": again}))
        return
    print(f"mean above the peer: {sum(row['above'] for row in rows) / len(rows):.1%}")
    print(f"10,000 tracks, 6 h: plan {whole:.2f} s")
    for name, ms in again.items():
        print(f"  {name}: {ms:.0f} ms")


if __name__ == "__main__":
    main()
