"""Times of day: which moment is meant, and how it is said."""

from __future__ import annotations

import os
import pty
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from types import SimpleNamespace

import pytest
import schedule
from house import House

from soundscape.engine import appointment
from soundscape.engine.appointment import Appointment, next_showing


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A place that keeps summer time."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the wall clock shows this, to us and to the scheduler."""
    shown = datetime.fromisoformat(moment)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return shown.astimezone(tz).replace(tzinfo=tz)

    monkeypatch.setattr(appointment, "_now", lambda: shown.astimezone())
    monkeypatch.setattr(schedule, "datetime", SimpleNamespace(datetime=Clock, timedelta=timedelta))


@pytest.mark.parametrize(
    ("now", "asked", "told", "ago_s"),
    [
        ("2026-11-29T12:20:00", "14:30", "14:30, in 2 h 10 min", None),
        ("2026-11-29T14:29:30", "14:30", "14:30, in 30 s", None),
        # This very minute, some seconds after it began.
        ("2026-11-29T14:30:20", "14:30", "14:30 on Monday 30 November, in 24 h", 20.0),
        ("2026-11-29T14:31:00", "14:30", "14:30 on Monday 30 November, in 23 h 59 min", 60.0),
        ("2026-11-29T14:35:00", "14:30", "14:30 on Monday 30 November, in 23 h 55 min", 300.0),
        ("2026-11-29T14:36:00", "14:30", "14:30 on Monday 30 November, in 23 h 54 min", None),
        # Over midnight, both ways.
        ("2026-11-30T00:02:00", "23:59", "23:59 on Monday 30 November, in 23 h 57 min", 180.0),
        ("2026-11-29T23:50:00", "0:10", "00:10 on Monday 30 November, in 20 min", None),
        ("2026-11-29T01:00:00", "14:30", "14:30 on Sunday 29 November, in 13 h 30 min", None),
        # The night in which summer time ends, and the one in which it begins: 02:30 is left out.
        ("2026-10-24T14:31:00", "14:30", "14:30 on Sunday 25 October, in 24 h 59 min", 60.0),
        ("2026-03-29T01:00:00", "2:30", "02:30 on Monday 30 March, in 24 h 30 min", None),
        # The first of the two hours that are shown alike: the second is what comes next.
        ("2026-10-25T02:40:00+02:00", "2:30", "02:30, in 50 min", None),
    ],
)
def test_a_time_of_day_means_its_next_showing_and_tells_the_one_just_past(
    berlin: None,
    monkeypatch: pytest.MonkeyPatch,
    now: str,
    asked: str,
    told: str,
    ago_s: float | None,
) -> None:
    """Five minutes past are told; with the day where it is another one or more than 12 h away."""
    at(now, monkeypatch)
    found, ago = next_showing(asked)
    assert (found.told(), ago) == (told, ago_s)
    assert not found.has_come()


@pytest.mark.parametrize("text", ["", "25:00", "9:5", "14.30", "14:60", "noon", "-1:00", "1:2:3"])
def test_what_is_no_time_of_day_is_said(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="expected a time of day as HH:MM"):
        next_showing(text)


def test_an_appointment_follows_the_wall_clock(
    berlin: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may set the clock: what it shows then counts."""
    at("2026-11-29T14:00:00", monkeypatch)
    waits, _ = next_showing("14:30")
    at("2026-11-29T14:29:59", monkeypatch)
    assert not waits.has_come()
    at("2026-11-29T14:30:00", monkeypatch)
    assert waits.has_come()
    assert isinstance(waits, Appointment)


@pytest.mark.parametrize(
    ("asked_at", "begins_at"),
    [
        ("2026-10-25T02:40:00+02:00", "2026-10-25T02:30:00+01:00"),
        # Suspended over the first 02:30, it looks again in the second hour.
        ("2026-10-25T01:50:00+02:00", "2026-10-25T02:10:00+01:00"),
    ],
)
def test_an_appointment_in_the_hour_that_is_shown_twice(
    berlin: None, monkeypatch: pytest.MonkeyPatch, asked_at: str, begins_at: str
) -> None:
    """It begins in the hour that was told, not in the other one."""
    at(asked_at, monkeypatch)
    waits, _ = next_showing("2:30")
    assert not waits.has_come()
    at(begins_at, monkeypatch)
    assert waits.has_come()


def just_past() -> str:
    """HH:MM of two minutes ago."""
    return (datetime.now().astimezone() - timedelta(minutes=2)).strftime("%H:%M")


@pytest.mark.slow
def test_without_a_terminal_a_time_just_past_begins(house: House) -> None:
    """A script or a service that is two minutes late plays, and says why it does."""
    asked = just_past()
    done = house.call("run", house.arc, "--out", "null", "--detach", "--at", asked)
    assert done.returncode == 0
    assert f"note: {asked} was " in done.stderr
    assert "it begins now" in done.stderr
    assert "It begins at" not in done.stdout
    assert house.status()["state"] != "waiting"


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "state"), [("y", "playing"), ("n", "waiting")])
def test_a_person_is_asked_whether_a_time_just_past_means_now(
    house: House, answer: str, state: str
) -> None:
    """A no waits for tomorrow's, which is said with its day, in the answer and in the status."""
    asked = just_past()
    master, terminal = pty.openpty()
    try:
        os.write(master, f"{answer}\n".encode())
        words = ("run", house.arc, "--out", "null", "--detach", "--at", asked)
        process = house.start(*words, stdin=terminal)
        out, err = process.communicate(timeout=60)
    finally:
        os.close(master)
        os.close(terminal)
    assert process.returncode == 0
    assert "Begin now? Else it begins at" in err
    status = house.wait(lambda now: now["state"] == state, f"for {state}")
    assert (status["begins_at"] is None) == (answer == "y")
    if answer == "n":
        assert f"It begins at {asked} on " in out
        assert ", in 23 h 5" in out
        assert status["begins_at"].startswith(f"{asked} on ")
        assert ", in 23 h 5" in house.call("status").stdout
