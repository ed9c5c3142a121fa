from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from library_fixtures import as_nobody, open_to_all

from soundscape.core.errors import Fault
from soundscape.library import indexform
from soundscape.library.index import Index
from soundscape.library.indexform import MIGRATIONS
from soundscape.library.measure.measured import Measured, Passing, SoundFinding
from soundscape.library.tags import TAGS_VERSION, Tags
from soundscape.library.walk import FoundFile

FOUND = FoundFile("/music/ünï 🌙.ogg", "ünï 🌙.ogg", 1234, 987654321987654321)
TAGS = Tags(
    *("Title", "Artist", "", 12.5, 0.25, ("genre:ambient",), True, False, ("a note",)),
    *("a comment", "words", -3.5, -14.5, {"artist": "0-0"}),
)
KEY = "a1b2"
MEASURED = Measured(
    *(-21.5, 4.0, -3.25, 12.4, 0.3, 1, {"brightness": 1.5}, (0.1, 0.2, 0.3), KEY, 0.5, 11.5),
    (SoundFinding("rise", "rises by 12 LU", 6.5),),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "index.db"


def fill(path: Path) -> None:
    with Index(path) as index:
        index.keep_tags(FOUND, TAGS)
        index.keep_measured(FOUND, KEY, MEASURED)
        assert index.warnings == []


def test_what_was_kept_comes_back_whole(path: Path) -> None:
    """Tags, measures and faults are the same values after the index was closed and opened."""
    fill(path)
    bad = replace(FOUND, path="/music/bad.ogg")
    hung = replace(FOUND, path="/music/hung.ogg")
    with Index(path) as index:
        index.keep_tags(bad, Fault("/music/bad.ogg", "is no audio", "look at it"))
        index.keep_measured(hung, "h", Passing("/music/hung.ogg", "hung"))
    with Index(path) as index:
        assert index.tags(FOUND) == TAGS
        assert index.measured(FOUND) == MEASURED
        assert index.tags(bad) == Fault("/music/bad.ogg", "is no audio", "look at it")
        assert isinstance(index.measured(hung), Passing)
        assert index.tags(hung) is None


@pytest.mark.parametrize(
    "changed", [{"size": 1}, {"mtime_ns": 1}, {"ctime_ns": 1}, {"path": "/music/other.ogg"}]
)
def test_a_changed_file_is_not_known(path: Path, changed: dict[str, int]) -> None:
    """Another size, path or time (the system's own, too) is another file: nothing of the old one is
    answered."""
    fill(path)
    other = replace(FOUND, **changed)
    with Index(path) as index:
        assert index.tags(other) is None
        assert index.measured(other) is None
        index.keep_tags(other, TAGS)
        assert index.measured(other) is None
    with Index(path) as index:
        assert index.tags(other) == TAGS
        assert index.measured(other) is None


def test_what_an_older_way_of_measuring_said_is_not_used(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the formula changes, what the old one found is measured again; tags are kept."""
    fill(path)
    monkeypatch.setattr(indexform, "MEASURED_FORM", "999.1")
    with Index(path) as index:
        assert index.measured(FOUND) is None
        assert index.tags(FOUND) == TAGS


def test_the_index_is_the_owners_alone(path: Path) -> None:
    """The index and what SQLite writes beside it are readable by nobody else, at any time."""
    old = os.umask(0)
    try:
        with Index(path) as index:
            index.keep_measured(FOUND, KEY, MEASURED)
            for file in path.parent.iterdir():
                assert file.stat().st_mode & 0o777 == 0o600, file
        assert path.parent.stat().st_mode & 0o777 == 0o700
        path.chmod(0o644)
        with Index(path):
            assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(old)


def test_the_schema_is_versioned(path: Path) -> None:
    """A new index has the newest version, in WAL mode."""
    fill(path)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_an_old_index_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version's migration runs on what is there and loses nothing."""
    fill(path)
    later = (*MIGRATIONS, ("ALTER TABLE files ADD COLUMN audio BLOB",))
    monkeypatch.setattr(indexform, "MIGRATIONS", later)
    with Index(path) as index:
        assert index.tags(FOUND) == TAGS
        assert index.warnings == []
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (len(later),)
    db.close()


def test_a_newer_index_is_left_alone(path: Path) -> None:
    """What a newer program wrote is neither used nor destroyed; the session goes on in memory."""
    fill(path)
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with Index(path) as index:
        assert "newer" in index.warnings[0]
        index.keep_tags(FOUND, TAGS)
        assert index.tags(FOUND) == TAGS
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (99,)
    assert db.execute("SELECT count(*) FROM files").fetchone() == (1,)
    db.close()


def rubbish(path: Path) -> None:
    path.write_bytes(b"this was an index" * 1000)


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096] + b"\x55" * 9000)


def other_tables(path: Path) -> None:
    path.unlink()
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE files (something)")
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()


@pytest.mark.parametrize("harm", [rubbish, torn, other_tables])
def test_a_damaged_index_is_set_aside_and_made_anew(path: Path, harm: object) -> None:
    """Damage costs the cache and nothing else: one warning, the old file kept, a new one works."""
    fill(path)
    harm(path)  # type: ignore[operator]
    hurt = path.read_bytes()
    with Index(path) as index:
        assert index.tags(FOUND) is None
        index.keep_tags(FOUND, TAGS)
        index.keep_measured(FOUND, KEY, MEASURED)
        assert len(index.warnings) == 1
        assert "set aside as index.db.damaged-1" in index.warnings[0]
    # But for SQLite's own 100 bytes of header, which opening it touches.
    assert path.with_name("index.db.damaged-1").read_bytes()[100:] == hurt[100:]
    with Index(path) as index:
        assert index.tags(FOUND) == TAGS
        assert index.warnings == []
    harm(path)  # type: ignore[operator]
    with Index(path) as index:
        index.tags(FOUND)
        assert "index.db.damaged-2" in index.warnings[0]


def test_rows_that_are_not_ours_are_read_again(path: Path) -> None:
    """A value that does not parse counts as not known."""
    fill(path)
    for text in ("{", "[]", '{"v": "1"}', '{"v": "1", "ok": {"title": "x"}}', '{"v":"1","ok":5}'):
        db = sqlite3.connect(path)
        db.execute("UPDATE files SET tags = ?", (text,))
        db.commit()
        db.close()
        with Index(path) as index:
            assert index.tags(FOUND) is None, text
            assert index.warnings == []


def test_a_full_disk_goes_on_in_memory(path: Path) -> None:
    """When the index cannot grow, what is kept is still answered, and one warning says so."""
    with Index(path) as index:
        index.keep_tags(FOUND, TAGS)
        index.flush()
        assert index._db is not None
        pages = index._db.execute("PRAGMA page_count").fetchone()[0]
        index._db.execute(f"PRAGMA max_page_count = {pages}")
        others = [replace(FOUND, path=f"/music/{n}.ogg") for n in range(300)]
        for found in others:
            index.keep_measured(found, KEY, MEASURED)
        assert all(index.measured(found) == MEASURED for found in others[-50:])
        assert index.tags(FOUND) == TAGS
        assert len(index.warnings) == 1
        assert "full" in index.warnings[0]


def test_a_read_only_home_reads_and_goes_on_in_memory(tmp_path: Path) -> None:
    """Where nothing can be written, the index is still read; what is new stays in memory."""
    home = tmp_path / "home"
    fill(home / "index.db")
    open_to_all(tmp_path)
    (home / "index.db").chmod(0o444)
    home.chmod(0o555)
    code = f"""
from dataclasses import replace
from soundscape.library.index import *
found, tags, measured = {FOUND!r}, {TAGS!r}, {MEASURED!r}
for name in ("index.db", "none/new.db"):
    with Index(Path(sys.argv[1]) / name) as index:
        print(name, index.tags(found) == tags, index.measured(found) == measured)
        other = replace(found, size=1)
        index.keep_tags(other, tags)
        index.keep_measured(other, "a1b2", measured)
        print(index.tags(other) == tags, index.measured(other) == measured)
        print(len(index.warnings), index.warnings)
"""
    head = (
        "from soundscape.library.walk import FoundFile\n"
        "from soundscape.library.measure.measured import SoundFinding\n"
    )
    said = as_nobody(head + code, home).splitlines()
    home.chmod(0o755)
    assert said[0] == "index.db True True"
    assert said[1] == "True True"
    assert said[2].startswith("1 ")
    assert "cannot be written" in said[2]
    assert said[3] == "none/new.db False False"
    assert said[4] == "True True"
    assert said[5].startswith("1 ")


def test_a_folder_in_the_indexs_place_goes_on_in_memory(path: Path) -> None:
    """Whatever lies where the index should be, the library works."""
    path.mkdir(parents=True)
    with Index(path) as index:
        index.keep_tags(FOUND, TAGS)
        assert index.tags(FOUND) == TAGS
        assert len(index.warnings) == 1


def test_another_programs_lock_does_not_stop_us(path: Path) -> None:
    """An index somebody else keeps locked costs a wait and a warning, not the file."""
    fill(path)
    db = sqlite3.connect(path)
    db.execute("BEGIN EXCLUSIVE")
    with Index(path) as index:
        index.keep_measured(replace(FOUND, size=5), KEY, MEASURED)
        assert index.measured(replace(FOUND, size=5)) == MEASURED
        assert index.tags(FOUND) == TAGS
    assert "locked" in index.warnings[0]
    db.close()
    with Index(path) as index:
        assert index.tags(FOUND) == TAGS
    assert not list(path.parent.glob("*damaged*"))


def test_what_a_lock_kept_back_is_written_after_it(path: Path) -> None:
    """What could not be written while another program wrote is written when that is done."""
    fill(path)
    other = replace(FOUND, path="/music/other.ogg")
    db = sqlite3.connect(path)
    with Index(path) as index:
        db.execute("BEGIN EXCLUSIVE")
        index.keep_measured(other, KEY, MEASURED)
        db.rollback()
    assert index.warnings == []
    db.close()
    with Index(path) as index:
        assert index.measured(other) == MEASURED


def test_two_programs_may_fill_it_at_once(path: Path) -> None:
    """Processes that open a new index at the same moment and fill it all do, without a warning."""
    code = f"""
import sys
from dataclasses import replace
from pathlib import Path
from soundscape.library.measure.measured import SoundFinding
from soundscape.library.index import *
found, tags, measured = {FOUND!r}, {TAGS!r}, {MEASURED!r}
with Index(Path(sys.argv[1])) as index:
    for n in range(150):
        mine = replace(found, path=f"/{{sys.argv[2]}}/{{n}}.ogg")
        index.keep_tags(mine, tags)
        index.keep_measured(mine, f"{{sys.argv[2]}}{{n}}", measured)
print(index.warnings)
"""
    crew = [
        subprocess.Popen([sys.executable, "-c", code, path, str(n)], stdout=subprocess.PIPE)
        for n in range(4)
    ]
    assert [one.communicate()[0] for one in crew] == [b"[]\n"] * 4
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM files WHERE tags NOT NULL").fetchone() == (600,)
    assert db.execute("SELECT count(*) FROM measures").fetchone() == (600,)
    db.close()


def test_a_sound_is_known_whatever_file_holds_it(path: Path) -> None:
    """Measures belong to the sound's key: another file with that key has them too, and keeps them
    when the first one changed."""
    fill(path)
    moved = replace(FOUND, path="/elsewhere/x.ogg", mtime_ns=5)
    with Index(path) as index:
        assert index.measured_as(KEY) == MEASURED
        assert index.measured_as("other") is None
        assert index.measured(moved) is None  # Whose sound it is has to be asked first.
        index.keep_measured(moved, KEY, MEASURED)
        assert index.measured(moved) == MEASURED
    with Index(path) as index:
        assert index.measured(moved) == MEASURED
        assert index.measured(FOUND) == MEASURED


def test_a_fault_of_a_sound_names_the_file_that_was_asked(path: Path) -> None:
    """A sound that cannot be measured is one fault, said of each file that holds it; a passing
    fault, and that of a file without a key, stay with their file."""
    one, two = replace(FOUND, path="/m/1.ogg"), replace(FOUND, path="/m/2.ogg")
    for key, fault, known in (
        ("k", Fault("/m/1.ogg", "cannot be decoded"), Fault("/m/1.ogg", "cannot be decoded")),
        ("p", Passing("/m/1.ogg", "crashed"), None),
        ("", Fault("/m/1.ogg", "holds no sound"), None),
    ):
        with Index(path) as index:
            index.keep_measured(one, key, fault)
        with Index(path) as index:
            assert index.measured(one) == fault
            assert type(index.measured(one)) is type(fault)
            assert index.measured_as(key) == known
            if known:
                index.keep_measured(two, key, fault)
                assert index.measured(two) == Fault("/m/2.ogg", "cannot be decoded")


def test_an_index_of_the_version_before_is_brought_up_to_date(path: Path) -> None:
    """A file that version 1 wrote keeps what was read; what it measured has no key and goes."""
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    for statement in MIGRATIONS[0]:
        db.execute(statement)
    kept = (os.fsencode(FOUND.path), FOUND.size, FOUND.mtime_ns)
    text = json.dumps({"v": str(TAGS_VERSION), "ok": asdict(TAGS)})
    db.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?)", (*kept, text, '{"v": "1.1", "ok": {}}'))
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()
    with Index(path) as index:
        assert index.warnings == []
        assert index.tags(FOUND) == TAGS
        assert index.measured(FOUND) is None
        index.keep_measured(FOUND, KEY, MEASURED)
    with Index(path) as index:
        assert (index.tags(FOUND), index.measured(FOUND)) == (TAGS, MEASURED)
