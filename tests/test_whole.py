"""Files are written whole or not at all, over nothing unasked, and through no link of anybody's."""

from __future__ import annotations

import os
import pty
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from handmade import SESSION, write
from house import House

from soundscape.atomic import whole_file, write_whole
from soundscape.cli.app import run_app
from soundscape.home import write_private


@contextmanager
def full_disk(most_bytes: int) -> Iterator[None]:
    """No file may become larger: a write fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_is_its_owners_alone_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    """Whatever the umask leaves, and whatever the mode of what was there."""
    before = os.umask(0)
    try:
        path = tmp_path / "a.txt"
        path.write_bytes(b"old")
        path.chmod(0o644)
        write_whole(path, b"new")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_no_link_is_followed(tmp_path: Path) -> None:
    """Links where the file goes, and under the names that an earlier program wrote through, lead
    to what stays as it was."""
    victim, path = tmp_path / "victim", tmp_path / "a.txt"
    victim.write_text("mine")
    for link in (path, tmp_path / ".a.txt.part", tmp_path / f".a.txt.{os.getpid()}.part"):
        link.symlink_to(victim)
    write_private(path, "new")
    assert victim.read_text() == "mine"
    assert not path.is_symlink()
    assert path.read_text() == "new"


@pytest.mark.parametrize("there", ["file", "link", "dangling link", "folder"])
def test_what_is_there_is_not_replaced_unless_that_is_asked(tmp_path: Path, there: str) -> None:
    """Also where it came between the question and the writing: the name is taken exclusively."""
    path, other = tmp_path / "a.txt", tmp_path / "other"
    if there == "file":
        path.write_text("mine")
    elif there == "folder":
        path.mkdir()
    else:
        if there == "link":
            other.write_text("mine")
        path.symlink_to(other)
    before = sorted(each.name for each in tmp_path.iterdir())
    with pytest.raises(FileExistsError) as caught:
        write_whole(path, b"new", replace=False)
    assert caught.value.filename == str(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == before
    assert there == "folder" or not path.exists() or path.read_text() == "mine"


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path) -> None:
    """Nothing half-written stands anywhere; the error names the file that was asked for."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with full_disk(1000), pytest.raises(OSError, match="large") as caught:
        write_whole(path, bytes(100_000))
    assert caught.value.filename == str(path)
    with suppress(ZeroDivisionError), whole_file(path) as part:
        part.write_bytes(b"half")
        raise ZeroDivisionError  # As where an encoder fails half-way.
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


WRITERS = {
    "export": ("log", "export", "--as", "html", "--out", "list.html"),
    "timeline": ("log", "export", "--as", "csv", "--out", "line.csv"),
    "report": ("log", "report", "--out", "report.html"),
    "report, by itself": ("log", "report"),
    "plan": ("plan", "ARC", "--picture", "plan.svg"),
    "rehearse": ("rehearse", "ARC", "--picture", "played.png"),
    "arc": ("arc", "show", "ARC", "--picture", "arc.svg"),
    "card": ("cues", "--card", "card.html"),
    "playlist": ("playlist", "convert", "LIST", "to.m3u8"),
}
"""Every command that writes a file where it is told to, which stands last."""


@pytest.mark.parametrize("words", WRITERS.values(), ids=WRITERS)
def test_every_command_asks_before_it_replaces_a_file(
    at_home: House,
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where nobody can be asked it refuses and names the flag; with that a link goes, and what it
    led to stays."""
    write(at_home.home.sessions / "abcd2345", SESSION)
    monkeypatch.chdir(tmp_path)
    stand_for = {"ARC": str(at_home.arc), "LIST": str(at_home.arcs / "soft.m3u8")}
    words = tuple(stand_for.get(word, word) for word in words)
    target = Path("soundscape-abcd2345.html" if words == ("log", "report") else words[-1])
    victim = tmp_path / "victim"
    victim.write_text("mine")
    target.symlink_to(victim)
    assert run_app(words) == 2
    assert f"{target}: is there already; --force writes over it" in capsys.readouterr().err
    assert target.is_symlink()
    assert run_app([*words, "--force"]) == 0
    assert victim.read_text() == "mine"
    assert not target.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.stat().st_size > 100
    assert not list(tmp_path.glob("*.part"))
    assert not list(tmp_path.glob(".soundscape-*"))


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2), ("", 2)])
def test_a_person_at_the_terminal_is_asked(
    house: House, tmp_path: Path, answer: str, code: int
) -> None:
    """Only a yes writes over what is there."""
    card = tmp_path / "card.html"
    card.write_text("mine")
    master, terminal = pty.openpty()
    try:
        os.write(master, f"{answer}\n".encode())
        process = house.start("cues", "--card", card, stdin=terminal, stderr=terminal)
        assert process.wait(60) == code
        said = os.read(master, 4096).decode()
    finally:
        os.close(master)
        os.close(terminal)
    assert "card.html is there already. Write over it?" in said.replace("\r\n", " ")
    assert (card.read_text() == "mine") == (code != 0)
