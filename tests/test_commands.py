"""The table of commands: each row leads to its command, and help loads none of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from house import PATIENCE_S

from soundscape.audio import vlc
from soundscape.cli import completion
from soundscape.cli.app import run_app
from soundscape.cli.command import load
from soundscape.cli.table import COMMANDS, PANELS, ROWS, CommandRow
from soundscape.core.ports import Output

LOADED = """
import json, sys
from soundscape.cli.app import run_app
code = run_app(sys.argv[1:])
ours = sorted(name for name in sys.modules if name.startswith("soundscape."))
sys.stderr.write(json.dumps([code, ours]))
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and a folder to stand in."""
    monkeypatch.setenv("SOUNDSCAPE_HOME", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "home"


def loaded_by(*words: str) -> set[str]:
    """The modules of this program that a command has loaded, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    code, names = json.loads(done.stderr)
    assert code == 0
    return set(names)


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.words)
def test_every_row_is_whole(row: CommandRow, capsys: pytest.CaptureFixture[str]) -> None:
    """Its module has its function, its summary fits any help uncut, its panel is one of the help's,
    its group is a row, and its own help says what the function says."""
    assert 0 < len(row.summary) < 60
    assert row.panel in PANELS
    assert not row.group or not ROWS[row.group].place
    assert not row.bare or f"{row.words} {row.bare}" in ROWS
    assert run_app([*row.words.split(), "--help"]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"Usage: soundscape {row.words} ")
    if row.place:
        assert load(row).help.split()[:3] == told.split("\n\n")[1].split()[:3]


@pytest.mark.parametrize("group", ["", *(row.words for row in COMMANDS if not row.place)])
def test_help_shows_every_summary_whole(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The program's help has its commands, a group's its own, each on one line."""
    assert run_app([*group.split(), "--help"]) == 0
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    for row in COMMANDS:
        if row.group == group and not row.hidden:
            assert [row.name, row.summary] in lines


def test_the_panels_stand_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    """Prepare, play, cues, look back, machine."""
    assert run_app(["--help"]) == 0
    told = capsys.readouterr().out
    places = [told.index(f"\n{panel}:\n") for panel in PANELS]
    assert places == sorted(places)


def test_help_loads_no_command() -> None:
    """A group's help reads the table alone: neither a command nor what cues do."""
    names = loaded_by("log", "--help")
    assert not {name for name in names if name.startswith("soundscape.cli.log")}
    core = {name.removeprefix("soundscape.core.") for name in names if ".core." in name}
    assert core <= {"errors", "names", "text"}


def test_a_command_loads_no_other() -> None:
    """Its own module is loaded when its words are read, and none of its neighbours."""
    names = loaded_by("log", "list", "--help")
    assert "soundscape.cli.log.list" in names
    assert not {"soundscape.cli.log.replay", "soundscape.cli.run", "soundscape.cli.check"} & names


@pytest.mark.parametrize("row", [row for row in COMMANDS if row.old], ids=lambda row: row.words)
def test_a_former_name_works_and_says_the_new_one(
    row: CommandRow, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output is the new command's own; standard error names it. No help shows the old."""
    assert run_app([row.group, row.name, "--help"]) == 0
    told = capsys.readouterr().out
    assert run_app([row.group, row.old, "--help"]) == 0
    said = capsys.readouterr()
    assert said.out.replace(f" {row.old} ", f" {row.name} ", 1) == told
    assert f"is now `soundscape {row.words}`" in said.err
    assert run_app([row.group, "--help"]) == 0
    assert f"  {row.old} " not in capsys.readouterr().out


def test_bind_works_and_says_controllers(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each of its words does what the new ones do; it is in no help."""
    assert run_app(["controllers", "list", "--json"]) == 0
    told = capsys.readouterr().out
    assert run_app(["bind", "--json", "list"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        told,
        "note: `soundscape bind list` is now `soundscape controllers list`; the next release "
        "drops the old\n",
    )
    for words, code, new in (
        (["remove"], 2, "rm"),
        (["remove", "1"], 2, "rm"),
        (["remove", "all"], 0, "rm"),
        (["on"], 1, "on"),
        (["on", "x"], 2, "on"),
        (["off"], 0, "off"),
        (["sofen"], 2, "add"),
    ):
        assert run_app(["bind", *words]) == code
        assert f"is now `soundscape controllers {new}`" in capsys.readouterr().err
    assert run_app(["--help"]) == 0
    assert "  bind " not in capsys.readouterr().out


@pytest.fixture
def offered(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """What a shell is offered after these words, the last of which is being typed."""

    def ask(*words: str) -> list[str]:
        monkeypatch.setenv("_SOUNDSCAPE_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", " ".join(("soundscape", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        assert run_app([]) == 0
        said = capsys.readouterr()
        assert said.err == ""
        return said.out.split("\n")[:-1] if said.out.strip() else []

    return ask


def test_commands_are_completed(offered: Any) -> None:
    """With the cues, and without what is hidden or was called otherwise."""
    assert offered("s") == ["schema", "status", "service", "soften", "shorten", "silence", "stop"]
    assert offered("bin") == []
    assert offered("log", "e") == ["export"]
    assert offered("log", "show", "--ar") == ["--around"]


def test_arcs_and_playlists_are_completed(offered: Any) -> None:
    """Those that can be called by name here; a name that a shell would split is left out."""
    arc = "name: A\nphases: {onset: {minutes: 1, playlist: mine, intensity: 0.2}}\n"
    for name in ("evening", "two words"):
        Path(f"{name}.yaml").write_text(arc, "utf-8")
    Path("mine.m3u8").write_text("a.flac\n", "utf-8")
    for words in (("run",), ("plan",), ("arc", "show"), ("arc", "check"), ("arc", "new", "--like")):
        assert offered(*words, "e") == ["evening"]
        assert offered(*words, "t") == []
    assert offered("playlist", "check", "mi") == ["mine"]
    assert "first-journey" in offered("run", "")


def test_sessions_are_completed_by_their_codes_alone(offered: Any, home: Path) -> None:
    """The newest first. No journal is opened, so that an encrypted one gives nothing away, and
    one that cannot be read is offered too."""
    for age, code in enumerate(("abcd2345", "wxyz6789")):
        journal = home / "sessions" / code / "journal.jsonl"
        journal.parent.mkdir(parents=True)
        journal.write_text("a silver heron", "utf-8")
        os.utime(journal, (1000 - age, 1000 - age))
    for words in (("log", "show"), ("log", "rm"), ("log", "consent"), ("recover",)):
        assert offered(*words, "") == ["abcd2345", "wxyz6789"]


def test_devices_are_completed(offered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that libVLC has."""
    monkeypatch.setattr(vlc, "devices", lambda: [Output("speakers", ""), Output("head phones", "")])
    for command in ("run", "check", "recover"):
        assert offered(command, "--device", "") == ["speakers"]


class Running:
    """A session that runs, as completion asks it."""

    def status(self) -> dict[str, Any]:
        return {
            "ambiences": ["ocean", "rain"],
            "phases": ["onset", "peak"],
            "outputs": [{"name": "headphones"}],
            "persons": [],
        }

    def close(self) -> None:
        pass


def test_cues_are_completed_by_what_runs(offered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Phases, ambiences and devices of the running session; without one, nothing."""
    assert offered("transition", "") == []
    monkeypatch.setattr(completion, "_client", Running)
    assert offered("transition", "p") == ["peak"]
    assert offered("ambience", "") == ["ocean", "rain", "off"]
    assert offered("output", "h") == ["headphones"]
