"""`soundscape service`: what is written for systemd and launchd, and what a manager hears of us."""

from __future__ import annotations

import os
import platform
import plistlib
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from house import PATIENCE_S, SCRIPT, House

from soundscape.cli.app import run_app
from soundscape.cli.service.unit import ServiceJob, quoted, unit
from soundscape.home import Home
from soundscape.process.heartbeat import Notifier

ODD = 'it\'s 100% of $HOME \\ "x"'
"""A folder's name with all that systemd would expand or take apart."""


@pytest.fixture
def odd_arc(stock: Path, tmp_path: Path) -> Path:
    """The arc of these tests under an odd name; its playlists beside it."""
    folder = tmp_path / ODD
    shutil.copytree(stock / "arcs", folder)
    arc = folder / "small.yaml"
    arc.write_text(arc.read_text("utf-8").replace("../music", str(stock / "music")), "utf-8")
    return arc


@pytest.fixture
def at_desk(at_home: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's own folder, where nothing of a service manager answers."""
    person = tmp_path / "person"
    monkeypatch.setenv("HOME", str(person))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nothing"))
    return person


@pytest.mark.slow
def test_a_unit_is_written_shown_and_removed(
    at_desk: Path, at_home: House, odd_arc: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The unit is its owner's alone, keeps the options of `run` as they were given, with paths
    that hold from any folder; systemd's own check has nothing against it."""
    words = ["--out", "null", "--avoid", "tag:church", "--avoid", "artist:Bo", "--end-with-arc"]
    assert run_app(["service", "add", str(odd_arc), *words]) == 0
    path = at_desk / ".config" / "systemd" / "user" / "soundscape.service"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text("utf-8")
    begins = [str(SCRIPT), "run", str(odd_arc), "--foreground", "--recover"]
    start = " ".join(quoted(word, command=True) for word in begins)
    [line] = [each for each in text.splitlines() if each.startswith(f"ExecStart={start} ")]
    kept = line.removeprefix(f"ExecStart={start} ").split()
    assert sorted(kept) == sorted(quoted(word, command=True) for word in words)
    assert f'Environment="SOUNDSCAPE_HOME={at_home.root}"' in text
    assert "Type=notify" in text
    assert "note: your systemd does not answer now" in capsys.readouterr().out
    if shutil.which("systemd-analyze"):
        command = ["systemd-analyze", "--user", "--man=no", "verify", str(path)]
        env = {**os.environ, "XDG_RUNTIME_DIR": str(at_home.root)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        assert (done.returncode, done.stderr) == (0, "")
    assert run_app(["service", "show"]) == 0
    assert f"plays {odd_arc}" in capsys.readouterr().out
    assert run_app(["service", "rm"]) == 0
    assert not path.exists()
    assert run_app(["service", "rm"]) == 0
    assert run_app(["service", "show"]) == 0
    assert "No service is installed" in capsys.readouterr().out


def test_a_private_tmp_hides_nothing_of_the_session() -> None:
    """A unit has temporary folders of its own, unless program, arc or home lie in those of all."""
    home = Home(Path("/home/b/data"), Path("/home/b/config"), Path("/home/b/run"))
    job = ServiceJob(("/opt/bin/soundscape", "run", "/music/arc.yaml"), "/music/arc.yaml", home, "")
    assert "PrivateTmp=yes" in unit(job, walls=True)
    inside = "/tmp/clone/.venv/bin/soundscape"
    for hidden in (
        replace(job, command=(inside, *job.command[1:])),
        replace(job, arc="/var/tmp/arc.yaml"),
        replace(job, home=replace(home, data=Path("/tmp/home"))),
    ):
        text = unit(hidden, walls=True)
        assert "PrivateTmp" not in text
        assert "ReadWritePaths=-/tmp -/var/tmp" in text


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--loud"], ["--speed", "x"], ["--detach"]])
def test_a_bad_option_or_arc_writes_nothing(at_desk: Path, odd_arc: Path, words: list[str]) -> None:
    """What `run` would refuse is refused before it is written down, with exit 2."""
    assert run_app(["service", "add", str(odd_arc), *words]) == 2
    odd_arc.write_text("phazes: {}\n", "utf-8")
    assert run_app(["service", "add", str(odd_arc)]) == 2
    assert not list(at_desk.rglob("*.service"))


def test_launchd_gets_a_property_list(
    at_desk: Path, at_home: House, odd_arc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On macOS the same command stands in a property list that the standard library reads; it does
    not begin by itself. Elsewhere it is said what to do instead."""
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert run_app(["service", "add", str(odd_arc), "--seed", "3"]) == 0
    path = at_desk / "Library" / "LaunchAgents" / "org.soundscape.session.plist"
    found = plistlib.loads(path.read_bytes())
    words = ["run", str(odd_arc), "--foreground", "--recover", "--seed", "3"]
    assert found["ProgramArguments"] == [str(SCRIPT), *words]
    assert found["EnvironmentVariables"] == {"SOUNDSCAPE_HOME": str(at_home.root)}
    assert (found["RunAtLoad"], found["Umask"]) == (False, 0o077)
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    assert run_app(["service", "add", str(odd_arc)]) == 1


# What a manager hears.


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """A stand-in for the socket of a service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.settimeout(PATIENCE_S)
        yield made


def heard(manager: socket.socket, wanted: str) -> list[str]:
    """All that is said until a message holds the wanted line, that one too."""
    said: list[str] = []
    while not said or wanted not in said[-1].split("\n"):
        said.append(manager.recv(1000).decode())
    return said


@pytest.mark.slow
def test_a_manager_hears_ready_alive_and_stopping(
    house: House, manager: socket.socket, tmp_path: Path
) -> None:
    """READY once the session plays, signs of life from the engine's own loop, none while it hangs,
    STOPPING at SIGTERM, before the closing fade; and no title among all that."""
    env = {**house.env, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"}
    words = ("run", house.arc, "--out", "null", "--speed", "20", "--foreground")
    process = house.start(*words, env=env)
    said = heard(manager, "READY=1")
    assert len(said) == 1
    code = house.status()["session"]
    assert f"STATUS=session {code}" in said[0].split("\n")
    said += heard(manager, "WATCHDOG=1") + heard(manager, "WATCHDOG=1")
    engine = house.status()["pids"]["engine"]
    os.kill(engine, signal.SIGSTOP)
    try:
        manager.settimeout(1.0)
        with suppress(TimeoutError):  # What was under way is still heard.
            assert len([manager.recv(1000) for _ in range(20)]) < 20
    finally:
        os.kill(engine, signal.SIGCONT)
    manager.settimeout(PATIENCE_S)
    process.send_signal(signal.SIGTERM)
    said += heard(manager, "STOPPING=1")
    assert process.wait(PATIENCE_S) == 0
    assert not any("Tone" in each or "Small" in each for each in said)


@pytest.mark.parametrize("address", ["", "/nothing/there", "@nobody", "x" * 300])
def test_nobody_to_tell_is_no_trouble(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a manager, or with one that is gone, telling is nothing."""
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "many")
    told = Notifier()
    told.ready("x")
    told.beat()
    told.stopping()


# The real systemd, as far as a machine without it lets us: in a mount namespace of its own.

INSIDE = """
set -e
mount -t tmpfs none /run && mkdir -m 700 -p /run/systemd/system /run/user
mount -t tmpfs none /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup
systemd --user --log-target=console </dev/null &
manager=$!
trap 'kill $manager; wait $manager' EXIT
for _ in $(seq 100); do systemctl --user is-system-running >/dev/null 2>&1 && break; sleep 0.1; done
"$@"
"""


def systemd(env: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """A command beside a systemd of this person's own, which ends with it."""
    own = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]  # Nothing outlives it.
    words = ["unshare", *own, "sh", "-c", INSIDE, "sh", *command]
    more = {"XDG_RUNTIME_DIR": "/run/user", "HOME": env["HOME"]}
    return subprocess.run(
        words, env={**env, **more}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=3 * PATIENCE_S, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("systemd") is None, reason="no systemd on this machine")
def test_systemd_runs_it(at_desk: Path, house: House, odd_arc: Path, stock: Path) -> None:
    """systemd itself reads the unit, starts it, is told that it is ready, and counts its signs of
    life; the music cannot be written to from within, the home can; a hang of all is noticed by the
    watchdog, and the session goes on; SIGTERM closes it, with a sealed journal."""
    env = {**house.env, "HOME": str(at_desk)}
    if systemd(env, "systemctl", "--user", "is-system-running").stdout.strip() != "running":
        pytest.skip("no systemd can be started here, not even in a namespace")
    # PrivateTmp hides what lies under /tmp, as all of this test does.
    script = Path(__file__).with_name("service_inside.py")
    done = systemd(
        env, sys.executable, str(script), str(SCRIPT), str(odd_arc), str(stock), str(at_desk)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "active session", "music is read-only", "home is written", "watchdog heard",
        "stopped with success", "sealed", "started again", "hang found", "went on",
    ]  # fmt: skip
