"""The course of a session: where its phases lie, as the screen draws them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from desk import Desk
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.course import CoursePhase, course
from soundscape.core.events import Opened
from soundscape.core.session import open_session

ARC = Arc(
    "Small",
    (
        Phase("arrival", "arrival", 300.0, Curve.spread((0.2,)), ("all",), until="dose"),
        Phase("onset", "onset", 600.0, Curve.spread((0.2, 0.6)), ("all",)),
        Phase("peak", "peak", 1200.0, Curve.spread((0.6, 0.9, 0.8)), ("all",)),
        Phase("quiet", "return", 120.0, Curve.spread((0.0,)), silence=True),
        Phase("return", "return", 600.0, Curve.spread((0.6, 0.1)), ("all",)),
    ),
)


@pytest.fixture
def desk() -> Desk:
    return Desk(open_session(Opened("testtest", ARC, 1, "test", "null"), {}))


def legs(desk: Desk) -> tuple[CoursePhase, ...]:
    return course(desk.session, desk.now)


def spans(desk: Desk) -> list[tuple[str, float, float]]:
    return [(leg.name, round(leg.from_s), round(leg.to_s)) for leg in legs(desk)]


def test_before_the_start_it_is_the_arc_as_planned() -> None:
    """All phases one after the other; one without music has no curve."""
    session = open_session(Opened("testtest", ARC, 1, "test", "null"), {})
    found = course(session, 0.0)
    assert [(leg.from_s, leg.to_s) for leg in found] == [
        (0.0, 300.0), (300.0, 900.0), (900.0, 2100.0), (2100.0, 2220.0), (2220.0, 2820.0),
    ]  # fmt: skip
    assert found[0].open_ended
    assert found[3].curve == ()
    assert found[2].curve == ((900.0, 0.6), (1500.0, 0.9), (2100.0, 0.8))


def test_what_is_past_stays_where_it_was(desk: Desk) -> None:
    """An open-ended phase ends where its cue came; later ones follow from there."""
    desk.pass_to(500.0)
    assert spans(desk)[0] == ("arrival", 0, 500)
    desk.cue("dose")
    desk.pass_to(700.0)
    assert spans(desk)[:3] == [("arrival", 0, 500), ("onset", 500, 1100), ("peak", 1100, 2300)]
    desk.cue("transition")
    desk.pass_to(800.0)
    assert spans(desk)[:3] == [("arrival", 0, 500), ("onset", 500, 700), ("peak", 700, 1900)]
    desk.cue("extend", "5")
    assert spans(desk)[2] == ("peak", 700, 2200)


def test_a_dose_some_minutes_ago_begins_its_phase_when_it_was_said(desk: Desk) -> None:
    """The phase counts from the dose, and nobody was in it before it was said."""
    desk.pass_to(400.0)
    desk.cue("dose", "--ago 5")
    assert spans(desk)[:2] == [("arrival", 0, 400), ("onset", 400, 700)]
    assert legs(desk)[1].curve[0][1] == pytest.approx(0.4)


def test_undo_gives_the_phase_back(desk: Desk) -> None:
    """A transition that was taken back leaves no trace in the course."""
    desk.cue("dose")
    desk.pass_to(100.0)
    desk.cue("transition")
    desk.cue("undo")
    assert spans(desk)[:3] == [("onset", 0, 600), ("peak", 600, 1800), ("quiet", 1800, 1920)]


def test_a_hold_stands_still_and_goes_on_from_now(desk: Desk) -> None:
    """While it is held the curve is flat; what was left of it comes after now."""
    desk.cue("dose")
    desk.pass_to(300.0)
    desk.cue("hold")
    desk.pass_to(1000.0)
    held = legs(desk)[0]
    assert held.open_ended
    assert (held.from_s, held.to_s) == (0.0, 1300.0)
    assert [value for at_s, value in held.curve if 300.0 <= at_s <= 1000.0] == [0.4, 0.4]
    assert held.curve[-1] == (1300.0, pytest.approx(0.6))


def test_when_the_arc_is_over_the_last_phase_lasts_until_now(desk: Desk) -> None:
    """Nothing is drawn that nobody knows."""
    desk.cue("dose")
    desk.cue("transition", "return")
    desk.pass_to(1000.0)
    assert desk.session.course.over
    assert spans(desk)[-1] == ("return", 0, 1000)


def marked(desk: Desk) -> list[tuple[float, str]]:
    return [(at_s, mark.person) for at_s, mark in desk.session.marks]


def test_marks_keep_their_moment_and_undo_takes_one_back(desk: Desk) -> None:
    """Each with its person; the count and the list never part."""
    desk.cue("dose")
    desk.pass_to(60.0)
    desk.cue("mark", "--person A")
    desk.pass_to(90.0)
    desk.cue("mark")
    assert marked(desk) == [(60.0, "A"), (90.0, "")]
    desk.cue("undo")
    assert marked(desk) == [(60.0, "A")]
    desk.pass_to(120.0)
    desk.cue("mark")
    assert marked(desk) == [(60.0, "A"), (120.0, "")]
    assert desk.session.last_mark == 2


CUES = st.sampled_from(
    ["dose", "dose --ago 2", "transition", "transition onset", "transition return", "hold",
     "release", "extend 5", "shorten 5", "undo", "pause", "resume", "booster", "silence 1"]
)  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(CUES, st.floats(0.0, 900.0)), max_size=12))
def test_the_course_is_always_one_line_from_the_start(script: list[tuple[str, float]]) -> None:
    """Whatever was said: legs follow one another without gap or overlap, now lies in the one that
    plays, and no curve leaves its leg or runs backwards."""
    desk = Desk(open_session(Opened("testtest", ARC, 1, "test", "null"), {}))
    for words, wait_s in script:
        name, _, rest = words.partition(" ")
        desk.cue(name, rest)
        desk.pass_to(desk.now + wait_s)
        found = legs(desk)
        assert found[0].from_s == 0.0
        for one, two in pairwise(found):
            assert one.to_s == two.from_s
        assert found[-1].to_s >= desk.now
        here = next(leg for leg in found if leg.to_s >= desk.now)
        phase = desk.session.current
        assert phase
        assert phase.name in {here.name, *(leg.name for leg in found if leg.from_s == here.to_s)}
        for leg in found:
            assert leg.from_s <= leg.to_s
            assert all(0.0 <= value <= 1.0 for _, value in leg.curve)
            assert all(leg.from_s <= at_s <= leg.to_s for at_s, _ in leg.curve)
            assert all(a[0] <= b[0] for a, b in pairwise(leg.curve))
