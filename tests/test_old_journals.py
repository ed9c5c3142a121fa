"""Journals of earlier versions, by every command that reads one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from house import House
from test_journal_cut import SAMPLES

from soundscape.cli.app import run_app
from soundscape.cli.log.export import LISTS, TIMELINES
from soundscape.core.events import VERSION
from soundscape.core.ports import Play
from soundscape.journal.again import again, stretches
from soundscape.journal.reader import read_journal
from soundscape.journal.writer import JOURNAL_NAME


def test_there_is_one_of_each_version() -> None:
    """And each is what its name says, in every line."""
    assert {each.name.split("-")[0] for each in SAMPLES} == {f"v{n + 1}" for n in range(VERSION)}
    for each in SAMPLES:
        rows = [json.loads(line) for line in each.read_text("utf-8").splitlines()]
        assert {f"v{row['v']}" for row in rows} == {each.name.split("-")[0]}


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_every_reader_reads_it(
    sample: Path, at_home: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`log`, show, verify, series, the report, every export; and what a replay from its mark would
    play: the same tracks as the journal says were heard. Nobody complains, nothing is written."""
    rows = [json.loads(line) for line in sample.read_text("utf-8").splitlines()]
    code = rows[0]["fact"]["code"]
    folder = at_home.home.sessions / code
    folder.mkdir(parents=True, mode=0o700)
    (folder / JOURNAL_NAME).write_bytes(sample.read_bytes())
    titles = {row["fact"]["title"] for row in rows if row["fact"]["type"] == "heard_from"}

    def said(*words: str) -> str:
        assert run_app(["log", *words]) == 0, words
        found = capsys.readouterr()
        assert "left out: 1 mark" in found.err or not found.err, (words, found.err)
        return found.out

    (row,) = json.loads(said("--json"))
    assert code in json.dumps(row)
    told = json.loads(said("show", code, "--json"))
    assert {each["title"] for each in told["heard"]} == titles
    assert [each["mark"] for each in told["marks"]] == [1]
    # The first version's sample was written by a program that set no seal.
    assert run_app(["log", "check", code]) == (0 if '"seal":' in sample.read_text("utf-8") else 1)
    assert code in capsys.readouterr().out
    page = tmp_path / "page.html"
    assert run_app(["log", "report", code, "--out", str(page)]) == 0
    capsys.readouterr()
    assert all(title in page.read_text("utf-8") for title in titles)
    for form in (*LISTS, *TIMELINES):
        assert "Tone" in said("export", code, "--as", form), form
    entries = read_journal(folder).entries
    heard = [each for each in stretches(entries, {}) if each.layer == "music"]
    steps = again(entries, heard, 0.0, told["length_s"])
    plays = {step.action.track.title for step in steps if isinstance(step.action, Play)}
    assert plays == {each.track.title for each in heard} != set()
    assert [path.name for path in folder.iterdir()] == [JOURNAL_NAME]
