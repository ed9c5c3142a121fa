"""Lines of a journal: an `Entry` as one line of JSON, and back, checked.

A line is UTF-8 JSON that ends with a newline. `prev` is the SHA-256 of the line before, without its
newline, so that a line that was edited, removed or moved is found. No line follows the closing one.
It carries a seal instead: the SHA-256 of itself as it reads without the seal. Anyone can read the
format with any JSON library; `v` is the version of the facts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

from soundscape.core.errors import JournalError
from soundscape.core.events import VERSION, Closed, Entry, Fact, Stamp

if TYPE_CHECKING:
    from pydantic import TypeAdapter


MOST_LINE = 4_000_000
"""Most bytes of a line. The plan of a whole day needs a hundredth of it."""

MOST_TROUBLE = 100
"""Faults after which reading stops: it must be the wrong file."""

_SEAL = ',"seal":"'


def encode(entry: Entry) -> str:
    """Write an entry as a line, without its newline; seal the closing one."""
    data = asdict(entry)
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        # A lone surrogate, as a file's name may hold one. Escaped, the line is still UTF-8.
        line = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return f'{line[:-1]}{_SEAL}{line_hash(line)}"}}' if isinstance(entry.fact, Closed) else line


def seal_of(line: bytes) -> str:
    """Return the seal of a closing line if it matches the line; "" if it does not."""
    body, sign, seal = line.partition(_SEAL.encode())
    own = hashlib.sha256(body + b"}").hexdigest()
    return own if sign and seal == f'{own}"}}'.encode() else ""


def lines_of(file: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Yield every line of a file: its number from 1, its bytes, and whether a newline ends it.

    A line longer than any of ours yields its first `MOST_LINE` bytes; the rest is skipped.
    """
    number = 0
    while raw := file.readline(MOST_LINE):
        number += 1
        line, ended = raw.removesuffix(b"\n"), raw.endswith(b"\n")
        while not ended and (more := file.readline(MOST_LINE)):
            ended = more.endswith(b"\n")
        yield number, line, ended


def line_hash(line: str) -> str:
    """Return the hash that the next line carries as `prev`."""
    return hashlib.sha256(line.encode("utf-8")).hexdigest()


@cache
def _checks() -> tuple[TypeAdapter[Fact], TypeAdapter[Stamp]]:
    # Imported here: a process that only writes a journal does not wait for Pydantic.
    from pydantic import Field, TypeAdapter

    fact: TypeAdapter[Fact] = TypeAdapter(Annotated[Fact, Field(discriminator="type")])
    return fact, TypeAdapter(Stamp)


def _lift(fact: Any) -> None:
    """Bring a fact of version 1 up to date: a plan's warnings were bare sentences."""
    plan = fact.get("plan") if isinstance(fact, dict) else None
    told = plan.get("warnings") if isinstance(plan, dict) else None
    if isinstance(plan, dict) and isinstance(told, list):
        plan["warnings"] = [
            {"kind": "told", "text": each} if isinstance(each, str) else each for each in told
        ]


def decode(line: str) -> Entry:
    """Read a line as an entry. Raises `JournalError` that says what is wrong with it."""
    from pydantic import ValidationError

    try:
        data: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise JournalError(f"not a line of JSON: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("n"), int):
        raise JournalError("not a line of a journal")
    version = data.get("v")
    if not isinstance(version, int) or version > VERSION:
        raise JournalError(f"version {version} of the journal; this program reads {VERSION}")
    fact, stamp = _checks()
    if version == 1:
        _lift(data.get("fact"))
    try:
        return Entry(
            n=data["n"],
            stamp=stamp.validate_python(data.get("stamp")),
            fact=fact.validate_python(data.get("fact")),
            prev=str(data.get("prev", "")),
            v=version,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise JournalError(f"not a fact this program knows: {place}: {first['msg']}") from None
