"""Durations, levels and times as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundscape.core.text import clock
from soundscape.library.units import (
    format_duration,
    parse_duration,
    parse_level,
    parse_time,
)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (20, 1200), ("20", 1200), (0.5, 30), ("20 min", 1200), ("20min", 1200), ("90 s", 90),
        ("1 h 30 min", 5400), ("1h30min", 5400), ("1.5 h", 5400),
        ("1 hour 1 minute 1 second", 3661),
        (" 2 hours ", 7200), ("0.1 min", 6), (".5 h", 1800), ("0", 0),
    ],
)  # fmt: skip
def test_durations_read(written: object, seconds: float) -> None:
    """Every documented way to write a duration."""
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written",
    ["", " ", "min", "5 m", "1:30", "-5", "30 min 1 h", "1 h 1 h", "5 s 4", "nan", "inf", "1e3",
     "½", "1,5 h", "٣ min", "9" * 5000, "5" + " " * 200, None, True, float("nan"), float("inf"),
     10**400, [], {}, -1],
)  # fmt: skip
def test_what_is_no_duration_is_refused(written: object) -> None:
    """Nothing is guessed: what is no duration is a ValueError, at once."""
    with pytest.raises(ValueError, match=r"expected a duration such as|4300 digits"):
        parse_duration(written)


@given(st.integers(0, 86_400_000))
def test_a_duration_shown_reads_as_itself(milliseconds: int) -> None:
    """What messages show can be written into a file."""
    seconds = milliseconds / 1000
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=1e-6)


@given(st.integers(0, 360_000))
def test_a_time_shown_reads_as_itself(seconds: int) -> None:
    """H:MM:SS both ways, and M:SS where there are no hours."""
    assert parse_time(clock(seconds)) == seconds
    assert clock(-seconds) == ("-" if seconds else "") + clock(seconds)
    if seconds < 3600:
        assert parse_time(clock(seconds).removeprefix("0:")) == seconds


@pytest.mark.parametrize(
    "written", ["90", "1:60", "1:99:00", "1:2", "", None, 5, "-1:00", "1:00:00:00"]
)
def test_what_is_no_time_is_refused(written: object) -> None:
    """A bare number could be anything, so a time needs its colon."""
    with pytest.raises(ValueError, match="expected a time"):
        parse_time(written)


@pytest.mark.parametrize(
    ("written", "db"), [(-12, -12), ("-12 dB", -12), ("−12dB", -12), ("+3", 3), ("0.5 db", 0.5)]
)
def test_levels_read(written: object, db: float) -> None:
    """Every documented way to write a level."""
    assert parse_level(written) == db


@pytest.mark.parametrize(
    "written", ["loud", "", "12 %", None, True, float("nan"), "-12,5", [], 10**400, "5" + " " * 200]
)
def test_what_is_no_level_is_refused(written: object) -> None:
    """Nothing is guessed for a level either."""
    with pytest.raises(ValueError, match="expected a level"):
        parse_level(written)
