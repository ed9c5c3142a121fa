"""Lines of a journal: any fact goes there and comes back, and nothing else is taken for one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soundscape.core.errors import JournalError
from soundscape.core.events import VERSION, Entry, Fact, Planned, Stamp, Started
from soundscape.core.plan import Plan
from soundscape.journal.codec import decode, encode, line_hash

KINDS = get_args(Fact)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=12)
"""Half characters too: a file's name may hold one."""
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    float: NUMBERS,
    int: st.integers(),
    bool: st.booleans(),
    type(None): st.none(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that facts are made of."""
    if kind in PLAIN:
        return PLAIN[kind]
    inner, origin = get_args(kind), get_origin(kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{name: values(hint) for name, hint in hints.items()})
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is Mapping:
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=3)
    if origin is tuple and inner[1:] == (...,):
        return st.lists(values(inner[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, inner))
    return st.one_of(*map(values, inner))


FEW = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@FEW
@given(data=st.data())
def test_every_fact_survives_its_line(kind: type[Fact], data: st.DataObject) -> None:
    """Any value of any type of fact, with any stamp, is read back as it was written, from one
    line of UTF-8 that holds no line break of any kind."""
    entry = Entry(
        data.draw(st.integers(1, 10**6)), data.draw(values(Stamp)),
        data.draw(values(kind)), data.draw(TEXTS),
    )  # fmt: skip
    line = encode(entry)
    assert line.encode("utf-8")
    assert not any(each in line for each in "\n\r\0")
    assert decode(line) == entry


def test_every_fact_has_a_name_of_its_own() -> None:
    """The type is what tells facts apart in the file, so no two share one."""
    names = [kind.__dataclass_fields__["type"].default for kind in KINDS]
    assert len(set(names)) == len(names) >= 21


STAMP = Stamp("2026-03-04T05:06:07.089+00:00", 12.5, "boot", 0.0)


def line_with(**changed: Any) -> str:
    """A good line, changed."""
    return json.dumps({**asdict(Entry(1, STAMP, Started())), **changed})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "not a line of JSON"),
        ("{", "not a line of JSON"),
        ("[" * 100_000, "not a line of JSON"),
        ("[]", "not a line of a journal"),
        ("null", "not a line of a journal"),
        (line_with(n="first"), "not a line of a journal"),
        (line_with(v=VERSION + 1), f"this program reads {VERSION}"),
        (line_with(v=None), f"this program reads {VERSION}"),
        (line_with(stamp=None), "not a fact this program knows"),
        (line_with(fact={"type": "sang"}), "not a fact this program knows"),
        (line_with(fact={"type": "trimmed"}), "trim_db"),
        (line_with(fact=[]), "not a fact this program knows"),
    ],
)
def test_what_is_no_line_is_said_to_be_none(line: str, said: str) -> None:
    """A line that is torn, foreign or of a later version is a `JournalError` that says so."""
    with pytest.raises(JournalError, match=said):
        decode(line)


@FEW
@given(TEXTS | st.recursive(st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["n", "v", "stamp", "fact",
    "type", "prev"]), inner)).map(json.dumps))  # fmt: skip
def test_no_line_makes_anything_but_an_entry_or_a_journal_error(line: str) -> None:
    """Whatever a line holds, reading it ends in an entry or in a `JournalError`."""
    with suppress(JournalError):
        assert isinstance(decode(line), Entry)


def test_facts_of_a_later_program_with_more_fields_are_still_read() -> None:
    """A new field is no new meaning: what this program does not know of a fact it leaves out."""
    line = line_with(fact={"type": "started", "by": "hand"}, more=1)
    assert decode(line).fact == Started()


def test_the_hash_is_of_the_line_as_it_stands() -> None:
    """`prev` is the SHA-256 of the line before without its newline: anybody can check it."""
    line = encode(Entry(1, STAMP, Started()))
    assert line_hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert line_hash(line) != line_hash(line + " ")


def test_a_plan_of_version_1_is_read_with_its_sentences() -> None:
    """Warnings were sentences alone then: each is one that was told, of no phase that is known."""
    entry = Entry(3, STAMP, Planned(Plan(seed=4), "run"))
    data = json.loads(encode(entry))
    data["v"] = 1
    data["fact"]["plan"]["warnings"] = ["peak needs 40 min", "the music ends 20 s before peak"]
    fact = decode(json.dumps(data)).fact
    assert isinstance(fact, Planned)
    assert fact.plan.seed == 4
    assert [(told.kind, told.phase) for told in fact.plan.warnings] == [("told", None)] * 2
    assert [str(told) for told in fact.plan.warnings] == data["fact"]["plan"]["warnings"]
    with pytest.raises(JournalError, match="not a fact"):
        decode(json.dumps(data | {"v": 2}))
