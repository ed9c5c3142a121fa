"""The machine is kept awake while a session runs, and may sleep again afterwards: real D-Bus."""

from __future__ import annotations

import os
import signal

import pytest
from house import House, until
from private_bus import Bus

from soundscape.awake import LOCKS, Awake, try_awake

PATIENCE_S = 150.0


def test_sleep_idleness_and_the_lid_are_held_and_let_go(bus: Bus) -> None:
    """Held from `hold` until `release`, in our name, as a block and not a delay."""
    awake = Awake()
    kept = awake.hold().result(PATIENCE_S)
    assert kept.refused == ""
    (held,) = bus.inhibitors()
    assert held[0] == LOCKS[0]
    assert held[1] == "soundscape"
    assert held[3] == "block"
    awake.release()
    until(lambda: not bus.inhibitors(), "for the lock to be let go of")


def test_the_screen_of_a_desktop_is_held_as_well(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a desktop the screen saver is asked; where it refuses, that is said."""
    monkeypatch.setenv("DISPLAY", ":77")
    assert "screen may lock" in try_awake().refused
    bus.start_saver()
    awake = Awake()
    kept = awake.hold().result(PATIENCE_S)
    assert kept.refused == ""
    assert bus.saver_held()
    awake.release()
    until(lambda: not bus.saver_held(), "for the screen to be let go of")


def test_no_bus_and_a_bus_that_is_none_are_said(
    bus: Bus, monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> None:
    """Without a bus, or with nothing that answers on it, the machine may fall asleep: no error."""
    states = tmp_path / "states"  # type: ignore[operator]
    states.write_text("mem\n")
    bus.stop_service()
    assert "fall asleep" in try_awake(states).refused
    for nonsense in ("unix:path=/nowhere", "nonsense", "tcp:host=127.0.0.1,port=1"):
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", nonsense)
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", nonsense)
        assert "fall asleep" in try_awake(states).refused


@pytest.mark.slow
def test_a_session_holds_it_and_lets_go_even_where_it_is_killed(bus: Bus, at_home: House) -> None:
    """It is the engine's process that holds: it shows in the status, ends with the session, and
    ends as well with a process that has no time to let go."""
    at_home.env.update(bus.env)
    at_home.play(speed=1)
    status = at_home.wait(lambda found: found["health"]["awake"], "for the machine to be held")
    assert status["health"]["awake"]["refused"] == ""
    assert [held[1] for held in bus.inhibitors()] == ["soundscape"]
    at_home.end_now()
    at_home.wait_over()
    until(lambda: not bus.inhibitors(), "for an ended session to let go")
    awake = Awake()
    child = os.fork()
    if child == 0:
        awake.hold().result(PATIENCE_S)
        signal.pause()
        os._exit(1)
    until(bus.inhibitors, "for the child to hold")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    until(lambda: not bus.inhibitors(), "for a killed process to let go")
