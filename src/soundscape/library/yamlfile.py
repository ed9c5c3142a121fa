"""YAML text into data whose every value knows its line and column.

`load_yaml` is the face: bytes in, a `Node` out, or an `InputError` with every fault. It reads the
events of ruamel.yaml's parser and builds the tree itself, for four reasons: the marks of keys and
values stay; duplicate keys are all listed, not only the first; depth is bounded, so that no text
can overflow the stack; and plain words turn into numbers by the core schema of YAML 1.2, whatever a
`%YAML` line says (`1:30` is text, and so is `on`).

Anchors, aliases and tags are refused: an arc says what its phases share under `defaults:`, and
without aliases a small file cannot swell into a large one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn

from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.text import plain, reason, value_text

MAX_BYTES = 1_000_000
MAX_DEPTH = 16
MAX_NODES = 50_000
"""Bounds on size, nesting and number of values: reading 50,000 values takes about a second."""

MOST_FAULTS = 200
"""Of what is no YAML of ours; a file with more is the wrong one, and nobody reads the list."""

Steps = tuple[str | int, ...]
"""A way into a tree: keys (as written) and places in lists (from 0)."""

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass(slots=True)
class Node:
    """A value and its place. `line` and `column` count from 1, in characters; `start` and `end` are
    those of its text in the whole, from 0.

    `value` is text, a number, a truth value or None; a list of nodes; or a dict of key (as
    written) to its key's node and its value's node, in the order of the file.
    """

    value: str | float | bool | list[Node] | dict[str, tuple[Node, Node]] | None
    line: int
    column: int
    start: int = 0
    end: int = 0

    def plain(self) -> Any:
        """The value as plain Python data; every key is text, as it is written."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, (_, node) in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, path: Steps, key: bool = False) -> Node:
        """The node at the end of `path`, or the last one on the way that exists.

        With `key`, the key of that node instead, where it has one. A value left out points at its
        key: that is where the person has to write.
        """
        _, its_key, here = [("", self, self), *self._way(path)][-1]
        return its_key if key or here.value is None else here

    def reached(self, path: Steps) -> Steps:
        """As much of `path` as exists."""
        return tuple(step for step, _, _ in self._way(path))

    def _way(self, path: Steps) -> Iterator[tuple[str | int, Node, Node]]:
        """Each step of `path` that exists, with its key's node (or the value's) and its value's."""
        here = self
        for step in path:
            value = here.value
            if isinstance(value, dict) and step in value:
                its_key, here = value[str(step)]
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                its_key = here = value[step]
            else:
                return
            yield step, its_key, here


def load_yaml(data: bytes | str, where: str) -> Node:
    """The tree of a YAML text. `where` names the file in messages.

    Raises InputError with every fault found; after a fault of YAML itself the rest cannot be
    judged, so that one ends the list.
    """
    node, faults = read_yaml(data, where)
    if node is None or faults:
        raise InputError(sorted_faults(faults))
    return node


def read_yaml(data: bytes | str, where: str) -> tuple[Node | None, list[Fault]]:
    """As `load_yaml`, but hands back the tree (None where there is none) and the faults.

    For a caller who goes on to list the faults of what the tree says along with those.
    """
    builder = _Builder(where)
    try:
        text = _text(data, where)
        return builder.build(text), builder.faults
    except InputError as error:
        return None, [*builder.faults, *error.faults]


def read_file(path: Path, kind: str = "arc", most: int = MAX_BYTES) -> bytes:
    """The bytes of a file a person named; one more than `most` where it is larger than that.
    `kind` is what it should be.

    Raises InputError: no such file, a folder, not a regular file, not readable, too large.
    """
    where = str(path)
    try:
        if path.is_dir():
            _refuse(Fault(where, "this is a folder", f"name the file of the {kind} in it"))
        if not path.exists():
            _refuse(Fault(where, "no such file", _beside(path)))
        if not path.is_file():
            _refuse(Fault(where, f"this is a device or a pipe; the {kind} has to be a file"))
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise InputError([Fault(where, f"cannot be read: {reason(error)}")]) from None
    return data


def sorted_faults(faults: list[Fault]) -> list[Fault]:
    """The faults in order of place, each once."""
    return sorted(dict.fromkeys(faults), key=lambda f: (f.where, f.line or 0, f.column or 0))


def _refuse(fault: Fault) -> NoReturn:
    raise InputError([fault])


def _beside(path: Path) -> str:
    """A "did you mean" from the names beside a path that does not exist."""
    try:
        if not path.parent.is_dir():
            return f"nor is there a folder {path.parent}"
        names = [p.name for _, p in zip(range(1000), path.parent.iterdir(), strict=False)]
    except OSError:
        return ""
    return nearest(path.name[:100], names)


def _text(data: bytes | str, where: str) -> str:
    """The text of a file: UTF-8, a byte-order mark tolerated, and no larger than the limit."""
    if len(data) > MAX_BYTES:
        _refuse(Fault(where, "this file is larger than 1 MB", "is it the right one?"))
    if isinstance(data, bytes):
        if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:2]:
            _refuse(Fault(where, "this file is UTF-16, expected UTF-8", "save it as UTF-8"))
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode("utf-8")
            what = f"byte 0x{data[error.start]:02x} is not UTF-8"
            _refuse(_at(where, before, what, "save the file as UTF-8"))
    else:
        text = data
    text = text.removeprefix("\ufeff")
    bad = re.search(
        "[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", text
    )
    if bad:
        what = f"the character U+{ord(bad.group()):04X} has no place in a text"
        _refuse(_at(where, text[: bad.start()], what, "delete it"))
    if long := re.search(r"\S{10000}", text):
        what = "a word of more than 10,000 characters"
        _refuse(_at(where, text[: long.start()], what, "is it the right file?"))
    if not re.search(r"^[ \t]*[^\s#]", text, re.M):
        _refuse(Fault(where, "this file is empty", line=1, column=1))
    return text


def _at(where: str, before: str, what: str, do: str) -> Fault:
    """A fault whose place is given by the text before it."""
    lines = re.split("\r\n|\r|\n", before)
    return Fault(where, what, do, len(lines), len(lines[-1]) + 1)


def _scalar(text: str) -> str | float | bool | None:
    """An unquoted word by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) < 300:
        return int(text, 0) if text[1:2] in ("o", "x") else int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


@dataclass(slots=True)
class _Builder:
    """Builds the tree from the parser's events, and collects the faults."""

    where: str
    faults: list[Fault] = field(default_factory=list)
    count: int = 0

    def build(self, text: str) -> Node:
        """The tree of the one document in `text`."""
        root: Node | None = None
        events = _events(text, self.where)
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                if root is not None:
                    what = "a second document begins here"
                    self._stop(_place(event), what, "one file is one document")
                if event.version not in (None, (1, 2)):
                    self._stop(_place(event), "expected YAML 1.2", "delete the `%YAML` line")
            elif kind in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent", "AliasEvent"):
                root = self._node(event, events, 1)
        assert root is not None
        return root

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        """The value that begins with an event, read to its end."""
        kind, place = type(event).__name__, _place(event)
        self.count += 1
        if self.count > MAX_NODES:
            self._stop(place, f"more than {MAX_NODES} values", "is it the right file?")
        if event.anchor is not None:
            sign = "*" if kind == "AliasEvent" else "&"
            kind_of_name = "alias" if sign == "*" else "anchor"
            what = f"{value_text(sign + event.anchor)} is a YAML {kind_of_name}"
            self._fault(place, what + ", which is not read here", _ALIAS_HELP)
        elif event.tag is not None and (kind != "ScalarEvent" or not event.implicit[0]):
            what = f"{value_text(event.tag)} is a YAML tag, which is not read here"
            self._fault(place, what, "write the value alone, or in quotes if it begins with `!`")
        node = Node(None, *place, event.start_mark.index, event.end_mark.index)
        if kind == "AliasEvent":
            node.value = f"*{event.anchor}"
        elif kind == "ScalarEvent":
            event.value = self._whole(event.value, place)
            node.value = _scalar(event.value) if event.implicit[0] else event.value
        elif depth > MAX_DEPTH:
            self._stop(place, f"nested more than {MAX_DEPTH} deep", "is it the right file?")
        elif kind == "SequenceStartEvent":
            node.value = [self._node(each, events, depth + 1) for each in _until_end(events)]
        else:
            node.value = {}
            for each in _until_end(events):
                if type(each).__name__ in ("SequenceStartEvent", "MappingStartEvent"):
                    self._fault(_place(each), "a key has to be one plain word, not a list", "")
                key = self._node(each, events, depth + 1)
                name: Any = getattr(each, "value", key.value)
                new = isinstance(name, str) and self._is_new(node.value, key, name)
                value = self._node(next(events), events, depth + 1)
                if new:
                    key.value = name
                    node.value[name] = (key, value)
        return node

    def _whole(self, text: str, place: tuple[int, int]) -> str:
        """The text with the surrogate pairs of JSON's escapes joined; half a pair is a fault."""
        if text.isascii():
            return text
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._fault(place, "an escape `\\u...` in it is no character", "write the character")
            return text.encode("ascii", "replace").decode()

    def _is_new(self, table: dict[str, tuple[Node, Node]], key: Node, name: str) -> bool:
        """Whether no key is written like this one; else that is a fault."""
        if name in table:
            what = f"{value_text(name)} is here twice (first in line {table[name][0].line})"
            self._fault((key.line, key.column), what, "keep one")
        return name not in table

    def _fault(self, place: tuple[int, int], what: str, do: str) -> None:
        if len(self.faults) >= MOST_FAULTS:
            self._stop(place, f"more than {MOST_FAULTS} faults", "is it the right file?")
        self.faults.append(Fault(self.where, what, do, *place))

    def _stop(self, place: tuple[int, int], what: str, do: str) -> NoReturn:
        _refuse(Fault(self.where, what, do, *place))


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _until_end(events: Iterator[Any]) -> Iterator[Any]:
    """The events that begin a list's or mapping's values; whoever takes one reads it to its end."""
    return takewhile(
        lambda event: type(event).__name__ not in ("SequenceEndEvent", "MappingEndEvent"), events
    )


_ALIAS_HELP = "repeat the value, or put it in quotes if it begins with `*` or `&`"


def _events(text: str, where: str) -> Iterator[Any]:
    """The parser's events; its faults in plain words."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if error.context_mark and re.search("end of stream|expected ',' or", str(error.problem)):
            mark = error.context_mark  # what is not closed, rather than the end of the file
        what, do = _explain(str(error.problem), str(error.context), text, mark)
        place = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise InputError([Fault(where, what, do, *place)]) from None
    except Exception as error:
        # ruamel.yaml lets a few raw errors through on broken text; none of them may reach a person.
        raise InputError([Fault(where, f"this is not YAML ({plain(str(error))[:200]})")]) from None


def _explain(problem: str, context: str, text: str, mark: Any) -> tuple[str, str]:
    """What the parser met, and what to do, in words for somebody who does not know YAML."""
    line = text.split("\n")[mark.line] if mark and mark.line < text.count("\n") + 1 else ""
    if "'\\t'" in problem or re.match(r" *\t", line):
        return "a tab, where YAML wants spaces", "indent with spaces"
    for sign, do in _EXPLAINED.items():
        if sign in problem or sign in context:
            return f"not YAML: {do[0]}", do[1]
    return f"not YAML: {plain(problem)}", ""


_EXPLAINED = {
    "mapping values are not allowed": (
        "a second `:` in one line, or an indentation that fits nothing above",
        "put a text with a colon in quotes, or line the key up with its neighbours",
    ),
    "could not find expected ':'": ("a key without its `:`", "write `key: value`"),
    "unexpected end of stream": ("this quote is never closed", "close it"),
    "expected <block end>": (
        "this line's indentation fits nothing above",
        "line it up with its neighbours",
    ),
    "flow sequence": ("this `[` is not closed, or its list lacks a comma", "close it with `]`"),
    "flow mapping": ("this `{` is not closed, or lacks a comma inside", "close it with `}`"),
    "scanning an alias": ("a value begins with `*`", "put it in quotes"),
    "scanning an anchor": ("a value begins with `&`", "put it in quotes"),
    "cannot start any token": ("a value begins with a sign YAML keeps for itself", "use quotes"),
    "unknown escape": ("a backslash in double quotes", "use single quotes"),
}
