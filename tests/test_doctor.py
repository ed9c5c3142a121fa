"""`soundscape doctor`: all that helps, and not one name in it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, house_in
from library_fixtures import low_tone, tag

from soundscape.audio import pulse
from soundscape.cli.app import run_app
from soundscape.cli.doctor import look
from soundscape.cli.doctor.look import kind_of
from soundscape.cli.doctor.mask import Mask
from soundscape.core.ports import Output
from soundscape.home import write_private

PERSON, HOST = "annabelq", "quistlaptop"
ARC, SERIES, PHASE, LIST = "Farewell to Bertrand", "quist-couple", "bertrands hour", "mothers"
TITLES = {"avemaria01": "Ave Maria", "harbour02": "Lonely Harbour"}
ARTIST = "Gudrun Vogelsang"
FOLDER = "Songs for Bertrand"
NOTE = "she wept for Oskar"
DEVICE = "bluez_output.Annabels_AirPods"
ABOUT = "Annabel's AirPods"
PLANTED = (PERSON, HOST, ARC, SERIES, PHASE, LIST, *TITLES, *TITLES.values(), ARTIST, FOLDER, NOTE,
           "Bertrand", "Oskar", "Annabel", "Vogelsang", "AirPods", "quist")  # fmt: skip


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, stock: Path) -> Iterator[House]:
    """A person's home with a session in it that met a fault, all of it full of names."""
    root = tmp_path_factory.mktemp("doctor") / PERSON
    music = root / FOLDER
    for number, (name, title) in enumerate(TITLES.items()):
        path = low_tone(music / f"{name}.flac", 30, 200.0 + 50 * number)
        tag(path, title=title, artist=ARTIST, intensity=str(0.1 + 0.8 * number))
    arc = root / "arc.yaml"
    arc.write_text(
        f"name: {ARC}\nlibrary: {FOLDER}\ndefaults: {{crossfade: 4 s}}\nphases:\n"
        f"  {PHASE}: {{stage: onset, minutes: 50 s, playlist: {LIST}, intensity: [0.9, 0.1]}}\n",
        "utf-8",
    )
    (root / f"{LIST}.m3u8").write_text(
        "".join(f"{FOLDER}/{name}.flac\n" for name in TITLES), "utf-8"
    )
    with house_in(root, stock) as made:
        made.env["HOME"] = str(root)
        made.home.index.chmod(0o600)
        made.play("--series", SERIES, arc=arc, speed=5)
        (music / "avemaria01.flac").unlink()
        made.cue("mark", NOTE)
        made.cue("next")
        made.wait(lambda now: now["health"]["faults"], "for the fault")
        made.end_now()
        made.wait_over()
        words = f"2026-01-01 ERROR cannot open {music}/{TITLES['avemaria01']}.flac ({ARTIST})\n"
        made.home.log.write_text(words, "utf-8")
        mistake = f'  File "/x/soundscape/core/fold.py", line 7\nValueError: {ARTIST}\n'
        write_private(made.home.run / "mistake.log", mistake)
        made.call("library", "add", music)
        yield made


@pytest.fixture
def at_desk(lived: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Within this process, as that person, on a machine and with a headset of that name."""
    output = pulse.ServerOutput(DEVICE, ABOUT, 0.5, False, False, False, (PERSON,), "m")
    monkeypatch.setattr(look, "ask_output", lambda: output)
    monkeypatch.setattr(look, "devices", lambda: [Output(DEVICE, ABOUT)])
    monkeypatch.setattr(platform, "node", lambda: f"{HOST}.example.org")
    for key, value in {"HOME": lived.env["HOME"], "SOUNDSCAPE_HOME": str(lived.root),
                       "USER": PERSON, "LOGNAME": PERSON}.items():  # fmt: skip
        monkeypatch.setenv(key, value)
    return lived


def told(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    """All the bytes that the command gives out, either way."""
    capfd.readouterr()
    assert run_app(["doctor", *words]) == 0
    said = capfd.readouterr()
    assert "mistake of this program" not in said.err
    return said.out + said.err


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_no_name_is_in_it(
    at_desk: House, capfd: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """Of the person, the machine, the headset, the arc, its phases and playlists, the series, the
    music, its folder and the notes no word stands in what it prints, in capitals or not."""
    found = told(capfd, *words).lower()
    assert [name for name in PLANTED if name.lower() in found] == []


@pytest.mark.slow
def test_what_helps_is_in_it(at_desk: House, capfd: pytest.CaptureFixture[str]) -> None:
    """Versions of the program and all that it stands on, the outputs by kind, permissions, free
    disk, counts, the sessions' state, the last faults, and where a mistake happened."""
    found: dict[str, Any] = json.loads(told(capfd, "--json"))
    program = found["program"]
    assert program["libVLC"].startswith("3.")
    assert program["FFmpeg libraries in PyAV"][0].isdigit()
    assert {"soundscape", "python", "av", "pydantic", "uvicorn", "python-vlc"} <= set(program)
    assert "cannot be told" not in json.dumps(found)
    assert found["sound"]["devices"] == ["bluez"]
    assert found["home"]["data"]["mode"] == "0700"
    assert found["home"]["data"]["free_mb"] > 0
    assert found["home"]["open to others"] == 0
    assert found["library"]["folders"] == 1
    assert found["library"]["files"] >= 2
    (session,) = found["sessions"]
    assert (session["session"], session["journal"]) == (at_desk.folder().name, "sealed")
    assert session["faults"][0]["what"] == "will not open"
    assert found["log"]["last mistake"] == "ValueError"
    assert found["log"]["happened at"] == ["soundscape.core.fold.py 7"]


@pytest.mark.slow
def test_names_are_in_it_where_they_are_asked_for(
    at_desk: House, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --titles the music, its files and the devices are named; persons and machine are not."""
    found = told(capfd, "--titles")
    assert f"{FOLDER}/avemaria01.flac" in found
    assert DEVICE in found
    assert not any(name in found for name in (PERSON, HOST))


def test_an_empty_home_and_a_broken_one_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What is not there, or cannot be read, is said in its place; all else is told."""
    monkeypatch.setenv("SOUNDSCAPE_HOME", str(tmp_path))
    assert json.loads(told(capfd, "--json"))["sessions"] == []
    (tmp_path / "library.db").write_bytes(os.urandom(5000))
    (tmp_path / "library.json").write_text("{", "utf-8")
    (tmp_path / "sessions" / "abcd").mkdir(parents=True)
    (tmp_path / "sessions" / "abcd" / "journal.jsonl").write_bytes(b"\0\xff\n" * 500)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "control.json").write_text("{", "utf-8")
    found = json.loads(told(capfd, "--json"))
    assert "cannot be told" in found["library"]
    assert "cannot be told" in found["session"]
    assert found["sessions"][0]["journal"] == "altered"
    assert found["home"]["open to others"] > 0
    assert found["program"]["python"]


def test_words_that_only_look_like_names_stay() -> None:
    """A name is taken out where it stands as a word; other words keep their letters."""
    mask = Mask(Path("/home/ann"), ["Rain"])
    assert mask("rain, training, Ann, annual, /home/ann/x y.ogg") == (
        "(music), training, (a person), annual, (a path)"
    )
    assert mask("Debian GNU/Linux 12, 48000/s") == "Debian GNU/Linux 12, 48000/s"
    assert kind_of("alsa_output.usb-Annas_DAC-00.analog-stereo") == "usb analog alsa"
