"""`soundscape log check`: what the hashes of a journal hold, and what they cannot."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from house import House, house_in

from soundscape.cli.app import run_app
from soundscape.core.errors import InputError
from soundscape.core.events import Closed
from soundscape.journal.codec import MOST_TROUBLE, decode, encode, line_hash
from soundscape.journal.verify import bare_fingerprint, verify

TAMPERINGS = 1000
Lines = list[bytes]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, stock: Path) -> Iterator[tuple[House, Lines]]:
    """A real session, played with cues to its end, and the lines of its journal."""
    with house_in(tmp_path_factory.mktemp("verify"), stock) as made:
        made.play()
        for words in (("soften",), ("mark", "now"), ("next",), ("extend", "1"), ("undo",)):
            made.cue(*words)
        made.end_now()
        made.wait_over()
        data = (made.folder() / "journal.jsonl").read_bytes()
        assert data.endswith(b"}\n")
        yield made, data.split(b"\n")[:-1]


@pytest.fixture(scope="module")
def foreign(lived: tuple[House, Lines]) -> Lines:
    """The lines of another journal: the same facts an hour later, chained and sealed."""
    made: Lines = []
    for line in lived[1]:
        entry = decode(line.decode())
        stamp = replace(entry.stamp, boot_s=entry.stamp.boot_s + 3600.0)
        prev = line_hash(made[-1].decode()) if made else ""
        made.append(encode(replace(entry, stamp=stamp, prev=prev)).encode())
    return made


def as_text(lines: Lines) -> bytes:
    return b"".join(line + b"\n" for line in lines)


# Each takes a journal's lines and a chance, and gives the bytes of another file.


def byte_edit(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    data = bytearray(as_text(lines))
    at = chance.randrange(len(data))
    data[at] = chance.choice([each for each in range(256) if each != data[at]])
    return bytes(data)


def line_edit(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    """A value changed, and the line still a good line of a journal."""
    at = chance.randrange(len(lines))
    data: dict[str, Any] = json.loads(lines[at])
    data["stamp"]["at_s"] += chance.choice((-1.0, 0.001, 60.0))
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return as_text([*lines[:at], line, *lines[at + 1 :]])


def respaced(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    """A line that says the same, written otherwise."""
    at = chance.randrange(len(lines))
    return as_text([*lines[:at], json.dumps(json.loads(lines[at])).encode(), *lines[at + 1 :]])


def cut_head(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    return as_text(lines[chance.randrange(1, len(lines)) :])


def cut_middle(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    start, end = sorted(chance.sample(range(len(lines)), 2))
    return as_text(lines[:start] + lines[end:])


def cut_tail(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    return as_text(lines[: chance.randrange(len(lines))])


def cut_anywhere(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    data = as_text(lines)
    return data[: chance.randrange(len(data))]


def swap(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    one, other = chance.sample(range(len(lines)), 2)
    out = list(lines)
    out[one], out[other] = out[other], out[one]
    return as_text(out)


def duplicate(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    out = list(lines)
    out.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return as_text(out)


def insertion(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    """A line made to fit: the right number, and the right hash of the line before."""
    at = chance.randrange(len(lines) + 1)
    entry = decode(chance.choice(lines[1:-1]).decode())
    prev = line_hash(lines[at - 1].decode()) if at else ""
    line = encode(replace(entry, n=at + 1, prev=prev)).encode()
    return as_text([*lines[:at], line, *lines[at:]])


def rubbish(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    out = list(lines)
    words = [b"", b"{", b"null", b"\0", b"\xff", chance.choice(lines)[:-1]]
    out.insert(chance.randrange(len(lines) + 1), chance.choice(words))
    return as_text(out)


def from_another(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    at = chance.randrange(len(lines))
    return as_text([*lines[:at], foreign[at], *lines[at + 1 :]])


def end_of_another(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    at = chance.randrange(1, len(lines))
    return as_text(lines[:at] + foreign[at:])


def unsealed(lines: Lines, chance: random.Random, foreign: Lines) -> bytes:
    data: dict[str, Any] = json.loads(lines[-1])
    if chance.random() < 0.5:
        del data["seal"]
    else:
        data["seal"] = hashlib.sha256(chance.randbytes(8)).hexdigest()
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return as_text([*lines[:-1], line])


HARMS: tuple[Callable[[Lines, random.Random, Lines], bytes], ...] = (
    byte_edit, line_edit, respaced, cut_head, cut_middle, cut_tail, cut_anywhere, swap, duplicate,
    insertion, rubbish, from_another, end_of_another, unsealed,
)  # fmt: skip


def test_what_was_written_is_sealed(lived: tuple[House, Lines], foreign: Lines) -> None:
    """A journal that nobody touched is sealed, every line of it; so is the one that the tests
    take lines from."""
    house, lines = lived
    verdict = verify(house.folder() / "journal.jsonl")
    assert (verdict.state, verdict.breaks, verdict.torn) == ("sealed", (), ())
    assert verdict.lines == len(lines) > 20
    other = house.root / "other.jsonl"
    other.write_bytes(as_text(foreign))
    assert verify(other).state == "sealed"
    assert verify(other).fingerprint != verdict.fingerprint


@pytest.mark.slow
@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_every_tampering_is_found(
    lived: tuple[House, Lines],
    foreign: Lines,
    tmp_path: Path,
    harm: Callable[[Lines, random.Random, Lines], bytes],
) -> None:
    """Of 1,000 tamperings, by a seed, none passes for the sealed journal that it was made of. One
    without its end reads as open, whole up to its last line; any other is altered, and a place is
    named."""
    lines = lived[1]
    path = tmp_path / "journal.jsonl"
    for seed in range(-(-TAMPERINGS // len(HARMS))):
        data = harm(lines, random.Random(f"{harm.__name__} {seed}"), foreign)
        path.write_bytes(data)
        verdict = verify(path)
        assert verdict.state != "sealed", seed
        if as_text(lines).startswith(data):
            assert verdict.state == "open"
            assert verdict.lines == data.count(b"\n")
            assert verdict.torn == ((verdict.lines + 1,) if data[-1:] not in (b"", b"\n") else ())
        else:
            assert verdict.state == "altered", seed
            assert all(1 <= each.line <= data.count(b"\n") + 1 for each in verdict.breaks)


def test_only_the_fingerprint_finds_a_journal_written_anew(
    lived: tuple[House, Lines], foreign: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A chain without a key holds nothing against somebody who computes all of it anew: that
    passes for sealed, and only the fingerprint of before, or its first 16 digits, tells."""
    house, _ = lived
    before = verify(house.folder() / "journal.jsonl").fingerprint
    path = tmp_path / "journal.jsonl"
    path.write_bytes(as_text(foreign))
    assert run_app(["log", "check", str(path)]) == 0
    assert run_app(["log", "check", str(path), "--fingerprint", before[:16]]) == 1
    assert "NOT that of this journal" in capsys.readouterr().out
    path.write_bytes((house.folder() / "journal.jsonl").read_bytes())
    paper = " ".join((before[:8].upper(), before[8:16]))
    assert run_app(["log", "check", str(path), "--fingerprint", paper]) == 0
    for bad in ("12345678", "x" * 16, before + "0"):
        with pytest.raises(InputError, match="16 to 64"):
            bare_fingerprint(bad)


def test_a_torn_line_is_owned_by_the_line_that_goes_on(
    lived: tuple[House, Lines], tmp_path: Path
) -> None:
    """What a crash cut short is no tampering where the line after it holds its hash; without
    that, or with another hash, it is a line that somebody put in."""
    lines = lived[1]
    torn = lines[8][:40]
    entry = json.loads(
        encode(replace(decode(lines[8].decode()), prev=line_hash(lines[7].decode())))
    )
    path = tmp_path / "journal.jsonl"
    for hashed, state in ((torn, "open"), (b"other", "altered"), (None, "altered")):
        entry["fact"] = {"type": "recovered"}
        if hashed is not None:
            entry["fact"]["torn"] = hashlib.sha256(hashed).hexdigest()
        path.write_bytes(as_text([*lines[:8], torn, json.dumps(entry).encode()]))
        verdict = verify(path)
        assert (verdict.state, verdict.lines) == (state, 9)
        assert verdict.torn == ((9,) if state == "open" else ())
        assert [each.line for each in verdict.breaks] == ([] if state == "open" else [9])


def test_lines_are_counted(lived: tuple[House, Lines], tmp_path: Path) -> None:
    """A line that follows the one before and does not count on is none of this journal's."""
    lines = lived[1]
    ninth = replace(decode(lines[8].decode()), n=10)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(as_text([*lines[:8], encode(ninth).encode()]))
    verdict = verify(path)
    assert verdict.state == "altered"
    assert [each.what for each in verdict.breaks] == ["is numbered 10, expected 9"]


def test_a_long_file_of_nothing_is_not_told_line_by_line(tmp_path: Path) -> None:
    """Whatever the file, the list of its breaks ends, and says so."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"x\n" * 100_000)
    verdict = verify(path)
    assert verdict.state == "altered"
    assert len(verdict.breaks) == MOST_TROUBLE + 1
    assert "the right file" in verdict.breaks[-1].what or "the right file" in str(verdict.breaks)


def test_the_seal_is_of_the_line_without_it(lived: tuple[House, Lines]) -> None:
    """Anybody can check the seal: take it out of the closing line, and hash what is left."""
    last = lived[1][-1]
    data = json.loads(last)
    assert isinstance(decode(last.decode()).fact, Closed)
    seal = data.pop("seal")
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(line.encode()).hexdigest() == seal
    assert all(b'"seal"' not in line for line in lived[1][:-1])


@pytest.mark.slow
def test_the_command_says_sealed_open_and_altered(
    house: House, lived: tuple[House, Lines], capsys: pytest.CaptureFixture[str]
) -> None:
    """A living session reads as open (exit 1) with the last line read; sealed is exit 0 with the
    fingerprint; altered names file and line; a file that is not there is exit 2."""
    house.play(speed=1)
    done = house.call("log", "check")
    assert done.returncode == 1
    assert "open: no closing fact; read up to line" in done.stdout
    house.end_now()
    house.wait_over()
    code = house.folder().name
    found = house.json("log", "check", code)
    assert (found["session"], found["state"], found["breaks"]) == (code, "sealed", [])
    assert found["fingerprint_matches"] is None
    said = house.call("log", "check", str(house.folder())).stdout
    assert found["fingerprint"] in said.replace(" ", "")
    path = house.folder() / "journal.jsonl"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:3], *lines[4:]]))
    done = house.call("log", "check", code)
    assert done.returncode == 1
    assert f"{path}:4: does not follow" in done.stdout
    assert "ALTERED" in done.stdout
    done = house.call("log", "check", "./nothing.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such file" in done.stderr
