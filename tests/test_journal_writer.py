"""The writer of a journal: in order, chained, private, and lost by nothing."""

from __future__ import annotations

import json
import os
import resource
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import PATIENCE_S, House, until

from soundscape.core.events import Closed, Fact, Faulted, Marked, Stamp, Started
from soundscape.home import make_private, write_private
from soundscape.journal import writer as writing
from soundscape.journal.codec import line_hash
from soundscape.journal.notes import read_notes, write_note
from soundscape.journal.reader import read_journal
from soundscape.journal.writer import Batch, JournalWriter, Memory, UnwrittenLines

STAMP = Stamp("2026-03-04T05:06:07.089+00:00", 12.5, "boot", 0.0)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The umask that takes nothing away."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refused is tried again at once."""
    monkeypatch.setattr(writing, "RETRY_S", 0.01)


def facts_of(folder: Path) -> list[Fact]:
    """A journal's facts, which has to be whole."""
    journal = read_journal(folder)
    assert journal.trouble == ()
    return [entry.fact for entry in journal.entries]


def test_lines_are_numbered_chained_and_synced(tmp_path: Path) -> None:
    """Every line counts on, and carries the hash of the one before; `wait` is true only once the
    line can be read from the file."""
    writer = JournalWriter(tmp_path)
    for number in range(1, 6):
        assert writer.append(STAMP, (Marked(number), Faulted("f"))).wait(PATIENCE_S)
        assert len((tmp_path / "journal.jsonl").read_bytes().splitlines()) == 2 * number
    assert writer.close()
    lines = (tmp_path / "journal.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert [each["n"] for each in found] == list(range(1, 11))
    assert [each["prev"] for each in found] == ["", *map(line_hash, lines[:-1])]


def test_a_writer_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    """Numbers and chain run on across writers, so that a recovered journal is one journal."""
    first = JournalWriter(tmp_path)
    first.append(STAMP, (Started(),))
    first.close()
    journal = read_journal(tmp_path)
    second = JournalWriter(tmp_path, journal.entries[-1].n, journal.last_hash)
    second.append(STAMP, (Closed("end"),))
    assert second.close()
    assert facts_of(tmp_path) == [Started(), Closed("end")]
    assert read_journal(tmp_path).closed


def test_a_torn_last_line_costs_itself_alone(tmp_path: Path) -> None:
    """After a torn line, of a power cut say, the next begins on a line of its own, and reading
    tells the torn one and keeps the chain of the others."""
    first = JournalWriter(tmp_path)
    first.append(STAMP, (Started(), Marked(1)))
    first.close()
    path = tmp_path / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    torn = read_journal(tmp_path)
    assert [entry.fact for entry in torn.entries] == [Started()]
    assert len(torn.trouble) == 1
    assert ":2: cut off after" in torn.trouble[0]
    second = JournalWriter(tmp_path, 1, torn.last_hash)
    second.append(STAMP, (Closed("end"),))
    assert second.close()
    whole = read_journal(tmp_path)
    assert [entry.fact for entry in whole.entries] == [Started(), Closed("end")]
    assert [each.split(":")[1] for each in whole.trouble] == ["2"]


@pytest.mark.parametrize("harm", ["changed", "taken out", "swapped"])
def test_a_broken_chain_is_told(tmp_path: Path, harm: str) -> None:
    """A line that was changed, taken out or moved is found by the hash in the next."""
    writer = JournalWriter(tmp_path)
    writer.append(STAMP, tuple(Marked(number) for number in range(1, 6)))
    writer.close()
    path = tmp_path / "journal.jsonl"
    lines = path.read_text("utf-8").splitlines()
    if harm == "changed":
        lines[2] = lines[2].replace('"mark":3', '"mark":9')
    elif harm == "taken out":
        del lines[2]
    else:
        lines[2], lines[3] = lines[3], lines[2]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    found = read_journal(tmp_path)
    assert len(found.entries) == len(lines)
    assert found.trouble
    assert all("does not follow the line before" in each for each in found.trouble)


def test_every_file_and_folder_is_its_owners_alone(tmp_path: Path, open_umask: None) -> None:
    """Whatever the umask: folders 0700, with the parents they lacked, and files 0600."""
    folder = make_private(tmp_path / "new" / "home" / "sessions" / "abc")
    writer = JournalWriter(folder)
    writer.append(STAMP, (Started(),))
    writer.note("some words")
    assert writer.close()
    write_private(folder / "run" / "control.json", "{}")
    found = list((tmp_path / "new").rglob("*"))
    assert {path.name for path in found} >= {"journal.jsonl", "notes.json", "control.json"}
    for path in [tmp_path / "new", *found]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


@pytest.mark.slow
def test_all_that_the_program_makes_is_its_owners_alone(house: House, open_umask: None) -> None:
    """The same of the real program, with a session and a note: nothing of its home is another's."""
    house.play()
    assert house.cue("mark", "the", "sea").ok
    house.end_now()
    house.wait_over()
    for path in house.root.rglob("*"):
        if path.name != "library.db":  # Copied there by the test.
            wanted = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) == wanted, path


# Notes.


@pytest.mark.parametrize("words", ["", "the sea", "naïve 🎵\n\t\"'", "half a \udcff character"])
def test_any_words_of_a_note_are_kept_and_stop_nothing(tmp_path: Path, words: str) -> None:
    """Words are kept as they were said; half a character is the one thing that is replaced, and
    even that costs no line of the journal."""
    writer = JournalWriter(tmp_path)
    note = writer.note(words)
    writer.append(STAMP, (Marked(1, note=note),))
    writer.append(STAMP, (Faulted("a name", "half \udcff"),))
    assert writer.close()
    assert read_notes(tmp_path) == {note: words.replace("\udcff", "?")}
    assert facts_of(tmp_path) == [Marked(1, note=note), Faulted("a name", "half \udcff")]
    if words:
        assert words not in (tmp_path / "journal.jsonl").read_text("utf-8")


def test_notes_that_cannot_be_read_are_set_aside_not_written_over(tmp_path: Path) -> None:
    """A damaged file of notes keeps its bytes under another name, and new notes go on."""
    (tmp_path / "notes.json").write_text("{torn", "utf-8")
    write_note(tmp_path, "n-1", "new")
    assert read_notes(tmp_path) == {"n-1": "new"}
    assert (tmp_path / "notes.json.unreadable-n-1").read_text("utf-8") == "{torn"


# A disk that takes nothing.


def test_a_full_disk_keeps_lines_in_order_until_there_is_space(
    tmp_path: Path, soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the disk refuses, lines wait in memory and the trouble is told; no line is ever torn;
    when there is space again all are written, in order, and the trouble is over."""
    full = threading.Event()
    write = os.write

    def narrow(file: int, data: Any) -> int:
        if not full.is_set():
            return write(file, data)
        write(file, bytes(data)[:7])  # A part goes, as on a real disk.
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", narrow)
    writer = JournalWriter(tmp_path)
    assert writer.append(STAMP, (Marked(1),)).wait(PATIENCE_S)
    full.set()
    second = writer.append(STAMP, (Marked(2), Marked(3)))
    third = writer.append(STAMP, (Marked(4),))
    until(lambda: writer.health.trouble, "for the trouble")
    assert not second.wait(0)
    assert (writer.health.trouble, writer.health.waiting) == ("No space left on device", 3)
    assert facts_of(tmp_path) == [Marked(1)]
    full.clear()
    assert third.wait(PATIENCE_S)
    assert (writer.health.trouble, writer.health.waiting) == ("", 0)
    assert writer.close()
    assert facts_of(tmp_path) == [Marked(number) for number in range(1, 5)]


def test_closing_waits_for_the_disk_as_long_as_it_was_told(
    tmp_path: Path, soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`close` goes on trying for its seconds: a disk that comes back meanwhile gets every line."""
    tried = threading.Event()
    write, left = os.write, [5]

    def narrow(file: int, data: Any) -> int:
        if left[0]:
            left[0] -= 1
            tried.set()
            raise OSError(28, "No space left on device")
        return write(file, data)

    monkeypatch.setattr(os, "write", narrow)
    writer = JournalWriter(tmp_path)
    writer.append(STAMP, (Started(),))
    assert tried.wait(PATIENCE_S)
    assert writer.close(10)
    assert facts_of(tmp_path) == [Started()]


def test_closing_gives_up_in_time_and_says_what_is_not_written(
    tmp_path: Path, soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that never takes anything does not hold the program for ever."""

    def refuse(file: int, data: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    writer = JournalWriter(tmp_path)
    writer.append(STAMP, (Started(),))
    assert not writer.close(0.05)
    assert writer.health.waiting == 1


def test_whatever_goes_wrong_in_writing_the_thread_lives(
    tmp_path: Path, soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only a disk's errors: any mistake is told as trouble and tried again."""
    left = [3]

    def wrong(folder: Path, note: str, words: str) -> None:
        if left[0]:
            left[0] -= 1
            raise KeyError("a mistake of ours")
        write_note(folder, note, words)

    monkeypatch.setattr(writing, "write_note", wrong)
    writer = JournalWriter(tmp_path)
    note = writer.note("words")
    assert writer.append(STAMP, (Started(),)).wait(PATIENCE_S)
    assert writer.close()
    assert read_notes(tmp_path) == {note: "words"}


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="no memory beside an engine here")
def test_what_waits_for_the_disk_goes_on_with_the_next_writer(
    tmp_path: Path, soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines and notes that a disk refuses outlive their writer: the next one reads them where they
    follow what is on disk, writes them down and goes on after them; then the memory is empty."""
    memory = os.memfd_create("kept")
    first = JournalWriter(tmp_path, memory=Memory(memory))
    assert first.append(STAMP, (Started(),)).wait(5)
    until(lambda: os.fstat(memory).st_size == 0, "for what is written to go")

    def refuse(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        note = first.note("words")
        first.append(STAMP, (Marked(1, note=note),))
        first.append(STAMP, (Marked(2),))
        until(lambda: first.health.trouble, "for the trouble")
        assert not first.close(0.0)
    left = Memory(memory).read()
    assert dict(left.notes) == {note: "words"}
    read = read_journal(tmp_path, left.lines)
    assert [entry.fact for entry in read.entries] == [Started(), Marked(1, note=note), Marked(2)]
    kept = Memory(memory)
    waiting = UnwrittenLines(read.waiting, left.notes)
    second = JournalWriter(tmp_path, read.entries[-1].n, read.last_hash, kept, waiting)
    second.append(STAMP, (Closed("end"),))
    assert second.close()
    assert facts_of(tmp_path) == [Started(), Marked(1, note=note), Marked(2), Closed("end")]
    assert read_notes(tmp_path) == {note: "words"}
    assert os.fstat(memory).st_size == 0
    assert read_journal(tmp_path, left.lines).waiting == ()


def test_memory_loses_no_line_that_comes_as_the_one_before_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is cleared only once all that is in it is on disk: not between a line's way into it
    and its place among those that wait, where an engine that dies would lose it."""
    lines = 0
    early: list[int] = []

    class Counting(Memory):
        def add(self, *args: Any) -> None:
            nonlocal lines
            lines += 1
            super().add(*args)

        def clear(self) -> None:
            written = len((tmp_path / "journal.jsonl").read_bytes().splitlines())
            early.append(lines - written)
            super().clear()

    before: list[Batch] = []

    class Late(Batch):
        """It takes until the one before is on disk to make it."""

        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            if before:
                before[-1].wait(PATIENCE_S)
            before.append(self)

    monkeypatch.setattr(writing, "Batch", Late)
    writer = JournalWriter(tmp_path, memory=Counting(os.memfd_create("kept")))
    for number in range(1, 6):
        writer.append(STAMP, (Marked(number),))
    assert writer.close()
    assert set(early) == {0}


def test_a_disk_that_hangs_is_called_slow_with_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is called written while a line waits; after a second the disk is slow, in words."""
    free = threading.Event()
    monkeypatch.setattr(os, "fsync", lambda _: free.wait(20))
    writer = JournalWriter(tmp_path)
    assert writer.health.state == "written"
    writer.append(STAMP, (Started(),))
    writer.append(STAMP, (Marked(1), Marked(2)))
    assert (writer.health.state, writer.health.why) == ("on its way", "")
    until(lambda: writer.health.slow, "for a second to pass")
    assert (writer.health.state, writer.health.waiting) == ("the disk is slow", 3)
    assert writer.health.why == ": the disk is slow, 3 lines wait"
    free.set()
    assert writer.close()
    assert writer.health.state == "written"


@pytest.mark.slow
def test_a_full_disk_under_a_real_session(house: House) -> None:
    """A session whose disk fills up: it says so in its status and with each cue, the music goes
    on, cues are obeyed, and everything is in the journal once there is space."""
    house.play(speed=1)
    status = house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    engine = status["pids"]["engine"]
    journal = house.folder() / "journal.jsonl"
    _, hard = resource.prlimit(engine, resource.RLIMIT_FSIZE)
    # A real limit of the system on the running engine: its files grow no further than this.
    resource.prlimit(engine, resource.RLIMIT_FSIZE, (journal.stat().st_size + 40, hard))
    try:
        soft = house.call("soften", "2")
        assert soft.returncode == 0
        assert "done, not yet written" in soft.stdout
        status = house.wait(
            lambda now: now["health"]["journal"] == "File too large", "for the trouble"
        )
        assert status["health"]["journal_waiting"] > 0
        assert status["trim_db"] == -2.0
        assert "JOURNAL NOT WRITTEN" in house.call("status").stdout
        house.cue("mark", "still", "here")
        before = status["track"]["position_s"]
        house.wait(lambda now: now["track"]["position_s"] > before, "for the music to go on")
        assert read_journal(house.folder()).trouble == ()
    finally:
        resource.prlimit(engine, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
    house.wait(lambda now: now["health"]["journal_waiting"] == 0, "for the journal")
    house.wait(lambda now: now["health"]["journal"] == "written", "for it to be said")
    house.end_now()
    house.wait_over()
    story = house.json("log", "show")
    assert [cue["name"] for cue in story["cues"]][:3] == ["soften", "mark", "stop"]
    assert story["marks"][0]["note"] == "still here"
    assert ["journal not written" in fault["what"] for fault in story["faults"]] == [True]
    assert read_journal(house.folder()).trouble == ()


@pytest.mark.slow
def test_no_space_for_the_first_line_is_said_and_leaves_nothing(house: House) -> None:
    """Where not even the opening can be written, `run` says what to do with exit 1, nothing is
    played, and no folder is left behind."""
    (house.root / "sessions").write_text("a file where the folder should be", "utf-8")
    done = house.call("run", house.arc, "--out", "null", "--detach")
    assert done.returncode == 1
    assert "nothing was played" in done.stderr
    assert not house.home.control.exists()
    assert (house.root / "sessions").is_file()


def test_a_small_disk_stops_run_before_it_begins(house: House) -> None:
    """The same with a real limit of the system: the half-written session is taken away again."""
    code = textwrap.dedent("""
        import resource, sys
        from soundscape.cli.prepare import open_folder, prepare
        from soundscape.clock import BootClock
        from soundscape.core.errors import JournalError
        from soundscape.home import Home
        from pathlib import Path
        home = Home.find()
        made = prepare(home, Path(sys.argv[1]), None, 1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
        try:
            open_folder(home, made, BootClock(), out="null", device="", end_with_arc=False)
        except JournalError as error:
            print(error)
    """)
    command = [sys.executable, "-c", code, str(house.arc)]
    done = subprocess.run(command, env=house.env, capture_output=True, text=True, check=True)
    assert "the journal cannot be written (file too large)" in done.stdout
    assert "nothing was played" in done.stdout
    assert list(house.home.sessions.iterdir()) == []
