"""Encrypted journals: what is kept goes in without a secret, and comes out with the key alone."""

from __future__ import annotations

import base64
import getpass
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
from handmade import SESSION, write
from pyrage import x25519

from soundscape.cli import passphrase
from soundscape.core.errors import InputError, JournalError
from soundscape.core.events import Marked, Stamp
from soundscape.core.machine_facts import Recovered
from soundscape.home import Home
from soundscape.journal import encryption as keys
from soundscape.journal.digest import ROLL_NAME, digest, roll
from soundscape.journal.encryption import Lock, Locked, Master
from soundscape.journal.notes import read_notes, write_note
from soundscape.journal.reader import read_journal
from soundscape.journal.share import ConsentGiven, read_consent, record_consent
from soundscape.journal.verify import verify
from soundscape.journal.writer import JournalWriter, Memory

PHRASE = "grüner Fels am Meer"
STAMP = Stamp("2026-03-04T10:05:00.000+01:00", 1300.0, "boot", 300.0)


@pytest.fixture(scope="module")
def master() -> Master:
    """The key pair of a passphrase: made once, as it takes a second."""
    return keys.make_master(PHRASE)


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that was just started."""
    monkeypatch.setattr(keys, "_held", {})
    monkeypatch.setattr(passphrase, "_ring", passphrase._Ring())


@pytest.fixture
def folder(tmp_path: Path, master: Master) -> Path:
    """An encrypted session that is over; this process does not hold its key any more."""
    made = tmp_path / "abcd2345"
    lock, key = keys.make_lock(master)
    made.mkdir()
    keys.write_lock(made, lock)
    keys.hold(made, lock, key)
    write(made, SESSION)
    write_note(made, "n-1", "she wept")
    record_consent(made, ConsentGiven("A", "yes", "2026-03-05T10:00:00+01:00"))
    forget()
    return made


def forget() -> None:
    keys._held.clear()


def open_it(folder: Path, master: Master) -> None:
    lock = keys.lock_of(folder)
    assert lock is not None
    keys.hold(folder, lock, keys.session_key(lock, master))


def lines_of(folder: Path) -> list[bytes]:
    return (folder / "journal.jsonl").read_bytes().split(b"\n")[:-1]


def put(folder: Path, lines: list[bytes], end: bytes = b"\n") -> None:
    (folder / "journal.jsonl").write_bytes(b"\n".join(lines) + end)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="no memory beside an engine here")
def test_what_waits_in_memory_is_encrypted_too(folder: Path, master: Master) -> None:
    """Whoever may read the supervisor's open files reads no words of a note that waits for the
    disk; the next engine, which holds the key, does."""
    kept = os.memfd_create("kept")
    Memory(kept, keys.cover_of(folder)).add(["{}"], {"n-2": "she wept \udc80"})
    assert b"wept" not in os.pread(kept, 65536, 0)
    open_it(folder, master)
    left = Memory(kept, keys.cover_of(folder)).read()
    os.close(kept)
    assert left.lines == ("{}",)
    assert dict(left.notes) == {"n-2": "she wept ?"}


@pytest.mark.slow
def test_nothing_is_read_without_the_key_and_all_of_it_with(
    folder: Path, master: Master, tmp_path: Path
) -> None:
    """Journal, notes and consent refuse as locked; no file holds their words; with the key they
    read as those of a plain session do, and `verify` finds the same seal."""
    for read in (read_journal, read_notes, read_consent):
        with pytest.raises(Locked, match="abcd2345"):
            read(folder)
    for path in folder.iterdir():
        data = path.read_bytes()
        assert not any(word in data for word in (b"wept", b"Track", b"/m/", b"onset", b'"yes"'))
    assert verify(folder / "journal.jsonl").state == "locked"
    open_it(folder, master)
    plain = write(tmp_path / "plain", SESSION)
    journal = read_journal(folder)
    assert journal.trouble == ()
    assert journal.entries == read_journal(plain).entries
    assert read_notes(folder) == {"n-1": "she wept"}
    assert [each.says for each in read_consent(folder)] == ["yes"]
    assert verify(folder / "journal.jsonl") == verify(plain / "journal.jsonl")


def test_the_list_tells_when_and_how_long_and_keeps_no_more(folder: Path, master: Master) -> None:
    """Without the key: code, day and length. With it: all; but the cache beside the sessions has
    only what anyone may know, whoever made it."""
    (row,) = roll(folder.parent)
    assert (row.session, row.opened[:10], row.length_s) == ("abcd2345", "2026-03-04", 95.0)
    assert (row.locked, row.arc, row.marks, row.reason) == (True, "(encrypted)", 0, "")
    open_it(folder, master)
    (known,) = roll(folder.parent)
    assert known.arc == "First [bold]journey[/]"
    assert known.marks == 1
    assert not known.locked
    for before in (True, False):
        if not before:
            (folder.parent / ROLL_NAME).unlink()
            roll(folder.parent)
        cache = folder.parent / ROLL_NAME
        assert not cache.exists() or b"journey" not in cache.read_bytes()
    forget()
    assert digest(folder) == row


def test_a_torn_line_costs_only_itself_and_is_gone_on_after(folder: Path, master: Master) -> None:
    """Cut anywhere in the last line, every line before it reads, and a writer that has the lock's
    file alone, and no key, goes on after it; what was cut off is known for what it is."""
    whole = lines_of(folder)
    for size in (1, len(whole[-2]) // 2, len(whole[-2]) - 1):
        forget()
        put(folder, [*whole[:-2], whole[-2][:size]], b"")
        open_it(folder, master)
        torn = read_journal(folder)
        assert len(torn.entries) == len(whole) - 2
        assert len(torn.trouble) == 1
        assert verify(folder / "journal.jsonl").state == "open"
        forget()
        writer = JournalWriter(folder, torn.entries[-1].n, torn.last_hash)
        told = Recovered("it", 1.0, 2.0, "", "", torn.last_hash, torn.torn)
        writer.append(STAMP, (told, Marked(9)))
        assert writer.close()
        open_it(folder, master)
        after = read_journal(folder)
        assert [type(each.fact) for each in after.entries[-2:]] == [Recovered, Marked]
        assert len(after.trouble) == 1
        assert "cut short" in after.trouble[0]
        assert verify(folder / "journal.jsonl").breaks == ()


def sealed(folder: Path, plain: bytes) -> bytes:
    """A line as anyone can make it who has the public key."""
    lock = keys.lock_of(folder)
    assert lock is not None
    data = pyrage.encrypt(plain, [x25519.Recipient.from_str(lock.session)])
    return json.dumps({"age": base64.b64encode(data).decode()}).encode()


def test_whatever_is_changed_is_found(folder: Path, master: Master) -> None:
    """A line cut out, moved, doubled, changed in a byte, put in plain or encrypted by a stranger,
    and what stands in the clear changed: `verify` names it, and reading tells it."""
    whole = lines_of(folder)
    other = bytearray(whole[3])
    at = len(other) // 2
    other[at] = ord("A") if other[at] != ord("A") else ord("B")
    first = whole[0].replace(b"2026-03-04", b"2026-03-03")
    last = whole[-1].replace(b"95.0", b"950.0")
    assert first != whole[0]
    assert last != whole[-1]
    open_it(folder, master)
    plain = keys.Cover(folder, keys.lock_of(folder) or Lock("", "", "", "")).open(whole[3])
    for lines in (
        whole[:3] + whole[4:],
        [*whole[:3], whole[4], whole[3], *whole[5:]],
        [*whole[:3], whole[3], *whole[3:]],
        [*whole[:3], bytes(other), *whole[4:]],
        [*whole[:4], plain, *whole[4:]],
        [*whole[:3], plain, *whole[4:]],
        [*whole[:4], sealed(folder, plain), *whole[4:]],
        [*whole[:4], sealed(folder, b"nothing"), *whole[4:]],
        [first, *whole[1:]],
        [*whole[:-1], last],
    ):
        put(folder, lines)
        assert verify(folder / "journal.jsonl").state == "altered"
        assert read_journal(folder).trouble
    put(folder, whole)
    assert verify(folder / "journal.jsonl").state == "sealed"


def test_a_lock_that_is_gone_or_damaged_is_told(folder: Path, master: Master) -> None:
    """Without its lock a session is said to be encrypted for good; of a damaged one it is said
    which file; nothing new is written in the clear beside what is encrypted."""
    path = folder / "lock.json"
    text = path.read_text("utf-8")
    lock = keys.lock_of(folder)
    assert lock is not None
    for damaged in ("", "{}", "[]", '{"version": 2}', "\0"):
        path.write_text(damaged, "utf-8")
        with pytest.raises(JournalError, match=r"lock\.json"):
            read_journal(folder)
    path.unlink()
    for read in (read_journal, read_notes, read_consent):
        with pytest.raises(JournalError, match=r"lock\.json"):
            read(folder)
    with pytest.raises(JournalError):
        keys.session_key(replace(lock, key=lock.wrapped), master)
    with pytest.raises(JournalError, match="do not match"):
        keys.hold(folder, lock, str(x25519.Identity.generate()))
    with pytest.raises(JournalError, match="damaged"):
        keys.master_of(replace(lock, wrapped="none"), PHRASE)
    path.write_text(text, "utf-8")
    open_it(folder, master)
    path.unlink()  # While it is played, say: what is held counts.
    write_note(folder, "n-2", "later words")
    assert b"later" not in (folder / "notes.json").read_bytes()
    assert read_notes(folder)["n-2"] == "later words"


def test_another_process_takes_over_by_what_it_is_handed(folder: Path, master: Master) -> None:
    """Even where the lock's file is gone; and no `repr` of it tells the key."""
    assert keys.hand_on(folder) is None
    open_it(folder, master)
    handed = keys.hand_on(folder)
    assert handed is not None
    assert handed["secret"] not in repr(master)
    assert master.secret not in repr(master)
    forget()
    (folder / "lock.json").unlink()
    keys.take_over(folder, handed)
    assert read_journal(folder).closed


class Typist:
    """Types what it is given, one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
        self.words = list(words)
        self.asked: list[str] = []
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(getpass, "getpass", self._type)
        monkeypatch.delenv(passphrase.FILE_VARIABLE, raising=False)

    def _type(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.words.pop(0)


def home_in(folder: Path) -> Home:
    return Home(folder, folder, folder / "run")


@pytest.mark.slow
def test_a_new_passphrase_is_asked_for_twice_and_said_to_be_final(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The warning stands before the first question; two that differ, one that is short, and none
    are refused, and nothing is kept of them."""
    for words, what in (
        (("one long enough", "another one"), "not the same"),
        (("short", "short"), "at least 8"),
        (("",), "nothing was typed"),
    ):
        monkeypatch.setattr(passphrase, "_ring", passphrase._Ring())
        Typist(monkeypatch, *words)
        with pytest.raises(InputError, match=what):
            passphrase.new_master(home_in(tmp_path))
        assert "nobody can read the session again" in capsys.readouterr().err
    monkeypatch.setattr(passphrase, "_ring", passphrase._Ring())
    typist = Typist(monkeypatch, PHRASE, PHRASE)
    made = passphrase.new_master(home_in(tmp_path))
    assert len(typist.asked) == 2
    assert not list(tmp_path.iterdir())
    lock, _ = keys.make_lock(made)
    # The same letters, composed otherwise by another keyboard.
    assert keys.master_of(lock, PHRASE.replace("ü", "u\u0308")) == made
    assert keys.master_of(lock, PHRASE + " ") is None


@pytest.mark.slow
def test_the_passphrase_of_the_last_session_is_asked_for_once(
    folder: Path, tmp_path: Path, master: Master, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What opens the last encrypted session is right, and serves the new one and, without another
    question, the reading of the old one; a wrong one is refused in one message."""
    (tmp_path / "sessions").mkdir()
    kept = folder.rename(tmp_path / "sessions" / folder.name)
    typist = Typist(monkeypatch, PHRASE)
    assert passphrase.new_master(home_in(tmp_path)) == master
    passphrase.unlock(kept)
    assert read_journal(kept).closed
    assert len(typist.asked) == 1
    forget()
    monkeypatch.setattr(passphrase, "_ring", passphrase._Ring())
    Typist(monkeypatch, "something else")
    with pytest.raises(InputError, match="session abcd2345: is encrypted with another passphrase"):
        passphrase.unlock(kept)


@pytest.mark.slow
def test_a_file_with_the_passphrase_is_its_owners_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that others may read, one that is empty, and none are refused; its first line counts."""
    path = tmp_path / "phrase"
    monkeypatch.setenv(passphrase.FILE_VARIABLE, str(path))
    with pytest.raises(InputError, match="No such file"):
        passphrase.unlock(folder)
    path.write_text(f"{PHRASE}\nmore\n", "utf-8")
    path.chmod(0o640)
    with pytest.raises(InputError, match="other users may read it"):
        passphrase.unlock(folder)
    path.chmod(0o600)
    passphrase.unlock(folder)
    assert read_journal(folder).closed
    path.write_text("\n", "utf-8")
    forget()
    monkeypatch.setattr(passphrase, "_ring", passphrase._Ring())
    with pytest.raises(InputError, match="first line is empty"):
        passphrase.unlock(folder)
