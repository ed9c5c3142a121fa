"""What `soundscape plan` prints: the picture, the tracks with their reasons, the plan's cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from soundscape.cli.drawing import WIDE, show_picture
from soundscape.cli.out import console
from soundscape.cli.prepare import Prepared
from soundscape.core.arc import Arc
from soundscape.core.plan import Cost, PhaseSpan
from soundscape.core.text import clock, decibels, plain
from soundscape.drawing.scene import Bar, Scene, Stretch, scene

COSTS = {
    "J": "the whole; lower is better",
    "C": "how far the music is from the curve, root mean square",
    "S": "minutes between a phase's boundary and the change of track that serves it, on average",
    "K": "minutes of music that a boundary cuts off, on average",
    "A": "share of tracks whose artist was among the three before",
    "L": "how far neighbours jump beyond the curve's own step, on average",
    "E": "the same from the end of one to the start of the next; no part of J",
}
"""The parts of the planner's cost, in few words."""


def show(ready: Prepared) -> None:
    """Print a plan for people."""
    out = console()
    drawn = scene(ready.arc, ready.plan)
    show_picture(out, drawn)
    for place, stretch in enumerate(drawn.stretches):
        index = ready.plan.spans[place].index
        of_it = [
            (bar, plain(item.reason))
            for bar, item in zip(drawn.bars, ready.plan.items, strict=True)
            if item.phase == index
        ]
        out.print()
        out.print(heading(stretch))
        quiet = {q.words for q in drawn.quiets if stretch.start_s <= q.start_s < stretch.end_s}
        out.print(_table(of_it, drawn, out) if of_it else Text(", ".join(sorted(quiet)), "dim"))
    _show_notes(out, ready, drawn)
    _show_cost(out, ready.plan.cost)


def heading(stretch: Stretch) -> Text:
    """A phase's name, and what there is to say of it."""
    facts = [f"{clock(stretch.start_s)} to {clock(stretch.end_s)}", stretch.about]
    if stretch.level_db is not None:
        facts.append(decibels(stretch.level_db))
    if stretch.ambience:
        facts.append(f"{stretch.ambience} at {decibels(stretch.ambience_db)}")
    return Text.assemble((stretch.name, "bold underline"), (f"   {', '.join(facts)}", "dim"))


def _table(of_it: list[tuple[Bar, str]], drawn: Scene, out: Console) -> Table:
    """The tracks of a phase: number, from, to, intensity, voice, title and artist, reason."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for width in (len(str(len(drawn.bars))), 7, 7, 6, 1):
        table.add_column(justify="right", width=width, no_wrap=True)
    wide = out.width >= WIDE
    if wide:
        table.add_column(width=min(max(cell_len(_named(bar)) for bar in drawn.bars), 56))
    table.add_column(ratio=1)
    eighths = " ▏▎▍▌▋▊▉█" if out.encoding.lower().startswith("utf") else " " * 9
    for bar, reason in of_it:
        named, why = Text(_named(bar)), Text(reason, "dim")
        table.add_row(
            str(bar.number),
            clock(bar.start_s),
            clock(bar.end_s),
            f"{bar.intensity:.2f} {eighths[round(bar.intensity * 8)]}",
            {"instrumental": "", "voice": "v", "unknown": "?"}[bar.voice],
            *((named, why) if wide else (Text("\n").join((named, why)),)),
        )
    return table


def _named(bar: Bar) -> str:
    return f"{bar.title}, {bar.artist}" if bar.artist else bar.title


def _show_notes(out: Console, ready: Prepared, drawn: Scene) -> None:
    voices = {bar.voice for bar in drawn.bars}
    notes = []
    if "unknown" in voices:
        notes.append("? nobody has said yet whether it has a voice: `soundscape library vouch`")
    if "voice" in voices:
        notes.append("v somebody sings or speaks in it, which its phase allows")
    if ready.wishes.avoid:
        notes.append(f"avoided: {', '.join(ready.wishes.avoid)}")
    if ready.kept_fresh:
        notes.append(f"kept fresh from what was heard in {', '.join(ready.kept_fresh)}")
    notes += [f"note: {warning}" for warning in drawn.warnings]
    if notes:
        out.print()
    for note in notes:
        out.print(Text(plain(note)))


def _show_cost(out: Console, cost: Cost) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    for part in fields(cost):
        value = f"{getattr(cost, part.name):.3f}"
        table.add_row(part.name, value, Text(COSTS.get(part.name, "")), style="dim")
    out.print()
    out.print(Text("what the planner weighs", "dim"))
    out.print(table)


def as_json(ready: Prepared) -> dict[str, Any]:
    """The same facts for programs. Times in seconds from the session's start, levels in dB."""
    made, phases, arc = ready.plan, ready.arc.phases, ready.arc
    return {
        "arc": arc.name,
        "seed": made.seed,
        "length_s": made.spans[-1].end_s if made.spans else 0.0,
        "items": [
            {
                "phase": phases[item.phase].name,
                "path": item.track.path,
                "title": item.track.title,
                "artist": item.track.artist,
                "intensity": item.track.intensity,
                "shape": item.track.shape,
                "voice": item.track.voice,
                "start_s": round(item.start_s, 3),
                "end_s": round(item.end_s, 3),
                "offset_s": round(item.offset_s, 3),
                "cut": item.cut,
                "reason": item.reason,
            }
            for item in made.items
        ],
        "phases": phases_as_json(arc, made.spans),
        "cost": {part.name: round(getattr(made.cost, part.name), 4) for part in fields(made.cost)},
        "avoid": ready.wishes.avoid,
        "kept_fresh": ready.kept_fresh,
        "warnings": [told.text for told in made.warnings],
        "shortfalls": [
            {
                "kind": told.kind,
                "phase": None if told.phase is None else phases[told.phase].name,
                "missing_s": round(told.missing_s, 3),
                "text": told.text,
            }
            for told in made.warnings
        ],
    }


def phases_as_json(arc: Arc, spans: Sequence[PhaseSpan]) -> list[dict[str, Any]]:
    """An arc's phases where they lie, in seconds from the session's start."""
    return [
        {
            "name": span.name,
            "stage": span.stage,
            "start_s": round(span.start_s, 3),
            "end_s": round(span.end_s, 3),
            "until": phase.until,
            "mode": phase.mode,
            "level_db": phase.output_level_db + arc.level_db,
            "crossfade_s": phase.crossfade_s,
            "silence": phase.silence,
            "ambience": (
                {"name": phase.ambience.name, "level_db": phase.ambience.level_db}
                if phase.ambience
                else None
            ),
            "voice": phase.voice,
            "curve": phase.curve.points,
            "cap": phase.cap if phase.cap < 1 else None,
        }
        for span, phase in ((span, arc.phases[span.index]) for span in spans)
    ]
