"""The picture in the terminal, and what every picture of a plan is drawn from."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from examples import examples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from picture_cases import lay, planned, pool
from rich.cells import cell_len

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.plan import Plan
from soundscape.core.text import decibels, lasting, plain
from soundscape.drawing.rows import Row
from soundscape.drawing.scene import SHORTEST_GAP_S, Scene, at, hours, scene, ticks
from soundscape.drawing.terminal import NARROWEST, SCALE, terminal

MUSIC = pool(40)
CURVES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5).map(
    lambda values: Curve.spread(tuple(values))
)
STEEP = Curve.spread((0.0, 1.0) * 6)
PHASES = st.builds(
    lambda name, minutes, curve, kind: Phase(
        name,
        "peak",
        minutes * 60.0,
        curve,
        ("all",) if kind == "music" else (),
        silence=kind == "silence",
        mode="talk" if kind == "talk" else "reflect",
    ),
    st.text(min_size=1, max_size=12),
    st.floats(0.2, 200.0),
    CURVES,
    st.sampled_from(["music", "music", "music", "silence", "alone", "talk"]),
)
ARCS = st.lists(PHASES, min_size=1, max_size=8).map(lambda phases: Arc("Any", tuple(phases)))


def texts(rows: tuple[Row, ...]) -> list[str]:
    """The lines without their inks."""
    return ["".join(text for text, _ in row) for row in rows]


def inked(rows: tuple[Row, ...], height: int, ink: str) -> dict[int, list[int]]:
    """For each column of the chart, its rows from the top that have a sign of this ink."""
    found: dict[int, list[int]] = {}
    for place, row in enumerate(rows[:height]):
        column = -SCALE
        for text, its in row:
            for _ in text:
                if its == ink and column >= 0:
                    found.setdefault(column, []).append(place)
                column += 1
    return found


@given(ARCS, st.integers(NARROWEST, 200), st.integers(5, 20), st.booleans())
def test_no_line_is_wider_than_asked(arc: Arc, width: int, height: int, ascii: bool) -> None:
    """Whatever the phases are called and however short they are, every line has exactly the width
    that was asked for, in cells of the terminal; in ASCII nothing else is used."""
    rows = terminal(scene(arc, lay(arc, MUSIC)), width, height=height, ascii=ascii)
    assert len(rows) > height
    assert {cell_len(line) for line in texts(rows)} == {width}
    assert not ascii or all(line.isascii() for line in texts(rows))


@example(STEEP, 40, 20, False)
@example(STEEP, 40, 20, True)
@given(CURVES, st.integers(NARROWEST, 160), st.integers(5, 20), st.booleans())
def test_the_curve_is_where_the_intensity_is(
    curve: Curve, width: int, height: int, ascii: bool
) -> None:
    """In the middle of every column the line passes within a cell of the wanted intensity, and it
    never breaks off between two columns."""
    arc = Arc("One", (Phase("all", "peak", 3600.0, curve, ("all",)),))
    columns = width - SCALE
    rows = terminal(scene(arc, lay(arc, MUSIC)), width, height=height, ascii=ascii)
    drawn = inked(rows, height, "curve")
    assert sorted(drawn) == list(range(columns))
    for column, places in drawn.items():
        wanted = (1.0 - curve.at((column + 0.5) / columns)) * height
        # A row covers what lies between it and the next, so its middle is half a row further.
        assert min(abs(place + 0.5 - wanted) for place in places) <= 1.0
    for one, two in pairwise(range(columns)):
        assert min(abs(a - b) for a in drawn[one] for b in drawn[two]) <= 1


@given(st.floats(0.0, 1.0), st.integers(5, 20))
def test_a_bar_is_as_high_as_its_track(intensity: float, height: int) -> None:
    """A bar's top lies within a cell of the intensity of the track that sounds there."""
    arc = Arc("One", (Phase("all", "peak", 3600.0, Curve.spread((0.5,)), ("all",)),))
    plan = lay(arc, tuple(pool(1)))
    bars = scene(arc, plan).bars
    high = [replace(bar, intensity=intensity) for bar in bars]
    bare = replace(scene(arc, plan), bars=tuple(high), curves=())
    tops = {
        min(places) for places in inked(terminal(bare, 80, height=height), height, "bar").values()
    }
    wanted = (1.0 - intensity) * height
    assert all(abs(top + 0.5 - wanted) <= 1.0 for top in tops)


def test_too_narrow_a_window_has_no_picture() -> None:
    """Rather none than one that cannot be read; the same for a plan of no length."""
    drawn = scene(*planned("five phases"))
    assert terminal(drawn, NARROWEST - 1) == ()
    assert terminal(scene(Arc("None", ()), Plan()), 80) == ()


@pytest.mark.parametrize("ascii", [False, True])
def test_phases_silences_and_talk_are_told_without_colour(ascii: bool) -> None:
    """Each phase is named at its place, a silence is hatched unlike ambience alone, and talk is
    written out."""
    rows = texts(terminal(scene(*planned("silences")), 120, ascii=ascii))
    whole = "\n".join(rows)
    for word in ("onset", "sea", "return", "talk", "reflect", "0:00", "0:30"):
        assert word in whole
    assert ("/" if ascii else "╱") in rows[0]
    assert ("-" if ascii else "·") in rows[0]
    assert "-9 dB" in whole


def test_what_does_not_fit_is_shortened_to_what_is_still_true() -> None:
    """A narrow phase shows its mode or a level without its unit, never half a number."""
    rows = texts(terminal(scene(*planned("twenty phases")), 110))
    mode, level = (row[SCALE:].split("┊")[1:] for row in rows[-2:])
    assert {each.strip() for each in mode} == {"reflect", "talk", "r", ""}
    shown = {each.strip().removesuffix(" dB") for each in level} - {""}
    known = {decibels(s.level_db or 0.0) for s in scene(*planned("twenty phases")).stretches}
    assert shown <= {each.removesuffix(" dB") for each in known}


# The scene.


@settings(max_examples=examples(50))
@given(ARCS, st.data())
def test_the_curve_of_a_picture_is_the_one_the_planner_follows(
    arc: Arc, data: st.DataObject
) -> None:
    """At any moment of a phase with music it is what the phase wants then; phases without music
    have none."""
    drawn = scene(arc, lay(arc, MUSIC))
    start = 0.0
    for phase in arc.phases:
        moment = start + data.draw(st.floats(0.01, 0.99)) * phase.length_s
        lines = [line for line in drawn.curves if line[0][0] <= moment <= line[-1][0]]
        if phase.playlists:
            assert at(lines[0], moment) == pytest.approx(phase.target(moment - start), abs=1e-6)
        else:
            assert not lines
        start += phase.length_s


@given(ARCS)
def test_every_moment_is_music_or_quiet(arc: Arc) -> None:
    """Bars and quiet times together cover the arc; no quiet time lies within a bar."""
    drawn = scene(arc, lay(arc, MUSIC))
    assert covered(drawn) == pytest.approx(drawn.end_s, abs=SHORTEST_GAP_S * 8)
    for quiet in drawn.quiets:
        assert all(
            bar.end_s <= quiet.start_s + 1e-6 or quiet.end_s <= bar.start_s + 1e-6
            for bar in drawn.bars
        )


def covered(drawn: Scene) -> float:
    """Seconds of the arc with a bar or a quiet time."""
    until = total = 0.0
    for start, end in sorted(
        [(b.start_s, b.end_s) for b in drawn.bars] + [(q.start_s, q.end_s) for q in drawn.quiets]
    ):
        end = min(end, drawn.end_s)
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def test_what_is_missing_is_told_from_what_is_meant() -> None:
    """A phase that should have music and has none is "no music", not a silence."""
    words = {quiet.words for quiet in scene(*planned("no track")).quiets}
    assert words == {"no music", "silence"}
    assert {q.words for q in scene(*planned("silences")).quiets} == {"silence", "ambience alone"}


def test_neighbours_overlap_by_their_crossfade() -> None:
    """The lean of a bar's side is how long both tracks sound; a first track has none."""
    drawn = scene(*planned("one phase"))
    assert drawn.bars[0].fade_in_s == 0.0
    assert {round(bar.fade_in_s) for bar in drawn.bars[1:]} == {15}
    assert {round(bar.fade_out_s) for bar in drawn.bars[:-1]} == {15}


def test_open_phases_and_levels_are_told_as_they_will_be() -> None:
    """An open-ended phase says until when, the arc's own level is added, talk caps the level."""
    long = scene(*planned("135 tracks"))
    assert long.stretches[0].lasting == "until dose (10 min)"
    assert long.dose_s == 600.0
    assert [s.level_db for s in scene(*planned("silences")).stretches] == [-9, None, None, None, -9]
    assert long.stretches[-1].level_db == -18.0


@given(st.text(st.characters(codec=None)))
def test_plain_text_is_one_line_that_can_be_drawn(text: str) -> None:
    """No line breaks, no control characters, nothing that XML or UTF-8 cannot hold; words stay."""
    made = plain(text)
    assert made == plain(made)
    assert made.splitlines() in ([], [made])
    made.encode("utf-8")
    assert not any(ord(c) < 32 or "\u202a" <= c <= "\u202e" for c in made)


@given(st.floats(1.0, 400_000.0), st.integers(1, 40))
def test_ticks_are_few_round_and_even(length_s: float, most: int) -> None:
    """From 0, no more than asked, none beyond the end."""
    made = ticks(length_s, most)
    assert made[0] == 0.0
    assert 1 <= len(made) <= most
    assert made[-1] <= length_s
    assert len({round(b - a, 6) for a, b in pairwise(made)}) <= 1


def test_words_for_lengths_moments_and_levels() -> None:
    """They are as short as they can be and never ambiguous."""
    assert [lasting(s) for s in (30, 60, 75, 90, 1200, 9000)] == [
        "30 s",
        "60 s",
        "75 s",
        "90 s",
        "20 min",
        "2 h 30 min",
    ]
    assert [hours(s) for s in (0, 59 * 60, 3600, 36_000)] == ["0:00", "0:59", "1:00", "10:00"]
    assert [decibels(v) for v in (-18, 0, 2, -0.01, -2)] == [
        "-18 dB",
        "0 dB",
        "+2 dB",
        "0 dB",
        "-2 dB",
    ]
