"""The arcs that ship, rehearsed with cues: each timeline is the one that was read and found good,
and the music of each keeps what has to hold whichever tracks the planner chooses."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import pytest
from golden_timelines import GOLDEN, NAMES, Golden, catalogue, golden

from soundscape.cli.rehearse import read_script
from soundscape.core.cues.table import CUES
from soundscape.drawing.scene import at
from soundscape.library.arcs.places import shipped

NEAR = 0.2
"""How far the music may be from the curve on average: a cue leaves the planner what is left."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Golden]:
    """Each arc, rehearsed once."""
    tracks = catalogue(tmp_path_factory.mktemp("music"))
    return cache(lambda name: golden(name, tracks))


def test_every_arc_that_ships_has_a_timeline_and_every_cue_is_in_one() -> None:
    """A new arc, and a new cue, want their place here."""
    assert set(NAMES) == {path.stem for path in shipped("arcs").glob("*.yaml")}
    said = {cue.name for name in NAMES for cue in read_script(GOLDEN / f"{name}.script")}
    assert said == set(CUES)


@pytest.mark.parametrize("name", NAMES)
def test_the_timeline_is_the_one_that_was_read(name: str, told: Callable[[str], Golden]) -> None:
    """Phases, cues and answers, levels, rests. If a change is meant: `tests/golden/README.md`."""
    assert told(name).text == (GOLDEN / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_music_goes_on_wherever_it_is_wanted(name: str, told: Callable[[str], Golden]) -> None:
    """Without a gap but for silences, pauses and stops somebody chose, and never two for long."""
    scene = told(name).scene
    assert [quiet for quiet in scene.quiets if not quiet.chosen] == []
    overlaps = [a.end_s - b.start_s for a, b in pairwise(scene.bars)]
    assert max(overlaps, default=0.0) <= 20.5


@pytest.mark.parametrize("name", NAMES)
def test_the_music_keeps_near_the_curve(name: str, told: Callable[[str], Golden]) -> None:
    """On average over the time it plays; and no track is above the cap."""
    made = told(name)
    off = seconds = 0.0
    for bar in made.scene.bars:
        middle = (bar.start_s + bar.end_s) / 2
        curve = next((c for c in made.scene.curves if c[0][0] <= middle <= c[-1][0]), None)
        if curve is not None:
            off += abs(bar.intensity - at(curve, middle)) * (bar.end_s - bar.start_s)
            seconds += bar.end_s - bar.start_s
    assert off / seconds < NEAR
    cap = min(phase.cap for phase in made.arc.phases)
    assert max(bar.intensity for bar in made.scene.bars) <= cap
