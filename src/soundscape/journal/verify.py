"""Checks whether a journal is as it was written, by the hashes of its lines and by the seal.

In a sealed journal this finds any byte that was changed, and any line that was edited, removed,
doubled, moved or inserted. It cannot find somebody who changes a line and recomputes every later
hash and the seal, because there is no key that they would lack. But that changes the fingerprint,
so whoever wrote the fingerprint down at the end of the session finds it. A journal without its
closing line looks like that of a session that broke off: it reads as open.

The chain of an encrypted journal is that of its lines before encryption. Whoever cannot read them
can neither check it nor insert a line that fits.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from soundscape.core.errors import Fault, InputError, JournalError
from soundscape.journal.codec import MOST_TROUBLE, lines_of, seal_of
from soundscape.journal.encryption import Cover, clear_line, cover_of, is_held

FEWEST_DIGITS = 16
"""Fewest digits of a fingerprint that are worth comparing: 64 bits."""

State = Literal["sealed", "open", "altered", "locked"]


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a journal is not as it was written. `line` counts from 1."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What a journal's hashes say about it.

    `lines` were read and form a chain. `torn` are the numbers of lines that a crash cut short,
    which the next line reports. `fingerprint` is the seal of a sealed journal, else the hash of its
    last whole line, "" if there is none. A `locked` journal is encrypted and its key is not held,
    so its lines are only counted.
    """

    state: State
    lines: int
    fingerprint: str
    breaks: tuple[Break, ...] = ()
    torn: tuple[int, ...] = ()


def verify(path: Path) -> ChainVerdict:
    """Read a journal's file from beginning to end and judge it.

    Raises `JournalError` if it cannot be read.
    """
    try:
        cover = cover_of(path.parent)
        with path.open("rb") as file:
            if cover is not None and not is_held(path.parent):
                count = sum(clear_line(line) is not None for _, line, _ in lines_of(file))
                return ChainVerdict("locked", count, "")
            return _Chain(cover).judge(file)
    except (OSError, ValueError) as error:
        raise JournalError(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def bare_fingerprint(written: str) -> str:
    """Normalise a fingerprint as a person wrote it down: its first digits, in any grouping or case.

    Raises `InputError` if it is not one, or too short to mean anything.
    """
    bare = re.sub(r"[\s:.-]", "", written).lower()
    if not re.fullmatch(rf"[0-9a-f]{{{FEWEST_DIGITS},64}}", bare):
        what = f"expected the first {FEWEST_DIGITS} to 64 digits of a fingerprint (0-9, a-f)"
        raise InputError([Fault("--fingerprint", what)])
    return bare


def in_groups(fingerprint: str) -> str:
    """Write a fingerprint in groups, so that a person can read it out and write it down."""
    return " ".join(re.findall(".{1,8}", fingerprint))


class _Chain:
    """Follows the lines, with the hash that the next one must carry."""

    def __init__(self, cover: Cover | None) -> None:
        self._cover = cover
        self._n = 0
        self._hash = ""
        self._seal = ""
        self._closed = False
        self._breaks: list[Break] = []
        self._torn: list[int] = []
        self._loose = _Loose()

    def judge(self, file: BinaryIO) -> ChainVerdict:
        """Read the whole file."""
        ended = True
        for number, line, ended in lines_of(file):
            if len(self._breaks) + len(self._loose.numbers) >= MOST_TROUBLE:
                self._break(number, "reading stops here; is this the right file?")
                break
            if self._closed:
                self._break(number, "comes after the closing line")
                break
            self._take(number, line, ended)
        if self._loose.numbers and not ended:
            # This line was being written when the power failed, or when this file was read.
            self._torn.append(self._loose.numbers.pop())
        self._refuse_loose()
        state: State = "altered" if self._breaks else "sealed" if self._closed else "open"
        fingerprint = self._seal if state == "sealed" else self._hash
        return ChainVerdict(state, self._n, fingerprint, tuple(self._breaks), tuple(self._torn))

    def _take(self, number: int, line: bytes, ended: bool) -> None:
        plain = self._plain(line) if ended else None
        found = None if plain is None else _members(plain)
        if plain is None or found is None:
            self._loose.add(number, line)
            return
        n, prev, fact = found
        if fact.get("type") == "recovered" and fact.get("torn") == self._loose.hash():
            # The line after a crash reports what the crash cut short.
            self._torn += self._loose.numbers
            self._loose = _Loose()
        self._refuse_loose()
        if prev != self._hash:
            what = "does not follow the line before: one of the two was changed, moved or inserted"
            self._break(number, what if n == self._n + 1 else f"{what}, or some were removed")
        elif n != self._n + 1:
            self._break(number, f"is numbered {n}, expected {self._n + 1}")
        self._n, self._hash = n, hashlib.sha256(plain).hexdigest()
        if fact.get("type") == "closed":
            self._closed, self._seal = True, seal_of(plain)
            if not self._seal:
                self._break(number, "closes the journal but was changed: its seal does not match")

    def _plain(self, line: bytes) -> bytes | None:
        try:
            return line if self._cover is None else self._cover.open(line)
        except JournalError:
            return None

    def _refuse_loose(self) -> None:
        for number in self._loose.numbers:
            self._break(number, "is not a line of a journal: it was changed or inserted")
        self._loose = _Loose()

    def _break(self, number: int, what: str) -> None:
        self._breaks.append(Break(number, what))


class _Loose:
    """Consecutive lines that are not a journal's: their numbers, and a hash of all of them."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._sha = hashlib.sha256()

    def add(self, number: int, line: bytes) -> None:
        """Add a line."""
        self._sha.update(b"\n" * bool(self.numbers) + line)
        self.numbers.append(number)

    def hash(self) -> str:
        """SHA-256 of all of them, without the last newline; "" if there are none."""
        return self._sha.hexdigest() if self.numbers else ""


def _members(line: bytes) -> tuple[int, str, dict[str, Any]] | None:
    """Return a line's number, its hash of the one before and its fact; None if it is not a line."""
    try:
        data = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    n, prev, fact = data.get("n"), data.get("prev"), data.get("fact")
    if type(n) is int and isinstance(prev, str) and isinstance(fact, dict):
        return n, prev, fact
    return None
