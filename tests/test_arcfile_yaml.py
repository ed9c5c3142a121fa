"""Files that are no arc at all: bad YAML, bad bytes, bad paths. Each is one plain fault."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from soundscape.core.errors import InputError
from soundscape.library.arcs.load import load_arc, parse_arc
from soundscape.library.yamlfile import MAX_BYTES, MAX_NODES, load_yaml

HEAD = "name: x\nphases:\n"
PEAK = HEAD + "  peak: {minutes: 20, playlist: a, intensity: 0.5}\n"


def faults_of(text: str | bytes) -> list[str]:
    """The faults of a text without the file's name: `line:column: what; do`."""
    with pytest.raises(InputError) as caught:
        parse_arc(text, "F")
    return [str(fault).removeprefix("F:") for fault in caught.value.faults]


YAML: dict[str, tuple[str, str]] = {
    "empty": ("", "1:1: this file is empty"),
    "only a comment": ("# nothing\n\n", "1:1: this file is empty"),
    "key twice": (PEAK + "name: y\n", "4:1: `name` is here twice (first in line 1); keep one"),
    "phase twice": (
        PEAK + "  peak: {minutes: 20, silence: true}\n",
        "4:3: `peak` is here twice (first in line 3); keep one",
    ),
    "tab": (
        "name: x\nphases:\n\tpeak: 1\n",
        "3:1: a tab, where YAML wants spaces; indent with spaces",
    ),
    "quote not closed": (
        "name: 'x\nphases: 1\n",
        "1:7: not YAML: this quote is never closed; close it",
    ),
    "bracket not closed": (
        HEAD + "  peak: {minutes: 20\n  onset: 5\n",
        "3:9: not YAML: this `{` is not closed, or lacks a comma inside; close it with `}`",
    ),
    "indentation": (
        "name: x\nphases:\n    peak: {}\n  onset: {}\n",
        "4:3: not YAML: this line's indentation fits nothing above; line it up with its neighbours",
    ),
    "two colons": (
        "name: a: b\n",
        "1:8: not YAML: a second `:` in one line, or an indentation that fits nothing above; put "
        "a text with a colon in quotes, or line the key up with its neighbours",
    ),
    "two documents": (
        PEAK + "---\n" + PEAK,
        "4:1: a second document begins here; one file is one document",
    ),
    "alias": (
        PEAK + "about: *y\n",
        "4:8: `*y` is a YAML alias, which is not read here; repeat the value, or put it in quotes "
        "if it begins with `*` or `&`",
    ),
    "anchor": (
        PEAK + "about: &y z\n",
        "4:8: `&y` is a YAML anchor, which is not read here; repeat the value, or put it in quotes "
        "if it begins with `*` or `&`",
    ),
    "tag": (
        PEAK + "about: !!python/object z\n",
        "4:8: `tag:yaml.org,2002:python/object` is a YAML tag, which is not read here; write the "
        "value alone, or in quotes if it begins with `!`",
    ),
    "older YAML": (
        "%YAML 1.1\n---\n" + PEAK,
        "2:1: expected YAML 1.2; delete the `%YAML` line",
    ),
    "a key that is a list": (PEAK + "[a]: b\n", "4:1: a key has to be one plain word, not a list"),
    "control character in an escape": (
        PEAK + 'about: "\\e[31m red"\n',
        "4:8: `about`: expected text, not the character U+001B",
    ),
    "control character": (
        "name: x\nabout: a\x07b",
        "2:9: the character U+0007 has no place in a text; delete it",
    ),
    "too deep": ("[" * 500, "1:17: nested more than 16 deep; is it the right file?"),
    "too long a word": (
        f"name: {'x' * 10_000}",
        "1:7: a word of more than 10,000 characters; is it the right file?",
    ),
}


@pytest.mark.parametrize(("text", "fault"), YAML.values(), ids=YAML.keys())
def test_a_slip_in_the_yaml_is_one_fault_at_its_place(text: str, fault: str) -> None:
    """What the parser stumbles over is told with its place and in plain words."""
    assert faults_of(text) == [fault]


BYTES: dict[str, tuple[bytes, str]] = {
    "utf-16": (PEAK.encode("utf-16"), " this file is UTF-16, expected UTF-8; save it as UTF-8"),
    "utf-16 without a mark": (
        PEAK.encode("utf-16-be"),
        " this file is UTF-16, expected UTF-8; save it as UTF-8",
    ),
    "latin-1": (
        "name: x\nabout: très bien".encode("latin-1"),
        "2:10: byte 0xe8 is not UTF-8; save the file as UTF-8",
    ),
    "an audio file": (
        b"OggS\x00\x02" + bytes(200),
        "1:5: the character U+0000 has no place in a text; delete it",
    ),
    "huge": (b"a" * (MAX_BYTES + 1), " this file is larger than 1 MB; is it the right one?"),
}


@pytest.mark.parametrize(("data", "fault"), BYTES.values(), ids=BYTES.keys())
def test_bytes_that_are_no_text_are_said_to_be_so(data: bytes, fault: str) -> None:
    """A file in another encoding, or no text at all, is one plain fault."""
    assert faults_of(data) == [fault]


def test_a_byte_order_mark_and_windows_lines_are_tolerated() -> None:
    """An arc saved by Notepad is an arc, and its faults keep their places."""
    assert parse_arc(b"\xef\xbb\xbf" + PEAK.replace("\n", "\r\n").encode(), "F") == parse_arc(
        PEAK, "F"
    )
    assert faults_of(
        b"\xef\xbb\xbf" + PEAK.replace("playlist", "playlst").replace("\n", "\r\n").encode()
    ) == ["3:23: `playlst` is not a key of a phase; did you mean `playlist`?"]


@pytest.mark.slow
def test_a_thousand_values_too_many_end_the_reading() -> None:
    """A file of the allowed size with endless values is refused, not chewed on."""
    with pytest.raises(InputError, match=f"more than {MAX_NODES} values"):
        load_yaml("- a\n" * (MAX_NODES + 1), "F")


def test_no_file(tmp_path: Path) -> None:
    """A misspelt file name gets the nearest name beside it; a missing folder is said."""
    (tmp_path / "journey.yaml").write_text(PEAK)
    for path, words in (
        (tmp_path / "jorney.yaml", "jorney.yaml: no such file; did you mean `journey.yaml`?"),
        (
            tmp_path / "no" / "a.yaml",
            f"a.yaml: no such file; nor is there a folder {tmp_path / 'no'}",
        ),
        (tmp_path, "this is a folder; name the file of the arc in it"),
        (tmp_path / ("n" * 5000), "cannot be read: file name too long"),
        (tmp_path / "a\0b", "no such file"),
    ):
        with pytest.raises(InputError) as caught:
            load_arc(path)
        assert words in str(caught.value)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A file that would never end reading is refused."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="a device or a pipe"):
        load_arc(tmp_path / "pipe")
    with pytest.raises(InputError, match="a device or a pipe"):
        load_arc(Path("/dev/zero"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """The operating system's reason is told."""
    path = tmp_path / "a.yaml"
    path.write_text(PEAK)
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read: permission denied"):
        load_arc(path)


def test_a_link_to_itself(tmp_path: Path) -> None:
    """A loop of links is a file that is not there or cannot be read, never a traceback."""
    path = tmp_path / "loop.yaml"
    path.symlink_to(path)
    with pytest.raises(InputError):
        load_arc(path)


def test_persons_are_letters_and_one_of_them_is_followed() -> None:
    """`persons` and `follow` are read, and whoever is followed has to be among them."""
    text = "name: x\npersons: [A, B]\nfollow: B\nphases: {peak: {minutes: 5, silence: true}}\n"
    arc = parse_arc(text.encode(), "a.yaml")
    assert (arc.persons, arc.follows) == (("A", "B"), "B")
    with pytest.raises(InputError, match=r"a.yaml:3:9: `follow`: C is not among the `persons`"):
        parse_arc(text.replace("follow: B", "follow: C").encode(), "a.yaml")
    with pytest.raises(InputError, match="expected a capital letter, never a name"):
        parse_arc(text.replace("follow: B", "follow: Bo").encode(), "a.yaml")
