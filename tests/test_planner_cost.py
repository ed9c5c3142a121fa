"""The cost, term by term, on plans whose cost is known by hand; and the pick's order."""

from __future__ import annotations

from math import sqrt

import pytest

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.plan import Plan, PlanItem, SoFar
from soundscape.core.planner.planner import cost, phase_spans, pick
from soundscape.core.track import DRAIN_S, Track

ARC = Arc(
    "two",
    (
        Phase("one", "onset", 600.0, Curve.spread((0.2, 0.4)), ("a",), crossfade_s=10.0),
        Phase("two", "peak", 600.0, Curve.spread((0.6,)), ("b",), crossfade_s=10.0),
    ),
)


def item(
    phase: int, start_s: float, end_s: float, intensity: float, artist: str = "", unheard: float = 0
) -> PlanItem:
    """A track that would have gone on for `unheard` seconds."""
    length_s = end_s - start_s + unheard
    track = Track(f"/m/{start_s}", "t", length_s + DRAIN_S, intensity, artist, cue_out_s=length_s)
    return PlanItem(phase, track, start_s, end_s, 0.0, "", cut=unheard > 0)


def plan_of(*items: PlanItem) -> Plan:
    """A plan of these items over the whole arc."""
    return Plan(items, phase_spans(ARC, None))


def test_a_perfect_fit_leaves_only_what_the_curve_moves_within_a_track() -> None:
    """C of one track at the mean of a straight curve is its span over the root of twelve."""
    found = cost(plan_of(item(0, 0, 610, 0.3), item(1, 600, 1210, 0.6)), ARC)
    assert pytest.approx(sqrt(0.5 * 0.2**2 / 12)) == found.C
    assert (found.S, found.K, found.A) == (0, 0, 0)
    assert pytest.approx(0.0, abs=1e-9) == found.L
    assert pytest.approx(found.C) == found.J


def test_a_late_change_costs_its_minutes_over_the_boundaries() -> None:
    """Two boundaries, one served 60 s late and one 30 s late: 0.75 min on average."""
    found = cost(plan_of(item(0, 0, 670, 0.3), item(1, 660, 1240, 0.6)), ARC)
    assert pytest.approx(0.75) == found.S


def test_a_cut_costs_what_is_not_heard_and_no_lateness() -> None:
    """A boundary that cuts 120 s off: K is a minute over two boundaries, S is 0."""
    found = cost(plan_of(item(0, 0, 610, 0.3, unheard=120), item(1, 600, 1210, 0.6)), ARC)
    assert (0, pytest.approx(1.0)) == (found.S, found.K)


def test_an_artist_counts_for_three_tracks() -> None:
    """The same artist again after three others is free; sooner it is not; "" is nobody."""
    five = [item(0, 100.0 * i, 100.0 * i + 110, 0.3, artist) for i, artist in enumerate("abcda")]
    assert cost(plan_of(*five), ARC).A == 0
    four = [item(0, 100.0 * i, 100.0 * i + 110, 0.3, artist) for i, artist in enumerate("abcA")]
    assert cost(plan_of(*four), ARC).A == 1 / 4
    assert cost(plan_of(*four[1:]), ARC, before=("a",)).A == 1 / 3
    assert cost(plan_of(item(0, 0, 110, 0.3), item(0, 100, 210, 0.3)), ARC).A == 0


def test_a_step_costs_what_the_curve_and_a_tenth_do_not_explain() -> None:
    """From 0.2 to 0.8 where the curve's means go from 0.3 to 0.6: 0.6 - 0.3 - 0.1."""
    found = cost(plan_of(item(0, 0, 610, 0.2), item(1, 600, 1210, 0.8)), ARC)
    assert pytest.approx(0.2) == found.L
    apart = cost(plan_of(item(0, 0, 590, 0.2), item(1, 600, 1210, 0.8)), ARC)
    assert apart.L == 0


def test_the_parts_are_weighed_as_the_issue_says() -> None:
    """J = C + 0.05 S + 0.05 K + 0.5 A + 0.5 L, on a plan in which every part is above 0."""
    late, cut = item(0, 0, 610, 0.1, "a", unheard=60), item(1, 600, 1300, 0.9, "a")
    found = cost(plan_of(late, cut), ARC)
    assert min(found.C, found.S, found.K, found.A, found.L) > 0
    told = found.C + 0.05 * found.S + 0.05 * found.K + 0.5 * found.A + 0.5 * found.L
    assert pytest.approx(told) == found.J


def test_the_shift_belongs_to_the_curve_from_now_to_the_end_of_the_phase() -> None:
    """A track 0.1 under the curve costs nothing where the shift is -0.1 (and the curve flat)."""
    arc = Arc("one", (Phase("two", "peak", 600.0, Curve.spread((0.6,)), ("b",)),))
    so_far = SoFar(0.0, 0, 0.0, 600.0, shift=-0.1)
    plan = Plan((item(0, 0, 615, 0.5),), phase_spans(arc, so_far))
    assert pytest.approx(0.0, abs=1e-6) == cost(plan, arc, so_far).C
    assert pytest.approx(0.1) == cost(plan, arc).C


def test_no_plan_costs_nothing() -> None:
    """An empty plan has a cost of 0, not a fault."""
    assert cost(Plan(), ARC).J == 0


POOLS = {
    "a": (Track("/a1", "a1", 200.0, 0.2), Track("/a2", "a2", 200.0, 0.4)),
    "b": (Track("/b1", "b1", 200.0, 0.35), Track("/b2", "b2", 200.0, 0.95)),
}


def picked(now_s: float, *heard: str, never: tuple[str, ...] = (), shift: float = 0.0) -> str:
    """Rung and path of a pick in phase 0, or "none"."""
    so_far = SoFar(now_s, 0, 0.0, 600.0, heard=heard, never=frozenset(never), shift=shift)
    found = pick(ARC, POOLS, so_far, 0, 1)
    return f"{found.rung} {found.track.path}" if found else "none"


def test_a_pick_follows_the_curve_at_this_moment() -> None:
    """Early in a rising phase the gentle one, late the other, gentler after a soften."""
    assert picked(0.0) == "playlist /a1"
    assert picked(500.0) == "playlist /a2"
    assert picked(500.0, shift=-0.25) == "playlist /a1"


def test_a_pick_goes_down_the_order_one_rung_at_a_time() -> None:
    """Own, then a near one of another playlist (never a far one), then heard longest ago."""
    assert picked(500.0, "/a2") == "playlist /a1"
    assert picked(500.0, "/a2", "/a1") == "neighbour /b1"
    assert picked(500.0, "/a2", "/b1", "/a1") == "repeat /a2"
    assert picked(500.0, never=("/a1", "/a2", "/b1")) == "none"
