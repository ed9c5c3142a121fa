"""The list of sessions: read once, kept in a cache that can be lost and never lies."""

from __future__ import annotations

import json
from pathlib import Path

from handmade import SESSION, write

from soundscape.core.events import Asked, Closed, Marked, Undone
from soundscape.journal.digest import ROLL_NAME, digest, roll


def test_the_roll_says_what_each_journal_says(tmp_path: Path) -> None:
    """With and without the cache the same digests, oldest first; the cache is private."""
    for day, code in ((9, "aaaa2345"), (4, "bbbb2345")):
        write(tmp_path / code, SESSION, day=day)
    write(tmp_path / "open2345", SESSION[:9], day=6)
    first = roll(tmp_path)
    assert [each.session for each in first] == ["bbbb2345", "open2345", "aaaa2345"]
    assert first == [digest(tmp_path / each.session) for each in first]
    assert (tmp_path / ROLL_NAME).stat().st_mode & 0o777 == 0o600
    assert roll(tmp_path) == first


def test_a_sealed_journal_is_not_opened_twice(tmp_path: Path) -> None:
    """What the cache holds is believed as long as the file's size and time are the same; an open
    journal is read each time."""
    folder = write(tmp_path / "aaaa2345", SESSION)
    open_one = write(tmp_path / "open2345", SESSION[:9])
    roll(tmp_path)
    data = json.loads((tmp_path / ROLL_NAME).read_text("utf-8"))
    assert list(data["sessions"]) == ["aaaa2345"]
    data["sessions"]["aaaa2345"][2]["arc"] = "from the cache"
    (tmp_path / ROLL_NAME).write_text(json.dumps(data), "utf-8")
    assert [each.arc for each in roll(tmp_path) if each.session == "aaaa2345"] == ["from the cache"]
    with (folder / "journal.jsonl").open("a") as file:
        file.write("\n")
    assert "from the cache" not in [each.arc for each in roll(tmp_path)]
    assert (open_one / "journal.jsonl").exists()


def test_a_cache_that_is_no_cache_costs_nothing(tmp_path: Path) -> None:
    """Whatever stands in it, the journals are what counts; sessions that are gone are forgotten."""
    write(tmp_path / "aaaa2345", SESSION)
    wanted = roll(tmp_path)
    for junk in ("", "[]", '{"version": 1}', '{"version": 1, "sessions": {"aaaa2345": [1, 2]}}'):
        (tmp_path / ROLL_NAME).write_text(junk, "utf-8")
        assert roll(tmp_path) == wanted
    (tmp_path / "aaaa2345" / "journal.jsonl").unlink()
    assert roll(tmp_path) == []
    assert "aaaa2345" not in (tmp_path / ROLL_NAME).read_text("utf-8")


def test_a_mark_that_was_taken_back_is_not_counted(tmp_path: Path) -> None:
    """`undo` of a mark leaves its fact in the journal and none in the count; words that look like
    one count as nothing."""
    said = Asked("mark", {"note": '"type":"marked"'}, True, "mark 2")
    lines = [
        *SESSION[:-1],
        (92.0, said),
        (92.0, Marked(2)),
        (93.0, Undone("mark", ("mark",))),
        (95.0, Closed("end")),
    ]
    assert digest(write(tmp_path / "aaaa2345", lines)).marks == 1
