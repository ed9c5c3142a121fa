"""The scene of a session as it was played: what became of the plan, cue by cue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from arcs_for_tests import AMBIENCES, ARC
from support.values import phase

from soundscape.core.arc import Arc, Curve
from soundscape.core.events import Opened
from soundscape.core.planner.planner import plan
from soundscape.core.track import Track
from soundscape.drawing.page import render
from soundscape.drawing.pen import Frame
from soundscape.drawing.played import played_scene
from soundscape.drawing.scene import Scene, arc_scene, at
from soundscape.drawing.strips import SAID_APART, said_places
from soundscape.drawing.terminal import terminal
from soundscape.engine.rehearsal import ScriptedCue, rehearse


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> tuple[Track, ...]:
    """Tracks whose files are there."""
    folder = tmp_path_factory.mktemp("music")
    tracks = []
    for i in range(40):
        path = folder / f"{i}.flac"
        path.write_bytes(b"x")
        tracks.append(Track(str(path), f"T{i}", 150.0 + 37.0 * (i % 7), i / 39))
    return tuple(tracks)


def drawn(arc: Arc, pool: tuple[Track, ...], *script: tuple[float, str]) -> Scene:
    """The scene of a rehearsal with these cues."""
    opened = Opened("testtest", arc, 1, "test", "null")
    cues = [ScriptedCue(at_s, *_split(words)) for at_s, words in script]
    pools = {"all": pool}
    ambiences = {name: replace(track, path=pool[0].path) for name, track in AMBIENCES.items()}
    kept = rehearse(
        opened, plan(arc, pools, 1), pools, ambiences, cues, datetime(2026, 3, 4, tzinfo=UTC)
    )
    return played_scene(kept.entries, "rehearsed")


def _split(words: str) -> tuple[str, tuple[str, ...]]:
    name, *rest = words.split()
    return name, tuple(rest)


def test_phases_lie_where_they_were(pool: tuple[Track, ...]) -> None:
    """As long as cues made them, without a gap between them; a silence of the arc is one here."""
    scene = drawn(ARC, pool, (100.0, "extend 5"), (1000.0, "transition"))
    assert [(s.name, round(s.start_s), round(s.end_s)) for s in scene.stretches[:3]] == [
        ("onset", 0, 900), ("peak", 900, 1000), ("hush", 1000, 1300)
    ]  # fmt: skip
    assert all(a.end_s == b.start_s for a, b in pairwise(scene.stretches))
    quiet = [q for q in scene.quiets if q.end_s > 1100.0 and q.start_s < 1300.0]
    assert [(q.words, q.chosen) for q in quiet] == [("silence", True)]


def test_the_curve_is_the_one_that_was_wanted(pool: tuple[Track, ...]) -> None:
    """It stands still in a hold, goes on after it, and is lower after a soften."""
    arc = Arc("One", (phase("peak", 20, stage="peak", curve=Curve.spread((0.2, 0.6))),))
    scene = drawn(arc, pool, (300.0, "hold"), (900.0, "release"), (1500.0, "soften"))
    (curve,) = scene.curves
    assert at(curve, 150.0) == pytest.approx(0.25)
    assert at(curve, 301.0) == pytest.approx(at(curve, 899.0)) == pytest.approx(0.3)
    assert at(curve, 1499.0) == pytest.approx(0.3 + 0.4 * 599 / 1200, abs=0.001)
    assert at(curve, 1501.0) < at(curve, 1499.0) - 0.05


def test_rests_modes_and_levels_are_what_cues_made_them(pool: tuple[Track, ...]) -> None:
    """Talk, a pause and a softer level lie where they were said; in a pause there is no level."""
    script = (
        (60.0, "soften 3"),
        (120.0, "talk"),
        (180.0, "reflect"),
        (240.0, "pause --all"),
        (300.0, "resume"),
    )
    scene = drawn(ARC, pool, *script)
    assert [(s.start_s, s.mode) for s in scene.steps_of("mode")][:3] == [
        (0.0, "reflect"), (120.0, "talk"), (180.0, "reflect")
    ]  # fmt: skip
    levels = [(round(s.start_s), s.level_db) for s in scene.steps_of("level_db")]
    assert levels[:6] == [
        (0, -3.0), (60, -6.0), (120, -21.0), (180, -6.0), (240, None), (300, -6.0)
    ]  # fmt: skip
    (paused,) = [q for q in scene.quiets if q.words == "paused"]
    assert 240.0 <= paused.start_s <= 249.0
    assert paused.end_s == pytest.approx(300.0, abs=0.5)
    bars = [bar for bar in scene.bars if bar.start_s < 700.0]
    assert bars == sorted(bars, key=lambda bar: bar.start_s)
    same = [
        bar
        for bar in scene.bars
        if abs(bar.end_s - paused.start_s) < 0.5 or abs(bar.start_s - paused.end_s) < 0.5
    ]
    assert len({bar.title for bar in same}) == 1


def test_what_was_said_is_told_by_who_said_it(pool: tuple[Track, ...]) -> None:
    """Cues, refusals, marks and the rehearsal's own words, each with its sign and its words; no
    note's words or id."""
    arc = Arc("Waits", (phase("arrive", 5, until="dose"), phase("on", 20)))
    scene = drawn(arc, pool, (60.0, "mark secret --person A"), (90.0, "resume"), (400.0, "lift 2"))
    assert [(m.at_s, m.kind, m.words) for m in scene.moments] == [
        (60.0, "mark", "mark A"),
        (90.0, "refused", "resume"),
        (300.0, "prompted", "dose"),
        (400.0, "cue", "lift 2"),
        (1500.0, "prompted", "end 30"),
    ]
    assert scene.dose_s == 300.0
    lines = ["".join(text for text, _ in row) for row in terminal(scene, 80)]
    for sign in ("★mark A", "»lift 2", "›dose"):
        assert any(sign in line for line in lines)
    assert any("×" in line for line in lines)
    assert all(len(line) <= 80 for line in lines)
    svg = render(scene, ".svg").decode()
    for words in ("mark A", "resume, refused", "dose (rehearsal)", "lift 2"):
        assert words in svg
    assert "secret" not in svg


@pytest.mark.slow
def test_a_hundred_cues_keep_their_places(pool: tuple[Track, ...]) -> None:
    """Words that would touch give way sideways, in order, and none leaves the page."""
    scene = drawn(ARC, pool, *((600.0 + i, "mark") for i in range(60)), (2840.0, "mark"))
    places = said_places(scene, Frame(70.0, 820.0, 0.0, scene.end_s))
    assert all(b - a >= SAID_APART - 1e-6 for a, b in pairwise(places))
    assert places[-1] <= 820.0
    assert render(scene, ".png")[:4] == b"\x89PNG"


def test_a_cap_is_drawn_where_it_holds(pool: tuple[Track, ...]) -> None:
    """As a line over the phases it is of, of a plan and of what was played alike."""
    arc = Arc(
        "Two",
        (
            phase("on", 5),
            phase("peak", 10, cap=0.6, curve=Curve.spread((0.3, 0.6))),
            phase("back", 5, cap=0.6),
        ),
    )
    for scene in (arc_scene(arc), drawn(arc, pool, (800.0, "lift"))):
        (cap,) = scene.caps
        assert (cap.start_s, cap.cap) == (300.0, 0.6)
        assert cap.end_s >= 1200.0
        assert max(value for line in scene.curves for at_s, value in line if at_s > 300.0) <= 0.6
        rows = ["".join(text for text, _ in row) for row in terminal(scene, 80)]
        assert any("╌" in row for row in rows)
        assert "cap 0.6" in render(scene, ".svg").decode()
