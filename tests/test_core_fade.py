"""Fades are pure mathematics: their invariants hold for any value."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.values import db_to_gain

from soundscape.core import fade

DB = st.floats(-80.0, 6.0)
SECONDS = st.floats(0.1, 120.0)
NOW = st.floats(0.0, 1e6)


def _steepest(ramp: fade.Ramp, floor_db: float = fade.HUSH_DB) -> tuple[float, float]:
    """(rise, fall) in dB per second of the ramp's legs, leaving out what lies under a floor."""
    rise = fall = 0.0
    for (t0, v0), (t1, v1) in zip(ramp.points, ramp.points[1:], strict=False):
        if min(v0, v1) >= floor_db and t1 > t0:
            rise, fall = max(rise, (v1 - v0) / (t1 - t0)), max(fall, (v0 - v1) / (t1 - t0))
    return rise, fall


@given(st.floats(0.0, 1.0))
def test_equal_power_sums_to_one(progress: float) -> None:
    """At any point of a seam the powers of both decks add up to one."""
    out, into = (db_to_gain(db) ** 2 for db in fade.equal_power(progress))
    assert isclose(out + into, 1.0, abs_tol=1e-9)


def test_a_seam_goes_from_all_to_nothing() -> None:
    """A seam begins with the outgoing deck alone and ends with the incoming one alone."""
    assert fade.equal_power(0.0) == (0.0, fade.SILENT_DB)
    out, into = fade.equal_power(1.0)
    assert out == fade.SILENT_DB
    assert isclose(into, 0.0, abs_tol=1e-12)


@given(st.floats(-119.0, 40.0))
def test_gain_and_db_are_inverse(db: float) -> None:
    """dB to gain and back is the same dB."""
    assert isclose(fade.gain_to_db(db_to_gain(db)), db, abs_tol=1e-9)


@given(NOW, DB, DB, SECONDS)
def test_a_glide_starts_where_it_is_and_never_falls_too_fast(
    now: float, start: float, to: float, seconds: float
) -> None:
    """A glide begins at its start, ends at its target, and falls at most 10 dB a second."""
    ramp = fade.glide(now, start, to, seconds)
    assert ramp.at(now) == start
    assert ramp.at(ramp.end_s) == to
    assert ramp.end_s - now >= fade.SHORTEST_S - 1e-6
    assert _steepest(ramp, -200.0)[1] <= fade.FALL_DB_PER_S * 1.01


@given(NOW, st.floats(-40.0, 6.0), st.floats(0.5, 20.0))
def test_soften_is_felt_within_a_second(now: float, start: float, db: float) -> None:
    """Two dB, or all of a smaller drop, are down within the first second; nothing falls faster."""
    ramp = fade.soften(now, start, start - db)
    assert start - ramp.at(now + 1.0) == pytest.approx(min(db, 2.0), abs=1e-6)
    assert ramp.at(ramp.end_s) == pytest.approx(start - db)
    assert _steepest(ramp, -200.0)[1] <= fade.FALL_DB_PER_S * 1.01


@given(NOW, st.floats(-130.0, 0.0))
def test_a_pause_ends_in_nothing(now: float, start: float) -> None:
    """From wherever the line is, a pause ends in nothing, within 8 s, at most 10 dB a second."""
    ramp = fade.to_nothing(now, start, fade.PAUSE_S)
    assert ramp.target == fade.SILENT_DB
    assert ramp.end_s - now <= fade.PAUSE_S + 1e-6
    assert _steepest(ramp, fade.MUTE_DB)[1] <= fade.FALL_DB_PER_S


@given(NOW, st.floats(-120.0, 0.0))
def test_a_return_rises_no_faster_than_from_silence_allowed(now: float, start: float) -> None:
    """From wherever the line is, a resume ends at full, at most 6 dB a second above a hush."""
    ramp = fade.from_nothing(now, start, fade.RESUME_S)
    assert ramp.at(now) == start
    assert ramp.target == 0.0
    assert _steepest(ramp)[0] <= fade.RISE_FROM_SILENCE_DB_PER_S * 1.01 or start > -1.0


@given(NOW, st.floats(0.0, 8.0))
def test_a_fade_turns_round_where_it_is(now: float, after_s: float) -> None:
    """A pause taken back half-way goes up from exactly where it was."""
    down = fade.to_nothing(now, 0.0, fade.PAUSE_S)
    turn = now + after_s
    up = fade.from_nothing(turn, down.at(turn), fade.RESUME_S)
    assert up.at(turn) == down.at(turn)
    values = [up.at(turn + i * 0.1) for i in range(140)]
    assert values == sorted(values)


@given(DB, DB, st.floats(0.0, 10.0))
def test_a_pace_holds_rises_and_falls_back(before: float, wanted: float, elapsed: float) -> None:
    """Either way a gain goes no faster than allowed, never past what is wanted, and never back."""
    after = fade.paced(before, wanted, elapsed, 1.0, 10.0)
    assert min(before, wanted) <= after <= max(before, wanted)
    assert after == wanted or after in (before + elapsed, before - 10.0 * elapsed)
    assert fade.paced(before, wanted, elapsed, 1.0) == (wanted if wanted < before else after)


def test_two_alike_are_three_decibels_more() -> None:
    """Powers add up: two at 0 dB are 3 dB, and nothing at all stays nothing."""
    assert fade.sum_db((0.0, 0.0)) == pytest.approx(3.01, abs=0.01)
    assert fade.sum_db((-6.0, fade.SILENT_DB)) == pytest.approx(-6.0)
    assert fade.sum_db(()) == fade.SILENT_DB
