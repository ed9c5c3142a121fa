"""A real encrypted session: what it leaves on the disk, and how it goes on after a crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from house import House, until
from library_fixtures import low_tone, tag
from page_visitor import paired
from test_private_words import files_with

from soundscape.cli import passphrase
from soundscape.cli.app import run_app
from soundscape.cli.passphrase import FILE_VARIABLE
from soundscape.journal import encryption as keys

PHRASE = "seven herons over the weir"
TITLE = "Wolkenbügel Etude"
ARTIST = "Hortensia Quagga"
ARC = "Marmalade arc"
PHASE = "lanternfish"
SERIES = "periwinkle"
NAME = "Zebedée Quüx"
WORDS = "wept like the Ostrogoths"
LATER = "spoke of Ultramarine"
SECRET = "AGE-SECRET-KEY"
MAY_NAME_MUSIC = ("library.db", "library.json", "planted.yaml", "planted.m3u8")
"""The library's own files, and what the person wrote: no place of the session's."""

ARC_TEXT = f"""\
name: {ARC}
defaults: {{crossfade: 4 s}}
phases:
  {PHASE}: {{stage: onset, minutes: 3, playlist: planted, intensity: [0.1, 0.4]}}
"""


@pytest.fixture
def arc(at_home: House, tmp_path: Path) -> Path:
    """An arc whose every name is a word that is to be found nowhere."""
    work = tmp_path / "work"
    for number in range(4):
        path = low_tone(work / "music" / f"{TITLE} {number}.flac", 30, 110.0 * 1.2**number)
        tag(path, title=f"{TITLE} {number}", artist=ARTIST, intensity=str(number / 8))
    (work / "planted.m3u8").write_text(
        "".join(f"music/{TITLE} {number}.flac\n" for number in range(4)), "utf-8"
    )
    made = work / "planted.yaml"
    made.write_text(ARC_TEXT, "utf-8")
    for key in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR"):
        (tmp_path / key).mkdir(mode=0o700)
        at_home.env[key] = str(tmp_path / key)
    return made


def say_phrase(house: House, words: str = PHRASE) -> Path:
    """Have the passphrase read from a file; it lies outside of all that is searched."""
    path = house.root.parent.parent / f"{house.root.parent.name}-phrase"
    path.write_text(words + "\n", "utf-8")
    path.chmod(0o600)
    house.env[FILE_VARIABLE] = str(path)
    return path


def forget_phrase(house: House) -> None:
    """From here on nobody can be asked."""
    Path(house.env.pop(FILE_VARIABLE)).unlink()


def seen_by_others(house: House) -> bytes:
    """What the system tells of our processes: their words, and their environment."""
    return b"".join(
        Path(f"/proc/{pid}/{what}").read_bytes()
        for pid in house.processes()
        for what in ("cmdline", "environ")
    )


def here(*words: str | Path) -> int:
    """A command within this process, which works a passphrase out only once; its exit code."""
    return run_app([str(each) for each in words])


def told_nowhere(house: House, root: Path) -> None:
    """Nothing of the session stands in any file but the library's."""
    for words in (NAME, WORDS, LATER, SERIES, PHRASE, SECRET):
        assert files_with(root, words) == set(), words
    for words in (ARC, PHASE, TITLE, ARTIST):
        found = {name for name in files_with(root, words) if not name.endswith(".flac")}
        assert all(name.startswith(MAY_NAME_MUSIC) for name in found), (words, found)


@pytest.mark.slow
def test_nothing_is_found_in_the_clear_and_a_crash_heals_unasked(
    at_home: House,
    arc: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Titles, arc, phases, series, names and notes stand in no file of the session's, no log and no
    run-time file, while it plays and is shown on a paired page, after a killed engine that nobody
    was asked about, after a killed supervisor, and when it is over; nor does the key or the
    passphrase stand anywhere, or in what the system shows of the processes. With the passphrase
    all of it is there."""
    say_phrase(at_home)
    code = at_home.play("--encrypt", "--series", SERIES, "--remote", arc=arc, speed=5)
    forget_phrase(at_home)
    before = at_home.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    assert TITLE in before["track"]["title"]
    given = {"args": {"note": f"{NAME} {WORDS}", "person": "A"}}
    assert paired(at_home).ask("POST", "cue/mark", given).json["ok"]
    at_home.call("ambience", NAME)
    told_nowhere(at_home, tmp_path)
    (at_home.folder() / "lock.json").unlink()  # It is put back, as nobody could ever read on.
    until(lambda: (at_home.folder() / "lock.json").exists(), "for the lock")
    engine, supervisor = before["pids"]["engine"], before["pids"]["supervisor"]
    os.kill(supervisor, signal.SIGKILL)
    at_home.wait(lambda now: now["pids"]["supervisor"] not in (0, supervisor), "for a supervisor")
    os.kill(engine, signal.SIGSEGV)
    at_home.wait(
        lambda now: now["pids"]["engine"] != engine and now["track"] and now["track"]["sounds"],
        "for the next engine",
    )
    assert at_home.cue("mark", WORDS, "--person", "B").ok
    shown = seen_by_others(at_home)
    assert SECRET.encode() not in shown
    assert PHRASE.encode() not in shown
    told_nowhere(at_home, tmp_path)
    at_home.end_now()
    at_home.wait_over()
    monkeypatch.setenv(FILE_VARIABLE, str(say_phrase(at_home)))
    assert here("log", "note", code, LATER) == 0
    assert here("log", "consent", code, "A", "yes") == 0
    assert here("log", "series") == 0
    told_nowhere(at_home, tmp_path)
    capsys.readouterr()
    assert here("log", "show", code, "--json") == 0
    story = json.loads(capsys.readouterr().out)
    assert story["arc"] == ARC
    assert any(TITLE in heard["title"] for heard in story["heard"])
    assert [mark["note"] for mark in story["marks"]] == [f"{NAME} {WORDS}", WORDS]
    assert len(story["gaps"]) == 1
    assert here("log", "check") == 0
    assert here("log", "series") == 0
    told = capsys.readouterr().out
    assert "sealed" in told
    assert SERIES in told
    for words in (("log", "report", code, "--out", tmp_path / "r.html"),
                  ("log", "export", code, "--as", "json")):  # fmt: skip
        assert here(*words) == 0
    assert TITLE in (tmp_path / "r.html").read_text("utf-8")
    assert at_home.call("plan", arc, "--series", SERIES, "--keep-fresh", "1").returncode == 0
    forget_phrase(at_home)
    monkeypatch.delenv(FILE_VARIABLE)
    monkeypatch.setattr(keys, "_held", {})
    monkeypatch.setattr(passphrase, "_ring", passphrase._Ring())
    capsys.readouterr()
    for words in (("log", "show"), ("log", "note", code, "x"), ("log", "export", code),
                  ("log", "consent", code), ("log", "report", code), ("log", "replay", "--at", "1"),
                  ("run", arc, "--out", "null", "--encrypt")):  # fmt: skip
        assert here(*words) == 1
        assert FILE_VARIABLE in capsys.readouterr().err
    doctor = at_home.json("doctor", "--titles")
    assert doctor["sessions"] == [{"session": code, "encrypted": "not looked into"}]
    done = at_home.call("log", "check")
    assert (done.returncode, "with the passphrase alone" in done.stdout) == (1, True)
    assert code in at_home.call("log").stdout
    assert at_home.call("log", "rm", code, "--yes").returncode == 0
    assert not at_home.json("log")


@pytest.mark.slow
def test_after_all_was_killed_recover_asks_and_goes_on(at_home: House, arc: Path) -> None:
    """Engine and supervisor killed at once: which session it was is told without the passphrase;
    `recover` refuses a wrong one with one message and exit 2, goes on with the right one, and the
    journal is whole in the end. The settings' `encrypt` was enough to encrypt it."""
    at_home.home.settings.write_text("encrypt: true\n", "utf-8")
    say_phrase(at_home)
    code = at_home.play(arc=arc, speed=5)
    forget_phrase(at_home)
    until(lambda: (at_home.folder() / "beat.json").exists(), "for a sign of life")
    at_home.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    at_home.kill_all()
    until(lambda: not at_home.processes(), "for both to be gone")
    done = at_home.call("soften")
    assert f"encrypted session {code} broke off" in done.stderr
    done = at_home.call("recover", "--detach")
    assert done.returncode == 1
    assert FILE_VARIABLE in done.stderr
    say_phrase(at_home, "seven geese over the weir")
    done = at_home.call("recover", "--detach")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "another passphrase" in done.stderr
    say_phrase(at_home)
    done = at_home.call("run", arc, "--recover", "--detach", "--out", "null")
    assert done.returncode == 0, done.stderr
    forget_phrase(at_home)
    assert at_home.wait(lambda now: now["track"], "for music")["session"] == code
    engine = at_home.status()["pids"]["engine"]
    os.kill(engine, signal.SIGKILL)
    now = at_home.wait(lambda now: now["pids"]["engine"] != engine, "for the next engine")
    assert now["private"], "and whoever shows titles elsewhere is told not to, as before"
    at_home.end_now()
    at_home.wait_over()
    say_phrase(at_home)
    assert at_home.json("log", "check")["state"] == "sealed"
    assert len(at_home.json("log", "show")["gaps"]) == 2


SPILL = """
import logging, os, sys, threading
from soundscape.core.errors import SoundscapeError
from soundscape.process.trouble import be_discreet
from soundscape.control.client import Client
from soundscape.control.server import ControlPort
from soundscape.process.trouble import be_whole_or_none
be_discreet("%(levelname)s %(message)s")
be_whole_or_none()
def spill(): raise ValueError(sys.argv[1])
logging.error("told")
try: spill()
except ValueError: logging.exception("met an error")
os.write(2, sys.argv[1].encode())
class Desk: cue = status = lambda *_: spill()
port = ControlPort(Desk(), "testtest")
port.open()
try: Client(port.control).status()
except SoundscapeError: pass
port.close()
thread = threading.Thread(target=spill)
thread.start(); thread.join()
spill()
"""


def test_a_log_has_the_places_of_errors_and_not_their_words() -> None:
    """What an engine says of itself is there, and of each error its kind and place, those within
    the control port too; what an error quotes, and what a library writes past us, is not."""
    done = subprocess.run(
        [sys.executable, "-c", SPILL, TITLE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "ERROR told\nERROR met an error\n" in done.stderr
    assert done.stderr.count("in spill") == 4
    assert done.stderr.count("\nValueError\n") == 4
    assert TITLE not in done.stdout + done.stderr
