"""`soundscape library` as a facilitator types it: real files, the real program."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import wave
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from house import PATIENCE_S
from library_fixtures import FORMATS, encode, music, tag, tone

from soundscape.cli.app import run_app
from soundscape.core.text import clock
from soundscape.library.catalog import scan
from soundscape.starter.pieces import AMBIENCE_NAMES, DEMO_NAMES

SCRIPT = Path(sys.executable).with_name("soundscape")


class Shell:
    """A home of its own, and the program run in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = folder / "home"
        self.here = folder
        self.capsys = capsys

    def start(self, *words: str | Path, of: str = "library") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(SCRIPT), of, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str | Path, code: int = 0) -> str:
        """Within this process: standard output where all went well, else standard error."""
        self.capsys.readouterr()
        returned = run_app(["library", *map(str, words)])
        out, err = self.capsys.readouterr()
        assert returned == code, (words, out, err)
        assert "mistake" not in err
        return str(out if code == 0 else err)

    def json(self, *words: str | Path) -> Any:
        return json.loads(self.run(*words, "--json"))

    def said(self) -> Any:
        return json.loads((self.home / "library.json").read_text("utf-8"))


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    made = Shell(tmp_path, capsys)
    monkeypatch.setenv("SOUNDSCAPE_HOME", str(made.home))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small library: one that sings, one that does not, one nobody knows, an ambience, and two
    files that cannot be played; and an index that knows them."""
    root = tmp_path_factory.mktemp("model")
    folder = root / "lib"
    music(folder / "calm/water.flac", seconds=2.0, title="Slow Water", artist="Ana Björk")
    music(folder / "calm/song.mp3", seconds=1.5, title="Song (feat. Bo)", hz=300.0)
    music(folder / "pads.ogg", seconds=1.5, title="Pads", instrumental="yes", hz=250.0)
    music(folder / "ambience/rain.flac", seconds=1.2, instrumental="yes", hz=100.0)
    (folder / "calm/text.mp3").write_text("words")
    encode(folder / "silent.wav", "wav", tone(2.0) * 0)
    scan([folder], root / "library.db")
    return root


@pytest.fixture
def lib(model: Path, shell: Shell) -> Path:
    """The library in a place of its own, scanned already, not yet added."""
    folder = shell.here / "lib"
    shutil.copytree(model / "lib", folder)
    shell.home.mkdir()
    shutil.copyfile(model / "library.db", shell.home / "library.db")
    with closing(sqlite3.connect(shell.home / "library.db")) as db:
        for (path,) in db.execute("SELECT path FROM files").fetchall():
            there = path.replace(os.fsencode(model), os.fsencode(shell.here))
            db.execute("UPDATE files SET path = ? WHERE path = ?", (there, path))
        db.commit()
    return folder


def test_a_folder_becomes_a_library_and_goes_again(shell: Shell, lib: Path) -> None:
    """`add` says what was found in a few lines, `rm` takes the folder out and touches no file."""
    (shell.home / "library.db").unlink()
    told = shell.run("add", "lib")
    assert "3 tracks, 0:00:05 of music; 1 ambience\n" in told
    assert "5 measured now" in told
    assert "left out: calm/text.mp3: is no audio file" in told
    assert "left out: silent.wav: is silent" in told
    assert "1 track with a voice" in told
    assert "1 track of which nobody knows" in told
    assert str(lib) not in told
    assert shell.said()["folders"] == [str(lib)]
    assert "nothing new to measure" in shell.run("scan")
    before = sorted(lib.rglob("*"))
    assert "no longer in the library" in shell.run("rm", lib)
    assert sorted(lib.rglob("*")) == before
    assert "there is none yet" in shell.run("scan", code=2)
    assert shell.json("add", lib)["measured"] == 0


def test_faults_of_what_was_named_are_all_told(shell: Shell, lib: Path) -> None:
    """Folders that are none, a folder that is not of the library, a word no option knows: exit 2,
    with the nearest, and nothing is added."""
    told = shell.run("add", lib, "nowhere", "lib/pads.ogg", code=2)
    assert told == "nowhere: no such folder\nlib/pads.ogg: is not a folder\n"
    assert not (shell.home / "library.json").exists()
    shell.run("add", lib)
    assert f"did you mean `{lib}`?" in shell.run("rm", "Lip", code=2)
    assert f"did you mean `{lib}`?" in shell.run("rm", shell.here / "libb", code=2)
    assert "did you mean `voice`?" in shell.run("list", "--voice", "voise", code=2)
    assert "did you mean `Slow Water`?" in shell.run("show", "slow watter", code=2)
    assert "did you mean `Slow Water`?" in shell.run("show", "low wat", code=2)


def test_the_settings_library_belongs_to_it(shell: Shell, lib: Path) -> None:
    """A folder named in the settings is scanned and listed too; one that is not there is
    refused."""
    shell.home.joinpath("settings.yaml").write_text(f"library: {lib}\n")
    assert shell.json("scan")["measured"] == 0
    assert len(shell.json("list")["tracks"]) == 4
    shell.home.joinpath("settings.yaml").write_text("library: /no/where\n")
    assert "library: no folder /no/where" in shell.run("scan", code=2)


@pytest.mark.slow
def test_the_list_fits_a_terminal(shell: Shell, lib: Path) -> None:
    """Every track is a line of at most 80 columns; options choose by voice, faults and words."""
    shell.run("add", lib)
    told = shell.run("list")
    assert all(len(line) <= 80 for line in told.splitlines())
    rows = {line.split("  ")[0]: line for line in told.splitlines()}
    assert "Ana Björk" in rows["Slow Water"]
    assert "0:00:02" in rows["Slow Water"]
    assert rows["Slow Water"].rstrip().endswith("unknown")
    assert rows["Song (feat. Bo)"].rstrip().endswith("voice")
    assert rows["Pads"].rstrip().endswith("none")
    assert "3 tracks, 0:00:05; 1 ambience; 2 left out (--faults says why)" in told
    assert "Slow Water" not in shell.run("list", "--voice", "voice")
    assert "Song" not in shell.run("list", "water", "BJÖRK")
    assert "did you mean `Ana Björk`?" in shell.run("list", "bjork")
    assert "left out: silent.wav: is silent" in shell.run("list", "--faults")
    facts = shell.json("list")
    assert {each["title"]: each["voice"] for each in facts["tracks"]} == {
        "Slow Water": "unknown",
        "Song (feat. Bo)": "voice",
        "Pads": "instrumental",
        "rain": "instrumental",
    }
    assert {Path(each["where"]).name for each in facts["left_out"]} == {"text.mp3", "silent.wav"}


def test_the_list_measures_nothing(shell: Shell, lib: Path) -> None:
    """What was never scanned is counted, not measured behind the facilitator's back."""
    shell.run("add", lib)
    music(lib / "new.flac", seconds=1.1, title="New")
    facts = shell.json("list")
    assert facts["never_scanned"] == [str(lib / "new.flac")]
    assert len(facts["tracks"]) == 4
    shell.run("scan")
    assert len(shell.json("list")["tracks"]) == 5


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_can_be_shown(shell: Shell, kind: str) -> None:
    """`show` tells tags, measures, parts, shape and voice of a file of any format, by its path."""
    path = music(
        shell.here / f"t.{kind}",
        seconds=2.0,
        title="Slow [bold]Water[/bold]\x1b[31m",
        artist="Ana",
        genre="Opera",
        intensity="0.4",
        replaygain_track_gain="-20.00 dB",
    )
    told = shell.run("show", path)
    assert "\x1b" not in told
    assert told.startswith("Slow [bold]Water[/bold] [31m\n")
    told = " ".join(told.split())
    assert "by its tag (measured" in told
    assert "its genre is “opera”" in told
    assert "dB louder than it is; what was measured is used" in told
    facts = shell.json("show", path)
    assert facts["intensity"] == 0.4
    parts = facts["measured"]["parts"]
    assert sum(parts.values()) == pytest.approx(facts["measured"]["intensity"], abs=0.001)
    assert facts["shape"] == pytest.approx(
        [
            min(1, max(0, part + 0.4 - facts["measured"]["intensity"]))
            for part in facts["measured"]["shape"]
        ]
    )


def test_a_track_is_found_by_what_people_call_it(shell: Shell, lib: Path) -> None:
    """A title, a file name with or without its suffix, the end of a path; several are all told."""
    shell.run("add", lib)
    for name in ("slow water", "water", "Water.flac", "calm/water.flac", "lib/calm/water.flac"):
        assert shell.json("show", name)["title"] == "Slow Water", name
    music(lib / "other/water.ogg", seconds=1.3, title="Other")
    told = shell.run("show", "water", code=2)
    assert told.splitlines() == [
        f"water: may be {lib}/calm/water.flac; say which by its path",
        f"water: may be {lib}/other/water.ogg; say which by its path",
    ]
    assert "is silent" in shell.run("show", "silent")
    assert "is no audio file" in shell.run("show", "text.mp3", code=2)


@pytest.mark.slow
def test_a_vouch_follows_the_sound(shell: Shell, lib: Path) -> None:
    """Somebody's word stands over the tags, and holds when the file is tagged anew and moved, and
    when the index is deleted or damaged."""
    shell.run("add", lib)
    told = shell.run("vouch", "slow water", "song")
    assert told.startswith("2 tracks: nobody sings or speaks in them, says somebody who listened")
    assert "Song (feat. Bo) (its tags speak of a voice)" in told

    def voices() -> dict[str, str]:
        tracks = shell.json("list")["tracks"]
        return {Path(t["path"]).stem: t["voice"] for t in tracks if t["vouched"]}

    assert voices() == {"water": "instrumental", "song": "instrumental"}
    tag(lib / "calm/song.mp3", title="Vocal Song", comment="anew").rename(lib / "moved.mp3")
    assert shell.json("scan")["measured"] == 0
    assert voices() == {"water": "instrumental", "moved": "instrumental"}
    (shell.home / "library.db").write_bytes(b"rubbish" * 999)
    assert shell.json("scan")["measured"] == 5
    assert voices() == {"water": "instrumental", "moved": "instrumental"}
    assert "somebody sings or speaks in it" in shell.run("vouch", "pads", "--voice")
    assert voices()["pads"] == "voice"
    assert "1 track: what was said of it is taken back" in shell.run("vouch", "pads", "--undo")
    assert "pads" not in voices()


@pytest.mark.slow
def test_folders_and_playlists_are_vouched_for_whole(shell: Shell, lib: Path) -> None:
    """A folder and a playlist stand for all their tracks; what means nothing is all told, and then
    nothing is kept."""
    shell.run("add", lib)
    told = shell.run("vouch", lib / "calm", "nothing like it", "x" * 5000, code=2)
    assert "nothing like it: no such track in the library" in told
    assert shell.said()["vouches"] == {}
    assert shell.run("vouch", lib / "calm").startswith("2 tracks: nobody")
    assert shell.run("vouch", lib / "calm", "--undo").startswith("2 tracks: what was said")
    (shell.home / "playlists").mkdir()
    (shell.home / "playlists/deep.yaml").write_text("tracks: [pads.ogg, calm/water.flac]\n")
    assert shell.run("vouch", "deep").startswith("2 tracks: nobody")
    titles = {each["title"] for each in shell.said()["vouches"].values()}
    assert titles == {"Pads", "Slow Water"}
    (shell.home / "playlists/pads.yaml").write_text("tracks: [pads.ogg]\n")
    told = shell.run("vouch", "pads", "deap.yaml", code=2)
    assert f"may be any of {shell.home}/playlists/pads.yaml, {lib}/pads.ogg" in told
    assert "no playlist `deap.yaml`" in told
    assert "cannot go with --undo" in shell.run("vouch", "deep", "--undo", "--voice", code=2)


def test_a_damaged_library_file_stops_every_command(shell: Shell, lib: Path) -> None:
    """What people said is never written over by a program that cannot read it: exit 2, with the
    place."""
    shell.run("add", lib)
    path = shell.home / "library.json"
    path.write_text('{"version": 1,')
    for words in (("scan",), ("add", lib), ("list",), ("show", "pads"), ("vouch", "pads")):
        assert f"{path}:1:" in shell.run(*words, code=2)
    assert path.read_text() == '{"version": 1,'


def many(folder: Path, count: int = 24) -> Path:
    """Files with a sound of their own each, that take a while to measure."""
    folder.mkdir()
    for number in range(count):
        sound = (tone(20.0, hz=100.0 + number).T * 32767).astype("<i2")
        with wave.open(str(folder / f"{number:02d}.wav"), "wb") as file:
            file.setparams((2, 2, 44100, 0, "NONE", ""))
            file.writeframes(sound.tobytes())
    return folder


def kept(home: Path) -> int:
    """How many sounds the index has on disk."""
    try:
        db = sqlite3.connect(f"file:{home / 'library.db'}?mode=ro", uri=True)
        try:
            return int(db.execute("SELECT count(*) FROM measures").fetchone()[0])
        finally:
            db.close()
    except sqlite3.Error:
        return 0


def test_a_library_that_is_not_there_is_not_none(shell: Shell) -> None:
    """Where all added folders are gone, they are named: nobody is told to begin anew."""
    many(shell.here / "lib", 1)
    shell.run("add", "lib")
    (shell.here / "lib").rename(shell.here / "elsewhere")
    said = shell.run("scan", code=2)
    assert f"{shell.here / 'lib'}: is not there; plug its disk in" in said


@pytest.mark.slow
def test_ctrl_c_says_so_whatever_was_at_work(shell: Shell) -> None:
    """Any long command that is interrupted exits 130 with one line, and keeps what it had done."""
    many(shell.here / "lib")
    arc = shell.here / "arc.yaml"
    arc.write_text("name: x\nphases: {peak: {minutes: 5, playlist: lib, intensity: 0.3}}\n")
    process = shell.start(arc, of="plan")
    deadline = time.monotonic() + PATIENCE_S
    while kept(shell.home) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (130, "interrupted; what was done is kept\n")
    assert kept(shell.home) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_a_scan_that_was_ended_goes_on_where_it_was(shell: Shell, sign: signal.Signals) -> None:
    """Whatever ends a scan, what was measured by then is kept and not measured again; Ctrl-C says
    how far it came."""
    many(shell.here / "lib")
    process = shell.start("add", "lib")
    deadline = time.monotonic() + PATIENCE_S
    while kept(shell.home) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(sign)
    _, err = process.communicate(timeout=PATIENCE_S)
    done = kept(shell.home)
    assert 3 <= done < 24
    if sign == signal.SIGINT:
        assert process.returncode == 130
        assert err == (
            f"interrupted; {done} of 24 measured, kept; run `soundscape library scan` again to "
            "go on\n"
        )
    facts = shell.json("scan")
    assert (facts["tracks"], facts["measured"], facts["left_out"]) == (24, 24 - done, [])


@pytest.mark.slow
def test_two_scans_at_once_do_not_break_each_other(shell: Shell) -> None:
    """Two scans of the same new folder both end well, with nothing left out and nothing to warn
    of, and the index is whole."""
    many(shell.here / "lib", 10)
    both = [shell.start("add", "lib") for _ in range(2)]
    for process in both:
        out, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert "10 tracks" in out
        assert "left out" not in out
        assert "index" not in err
    assert shell.json("scan")["measured"] == 0
    assert clock(200) in shell.run("list")


def test_the_starter_music_is_known_once_it_is_made(shell: Shell) -> None:
    """`library starter` reads and measures what it made: nothing stands between it and `check`."""
    for number, name in enumerate(DEMO_NAMES):
        kind = "ambience" if name in AMBIENCE_NAMES else "music"
        music(shell.home / f"starter/{kind}/{name}.flac", hz=200.0 + 20 * number, kind=kind)
    assert f"{len(DEMO_NAMES)} measured now" in shell.run("starter", "--demo")
    assert "nothing new to measure" in shell.run("starter", "--demo")


def test_what_is_not_read_is_counted_and_named(shell: Shell) -> None:
    """A scan says how many files of each kind it cannot read, and names some; the JSON all."""
    music(shell.here / "lib/a.flac")
    for name in ("1.ape", "2.ape", "3.ape", "4.ape", "x.dsf"):
        (shell.here / "lib" / name).touch()
    told = shell.json("add", shell.here / "lib")
    assert [Path(path).name for path in told["not_read"]] == [
        *("1.ape", "2.ape", "3.ape", "4.ape", "x.dsf")
    ]
    ape, dsf = told["warnings"]
    assert ape.startswith("4 files look like music and are not read (.ape): ")
    assert ape.endswith("3.ape and 1 more")
    assert dsf.startswith("1 file looks like music and is not read (.dsf): ")
    assert (shell.json("scan")["measured"], shell.json("scan", "--again")["measured"]) == (0, 1)
