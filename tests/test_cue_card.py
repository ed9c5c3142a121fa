"""The cues to read and to print: the table, whole, and nothing that the table does not say."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from soundscape.cli.app import run_app
from soundscape.cli.cues import card_page
from soundscape.core.cues.table import CUES

CARD = Path(__file__).parents[1] / "docs" / "reference" / "cue-card.html"


def test_the_card_that_ships_is_the_table() -> None:
    """If this is meant: `script/write-reference` writes it."""
    assert CARD.read_text("utf-8") == card_page()


def test_every_cue_is_on_the_card_with_its_words() -> None:
    """Key, name, parameters and what it does; those that act at once are marked."""
    pattern = r"<tr(.*?)><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>"
    rows = re.findall(pattern, card_page())
    keys = [unescape(re.sub(r"<.*?>", "", key)) for _, key, _, _ in rows]
    assert keys == [cue.key + "²" * cue.asks_twice for cue in CUES.values()]
    told = [unescape(re.sub(r"<.*?>", "", usage)) for _, _, usage, _ in rows]
    assert told == [cue.usage for cue in CUES.values()]
    does = [unescape(re.sub(r"</?code>", "`", said)) for *_, said in rows]
    assert does == [cue.help for cue in CUES.values()]
    assert ["urgent" in kind for kind, *_ in rows] == [cue.urgent for cue in CUES.values()]


def test_the_command_lists_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each cue, the same for programs, and the card where it is asked for."""
    assert run_app(["cues"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [[cue.key, cue.name] for cue in CUES.values()]
    path = tmp_path / "card.html"
    assert run_app(["cues", "--card", str(path), "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == list(CUES)
    assert path.read_text("utf-8") == card_page()
    assert run_app(["cues", "--card", str(tmp_path / "card.pdf")]) == 2
    assert "name it card.html" in capsys.readouterr().err
