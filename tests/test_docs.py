"""The docs lead where they say, and the generated reference is what the code says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import typer

from soundscape.cli.app import app
from soundscape.cli.command import load
from soundscape.cli.group import LazyCommand

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "soundscape"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "bench").glob("*.md"),
     *(ROOT / "tests").glob("*/*.md"), *(ROOT / ".github").rglob("*.md")]
)  # fmt: skip
TOLD = [page for page in PAGES if page.name != "CHANGELOG.md"]
"""What speaks of today; the changelog speaks of every day."""
CODE = sorted(
    path
    for folder in ("src", "tests", "bench", "script", "arcs", "playlists")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and path.suffix in {"", ".py", ".sh", ".yaml"}
)
FENCED = re.compile(r"^```.*?^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?soundscape (.*)$", re.M)
SPAN = re.compile(r"`(?:\.venv/bin/)?soundscape ([^`]+)`")


def text_of(page: Path) -> str:
    """A page without its examples."""
    return FENCED.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """What a link may name behind `#`: each heading, as GitHub and the site write it."""
    heads = re.findall(r"^#+ (.*)$", text_of(page), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links(page: Path) -> list[tuple[Path, str]]:
    """Where a page's links to files of ours lead, with the heading that they name."""
    told = [link for link in LINK.findall(text_of(page)) if not re.match(r"[a-z]+:", link)]
    parts = [link.partition("#") for link in told]
    return [((page.parent / path).resolve() if path else page, head) for path, _, head in parts]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """The file of each link is there, and so is the heading that it names. The site holds no page
    from outside `docs`."""
    for path, head in links(page):
        assert path.exists(), f"{path.relative_to(ROOT)} is not there"
        inside = path.is_relative_to(DOCS) or not page.is_relative_to(DOCS)
        assert inside, f"{path.relative_to(ROOT)} is not in the site"
        assert not head or head in anchors(path), f"no heading `{head}` in {path.name}"


def test_every_page_is_found_from_the_index() -> None:
    """Whoever begins at docs/index.md comes to every page of the docs."""
    found, left = set[Path](), [DOCS / "index.md"]
    while left:
        page = left.pop()
        if page not in found and page.suffix == ".md" and page.is_relative_to(DOCS):
            found.add(page)
            left += [path for path, _ in links(page)]
    assert found == set(DOCS.rglob("*.md"))


def test_every_page_that_the_code_names_is_there() -> None:
    """A docstring or a message that names a page of the docs names one that exists."""
    page = re.compile(r"(?<!build/)\bdocs/[\w/-]+\.(?:md|html|svg|png)")
    named = {name for path in CODE for name in page.findall(path.read_text("utf-8"))}
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_reference_is_up_to_date() -> None:
    """Commands, cues, settings, keys, JSON and manual page are as the code has them now."""
    command = [sys.executable, str(ROOT / "script" / "write-reference"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", TOLD, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    """A test, a bench, a script or a module that a page names, alone or by a pattern, exists."""
    text = page.read_text("utf-8").replace("NAME", "*")
    named = re.findall(r"`((?:tests|bench|script|src)/[\w/*.-]+|[\w/]+/[\w*]+\.py)`", text)
    for name in named:
        assert [*ROOT.glob(name), *SOURCE.glob(name)], f"{name} is not there"
    for name in re.findall(r"`(?:soundscape\.)?(core\.[\w.]+)`", text):
        whole = SOURCE.joinpath(*name.split("."))
        assert any(each.with_suffix(".py").exists() for each in (whole, whole.parent)), name


@pytest.mark.parametrize("page", TOLD, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    """Each command that a page shows is one of today's, and so is each of its options."""
    text = page.read_text("utf-8")
    shown = [line for block in FENCED.findall(text) for line in COMMAND.findall(block)]
    for line in [*shown, *SPAN.findall(FENCED.sub("", text))]:
        command, words = reached(line)
        options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        for word in words:
            option = word.strip("[]").partition("=")[0]
            assert not option.startswith("--") or option in {*options, "--help"}, line


def reached(line: str) -> tuple[Any, list[str]]:
    """The command that a line calls, and the words that are left for it."""
    told = re.split(r"\s+#|\s{2,}|\s[|>] ", line.replace("...", ""))[0]
    words = shlex.split(told.replace("'", ""))
    command: Any = typer.main.get_command(app)
    above = command.context_class(command, info_name="soundscape")
    while words and hasattr(command, "list_commands"):
        found = None if words[0].startswith("-") else command.get_command(above, words[0])
        if not found and (words[0].startswith("-") or words[0].isupper()):
            break
        assert found is not None, f"`{words[0]}` is no command: soundscape {line}"
        assert found.name == words[0], f"`{words[0]}` is an old word: {line}"
        found = load(found.row) if isinstance(found, LazyCommand) else found
        above = found.context_class(found, info_name=words[0], parent=above)
        command = found
        words = words[1:]
    return command, words


def test_the_glossary_tells_every_term_once_and_names_classes_that_exist() -> None:
    """The terms are in order, none comes twice, and each class of the last column is in `src`."""
    text = (DOCS / "glossary.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\w -]+) \| .+ \| (?:`(\w+)`)? ?\|$", text, re.M)
    terms = [term for term, _ in rows]
    assert len(rows) == text.count("\n|") - 2
    assert terms == sorted(set(terms))
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    classes = set(re.findall(r"^class (\w+)", source, re.M))
    assert {name for _, name in rows if name} - classes == set()


def test_no_class_name_stands_twice() -> None:
    """One word for one thing: a reader who meets a class's name knows which one is meant."""
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    names = Counter(re.findall(r"^ *class (\w+)[(:]", source, re.M))
    assert [name for name, times in names.items() if times > 1] == []
