"""The cap: an intensity that neither the curve nor any track of a phase ever goes over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from arcs_for_tests import CUE_WORDS, session
from desk import Desk
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.values import phase, track

from soundscape.core.arc import Arc, Curve
from soundscape.core.errors import InputError
from soundscape.core.events import Chosen, Planned
from soundscape.core.leave_out import cap_notes
from soundscape.core.plan import SoFar
from soundscape.core.planner.cost import target_of
from soundscape.core.planner.planner import phase_spans, plan
from soundscape.library.arcs.load import parse_arc

FEW = settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
curves = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5).map(
    lambda values: Curve.spread(tuple(values))
)
POOL = tuple(track(f"c{i:02}", 120.0 + 31.0 * (i % 6), i / 23) for i in range(24))
PAIR = """
name: Pair
persons: [A, B]
cap: {{A: 0.8, B: 0.65}}
phases:
  peak: {{minutes: 20, playlist: deep, intensity: [0.4, 0.9, 0.5]{more}}}
"""


@given(curves, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_curve_is_held_at_the_cap_and_left_alone_under_it(
    curve: Curve, cap: float, at: float
) -> None:
    """At every moment it is the lower of the two: cut flat, not scaled down."""
    held = curve.held_under(cap)
    assert held.top <= cap
    assert held.at(at) == pytest.approx(min(curve.at(at), cap), abs=1e-6)


def test_the_lowest_cap_of_the_persons_counts() -> None:
    """The music is for both: whoever is the more sensitive one is not gone over."""
    (peak,) = parse_arc(PAIR.format(more=""), "pair.yaml").phases
    assert peak.cap == 0.65
    assert peak.curve.top == 0.65
    (lower,) = parse_arc(PAIR.format(more=", cap: 0.5"), "pair.yaml").phases
    assert lower.cap == 0.5
    (higher,) = parse_arc(PAIR.format(more=", cap: 0.9"), "pair.yaml").phases
    assert higher.cap == 0.65


def test_a_curve_over_the_cap_is_said() -> None:
    """Nothing is held back in silence: the file's own number and the cap are both told."""
    arc = parse_arc(PAIR.format(more=""), "pair.yaml")
    assert cap_notes(arc) == (
        "peak: its curve reaches 0.9, above the cap of 0.65; it is limited to the cap",
    )
    under = PAIR.format(more="").replace("0.9", "0.6")
    assert cap_notes(parse_arc(under, "pair.yaml")) == ()


def test_bad_caps_are_told_where_they_are() -> None:
    """Of one file all of them: a number that is none, a cap beyond 1; then a stranger."""
    text = PAIR.format(more=", cap: 1.2").replace("B: 0.65", "C: 0.65, D: low")
    with pytest.raises(InputError) as caught:
        parse_arc(text, "pair.yaml")
    told = [(fault.line, fault.what) for fault in caught.value.faults]
    assert told == [
        (4, "`D`: expected an intensity between 0 and 1, not `low`"),
        (6, "`cap`: expected an intensity between 0 and 1, not `1.2`"),
    ]
    with pytest.raises(InputError, match="C has a cap and is not among the `persons`"):
        parse_arc(PAIR.format(more="").replace("B: 0.65", "C: 0.65"), "pair.yaml")


def test_a_playlist_wholly_over_the_cap_plays_nothing_and_says_why() -> None:
    """Never at all, however little is left: the ambience is alone and the warning counts."""
    arc = Arc("full", (phase("peak", cap=0.3, curve=Curve.spread((0.3,))),))
    pools = {"all": (track("one", 200.0, 0.6), track("two", 200.0, 0.31))}
    found = plan(arc, pools, 1)
    assert found.items == ()
    assert "has nothing to play (2 over the cap of 0.3)" in found.warnings[0].text


def test_lift_asks_for_nothing_over_the_cap() -> None:
    """Fuller music is wanted only up to it."""
    arc = Arc("one", (phase("peak", cap=0.65, curve=Curve.spread((0.6,))),))
    so_far = SoFar(0.0, 0, 0.0, 600.0, shift=0.3)
    parts = target_of(phase_spans(arc, so_far), arc, so_far).parts
    assert {value for part in parts for value in part[2:]} == {0.65}


arcs = st.lists(
    st.builds(
        lambda minutes, curve, cap, over: phase(
            "peak", minutes, stage="peak", curve=curve.held_under(cap), cap=cap, **over
        ),
        st.integers(4, 15),
        curves,
        st.sampled_from([0.35, 0.65, 1.0]),
        st.sampled_from([{}, {}, {"until": "cue"}]),
    ),
    min_size=2,
    max_size=4,
).map(lambda found: Arc("any", tuple(replace(p, name=f"p{i}") for i, p in enumerate(found))))


@FEW
@given(arcs, st.integers(0, 3))
def test_what_one_phase_may_play_does_not_reach_into_another_that_may_not(
    arc: Arc, seed: int
) -> None:
    """Where the cap changes so does the music, at the boundary: past it only the fade is heard."""
    found = plan(arc, {"all": POOL}, seed)
    for item in found.items:
        for span in found.spans:
            there = arc.phases[span.index]
            heard = min(item.end_s, span.end_s) - max(item.start_s, span.start_s)
            if item.track.intensity > there.cap and heard > 0:
                assert heard <= there.crossfade_s + 0.01, (item, span)


def test_a_track_that_would_run_on_under_a_lower_cap_gives_way_at_the_boundary() -> None:
    """However well it would suit the curve there: a track of 0.36 is not for a cap of 0.35."""
    one = phase("one", 13, playlists=("a",), curve=Curve.spread((0.36,)))
    two = phase("two", 20, playlists=("b",), curve=Curve.spread((0.35,)), cap=0.35)
    pools = {
        "a": (track("long", 960.0, 0.36),),
        "b": tuple(track(f"b{i}", 300.0, 0.0) for i in range(6)),
    }
    ran_on = plan(Arc("free", (one, replace(two, cap=1.0))), pools, 1).items[0]
    assert ran_on.end_s > 13 * 60 + 60
    first = plan(Arc("capped", (one, two)), pools, 1).items[0]
    assert first.cut
    assert first.end_s <= 13 * 60 + two.crossfade_s


@FEW
@given(arcs, st.lists(st.tuples(CUE_WORDS, st.integers(1, 200)), max_size=12))
def test_no_cue_brings_in_a_track_over_the_cap(
    arc: Arc, said: list[tuple[tuple[str, str], int]]
) -> None:
    """Whatever is said and when: what is planned or chosen for a phase lies under its cap."""
    desk = Desk(session(arc, POOL))
    for (name, words), wait_s in said:
        desk.cue(name, words)
        desk.pass_to(desk.now + wait_s)
    items = [f.item for f in desk.facts if isinstance(f, Chosen) and f.reason != "taken back"]
    for fact in desk.facts:
        if isinstance(fact, Planned):
            items += fact.plan.items[1:]  # The first is what plays, and may have been taken back.
    for item in items:
        assert item.track.intensity <= arc.phases[item.phase].cap
