"""`log export`, `note`, `consent`, `erase`: as a person types them."""

from __future__ import annotations

import csv
import io
import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import pytest
from handmade import SESSION, Line, heard_from, heard_to, write
from house import House

from soundscape.cli.app import run_app
from soundscape.control.address import Control, copy_of, keep_copy
from soundscape.core.events import Asked, Chosen, Closed, HeardFrom, Marked, Opened, Started
from soundscape.core.plan import PlanItem
from soundscape.core.track import Track
from soundscape.journal.notes import write_note

EVIL = '=HYPERLINK("http://x") <img src=x onerror=alert(1)> | `code` \u202eevil\u0007 \u05d0\u05d1'
NAME = "Zebedee Quux"


def evil_session() -> list[Line]:
    """A session whose titles and notes would do harm where they could."""
    track = Track("/m/1.flac", EVIL, 300.0, 0.4, artist='@Artist, "quoted"; +1')
    chosen = Chosen(1, PlanItem(0, track, 0.0, 300.0, 0.0, "fits"), 6.0, "fits")
    heard = HeardFrom("music", 1, track.path, track.title, 0, 0.0, 0.2)
    return [
        *SESSION[:3],
        (0.1, chosen),
        (0.3, heard),
        (30.0, Asked("mark", {"person": "A", "note": "n-1"}, True, "mark 1 for A at 0:00:30")),
        (30.0, Marked(1, "A", "n-1")),
        (95.0, heard_to(1, 95.0, 94.8)),
        (95.0, Closed("end")),
    ]


@pytest.fixture
def session(at_home: House) -> Path:
    """That session, in a home; its folder."""
    folder = write(at_home.home.sessions / "abcd2345", evil_session())
    write_note(folder, "n-1", f"{NAME} cried")
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    """What a command prints on both ways out."""
    assert run_app(["log", *words]) == code
    found = capsys.readouterr()
    return found.out, found.err


def test_a_listening_list_tells_nothing_of_the_session(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In every form of it: the title is there, and no code, cue, mark, note or time of day."""
    for form in ("txt", "html", "xspf", "jspf", "m3u8"):
        out, err = said(capsys, "export", "--as", form)
        assert "HYPERLINK" in out
        for private in ("abcd2345", "mark", NAME, "10:00", "2026", "0:00:30", "journey", "onset"):
            assert private not in out, (form, private)
        assert ("/m/1.flac" in out) == (form == "m3u8")
        assert "1 mark, 1 cue of A: no consent on record" in err or "1 mark of A" in err


def test_titles_do_no_harm_in_any_form(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Markup is text, formulas are no formulas, and nothing turns the direction of what follows."""
    html, _ = said(capsys, "export", "--as", "html")
    assert "<img" not in html
    assert "&lt;img" in html
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    sheet, _ = said(capsys, "export", "--as", "csv")
    rows = list(csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))))
    for row in rows:
        assert not any(cell.lstrip()[:1] in tuple("=+-@") for cell in row), row
    assert any(cell.startswith("'=HYPERLINK") for row in rows for cell in row)
    table, _ = said(capsys, "export", "--as", "md")
    (line,) = [each for each in table.splitlines() if "HYPERLINK" in each]
    assert line.replace("\\|", "").count("|") == 6
    assert "\\<img" in line
    for form in ("txt", "html", "csv", "md", "xspf", "m3u8"):
        out, _ = said(capsys, "export", "--as", form)
        assert "\u202e" not in out, form
        assert "\u0007" not in out, form


def test_the_lists_are_valid_in_their_formats(
    session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """XSPF is well-formed with the elements its specification wants, JSPF the same in JSON, and
    both name files only where that is asked for."""
    xspf, _ = said(capsys, "export", "--as", "xspf")
    root = ET.fromstring(xspf)
    space = "{http://xspf.org/ns/0/}"
    assert root.tag == f"{space}playlist"
    assert root.get("version") == "1"
    assert [each.tag for each in root] == [f"{space}title", f"{space}trackList"]
    (track,) = root[1]
    assert [each.tag for each in track] == [f"{space}title", f"{space}creator"]
    jspf, _ = said(capsys, "export", "--as", "jspf", "--files")
    (row,) = json.loads(jspf)["playlist"]["track"]
    assert row["location"] == ["file:///m/1.flac"]


def test_a_file_is_written_whole_and_never_over_another_unasked(
    session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """--out makes a file for its owner alone; what is there stays until --force."""
    target = tmp_path / "list.txt"
    out, err = said(capsys, "export", "--out", str(target))
    assert (out, target.read_text("utf-8").startswith("1. ")) == ("", True)
    assert target.stat().st_mode & 0o777 == 0o600
    assert f"written: {target}" in err
    target.write_text("mine", "utf-8")
    _, err = said(capsys, "export", "--out", str(target), "--as", "png", "--notes", code=2)
    assert "no form `png`" in err
    assert "is there already" in err
    assert target.read_text("utf-8") == "mine"
    said(capsys, "export", "--out", str(target), "--force")
    assert target.read_text("utf-8") != "mine"


def test_a_device_or_a_pipe_is_never_replaced(
    session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As root --force would take /dev/null away from the whole machine; nor where a link leads."""
    pipe, link = tmp_path / "pipe", tmp_path / "link.txt"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for target in (pipe, link):
        for words in ((), ("--force",)):
            _, err = said(capsys, "export", "--out", str(target), *words, code=2)
            assert err == f"{target}: is a device, a pipe or a socket, not a file\n"
    assert pipe.is_fifo()
    assert link.is_symlink()


def test_a_person_is_asked_before_their_moments_leave(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without consent on record an export of a person is refused and theirs is left out of others;
    with it the mark goes, its words only with --notes; a no takes it back."""
    _, err = said(capsys, "export", "--as", "json", "--person", "a", code=1)
    assert "no consent of A on record; nothing was written" in err
    out, _ = said(capsys, "export", "--as", "json")
    assert json.loads(out)["marks"] == []
    said(capsys, "consent", "abcd2345", "A", "yes")
    out, _ = said(capsys, "export", "--as", "json", "--person", "A")
    assert [each["note"] for each in json.loads(out)["marks"]] == [""]
    out, _ = said(capsys, "export", "--as", "json", "--notes")
    assert [each["note"] for each in json.loads(out)["marks"]] == [f"{NAME} cried"]
    said(capsys, "consent", "abcd2345", "A", "no")
    out, err = said(capsys, "export", "--as", "md", "--notes")
    assert "mark 1" not in out
    assert "no consent on record" in err
    out, _ = said(capsys, "consent", "abcd2345", "--json")
    record = json.loads(out)
    assert (record["agreed"], [each["says"] for each in record["record"]]) == ([], ["yes", "no"])
    _, err = said(capsys, "consent", "abcd2345", "Q", "yes", code=2)
    assert "no person `Q` in this session; it has A" in err
    _, err = said(capsys, "consent", "abcd2345", "A", "maybe", code=2)
    assert "expected yes or no" in err


def test_a_record_of_consent_that_cannot_be_read_is_no_consent(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Damaged by whatever: nothing leaves, and the file is not written over."""
    (session / "consent.json").write_text('[{"person": "A", "says": "perhaps"}]', "utf-8")
    _, err = said(capsys, "export", "--as", "json", code=1)
    assert "the record of consent cannot be read" in err
    said(capsys, "consent", "abcd2345", "A", "yes", code=1)
    assert "perhaps" in (session / "consent.json").read_text("utf-8")


def test_words_written_later_lie_with_the_notes_and_not_in_the_journal(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`log note` keeps words of a session or a moment; `log show` tells them in their place; the
    journal's bytes are what they were."""
    journal = (session / "journal.jsonl").read_bytes()
    said(capsys, "note", "abcd2345", "what", "a", "day")
    said(capsys, "note", "abcd2345", "--at", "0:50", "--person", "A", f"{NAME} laughed")
    assert (session / "journal.jsonl").read_bytes() == journal
    assert NAME.encode() not in journal
    out, _ = said(capsys, "show", "--json")
    told = json.loads(out)
    assert [(each["at_s"], each["person"]) for each in told["remarks"]] == [(None, ""), (50.0, "A")]
    assert [each["note"] for each in told["marks"]] == [f"{NAME} cried"]
    out, _ = said(capsys, "show", "--at", "0:50", "--json")
    assert [each["words"] for each in json.loads(out)["remarks"]] == [f"{NAME} laughed"]
    _, err = said(capsys, "note", "abcd2345", "--at", "9:99", "--person", "Q", " ", code=2)
    for part in ("nothing is said", "--at", "no person `Q`"):
        assert part in err


def test_a_moment_is_found_by_time_and_by_mark(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--at` and `--around` say what was heard just then, and where in its file that was."""
    out, _ = said(capsys, "show", "--at", "0:00:45", "--json")
    (sounded,) = json.loads(out)["moment"]["sounded"]
    assert (sounded["path"], sounded["position_s"]) == ("/m/1.flac", pytest.approx(44.8))
    out, _ = said(capsys, "show", "--around", "1")
    assert out.startswith("0:00:30 (10:00:30")
    assert "0:00:30 into it" in out
    _, err = said(capsys, "show", "--at", "1:00:00", code=2)
    assert "is after the session's end, at 0:01:35" in err
    _, err = said(capsys, "show", "--around", "7", code=2)
    assert "no mark 7; it has 1" in err
    out, _ = said(capsys, "show", "--person", "a", "--json")
    assert len(json.loads(out)["marks"]) == 1


def test_a_session_is_erased_from_every_place_it_is_written(
    at_home: House, session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of its files are listed and go, the run-time logs that may tell of it too; other sessions
    stay; where its code must stay, that is said."""
    later: Sequence[Line] = [
        (0.0, Opened("bbbb2345", SESSION[0][1].arc, 1, "0.1", "null", kept_fresh=("abcd2345",))),  # type: ignore[union-attr]
        (0.0, Started()),
        (1.0, heard_from(1, 0.5)),
        (9.0, Closed("end")),
    ]
    other = write(at_home.home.sessions / "bbbb2345", later, day=5)
    at_home.home.run.mkdir(mode=0o700)
    at_home.home.log.write_text(f"played {EVIL}", "utf-8")
    copy = copy_of(at_home.home.control)  # As a session that was killed leaves it.
    keep_copy(at_home.home.control, Control(1, "t", "abcd2345", ()).as_text())
    assert copy.exists()
    said(capsys)  # The list of sessions is kept in a cache, that names it too.
    out, _ = said(capsys, "rm", "abcd2345", code=1)
    assert session.exists(), "nothing goes unasked"
    out, _ = said(capsys, "rm", "abcd2345", "--yes")
    for told in (
        "journal.jsonl",
        "notes.json",
        "engine.log",
        "stays in session bbbb2345",
        "backups",
    ):
        assert told in out
    left = [path for path in at_home.root.rglob("*") if path.is_file()]
    assert not session.exists()
    assert not copy.exists()
    assert other.exists()
    told = [
        path for path in left if path.name != "library.db" and NAME.encode() in path.read_bytes()
    ]
    assert told == []
    named = [path for path in left if b"abcd2345" in path.read_bytes()]
    assert named == [other / "journal.jsonl"]


def test_old_sessions_go_only_where_the_house_says_how_old(
    at_home: House, session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`retention` is off by default; with it, `log` tells which are old and `erase --old` asks."""
    _, err = said(capsys, "rm", "--old", "--yes", code=2)
    assert "sets no `retention`" in err
    at_home.home.settings.write_text("retention: 100000 days\n", "utf-8")
    _, err = said(capsys, "rm", "--old", "--yes", code=2)
    assert "expected days" in err
    at_home.home.settings.write_text("retention: 90 days\n", "utf-8")
    _, err = said(capsys)
    assert "1 session is older than 90 days" in err
    said(capsys, "rm", "--old", "--yes")
    assert not session.exists()
    out, _ = said(capsys, "rm", "--old", "--yes")
    assert "Nothing is old enough" in out


@pytest.mark.parametrize(
    "words",
    [
        ("log", "rm", "--yes", ""),
        ("log", "rm", "--yes", "abcd2345", ""),
        ("log", "rm", "--yes", " "),
        ("log", "rm", "--yes"),
        ("log", "show", ""),
        ("log", "check", ""),
        ("log", "check", "--fingerprint", ""),
        ("log", "report", ""),
        ("log", "replay", "", "--track", "1"),
        ("log", "export", ""),
        ("log", "export", "--person", ""),
        ("log", "export", "--person="),
        ("log", "note", "", "words"),
        ("log", "consent", "", "A", "yes"),
        ("recover", ""),
        ("run", "arc.yaml", "--at", ""),
        ("run", "arc.yaml", "--avoid-file="),
        ("library", "rm", ""),
        ("library", "vouch", ""),
    ],
    ids=" ".join,
)
def test_an_empty_word_is_an_error_everywhere(
    session: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """A script's variable that was not set never means the newest session, everybody, or now; and
    `erase` always names its sessions."""
    before = {path: path.read_bytes() for path in session.rglob("*") if path.is_file()}
    assert run_app(words) == 2
    assert "is empty" in capsys.readouterr().err or words == ("log", "rm", "--yes")
    assert {path: path.read_bytes() for path in session.rglob("*") if path.is_file()} == before
