"""A session in a few plain sentences: every figure from what was heard and said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.text import lasting
from soundscape.journal.story import CueStory, FaultStory, Heard, MarkStory, PhaseStory, Story
from soundscape.reports.summary import summary, union_s

ARC = Arc(
    "An arc",
    (
        Phase("arrive", "arrival", 600.0, Curve.spread((0.1,)), ("all",), until="dose"),
        Phase("peak", "peak", 3000.0, Curve.spread((0.6,)), ("all",)),
        Phase("more", "peak", 900.0, Curve.spread((0.6,)), ("all",), booster=True),
        Phase("return", "return", 600.0, Curve.spread((0.2,)), ("all",)),
    ),
)


def story(length_s: float | None = 4260.0) -> Story:
    """Two phases, two tracks, nothing said."""
    told = Story("abcd2345", "An arc", length_s=length_s, reason="end")
    told.phases = [
        PhaseStory("arrive", "arrival", 0.0, 300.0, ""),
        PhaseStory("peak", "peak", 300.0, length_s, ""),
    ]
    told.heard = [
        Heard("music", "/m/1", "One", "peak", 0.0, 1000.0, 0.0, "", None),
        Heard("music", "/m/2", "Two", "peak", 985.0, 2000.0, 0.0, "", None),
        Heard("music", "/m/1", "One", "peak", 3000.0, 3600.0, 0.0, "", None),
        Heard("ambience", "/m/rain", "Rain", "peak", 0.0, 4000.0, 0.0, "", None),
    ]
    return told


@pytest.mark.parametrize(
    ("length_s", "zero_s", "told"),
    [
        (4260.0, 300.0, "1 h 11 min long, 6 min longer than planned."),
        (3900.0, 300.0, "1 h 5 min long, as planned."),
        (3000.0, 300.0, "50 min long, 15 min shorter than planned."),
        (3000.0, None, "50 min long."),
    ],
)
def test_how_long_is_compared_with_the_arc_from_its_dose(
    length_s: float, zero_s: float | None, told: str
) -> None:
    """The wait for the dose is nobody's plan, nor are boosters; where the arc never began to count
    there is nothing to compare."""
    assert summary(story(length_s), ARC, zero_s, 0.0)[0] == told


def test_music_counts_once_where_two_tracks_cross() -> None:
    """Tracks by file, time by what was covered: a seam is no second of its own."""
    assert "Music was heard for 43 min: 2 tracks." in summary(story(), ARC, 300.0, 0.0)


def test_cues_are_told_by_phase_and_refused_ones_are_not() -> None:
    """How often and where; what nobody did is not in it."""
    told = story()
    told.cues = [
        CueStory(10.0, "soften", {}, "", True),
        CueStory(400.0, "soften", {}, "", True),
        CueStory(500.0, "soften", {}, "", True),
        CueStory(600.0, "lift", {}, "no", False),
    ]
    told.marks = [MarkStory(700.0, 1, "A", "")]
    sentences = summary(told, ARC, 300.0, 0.0)
    assert "Softened once in arrive, twice in peak." in sentences
    assert "Marked once in peak." in sentences
    assert not any("ifted" in each for each in sentences)


def test_what_went_wrong_is_told() -> None:
    """Silence that nobody chose, faults, and a journal without its end."""
    told = story(None)
    told.faults = [FaultStory(5.0, "stalled", "", "")]
    sentences = summary(told, ARC, 300.0, 12.4)
    assert "Nothing was heard for 12 s, though nobody asked for silence." in sentences
    assert "1 thing went wrong; the table says what and when." in sentences
    assert sentences[-1].startswith("The journal is open")


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), max_size=20))
def test_the_union_is_what_a_count_of_seconds_says(spans: list[tuple[int, int]]) -> None:
    """Beside the plainest way of counting: each second that some span covers."""
    found = [(float(start), float(start + length)) for start, length in spans]
    seconds = {second for start, length in spans for second in range(start, start + length)}
    assert union_s(found) == len(seconds)


def test_how_long_something_lasts_is_rounded_for_reading() -> None:
    """Seconds below a hundred (tenths below ten), then minutes, then hours and minutes."""
    said = [lasting(s) for s in (0.0, 1.54, 73.3, 99.0, 120.0, 3599.0, 6300.0)]
    assert said == ["0 s", "1.5 s", "73 s", "99 s", "2 min", "1 h", "1 h 45 min"]
