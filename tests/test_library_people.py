from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundscape.core.errors import InputError, SoundscapeError
from soundscape.library.people import LibraryNotes, Vouch, change_said, load_said

VOUCH = Vouch(says="instrumental", title="Löwe 🌊", path="/m/löwe.ogg", on="2026-11-21")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "library.json"


def test_without_a_file_nothing_was_said(path: Path) -> None:
    """No file means no folders and no vouches; looking makes none."""
    assert load_said(path) == LibraryNotes(version=1)
    assert not path.parent.exists()


def test_what_was_said_comes_back(path: Path) -> None:
    """Folders and vouches are the same when the file is read again, and a later word stands."""
    change_said(path, lambda said: said.with_folders([Path("/b"), Path("/a")]))
    change_said(path, lambda said: said.with_folders([Path("/b")]).with_vouches({"k": VOUCH}))
    assert load_said(path) == LibraryNotes(
        version=1, folders=[Path("/b"), Path("/a")], vouches={"k": VOUCH}
    )
    other = Vouch(says="voice", title="x", path="/x", on="2026-11-22")
    change_said(path, lambda said: said.with_vouches({"k": other, "l": VOUCH}))
    assert load_said(path).vouches == {"k": other, "l": VOUCH}
    change_said(path, lambda said: said.without_vouches(frozenset({"k", "z"})))
    change_said(path, lambda said: said.without_folder(Path("/b")))
    assert load_said(path) == LibraryNotes(version=1, folders=[Path("/a")], vouches={"l": VOUCH})


def test_a_person_can_read_it_and_nobody_else(path: Path) -> None:
    """The file is text a person can read, and its owner's alone whatever the umask."""
    old = os.umask(0)
    try:
        change_said(path, lambda said: said.with_vouches({"k": VOUCH}))
    finally:
        os.umask(old)
    assert '"title": "Löwe 🌊"' in path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not JSON"),
        ('{"version": 1,\n "folders": [}', ":2:14: is not JSON"),
        ("[]", "expected an object, not a list"),
        ('{"folders": []}', "`version` is missing"),
        ('{"version": true}', "`version`: expected 1, not `true`"),
        ('{"version": 2, "more": 1}', "newer soundscape (version 2, known is 1)"),
        ('{"version": 1, "foldres": []}', "unknown key `foldres`; did you mean `folders`?"),
        ('{"version": 1, "folders": "/a"}', "`folders`: Input should be a valid list"),
        (
            '{"version": 1, "folders": ["/a", 5]}',
            "number 2: expected an absolute path, not `5`",
        ),
        ('{"version": 1, "folders": ["a"]}', "number 1: expected an absolute path"),
        ('{"version": 1, "vouches": []}', "`vouches`: Input should be a valid dictionary"),
        ('{"version": 1, "vouches": {"k": 1}}', "`vouches`, `k`: expected an object, not `1`"),
        (
            '{"version": 1, "vouches": {"k": {"says": "no"}}}',
            "`says`: expected `instrumental` or `voice`",
        ),
        (
            '{"version": 1, "vouches": {"k": {"says": ["x"]}}}',
            "`says`: expected `instrumental` or `voice`",
        ),
        (
            '{"version": 1, "vouches": {"k": {"says": "voice", "on": 5}}}',
            "`on`: Input should be a valid string",
        ),
        ("[" * 100_000, "is"),
    ],
)
def test_a_damaged_file_is_told_and_never_written_over(path: Path, text: str, told: str) -> None:
    """A file that cannot be understood is an input error that says where and what; a change is
    refused and leaves every byte as it is."""
    path.parent.mkdir()
    path.write_text(text)
    for attempt in (load_said, lambda p: change_said(p, lambda s: s.with_folders([Path("/a")]))):
        with pytest.raises(InputError) as caught:
            attempt(path)
        assert str(caught.value).startswith(str(path))
        assert told in str(caught.value)
    assert path.read_text() == text


def test_every_fault_is_told_at_once(path: Path) -> None:
    """Three things wrong are three faults in one error."""
    path.parent.mkdir()
    path.write_text('{"version": 1, "x": 1, "folders": [2], "vouches": {"k": {"says": 3}}}')
    with pytest.raises(InputError) as caught:
        load_said(path)
    assert len(caught.value.faults) == 3


def test_bytes_that_are_no_text_are_told(path: Path) -> None:
    """A file that is not UTF-8 is an input error."""
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(InputError, match="not UTF-8"):
        load_said(path)


def test_a_name_that_is_no_text_is_refused(path: Path) -> None:
    """A folder whose name is not UTF-8 is refused by name, and the file stays as it was."""
    with pytest.raises(InputError, match="not UTF-8; rename it"):
        change_said(path, lambda said: said.with_folders([Path(os.fsdecode(b"/m/\xff"))]))
    assert not path.exists()


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    """A home that cannot be written is one plain error."""
    (tmp_path / "file").touch()
    with pytest.raises(SoundscapeError, match="cannot be written"):
        change_said(tmp_path / "file" / "library.json", lambda said: said.with_folders([Path("/")]))


def test_two_programs_lose_nothing(path: Path) -> None:
    """Programs that change the file at the same moment all have their word in it."""
    code = (
        "import sys; from pathlib import Path\n"
        "from soundscape.library.people import change_said\n"
        "for n in range(5):\n"
        "    folder = Path('/m') / sys.argv[2] / str(n)\n"
        "    change_said(Path(sys.argv[1]), lambda said: said.with_folders([folder]))\n"
    )
    crew = [subprocess.Popen([sys.executable, "-c", code, path, str(n)]) for n in range(4)]
    assert [one.wait() for one in crew] == [0] * 4
    assert len(load_said(path).folders) == 20


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "folders", "vouches", "says", "k"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(values=json_values, version=st.sampled_from([0, 1, 2]))
def test_whatever_json_holds_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, values: Any, version: int
) -> None:
    """Any JSON is either understood or an input error, never anything else."""
    path = tmp_path_factory.getbasetemp() / "any.json"
    if isinstance(values, dict):
        values["version"] = version
    path.write_text(json.dumps(values), "utf-8")
    with contextlib.suppress(InputError):
        assert all(folder.is_absolute() for folder in load_said(path).folders)
