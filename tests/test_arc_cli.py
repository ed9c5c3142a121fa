"""`soundscape arc`: arcs by name from anywhere, drawn, made anew, and their faults."""

from __future__ import annotations

import io
import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from soundscape.cli.app import run_app
from soundscape.core.arc import Arc
from soundscape.core.errors import InputError
from soundscape.library.arcs.load import load_arc, parse_arc
from soundscape.library.arcs.new import NewArc, ending, length_s, new_arc
from soundscape.library.arcs.places import find_arc, shipped

SHIPPED = sorted(path.stem for path in shipped("arcs").glob("*.yaml"))
SMALL = "name: Small\nphases:\n  peak: {minutes: 5, playlist: deep, intensity: 0.5}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, and a home beside it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SOUNDSCAPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    return folder


def put(path: Path, text: str = SMALL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def told(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = run_app([str(word) for word in words])
    got = capsys.readouterr()
    return code, got.out, got.err


def as_json(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Any:
    code, out, err = told(capsys, *words, "--json")
    assert code == 0, err
    return json.loads(out)


def test_an_arc_is_called_by_its_name_from_anywhere(here: Path, tmp_path: Path) -> None:
    """A path first; then beside, in `arcs/` there, in the home's, and those that ship."""
    home = tmp_path / "home"
    assert find_arc("first-journey", home) == shipped("arcs") / "first-journey.yaml"
    for place in (home / "arcs", here / "arcs", here):
        path = put(place / "first-journey.yml")
        assert find_arc("first-journey", home).resolve() == path
        assert find_arc("first-journey.yml", home).resolve() == path
        assert find_arc(str(path), home) == path
    put(here / "demo.yaml", "name: a playlist\ntracks: [a.ogg]\n")
    assert find_arc("demo", home) == shipped("arcs") / "demo.yaml"
    with pytest.raises(InputError, match="did you mean `first-journey`"):
        find_arc("first-jurney", home)


def test_every_command_takes_a_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`plan`, `check`, `run` and `rehearse` know arcs by name too, and playlists that ship."""
    for command in ("plan", "rehearse"):
        code, _, err = told(capsys, command, "first-journey")
        assert code == 2
        assert f"{shipped('playlists') / 'deep.yaml'}: has no track" in err
    for command in ("check", "run"):
        code, _, err = told(capsys, command, "nosuch")
        assert (code, err.partition(":")[0]) == (2, "nosuch")


def test_list_says_what_there_is_and_where(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each arc with its length and phases; what cannot be read is named, and no playlist is."""
    put(here / "arcs" / "mine.yaml")
    put(here / "broken.yaml", "name: x\nphases: {peak: {minutes: 0}}\n")
    put(here / "deep.yaml", "tracks: [a.ogg]\n")
    found = {entry["name"]: entry for entry in as_json(capsys, "arc", "list")}
    assert set(found) == {"broken", "mine", *SHIPPED}
    assert found["mine"]["length_s"] == 300.0
    assert found["broken"]["faults"] > 0
    assert found["first-journey"]["place"] == "that ship"
    _, out, _ = told(capsys, "arc", "list")
    assert re.search(r"first-journey +1:45:00 +4 phases", out)
    assert "2 faults: see `soundscape arc check`" in out


def test_show_draws_an_arc_without_any_music(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The terminal's picture and the page are those of a plan, with nothing said of music that is
    not there."""
    code, out, _ = told(capsys, "arc", "show", "first-journey", "--picture", here / "a.svg")
    assert code == 0
    assert "┊integration" in out
    assert "no music" not in out
    svg = (here / "a.svg").read_text("utf-8")
    assert "integration" in svg
    assert "no music" not in svg
    assert "bars:" not in svg
    assert [p["name"] for p in as_json(capsys, "arc", "show", "demo")["phases"]] == [
        "onset", "peak", "return", "integration"
    ]  # fmt: skip


@pytest.mark.parametrize("template", SHIPPED)
def test_a_new_arc_is_what_was_asked_for(template: str) -> None:
    """From every arc that ships: so long from the dose, for so many, ending so; every remark of
    the template is still there, and what was not asked for is as it was."""
    path = shipped("arcs") / f"{template}.yaml"
    base = load_arc(path)
    remarks = [line for line in path.read_text("utf-8").splitlines() if line.strip()[:1] == "#"]
    factors = (0.75, 1.0, 1.9)
    for factor, persons, wanted in product(factors, (1, 2), ("talk", "silence")):
        length = round(length_s(base) * factor / 60.0) * 60.0
        length = max(length, 120.0)
        text = new_arc(path, NewArc("Evening: ours", "x.yaml", length, persons, wanted))  # type: ignore[arg-type]
        made = parse_arc(text, "x.yaml")
        assert made.name == "Evening: ours"
        assert length_s(made) == pytest.approx(length)
        assert len(made.persons) == (2 if persons == 2 else 0)
        assert ending(made) == wanted
        assert "a starting point to edit, not a protocol" in text.casefold()
        assert all(line in text for line in remarks if "yaml-language-server" not in line)
        _alike(base, made)
    same = parse_arc(new_arc(path, NewArc(base.name, "x.yaml")), "x.yaml")
    assert same == base


def _alike(base: Arc, made: Arc) -> None:
    """The same phases with the same curves, about as much longer or shorter as the whole."""
    for old, new in zip(base.phases, made.phases, strict=False):
        assert (old.name, old.stage, old.mode, old.level_db) == (
            new.name, new.stage, new.mode, new.level_db
        )  # fmt: skip
        for fraction in (0.0, 0.3, 0.5, 1.0):
            assert new.curve.at(fraction) == pytest.approx(old.curve.at(fraction), abs=0.05)
        if old.until == "dose" or old.booster:
            assert new.length_s == old.length_s


def test_nothing_is_written_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is there stays; all that is wrong with what was asked is said at once."""
    put(here / "mine.yaml")
    words = ("arc", "new", "mine.yaml", "--length", "1:30", "--ending", "loudly")
    code, _, err = told(capsys, *words)
    assert code == 2
    assert len(err.splitlines()) == 3
    assert "mine.yaml: is there already, and is left as it is" in err
    assert (here / "mine.yaml").read_text("utf-8") == SMALL
    code, _, err = told(capsys, "arc", "new", "short.yaml", "--length", "1")
    assert code == 2
    assert "first-journey cannot be made what was asked for" in err
    assert not (here / "short.yaml").exists()


class Typed(io.StringIO):
    """A terminal in which somebody types lines."""

    def isatty(self) -> bool:
        return True


def test_new_asks_what_no_option_says(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four questions, each with the template's own answer at hand, which Enter takes."""
    monkeypatch.setattr("sys.stdin", Typed("first-journey\n2 h\n\n\n"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    code, out, err = told(capsys, "arc", "new", "our-evening.yaml")
    assert code == 0, err
    for question in (
        "Its name [first-journey]:",
        "How long, from the dose on [1 h 45 min]:",
        "For one or two people [1]:",
        "Ends in talk or in silence [talk]:",
    ):
        assert question in out
    made = load_arc(here / "our-evening.yaml")
    assert (made.name, made.length_s, made.persons) == ("Our evening", 7200.0, ())


def test_new_asks_again_where_an_answer_is_none(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer is bent into another one, and none of those before is lost."""
    answers = ("frist-journey", "first-journey", "two hours", "2 h", "3", "2", "maybe", "silence")
    monkeypatch.setattr("sys.stdin", Typed("\n".join(answers) + "\n"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    code, out, err = told(capsys, "arc", "new", "our-evening.yaml")
    assert code == 0, err
    for wrong in ("frist-journey: no ", "not `two hours`", "3: expected 1 or 2",
                  "maybe: expected talk or silence"):  # fmt: skip
        assert wrong in out + err
    made = load_arc(here / "our-evening.yaml")
    assert (made.length_s, made.persons, ending(made)) == (7200.0, ("A", "B"), "silence")


def test_check_lists_every_fault_of_every_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line and column of each, exit 2; what is fine is said, and what it names and is not there
    is a note."""
    put(here / "good.yaml", SMALL.replace("deep", "nowhere"))
    put(here / "bad.yaml", "name: x\nphases:\n  peak: {minits: 5, intensity: 7}\n")
    code, out, err = told(capsys, "arc", "check", "good.yaml", "bad", "none.yaml")
    assert code == 2
    assert "good.yaml: fine (Small, 0:05:00, 1 phase)" in out
    assert "note: good.yaml:3:32: no playlist `nowhere`" in err
    assert "bad.yaml:3:10: `minits`" in err
    assert "bad.yaml:3:" in err.partition("minits")[2]
    assert "none.yaml: no such file" in err
    code, out, _ = told(capsys, "arc", "check", "good.yaml", "bad.yaml", "--json")
    found = json.loads(out)
    assert (code, found["fine"]) == (2, False)
    assert [each["fine"] for each in found["files"]] == [True, False]
    assert found["files"][1]["faults"][0]["line"] == 3
    assert told(capsys, "arc", "check", *SHIPPED)[0] == 0
