"""`soundscape arc show`: an arc drawn over its time."""

from __future__ import annotations

from soundscape.cli.arc.named import ArcArgument, facts_of
from soundscape.cli.drawing import (
    DarkOption,
    PictureOption,
    check_drawing,
    draw_picture,
    show_picture,
)
from soundscape.cli.options import JsonOption
from soundscape.cli.out import console, print_json
from soundscape.cli.plan.shown import heading, phases_as_json
from soundscape.cli.written import ForceOption
from soundscape.core.arc import Arc
from soundscape.core.plan import phase_spans
from soundscape.core.text import lasting
from soundscape.drawing.scene import arc_scene
from soundscape.library.arcs.load import load_arc


def show(
    arc: ArcArgument,
    picture: PictureOption = None,
    dark: DarkOption = False,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Draw an arc: curve, phases, levels, modes and ambiences over its time. No music is needed."""
    replace = check_drawing(picture, dark, force)
    made = load_arc(arc)
    drawn = arc_scene(made)
    if json:
        spans = phase_spans(made, None)
        print_json({**facts_of(made, arc), "phases": phases_as_json(made, spans)})
    else:
        out = console()
        show_picture(out, drawn)
        out.print()
        for stretch in drawn.stretches:
            out.print(heading(stretch))
        for line in _notes(made):
            out.print()
            out.print(line)
    if picture:
        draw_picture(drawn, picture, dark=dark, quiet=json, replace=replace)


def _notes(made: Arc) -> list[str]:
    """What the picture of an arc does not tell."""
    lines = []
    if made.persons:
        people = " and ".join(made.persons)
        lines.append(f"For {people}; it counts from the dose of {made.follows}.")
    boosters = [phase for phase in made.phases if phase.booster]
    if boosters:
        each = ", ".join(f"{phase.name} ({lasting(phase.length_s)})" for phase in boosters)
        lines.append(f"With the `booster` cue: {each}.")
    if made.about:
        lines.append(" ".join(made.about.split()))
    if made.source:
        lines.append(f"Source: {' '.join(made.source.split())}")
    return lines
