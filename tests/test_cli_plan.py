"""`soundscape plan`: what people and programs are shown before a session."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from house import House
from rich.cells import cell_len

from soundscape.cli.app import run_app
from soundscape.cli.plan.shown import COSTS
from soundscape.core.plan import Cost

LOADED = """\
import sys
from soundscape.cli.app import run_app
code = run_app(sys.argv[1:])
heavy = {"resvg_py", "av"} & set(sys.modules)
sys.stderr.write(" ".join(sorted(heavy)))
sys.exit(code)
"""


def plan(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """The exit code and what was printed."""
    code = run_app(["plan", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 80, 160])
def test_a_plan_is_shown_whole_in_any_window(
    at_home: House, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture, every track with its times and its reason, and every part of the cost with a
    few words; no line wider than the window."""
    monkeypatch.setenv("COLUMNS", str(width))
    code, out, _ = plan(capsys, at_home.arc)
    assert code == 0
    assert max(map(cell_len, out.splitlines())) <= width
    assert {"┊", "▒"} <= set(out)
    names = next(line for line in out.splitlines() if "┊onset" in line)
    assert "┊peak" in names
    assert "┊return" in names
    facts = at_home.json("plan", at_home.arc)
    together = " ".join(out.split())
    for number, item in enumerate(facts["items"], 1):
        assert f"{number} 0:" in together
        assert item["title"] in out
    assert "opens onset" in together
    for part in fields(Cost):
        assert f"\n{part.name} " in out


def test_every_part_of_the_cost_is_explained() -> None:
    """Nobody has to read the planner's source to know what a letter stands for."""
    assert {part.name for part in fields(Cost)} <= set(COSTS)


@pytest.mark.slow
def test_a_window_that_cannot_show_letters_gets_plain_ones(house: House) -> None:
    """Where the output is not UTF-8 the picture and the table are drawn in ASCII."""
    said = house.call("plan", house.arc, env={**house.env, "PYTHONIOENCODING": "ascii"})
    assert said.returncode == 0
    assert said.stdout.isascii()
    assert "\\" not in said.stdout
    assert "|onset" in said.stdout


@pytest.mark.slow
def test_programs_are_told_all_that_people_see(at_home: House) -> None:
    """Each item with voice, shape and whether it is cut; each phase with mode, level, crossfade and
    ambience; the cost with all its parts."""
    facts: dict[str, Any] = at_home.json("plan", at_home.arc)
    assert set(facts["cost"]) == {part.name for part in fields(Cost)}
    item, phases = facts["items"][0], facts["phases"]
    assert item["voice"] in ("instrumental", "voice", "unknown")
    assert {"cut", "shape", "offset_s", "reason"} <= set(item)
    assert [each["level_db"] for each in phases] == [-6.0, -6.0, -12.0]
    assert [each["mode"] for each in phases] == ["reflect"] * 3
    assert phases[0]["ambience"] == {"name": "rain", "level_db": -14.0}
    assert {each["crossfade_s"] for each in phases} == {4.0}


def test_a_picture_is_drawn_beside_the_table(
    at_home: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--picture` writes it and says where; with `--json` standard output stays JSON."""
    svg, png = tmp_path / "a.svg", tmp_path / "b.png"
    code, out, _ = plan(capsys, at_home.arc, "--picture", svg)
    assert (code, f"drawn: {svg}" in out) == (0, True)
    assert b"onset" in svg.read_bytes()
    ElementTree.parse(svg)
    code, out, _ = plan(capsys, at_home.arc, "--picture", png, "--dark", "--json")
    assert code == 0
    assert json.loads(out)["arc"] == "Small"
    assert png.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_bad_name_for_a_picture_is_said_before_any_work(
    at_home: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2 and what to do, and nothing on standard output; what cannot be written is exit 1."""
    for name in ("a.pdf", "no/folder/a.svg"):
        code, out, err = plan(capsys, at_home.arc, "--picture", tmp_path / name)
        assert (code, out) == (2, "")
        assert name in err
    code, out, err = plan(capsys, at_home.arc, "--dark")
    assert (code, out, "add --picture" in err) == (2, "", True)
    code, _, err = plan(capsys, at_home.arc, "--picture", "/proc/a.svg")
    assert code == 1
    assert "/proc/a.svg" in err


@pytest.mark.slow
def test_without_a_picture_nothing_heavy_is_loaded(house: House) -> None:
    """`plan` of a known library starts without resvg or PyAV; an SVG needs neither."""
    command = [sys.executable, "-c", LOADED, "plan", str(house.arc)]
    said: dict[str, Any] = {"env": house.env, "capture_output": True, "text": True}
    done = subprocess.run(command, **said)
    assert (done.returncode, done.stderr) == (0, "")
    for name, loaded in (("a.svg", False), ("a.png", True)):
        drawn = subprocess.run([*command, "--picture", str(house.root / name)], **said)
        assert ("resvg_py" in drawn.stderr) == loaded


def test_a_chosen_silence_is_called_one(
    at_home: House, stock: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A phase without music says whether that is a silence, ambience alone, or want of music."""
    arc = tmp_path / "quiet.yaml"
    arc.write_text(
        f"name: Quiet\nlibrary: {stock / 'music'}\nphases:\n"
        f"  onset: {{minutes: 60 s, playlist: {stock / 'own'}, intensity: 0.3}}\n"
        "  hush: {stage: peak, minutes: 60 s, silence: true}\n"
        "  return: {minutes: 60 s, ambience: rain}\n",
        "utf-8",
    )
    code, out, _ = plan(capsys, arc)
    assert code == 0
    assert "hush   0:01:00 to 0:02:00, 60 s\nsilence\n" in out
    assert "60 s, rain at -14 dB\nambience alone\n" in out


@pytest.mark.slow
def test_a_picture_leaves_nothing_outside_the_home(house: House, tmp_path: Path) -> None:
    """No cache of fonts or anything else: the user's own folders stay empty."""
    (tmp_path / "user").mkdir()
    env = {**house.env, "HOME": str(tmp_path / "user")}
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        env.pop(name, None)
    assert house.call("plan", house.arc, "--picture", tmp_path / "a.png", env=env).returncode == 0
    assert list((tmp_path / "user").iterdir()) == []
