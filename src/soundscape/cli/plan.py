"""`soundscape plan` and `soundscape schema`: what would be played, and how arcs are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soundscape.cli.wishes import (
    AvoidFileOption,
    AvoidOption,
    KeepFreshOption,
    SeriesOption,
    read_wishes,
)

if TYPE_CHECKING:
    from soundscape.cli.prepare import Prepared


def plan(
    arc: Annotated[Path, typer.Argument(help="the arc's YAML file", show_default=False)],
    library: Annotated[Path | None, typer.Option(help="the folder that holds the music")] = None,
    seed: Annotated[int, typer.Option(help="another seed, another plan", min=0)] = 0,
    avoid: AvoidOption = None,
    avoid_file: AvoidFileOption = None,
    series: SeriesOption = "",
    keep_fresh: KeepFreshOption = 0,
    json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Show what an arc would play, when, and why."""
    from soundscape.cli.out import print_json, tell_left_out, with_progress
    from soundscape.cli.prepare import prepare
    from soundscape.cli.settings import load_settings
    from soundscape.home import Home

    wishes = read_wishes(avoid, avoid_file, series, keep_fresh)
    home = Home.find()
    library = library or load_settings(home.settings).library_folder
    ready = with_progress(lambda step: prepare(home, arc, library, seed, step, wishes))
    tell_left_out(ready.gathered.left_out, ready.gathered.warnings)
    if json:
        print_json(_as_json(ready))
    else:
        _print(ready)


def _as_json(ready: Prepared) -> dict[str, Any]:
    made, phases = ready.plan, ready.arc.phases
    cost = made.cost
    return {
        "arc": ready.arc.name,
        "seed": made.seed,
        "length_s": made.spans[-1].end_s if made.spans else 0.0,
        "items": [
            {
                "phase": phases[item.phase].name,
                "path": item.track.path,
                "title": item.track.title,
                "artist": item.track.artist,
                "intensity": item.track.intensity,
                "start_s": round(item.start_s, 3),
                "end_s": round(item.end_s, 3),
                "reason": item.reason,
            }
            for item in made.items
        ],
        "phases": [
            {
                "name": span.name,
                "stage": span.stage,
                "start_s": round(span.start_s, 3),
                "end_s": round(span.end_s, 3),
            }
            for span in made.spans
        ],
        "cost": {name: round(getattr(cost, name), 4) for name in ("J", "C", "S", "K", "A", "L")},
        "warnings": list(made.warnings),
    }


def _print(ready: Prepared) -> None:
    from rich.table import Table
    from rich.text import Text

    from soundscape.cli.out import console
    from soundscape.core.words import clock

    made, phases = ready.plan, ready.arc.phases
    out = console()
    out.print(Text(f"{ready.arc.name}, seed {made.seed}", "bold"))
    widest = max((len(item.track.title) for item in made.items), default=0)
    for span in made.spans:
        phase = phases[span.index]
        out.print()
        head = Text.assemble((span.name, "bold underline"))
        head.append(f"   {clock(span.start_s)} to {clock(span.end_s)}, {phase.mode}", "dim")
        out.print(head)
        table = Table.grid(padding=(0, 2))
        for width in (7, 7, 6):
            table.add_column(justify="right", width=width, no_wrap=True)
        table.add_column(width=min(widest, 32))
        table.add_column(ratio=1, style="dim")
        for item in made.items:
            if item.phase == span.index:
                bar = "▏▎▍▌▋▊▉█"[min(int(item.track.intensity * 8), 7)]
                table.add_row(
                    clock(item.start_s),
                    clock(item.end_s),
                    f"{item.track.intensity:.2f} {bar}",
                    Text(item.track.title),
                    Text(item.reason),
                )
        out.print(table if table.row_count else Text("no music", "dim"))
    cost = made.cost
    parts = "  ".join(f"{name} {getattr(cost, name):.3f}" for name in ("C", "S", "K", "A", "L"))
    out.print()
    out.print(Text(f"cost J {cost.J:.3f}  ({parts}); lower is better", "dim"))
    for warning in made.warnings:
        out.print(Text(f"note: {warning}"))


def schema() -> None:
    """Print the JSON Schema of an arc's file, so that editors complete and check it."""
    from soundscape.cli.out import print_json
    from soundscape.library.arcmodel import arc_schema

    print_json(arc_schema())
