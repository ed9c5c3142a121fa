"""A journal told again: what was heard, from when to when, with everything else in its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from handmade import OPENED, SESSION, heard_from, heard_to, write
from house import House

from soundscape.cli.app import run_app
from soundscape.core.events import (
    Closed,
    Fact,
    PhaseEntered,
    Stamp,
    Started,
)
from soundscape.home import make_private
from soundscape.journal.digest import digest
from soundscape.journal.notes import write_note
from soundscape.journal.reader import find_session, read_journal
from soundscape.journal.story import Story, tell
from soundscape.journal.writer import JournalWriter


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """The session above, told."""
    folder = write(tmp_path / "abcd2345", SESSION)
    write_note(folder, "n-1", "like the sea [red]")
    journal = read_journal(folder)
    assert journal.trouble == ()
    return tell(journal, {"n-1": "like the sea [red]"})


def test_what_was_heard_has_both_ends_on_all_clocks(story: Story) -> None:
    """Each stretch that decks confirmed, from and to: since the start, since the dose, by the
    wall, and in the file. It counts when it was heard, not when the line was written."""
    first = story.heard[0]
    assert (first.title, first.phase, first.layer) == ("Track 1", "onset", "music")
    assert (first.from_s, first.to_s) == (0.2, 46.0)
    assert (first.arc_s, first.to_arc_s) == pytest.approx((-19.8, 26.0))
    assert (first.position_s, first.to_position_s) == (0.0, 45.8)
    assert first.wall == "2026-03-04T10:00:00.200+01:00"
    assert first.to_wall == "2026-03-04T10:00:46.000+01:00"


def test_a_pause_makes_two_stretches_of_one_track(story: Story) -> None:
    """What waited is not heard: before and after the pause are told apart, the second from where
    the first stopped."""
    stretches = [(each.from_s, each.to_s, each.position_s) for each in story.heard[1:]]
    assert stretches == [(39.8, 70.0, 0.0), (90.0, 95.0, 30.2)]
    assert [each.why for each in story.heard] == ["seam", "frozen", "faded"]


def test_phases_cues_marks_and_faults_are_in_place(story: Story) -> None:
    """Phases end where the next begins or the session closes; cues carry their answers, refused
    ones too; marks the words of their notes."""
    spans = [(each.name, each.stage, each.start_s, each.end_s) for each in story.phases]
    assert spans == [("onset", "onset", 0.0, 60.0), ("deep", "peak", 60.0, 95.0)]
    cues = [(each.at_s, each.name, each.args, each.ok) for each in story.cues[:2]]
    assert cues == [(5.0, "soften", {"db": 4.0}, True), (6.0, "resume", {}, False)]
    (mark,) = story.marks
    assert (mark.at_s, mark.person, mark.note) == (30.0, "A", "like the sea [red]")
    (fault,) = story.faults
    assert (fault.at_s, fault.what, fault.done) == (91.0, "stalled", "the next comes in")
    assert (story.length_s, story.reason) == (95.0, "end")


def test_what_still_sounds_has_no_end(tmp_path: Path) -> None:
    """A journal that was broken off: what sounded, and the phase, have an open end."""
    story = tell(read_journal(write(tmp_path / "s", SESSION[:9])), {})
    assert [each.to_s for each in story.heard] == [None, None]
    assert [each.end_s for each in story.phases] == [None]
    assert (story.ended, story.length_s) == (None, None)
    assert story.marks[0].note == ""


def test_a_strange_journal_is_told_as_far_as_it_goes(tmp_path: Path) -> None:
    """Facts that do not belong together, phases that the arc does not have and walls that are no
    time: the story leaves open what it cannot know, and raises nothing."""
    folder = make_private(tmp_path / "s")
    writer = JournalWriter(folder)
    strange: list[Fact] = [
        OPENED, heard_to(5, 1.0, 1.0), PhaseEntered(99, 1.0, None, ""), heard_from(1, 9e18, 0, 77),
        heard_to(1, -5.0, 0.0), Started(), Closed("end"), PhaseEntered(-1, 0.0, 1.0, ""),
    ]  # fmt: skip
    writer.append(Stamp("yesterday", 0.0, "", -1.0), strange)
    assert writer.close()
    story = tell(read_journal(folder), {})
    assert story.heard[0].phase == ""
    assert story.started == "yesterday"


# The commands.


def shelve(house: House) -> None:
    """Two sessions in a home: the one above, and a later one that was broken off."""
    folder = write(house.home.sessions / "zzzz2345", SESSION)
    write_note(folder, "n-1", "like the sea [red]")
    write(house.home.sessions / "abcd2345", SESSION[:9], day=5)


def test_log_lists_sessions_newest_last(at_home: House, capsys: pytest.CaptureFixture[str]) -> None:
    """`log` has a line a session: code, when, how long or open, the arc, how many marks. In JSON
    the same; with no session it says how one begins."""
    assert run_app(["log"]) == 0
    assert capsys.readouterr().out == (
        "No session has been played yet; `soundscape run ARC` plays one.\n"
    )
    assert run_app(["log", "show"]) == 1
    assert "no session has been played yet" in capsys.readouterr().err
    shelve(at_home)
    assert run_app(["log"]) == 0
    assert capsys.readouterr().out == (
        "zzzz2345  2026-03-04 10:00  0:01:35  First [bold]journey[/]  1 mark\n"
        "abcd2345  2026-03-05 10:00  open     First [bold]journey[/]  1 mark\n"
    )
    assert run_app(["log", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["session"], row["reason"]) for row in rows] == [
        ("zzzz2345", "end"),
        ("abcd2345", None),
    ]


def test_log_show_tells_the_newest_or_the_named_one(
    at_home: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a code the newest is told; a code may be in capitals; one that there is not is said
    with how to find the others."""
    shelve(at_home)
    assert run_app(["log", "show"]) == 0
    assert "The journal is open" in capsys.readouterr().out
    assert run_app(["log", "show", "ZZZZ2345", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["length_s"] == 95.0
    assert run_app(["log", "show", "zzz"]) == 2
    assert capsys.readouterr().err.startswith("zzz: no such session; ")


def test_the_timeline_is_in_order_and_shows_words_as_they_are(
    at_home: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Phase headings, tracks with from and to, cues and marks where they happened; brackets in
    foreign text are text."""
    monkeypatch.setenv("COLUMNS", "100")
    shelve(at_home)
    assert run_app(["log", "show", "zzzz2345"]) == 0
    told = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert [line for line in told if line] == [
        "First [bold]journey[/] session abcd2345 2026-03-04 10:00:00 0:01:35 long",
        "0:00:00 to 0:01:00 onset",
        "0:00:00 to 0:00:46 ♪ Track 1",
        "0:00:05 » soften 4: softer by 4 dB over 6 s",
        "0:00:06 » resume: refused: not paused",
        "0:00:30 ★ mark 1 for A: like the sea [red]",
        "0:00:40 to 0:01:10 ♪ Track 2 (paused)",
        "0:01:00 to 0:01:35 deep (peak)",
        "0:01:30 to 0:01:35 ♪ Track 2 from 0:00:30 on",
        "0:01:31 ! stalled (/m/9.flac); the next comes in",
        "Closed at 10:01:35 (by `end`)",
    ]


def test_damaged_journals_and_notes_are_told_and_lose_nothing_else(
    at_home: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line that is no line, one torn off and notes that cannot be read are each said on
    standard error; the rest is told all the same. One without its first line is listed as such."""
    folder = write(at_home.home.sessions / "abcd2345", SESSION)
    path = folder / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4]) + b"\xff\xfe\n" + b"".join(lines[5:15]) + lines[15][:30])
    (folder / "notes.json").write_text("[]", "utf-8")
    assert run_app(["log", "show", "--json"]) == 0
    said = capsys.readouterr()
    story = json.loads(said.out)
    assert len(story["heard"]) == 3
    assert story["ended"] is None
    for trouble in (":5: left out", ":6: does not follow", ":16: cut off after 30", "notes"):
        assert trouble in said.err
    headless = make_private(at_home.home.sessions / "bbbb2345")
    (headless / "journal.jsonl").write_bytes(b"".join(lines[1:]))
    assert "cannot be read" in digest(headless).line()
    assert run_app(["log"]) == 0
    assert capsys.readouterr().out.count("\n") == 2
    assert run_app(["log", "show", "bbbb2345"]) == 1
    assert "the first line is missing" in capsys.readouterr().err


def test_a_folder_that_is_no_session_is_no_session(at_home: House) -> None:
    """Whatever else lies among the sessions is passed over."""
    shelve(at_home)
    (at_home.home.sessions / "notes.txt").write_text("mine", "utf-8")
    make_private(at_home.home.sessions / "empty")
    assert find_session(at_home.home.sessions).name == "abcd2345"
