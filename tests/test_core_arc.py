"""Curves, phases and arcs: the values a session works with."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from soundscape.core.arc import STAGES, TALK_LEVEL_DB, Arc, Curve, Phase

unit = st.floats(0, 1)
curves = st.builds(
    lambda xs, ys: Curve(tuple(zip(sorted(xs), ys, strict=False))),
    st.sets(st.integers(0, 1000).map(lambda n: n / 1000), min_size=1, max_size=8),
    st.lists(unit, min_size=8, max_size=8),
)
FLAT = Curve(((0.0, 0.5),))


def phase(**keys: object) -> Phase:
    """A phase of 600 s, changed by `keys`."""
    given: dict[str, object] = {"name": "peak", "stage": "peak", "length_s": 600.0, "curve": FLAT}
    return Phase(**{**given, **keys})  # type: ignore[arg-type]


@given(curves, unit)
def test_a_curve_stays_between_its_points(curve: Curve, fraction: float) -> None:
    """Nowhere is the intensity lower than the lowest point or higher than the highest."""
    values = [value for _, value in curve.points]
    assert min(values) - 1e-12 <= curve.at(fraction) <= max(values) + 1e-12


@given(curves)
def test_a_curve_goes_through_its_points(curve: Curve) -> None:
    """At each point the curve has that point's value, and beyond the ends it is flat."""
    for x, value in curve.points:
        assert curve.at(x) == pytest.approx(value, abs=1e-12)
    assert curve.at(-1.0) == curve.points[0][1]
    assert curve.at(2.0) == curve.points[-1][1]


@given(curves, unit, st.floats(0, 1e-6))
def test_a_curve_never_jumps(curve: Curve, fraction: float, step: float) -> None:
    """A small step along the phase is a small step in intensity: points lie 0.001 apart or more."""
    assert abs(curve.at(fraction + step) - curve.at(fraction)) <= step * 1001 + 1e-9


@example(Curve(((0.0, 0.5),)), 0.0, 5e-324)
@given(curves, unit, unit)
def test_the_mean_is_the_area_under_the_curve(curve: Curve, one: float, other: float) -> None:
    """The exact mean is what adding up many thin slices gives."""
    start, end = sorted((one, other))
    slices = 2000
    width = (end - start) / slices
    summed = sum(curve.at(start + (i + 0.5) * width) for i in range(slices)) / slices
    assert curve.mean(start, end) == pytest.approx(summed, abs=2e-3)


@given(curves, unit, unit, unit)
def test_means_of_parts_make_the_mean_of_the_whole(
    curve: Curve, a: float, b: float, c: float
) -> None:
    """Cutting a stretch in two and weighing the parts by their length changes nothing."""
    start, middle, end = sorted((a, b, c))
    parts = curve.mean(start, middle) * (middle - start) + curve.mean(middle, end) * (end - middle)
    assert parts == pytest.approx(curve.mean(start, end) * (end - start), abs=1e-9)


@given(curves, unit)
def test_the_mean_of_a_moment_is_its_value(curve: Curve, fraction: float) -> None:
    """A stretch of no length has the intensity of its place."""
    assert curve.mean(fraction, fraction) == curve.at(fraction)


@given(st.lists(unit, min_size=1, max_size=9))
def test_a_list_is_spread_evenly_from_the_beginning_to_the_end(values: list[float]) -> None:
    """The first value begins the phase, the last ends it, the others lie at equal distances."""
    curve = Curve.spread(tuple(values))
    assert [value for _, value in curve.points] == values
    assert curve.at(0.0) == values[0]
    assert curve.at(1.0) == values[-1]
    if len(values) > 1:
        gaps = [b[0] - a[0] for a, b in zip(curve.points, curve.points[1:], strict=False)]
        assert gaps == pytest.approx([1 / (len(values) - 1)] * len(gaps))


@given(st.floats(-60, 6))
def test_talk_and_level_never_add(level: float) -> None:
    """Under the voices a phase plays at the lower of its level and -18 dB; else at its level."""
    assert phase(level_db=level, mode="talk").output_level_db == min(level, TALK_LEVEL_DB)
    assert phase(level_db=level, mode="reflect").output_level_db == level


@given(curves, st.floats(0, 2))
def test_the_target_of_a_phase_follows_its_curve(curve: Curve, part: float) -> None:
    """Seconds into the phase are a fraction of its length; past the end the last value holds."""
    assert phase(curve=curve).target(part * 600) == pytest.approx(curve.at(part), abs=1e-9)


def test_the_target_of_a_phase_without_length_is_its_last_value() -> None:
    """No division by zero where a phase was shortened to nothing."""
    assert phase(curve=Curve.spread((0.1, 0.9)), length_s=0.0).target(0.0) == 0.9


def test_what_waits_is_open_ended() -> None:
    """A phase until the dose or a cue has no end of its own."""
    assert not phase().open_ended
    assert phase(until="dose").open_ended
    assert phase(until="cue").open_ended


def test_an_arc_counts_its_phases_but_not_the_booster() -> None:
    """The planned length leaves out what only a cue inserts; the dose is found wherever it is."""
    arc = Arc("x", (phase(), phase(length_s=60.0, booster=True), phase(length_s=30.0)))
    assert arc.length_s == 630.0
    assert not arc.has_dose
    assert Arc("x", (phase(), phase(until="dose"))).has_dose


def test_the_stages_are_those_of_the_design() -> None:
    """Five stages, in the order of a session."""
    assert STAGES == ("arrival", "onset", "peak", "return", "integration")
