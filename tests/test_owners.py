"""Whose a file is: what root makes in somebody's home, and what may not be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from handmade import SESSION, write
from house import House
from library_fixtures import open_to_all
from test_bad_input import as_nobody

from soundscape.home import (
    hand_over_cookie,
    hand_over_path,
    make_private,
    open_private,
    write_private,
)

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
NOBODY = 65534


def give(root: Path) -> None:
    """All of a folder to somebody else."""
    for path in (root, *root.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


@AS_ROOT
def test_what_root_makes_belongs_to_whom_the_folder_belongs_to(tmp_path: Path) -> None:
    """Folders in a row, a file written whole, one that is opened; where the folder is root's own,
    they stay root's; a file of root's that only has a link there is left alone."""
    theirs, own = tmp_path / "theirs", tmp_path / "own"
    theirs.mkdir()
    own.mkdir()
    give(theirs)
    secret = tmp_path / "secret"
    secret.write_text("root's")
    os.link(secret, theirs / "linked")
    for folder, owner in ((theirs, NOBODY), (own, 0)):
        make_private(folder / "a" / "b")
        write_private(folder / "a" / "b" / "file", "x")
        os.close(open_private(str(folder / "log"), os.O_WRONLY | os.O_CREAT))
        made = [folder / "a", folder / "a" / "b", folder / "a" / "b" / "file", folder / "log"]
        assert {path.stat().st_uid for path in made} == {owner}
    os.close(open_private(str(theirs / "linked"), os.O_WRONLY))
    assert secret.stat().st_uid == 0


@AS_ROOT
def test_root_follows_no_link_in_somebodys_folder(tmp_path: Path) -> None:
    """It may lead to a file of root's, which would be emptied and given away. In root's own folder
    a link is followed."""
    theirs, secret = tmp_path / "theirs", tmp_path / "secret"
    theirs.mkdir()
    secret.write_text("root's")
    for name, to in (("log", secret), ("new", tmp_path / "not there")):
        (theirs / name).symlink_to(to)
    os.close(open_private(str(theirs / "log"), os.O_WRONLY))
    give(theirs)
    for name in ("log", "new"):
        with pytest.raises(OSError, match="symbolic"):
            open_private(str(theirs / name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    assert (secret.read_text(), secret.stat().st_uid) == ("root's", 0)
    hand_over_path(theirs / "log")
    assert secret.stat().st_uid == 0
    assert not (tmp_path / "not there").exists()


@AS_ROOT
def test_what_libraries_make_as_root_is_the_owners_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libpulse makes a cookie in the home's settings, for root alone: the owner's own sound server
    would not start then. One that is there is left alone; in a home of root's nothing is made."""
    cookie = tmp_path / ".config" / "pulse" / "cookie"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    hand_over_cookie()
    assert not cookie.exists()
    os.chown(tmp_path, NOBODY, NOBODY)
    hand_over_cookie()
    kept = cookie.read_bytes()
    assert (len(kept), cookie.stat().st_uid, cookie.stat().st_mode & 0o777) == (256, NOBODY, 0o600)
    hand_over_cookie()
    assert cookie.read_bytes() == kept
    assert {path.stat().st_uid for path in cookie.parents[:3]} == {NOBODY}
    fonts = tmp_path / "fonts.json"
    fonts.write_text("{}")
    hand_over_path(fonts)
    assert fonts.stat().st_uid == NOBODY


@pytest.mark.slow
@AS_ROOT
def test_a_session_played_once_as_root_locks_nobody_out(house: House) -> None:
    """Index, session, locks, logs and what people said: all of it is the home's owner's, who can
    do everything with it afterwards."""
    give(house.root)
    house.play(speed=1)
    assert house.cue("mark", "the sea").ok
    assert (
        house.call("library", "vouch", house.arcs.parent / "music" / "tone 1.flac").returncode == 0
    )
    assert house.call("remote", "on").returncode == 0
    house.end_now()
    house.wait_over()
    assert house.call("log").returncode == 0
    left = {path: path.stat().st_uid for path in house.root.rglob("*")}
    assert {path for path, uid in left.items() if uid != NOBODY} == set()


@pytest.mark.slow
def test_sessions_that_may_not_be_read_are_never_none(house: House) -> None:
    """Of a folder that nobody may look into nothing is told as if it were empty; a session that is
    somebody else's is listed as one that cannot be read."""
    open_to_all(house.root.parent)
    write(house.home.sessions / "abcd2345", SESSION)
    write(house.home.sessions / "bcde2345", SESSION, day=5)
    (house.home.sessions / "abcd2345").chmod(0)
    listed = as_nobody(house, "log")
    assert listed.returncode == 0
    assert "abcd2345  unreadable" in listed.stdout
    assert "bcde2345  2026" in listed.stdout
    shown = as_nobody(house, "log", "show", "abcd2345")
    assert (shown.returncode, "Permission denied" in shown.stderr) == (1, True)
    house.home.sessions.chmod(0)
    for words in (("log",), ("log", "show"), ("log", "series"), ("recover",), ("log", "export")):
        done = as_nobody(house, *words)
        assert (done.returncode, done.stdout) == (1, ""), words
        assert "sessions: may not be read (Permission denied)" in done.stderr, words
