"""A journal cut anywhere, and journals of earlier versions: read, told, gone on with."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from house import PATIENCE_S

from soundscape.core.events import Closed, Entry, Marked, Stamp
from soundscape.core.fold import fold
from soundscape.core.machine_facts import Recovered
from soundscape.core.session import open_session
from soundscape.journal.codec import decode, encode, line_hash
from soundscape.journal.reader import Journal, read_journal
from soundscape.journal.story import tell
from soundscape.journal.verify import verify
from soundscape.journal.writer import JOURNAL_NAME, JournalWriter

SAMPLES = sorted(Path(__file__).with_name("journals").glob("v*.jsonl"))
STAMP = Stamp("2026-01-01T10:00:00.000+01:00", 10.0, "boot", 1.0)


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """A real session's first line and its last ones before the close, chained anew, one of them
    with letters of two, three and four bytes."""
    text = SAMPLES[-1].read_text("utf-8").splitlines()
    kept: list[bytes] = []
    last_hash = ""
    for n, line in enumerate([text[0], *text[-12:-1]], 1):
        entry = decode(line.replace("Tone 0", "Für Elise 夜 🌧"))
        again = encode(replace(entry, n=n, prev=last_hash))
        last_hash = line_hash(again)
        kept.append(again.encode("utf-8"))
    return kept


def go_on(folder: Path, read: Journal) -> None:
    """What an engine that takes over writes, and the session's close."""
    writer = JournalWriter(folder, read.entries[-1].n if read.entries else 0, read.last_hash)
    gap = Recovered("cut", 0.0, 1.0, "", "", read.last_hash, read.torn)
    assert writer.append(STAMP, (gap, Marked(1), Closed("end"))).wait(PATIENCE_S)
    assert writer.close()


def cuts(lines: list[bytes]) -> Iterator[int]:
    """Every byte of the last two lines, and a hundred elsewhere."""
    whole = sum(len(line) + 1 for line in lines)
    last = sum(len(line) + 1 for line in lines[-2:])
    yield from range(whole - last, whole + 1)
    yield from random.Random(1).sample(range(whole - last), 100)


@pytest.mark.slow
def test_a_journal_cut_at_any_byte_is_read_told_and_gone_on_with(
    lines: list[bytes], tmp_path: Path
) -> None:
    """Up to its last whole line; what was cut is told; nothing of it is ever written over; what
    goes on after it makes one sealed journal of both."""
    whole = b"".join(line + b"\n" for line in lines)
    path = tmp_path / JOURNAL_NAME
    for at in cuts(lines):
        path.write_bytes(whole[:at])
        rest = whole[:at].rpartition(b"\n")[2]
        complete = whole[:at].count(b"\n")
        if rest in lines:  # Only its end of line is missing, which is told to nobody.
            rest, complete = b"", complete + 1
        read = read_journal(tmp_path)
        assert len(read.entries) == complete
        told = [f"{path}:{complete + 1}: cut off after {len(rest)} bytes; left out"] if rest else []
        assert list(read.trouble) == told
        go_on(tmp_path, read)
        after = path.read_bytes()
        assert after.startswith(whole[:at].removesuffix(b"\n") + b"\n" * bool(at))
        again = read_journal(tmp_path)
        assert again.entries[: len(read.entries)] == read.entries
        assert [type(entry.fact) for entry in again.entries[complete:]] == [
            Recovered, Marked, Closed
        ]  # fmt: skip
        assert len(again.trouble) == bool(rest)
        assert all("cut short when the session broke off" in each for each in again.trouble)
        verdict = verify(path)
        assert (verdict.state, len(verdict.torn)) == ("sealed", bool(rest))


def test_a_journal_cut_twice_in_a_row_is_gone_on_with(lines: list[bytes], tmp_path: Path) -> None:
    """The line that goes on is cut short as well: both torn lines are told by the next."""
    path = tmp_path / JOURNAL_NAME
    path.write_bytes(b"\n".join(lines[:3]) + b"\n" + lines[3][:50] + b"\n" + lines[4][:70])
    read = read_journal(tmp_path)
    assert len(read.entries) == 3
    go_on(tmp_path, read)
    verdict = verify(path)
    assert (verdict.state, verdict.torn) == ("sealed", (4, 5))


def test_a_torn_line_that_somebody_else_put_there_is_no_cut(
    lines: list[bytes], tmp_path: Path
) -> None:
    """Only what the line after it tells of was cut short by a crash."""
    path = tmp_path / JOURNAL_NAME
    path.write_bytes(b"\n".join(lines[:3]) + b"\n" + lines[3][:50])
    go_on(tmp_path, read_journal(tmp_path))
    path.write_bytes(path.read_bytes().replace(lines[3][:50], lines[3][:49]))
    assert "not a line of JSON" in read_journal(tmp_path).trouble[0]
    assert verify(path).state == "altered"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_journals_of_earlier_versions_read_fold_and_are_told(sample: Path, tmp_path: Path) -> None:
    """A journal written by any program of this name so far: every line is read, all of them fold
    to the closed session, and the story has what was heard."""
    (tmp_path / JOURNAL_NAME).write_bytes(sample.read_bytes())
    read = read_journal(tmp_path)
    assert read.trouble == ()
    assert len(read.entries) == sample.read_bytes().count(b"\n")
    session = fold(open_session(read.opened), (entry.fact for entry in read.entries))
    assert session.closed == "end"
    story = tell(read, {})
    assert len(story.heard) > 5
    assert [phase.name for phase in story.phases][:3] == ["arrival", "onset", "peak"]
    assert json.dumps(story.as_json())
    rewritten: list[Entry] = [decode(encode(entry)) for entry in read.entries]
    assert rewritten == list(read.entries)
