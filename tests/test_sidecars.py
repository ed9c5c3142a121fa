"""Processes beside a session: started, found, ended, and never longer there than their session."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path

import pytest
from house import House, alive, until

from soundscape.core.errors import NoSession, SoundscapeError
from soundscape.process.sidecars import end, file_of, find, log_of, start

MODULE = "toy_sidecar"


@pytest.fixture
def beside(at_home: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A session that plays, and the way to the toy."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    at_home.play(speed=1)
    return at_home


@pytest.mark.slow
def test_it_lives_as_long_as_its_session(beside: House) -> None:
    """One of a kind for a home, found by whoever asks, its files its owner's alone; it outlives an
    engine that dies, hears the next one, and goes by itself when the session is over."""
    home = beside.home
    assert find(home, "toy") is None
    found = start(home, "toy", MODULE, ["one", "two"])
    assert found.session == beside.status()["session"]
    assert start(home, "toy", MODULE).pid == found.pid, "there is one already"
    assert find(home, "toy") is not None
    for path in (file_of(home, "toy"), log_of(home, "toy"), home.run / "toy.lock"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path

    def told() -> dict[str, list[str]]:
        now = find(home, "toy")
        return {} if now is None else dict(now.facts)

    until(lambda: "Small" in told().get("seen", []), "for it to hear the session")
    assert told()["words"] == ["one", "two"]
    engine = beside.status()["pids"]["engine"]
    os.kill(engine, signal.SIGKILL)
    beside.wait(lambda status: status["pids"]["engine"] != engine, "for the next engine")
    assert alive(found.pid)
    beside.end_now()
    until(lambda: not alive(found.pid), "for it to go with its session")
    assert find(home, "toy") is None
    assert not file_of(home, "toy").exists()
    assert log_of(home, "toy").read_text("utf-8") == ""
    with pytest.raises(NoSession):
        start(home, "toy", MODULE)


@pytest.mark.slow
def test_it_is_ended_by_its_own_pid_alone(beside: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked to go, and has gone; a file that names another process ends nobody; what it says
    when it cannot begin is heard."""
    home = beside.home
    with pytest.raises(SoundscapeError, match="it would not"):
        start(home, "toy", MODULE, ["no"])
    found = start(home, "toy", MODULE)
    text = file_of(home, "toy").read_text("utf-8")
    for pid in (os.getpid(), 2**22 + 1):
        file_of(home, "toy").write_text(json.dumps(json.loads(text) | {"pid": pid}), "utf-8")
        assert find(home, "toy") is None or find(home, "toy").pid == found.pid  # type: ignore[union-attr]
    until(lambda: find(home, "toy"), "for it to tell itself again")
    end(home, found)
    until(lambda: not alive(found.pid), "for it to have gone")
    assert find(home, "toy") is None
    assert beside.status()["state"] == "playing"
    file_of(home, "toy").write_text(text, "utf-8")
    assert find(home, "toy") is None, "a file that stayed behind is nobody"
    # Where no system tells.
    monkeypatch.setattr("soundscape.process.sidecars._born", lambda pid: "")
    file_of(home, "toy").write_text(json.dumps(json.loads(text) | {"born": ""}), "utf-8")
    assert find(home, "toy") is None, "and where only the lock tells, too"
