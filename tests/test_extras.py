"""A plain install: each extra that is missing is one clear sentence."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from soundscape.cli.app import run_app
from soundscape.extras import MODULES, Extra

ROOT = Path(__file__).parent.parent
ARC = str(ROOT / "arcs" / "first-journey.yaml")

NEEDS: list[tuple[Extra, list[str]]] = [
    ("osc", ["run", ARC, "--osc", "9000"]),
    ("remote", ["run", ARC, "--remote"]),
    ("remote", ["run", ARC, "--remote-lan"]),
    ("remote", ["remote", "on"]),
    ("midi", ["controllers", "add", "soften"]),
]


@pytest.mark.parametrize(("extra", "words"), NEEDS, ids=lambda each: " ".join(each)[-40:])
def test_what_is_not_installed_is_one_sentence(
    extra: Extra,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit 1, one line that names the extra and how to have it, and nothing was begun."""
    monkeypatch.setenv("SOUNDSCAPE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for module in MODULES[extra]:
        monkeypatch.setitem(sys.modules, module, None)
    assert run_app(words) == 1
    told = capsys.readouterr()
    assert f"install soundscape[{extra}]" in told.err
    assert len(told.err.strip().splitlines()) == 1
    assert told.out == ""
    assert not (tmp_path / "sessions").exists()


def test_every_extra_of_the_package_is_known() -> None:
    """Each extra for users is one that the program can name, and `all` is all of them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = set(project["optional-dependencies"]) - {"all", "dev", "docs"}
    assert extras == set(MODULES)
    assert project["optional-dependencies"]["all"] == [f"soundscape[{','.join(sorted(extras))}]"]


def test_the_lock_names_every_dependency() -> None:
    """`constraints.txt` fixes a version of each dependency, those of development among them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    told = [*project["dependencies"], *(each for extra in extras for each in extra)]
    names = {re.split(r"[<>=\[; ]", each)[0].lower().replace(".", "-") for each in told}
    lock = (ROOT / "constraints.txt").read_text("utf-8")
    locked = set(re.findall(r"^([\w-]+)==", lock, re.M))
    assert names - {"soundscape"} <= locked, "run script/lock"


def test_the_docs_say_what_each_dependency_is_for() -> None:
    """The table of packages leaves none out that users install."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = {**project["optional-dependencies"], "dev": [], "docs": [], "all": []}
    told = [*project["dependencies"], *(each for extra in extras.values() for each in extra)]
    page = (ROOT / "docs" / "development" / "architecture.md").read_text("utf-8").lower()
    for name in (re.split(r"[<>=\[; ]", each)[0] for each in told):
        assert {"av": "pyav"}.get(name, name) in page, name
