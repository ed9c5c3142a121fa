from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_fixtures import as_nobody, open_to_all

from soundscape.core.errors import Fault
from soundscape.core.text import shown
from soundscape.library.walk import (
    AUDIO_SUFFIXES,
    UNREAD_SUFFIXES,
    FoundFile,
    glob_matches,
    look,
    walk,
)

STRANGE = ["two  words.ogg", 'it\'s "quoted".ogg', "🌊 moon.ogg", "x" * 196 + ".ogg", "ümlaut.OGG"]


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_all_names_a_file_can_have_are_found(tmp_path: Path) -> None:
    """Spaces, quotes, emoji, 200 characters and capitals in the suffix are names like others."""
    for name in STRANGE:
        put(tmp_path / name)
    put(tmp_path / "cover.jpg")
    walked = walk(tmp_path)
    assert {found.name for found in walked.files} == set(STRANGE)
    assert walked.faults == ()


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    """Each real folder and each real file comes once, however many links lead to it."""
    put(tmp_path / "a/b/one.ogg")
    (tmp_path / "a/b/loop").symlink_to(tmp_path)
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    (tmp_path / "again.ogg").symlink_to(tmp_path / "a/b/one.ogg")
    (tmp_path / "elsewhere").symlink_to(tmp_path / "a")
    files = walk(tmp_path).files
    assert [found.path for found in files] == [str(tmp_path.resolve() / "a/b/one.ogg")]


def test_a_link_to_a_folder_outside_is_followed_to_its_real_place(tmp_path: Path) -> None:
    """A track has one path, whichever way it was reached: the planner tells tracks by it."""
    put(tmp_path / "far/x.ogg")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/near").symlink_to(tmp_path / "far")
    (found,) = walk(tmp_path / "lib").files
    assert found.path == str(tmp_path.resolve() / "far/x.ogg")
    assert found.name == "near/x.ogg"


def test_hidden_things_are_passed_over_but_not_the_folder_itself(tmp_path: Path) -> None:
    """A library below a hidden folder is one; hidden files and folders in it are not music."""
    root = tmp_path / ".local/music"
    put(root / "a.ogg")
    put(root / ".part.ogg")
    put(root / ".trash/b.ogg")
    assert [found.name for found in walk(root).files] == ["a.ogg"]


def test_a_broken_link_and_a_name_that_is_not_utf8_are_listed(tmp_path: Path) -> None:
    """What cannot be played is said, and the rest goes on."""
    put(tmp_path / "good.ogg")
    (tmp_path / "gone.ogg").symlink_to(tmp_path / "nothing.ogg")
    (tmp_path / os.fsdecode(b"\xff.ogg")).write_bytes(b"x")
    walked = walk(tmp_path)
    assert [found.name for found in walked.files] == ["good.ogg"]
    said = sorted(fault.what for fault in walked.faults)
    assert said == ["is a link to a file that is not there", "its name is not UTF-8"]


def test_a_pipe_does_not_keep_us_waiting(tmp_path: Path) -> None:
    """Nothing but regular files is opened or taken, whatever its name."""
    os.mkfifo(tmp_path / "pipe.ogg")
    walked = walk(tmp_path)
    assert walked.files == ()
    assert walked.faults[0].what == "is not a regular file"


def test_a_folder_that_may_not_be_opened_is_listed(tmp_path: Path) -> None:
    """An unreadable folder is one fault, and its neighbours are still found."""
    put(tmp_path / "open/a.ogg")
    put(tmp_path / "shut/b.ogg")
    open_to_all(tmp_path)
    (tmp_path / "shut").chmod(0)
    said = as_nobody(
        "from soundscape.library.walk import walk; w = walk(Path(sys.argv[1]));"
        "print([f.name for f in w.files], [str(f) for f in w.faults])",
        tmp_path,
    )
    (tmp_path / "shut").chmod(0o755)
    assert "['open/a.ogg']" in said
    assert f"{tmp_path.resolve()}/shut: cannot be opened: permission denied" in said


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    """A library folder that is not there is said, not taken for an empty one."""
    assert "no such file or directory" in walk(tmp_path / "none").faults[0].what


def test_looking_at_one_path(tmp_path: Path) -> None:
    """A file is found; a folder, nothing, and a name no system can have are faults."""
    assert isinstance(look(str(put(tmp_path / "a.ogg"))), FoundFile)
    for bad in (tmp_path, tmp_path / "b.ogg", "a\0b", "x" * 5000):
        assert isinstance(look(str(bad)), Fault)


def test_patterns() -> None:
    """`*` and `?` stay within a folder, `**/` spans any number of them, `[...]` is a choice."""
    names = ["a.ogg", "b.flac", "x/a.ogg", "x/y/c.ogg", "x/[1].ogg"]
    assert glob_matches("*.ogg", names) == ["a.ogg"]
    assert glob_matches("**/*.ogg", names) == ["a.ogg", "x/a.ogg", "x/y/c.ogg", "x/[1].ogg"]
    assert glob_matches("x/**", names) == ["x/a.ogg", "x/y/c.ogg", "x/[1].ogg"]
    assert glob_matches("?.[!o]*", names) == ["b.flac"]
    assert glob_matches("x/[[]1].ogg", names) == ["x/[1].ogg"]
    assert glob_matches("[z-a].ogg", names) == []  # no range: takes nothing


@given(st.text(), st.lists(st.text()))
def test_no_pattern_breaks(pattern: str, names: list[str]) -> None:
    """Whatever a playlist writes, matching answers with some of the names."""
    assert set(glob_matches(pattern, names)) <= set(names)


@given(st.text(st.characters(exclude_characters="*?["), min_size=1))
def test_a_plain_name_matches_itself_alone(name: str) -> None:
    """Without wildcards a pattern is the name."""
    assert glob_matches(name, [name, name + "x"]) == [name]


@given(st.text())
def test_shown_is_printable(name: str) -> None:
    """No control character reaches a terminal, and every name can be encoded."""
    text = shown(name)
    text.encode()
    assert not re.search(r"[\x00-\x1f\x7f]", text)


BINS = (
    *("$RECYCLE.BIN/S-1-5-21", "RECYCLER", "#recycle", "@Recycle", "Network Recycle Bin"),
    *(".Trash-1000/files", "Trash-1000", "trashbox", ".Trashes/501", "lost+found", "FOUND.000"),
    *("System Volume Information", "@Recently-Snapshot/GMT+01_2026-01-01", "#snapshot", "@eaDir"),
    *("Backups.backupdb/Mac/Latest", "me/files_trashbin/files", "me/files_versions"),
    *(".snapshot/daily", "~snapshot", "@GMT-2026.01.01-00.00.00", "__MACOSX", "LOST.DIR"),
)


@pytest.mark.parametrize("folder", BINS)
def test_wastebaskets_and_snapshots_are_passed_over(tmp_path: Path, folder: str) -> None:
    """What was thrown away, and yesterday's state, is not in the library, however deep it lies."""
    put(tmp_path / "Album/a.ogg")
    put(tmp_path / folder / "gone.ogg")
    put(tmp_path / "share" / folder / "Album/gone.ogg")
    assert [found.name for found in walk(tmp_path).files] == ["Album/a.ogg"]


def test_folders_that_are_only_called_like_one_are_read(tmp_path: Path) -> None:
    """An album may be called Trash, Snapshots or Recycled."""
    for name in ("Trash", "Snapshots", "Recycled", "Lost and Found", "Recycle"):
        put(tmp_path / name / "a.ogg")
    assert len(walk(tmp_path).files) == 5


def test_what_looks_like_music_and_is_not_read_is_named(tmp_path: Path) -> None:
    """Neither taken nor dropped in silence: each such file is named, whatever its capitals."""
    for name in ("a.ogg", "b/c.APE", "b/d.dsf", "e.mid", "cover.jpg", "notes.txt", ".hidden.ape"):
        put(tmp_path / name)
    walked = walk(tmp_path)
    assert [found.name for found in walked.files] == ["a.ogg"]
    assert walked.unread == tuple(str(tmp_path / each) for each in ("b/c.APE", "b/d.dsf", "e.mid"))
    assert not AUDIO_SUFFIXES & UNREAD_SUFFIXES


FIELD = """
.mka .webm .mp4 .wv .w64 .caf .mp2 .dsf .ape .asf .adts .mpa .rf64 .m4b .m4p .opus
.3gp .3g2 .amr .ac3 .ac4 .dts .tta .tak .spx .ra .rm .vob .ts .m2ts .wm .ogx .aax
"""


@pytest.mark.parametrize("suffix", FIELD.split())
def test_every_suffix_of_the_field_is_read_or_named(tmp_path: Path, suffix: str) -> None:
    """What other players call music does not vanish: it is taken, or named as not read."""
    put(tmp_path / f"a{suffix}")
    walked = walk(tmp_path)
    assert len(walked.files) + len(walked.unread) == 1
