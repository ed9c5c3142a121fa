"""The table of commands: each row leads to its command, and help loads none of them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from house import PATIENCE_S

from soundscape.cli.app import run_app
from soundscape.cli.command import load
from soundscape.cli.table import COMMANDS, PANELS, ROWS, CommandRow

LOADED = """
import json, sys
from soundscape.cli.app import run_app
code = run_app(sys.argv[1:])
ours = sorted(name for name in sys.modules if name.startswith("soundscape."))
sys.stderr.write(json.dumps([code, ours]))
"""


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
        if row.group == group:
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
    assert core <= {"errors", "names"}


def test_a_command_loads_no_other() -> None:
    """Its own module is loaded when its words are read, and none of its neighbours."""
    names = loaded_by("log", "list", "--help")
    assert "soundscape.cli.log.list" in names
    assert not {"soundscape.cli.log.replay", "soundscape.cli.run", "soundscape.cli.check"} & names
