"""`service add`: whatever options of `run` it is given, its unit starts and means them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from house import PATIENCE_S, House

from soundscape.cli.app import run_app
from soundscape.cli.command import load
from soundscape.cli.table import ROWS

RUN: Any = load(ROWS["run"])

GIVEN: dict[str, list[list[str]]] = {
    "out": [["--out", "null"]],
    "device": [["--device", "odd %h $HOME"], ["--device=-odd"]],
    "library": [["--library", "music"]],
    "seed": [["--seed", "0"], ["--seed", "7"]],
    "avoid": [["--avoid", "tag:church", "--avoid=artist:Bo"]],
    "avoid_file": [["--avoid-file", "avoid.txt"]],
    "series": [["--series", "word"]],
    "keep_fresh": [["--series", "word", "--keep-fresh", "3"]],
    "at": [["--at", "14:30"]],
    "foreground": [["--foreground"]],
    "end_with_arc": [["--end-with-arc"]],
    "encrypt": [["--encrypt"], ["--no-encrypt"]],
    "recover": [["--recover"], ["--no-recover"]],
    "speed": [["--out", "null", "--speed", "20"]],
    "remote": [["--remote"]],
    "remote_lan": [["--remote-lan"]],
    "osc": [["--osc", "9000"]],
    "media_keys": [["--media-keys"], ["--no-media-keys"]],
    "screen": [["--screen"], ["--no-screen"]],
}
"""Every option of `run` that a service can have, each way that it can be said."""

BAD = {
    "detach": ["--detach"],
    "out": ["--out", "loud"],
    "at": ["--at", "25:00"],
    "speed": ["--speed", "20"],
    "osc": ["--osc", "many"],
    "avoid_file": ["--avoid-file", "nowhere.txt"],
    "keep_fresh": ["--keep-fresh", "3"],
}
"""What `run` refuses as it begins."""

WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')


@pytest.fixture
def place(at_home: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the options name, and a person whose service manager does not answer."""
    (tmp_path / "music").mkdir()
    (tmp_path / "avoid.txt").write_text("tag:church\n", "utf-8")
    secret = tmp_path / "secret"
    secret.write_text("correct horse battery\n", "utf-8")
    secret.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nothing"))
    monkeypatch.setenv("SOUNDSCAPE_PASSPHRASE_FILE", str(secret))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "person" / ".config" / "systemd" / "user" / "soundscape.service"


def exec_start(path: Path) -> list[str]:
    """The command of a unit, as systemd reads its words."""
    (line,) = [each for each in path.read_text("utf-8").split("\n") if "ExecStart=" in each]
    words = WORD.findall(line.removeprefix("ExecStart="))
    return [re.sub(r"\\(.)", r"\1", each).replace("%%", "%").replace("$$", "$") for each in words]


def meant(words: Sequence[str]) -> Mapping[str, Any]:
    """What `run` takes these words for, with whole paths."""
    found = RUN.make_context("soundscape run", list(words)).params
    return {
        name: each.absolute() if isinstance(each, Path) else each for name, each in found.items()
    }


def test_no_option_is_forgotten() -> None:
    """The tables of this test have every option that `run` has."""
    assert {param.name for param in RUN.params} == {"arc", *GIVEN, *BAD}


@pytest.mark.parametrize(
    "words", [each for all_of in GIVEN.values() for each in all_of], ids=" ".join
)
def test_a_unit_means_what_was_said(place: Path, at_home: House, words: list[str]) -> None:
    """Read back from the unit, in another folder, the words give `run` the same values; systemd's
    own check has nothing against the unit."""
    said = meant([str(at_home.arc), *words])
    assert run_app(["service", "add", str(at_home.arc), *words]) == 0
    command = exec_start(place)
    os.chdir("/")
    kept = meant(command[command.index("run") + 1 :])
    always = {"foreground": True, "recover": said["recover"] is not False}
    assert kept == {**said, **always}
    if shutil.which("systemd-analyze"):
        verify = ["systemd-analyze", "--user", "--man=no", "verify", str(place)]
        env = {**os.environ, "XDG_RUNTIME_DIR": str(at_home.root)}
        done = subprocess.run(verify, capture_output=True, text=True, check=False, env=env)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", BAD.values(), ids=" ".join)
def test_what_run_refuses_is_never_written(place: Path, at_home: House, words: list[str]) -> None:
    """Exit 2 now, and no unit that would fail at its hour."""
    assert run_app(["service", "add", str(at_home.arc), *words]) == 2
    assert not place.exists()


def test_an_arc_is_taken_by_its_name(place: Path) -> None:
    """As everywhere; the unit has its whole path."""
    assert run_app(["service", "add", "first-journey"]) == 0
    (arc,) = [each for each in exec_start(place) if each.endswith("first-journey.yaml")]
    assert Path(arc).is_absolute()
    assert Path(arc).is_file()


def test_encryption_needs_a_passphrase_that_nobody_types(
    place: Path, at_home: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a file that holds it the unit names that; without one nothing is written, whether an
    option or the settings ask for encryption."""
    words = ["service", "add", str(at_home.arc)]
    assert run_app([*words, "--encrypt"]) == 0
    secret = os.environ["SOUNDSCAPE_PASSPHRASE_FILE"]
    assert f'Environment="SOUNDSCAPE_PASSPHRASE_FILE={secret}"' in place.read_text("utf-8")
    place.unlink()
    monkeypatch.delenv("SOUNDSCAPE_PASSPHRASE_FILE")
    at_home.home.settings.write_text("encrypt: true\n", "utf-8")
    for more in ([], ["--encrypt"]):
        assert run_app([*words, *more]) == 2
        assert "SOUNDSCAPE_PASSPHRASE_FILE, and install again" in capsys.readouterr().err
    assert not place.exists()
    assert run_app([*words, "--no-encrypt"]) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["--no-encrypt", "--no-media-keys", "--no-screen", "--no-recover", "--seed", "0"],
        ["--encrypt", "--end-with-arc", "--series", "word", "--avoid-file", "avoid.txt"],
    ],
    ids=" ".join,
)
def test_the_command_of_a_unit_plays(
    place: Path, at_home: House, tmp_path: Path, words: list[str]
) -> None:
    """Run as it stands, from another folder and with nobody to ask, it says that it is ready, and
    closes at SIGTERM."""
    words = ["--out", "null", "--speed", "20", *words]
    assert run_app(["service", "add", str(at_home.arc), *words]) == 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE_S)
        env = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        process = subprocess.Popen(
            exec_start(place), env=env, cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert "READY=1" in manager.recv(1000).decode()
        finally:
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
