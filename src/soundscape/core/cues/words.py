"""A cue's parameters, and how typed words or a request's values become its arguments.

Only this module reads a cue's words. The command line sends them as typed; the control port takes
words or named values. Both end here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.events import Value
from soundscape.core.text import number

LONGEST_TEXT = 2000
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+")
_MINUTES = re.compile(r"\s*min$")
_UNITS = {
    "db": re.compile(r"\s*dB$", re.IGNORECASE),
    "seconds": re.compile(r"\s*s$"),
    "minutes": _MINUTES,
    "ago": _MINUTES,
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number with bounds, in the unit that its name says. Typed in its place, or as `--name`.

    `default` None means that leaving it out gives None. A `required` one cannot be left out.
    """

    name: str
    help: str
    default: float | None
    least: float
    most: float
    option: bool = False
    required: bool = False
    rest: bool = False

    @property
    def usage(self) -> str:
        """How one types it."""
        if self.option:
            return f"[--{self.name} {'MIN' if self.name == 'ago' else 'NUMBER'}]"
        return self.name.upper() if self.required else f"[{self.name.upper()}]"

    def read(self, value: Value) -> float:
        """Read the number. Raises ValueError that says what was expected."""
        expected = f"a number from {number(self.least)} to {number(self.most)}"
        if isinstance(value, bool) or value is None:
            raise ValueError(f"{self.name}: expected {expected}")
        if isinstance(value, str):
            bare = value.strip()
            if self.name in _UNITS:
                bare = _UNITS[self.name].sub("", bare)
            if not _NUMBER.fullmatch(bare):
                raise ValueError(f"{self.name}: expected {expected}, not `{value}`")
            value = bare
        try:
            found = float(value)
        except OverflowError:
            raise ValueError(f"{self.name}: expected {expected}, not so large a number") from None
        if not isfinite(found) or not self.least <= found <= self.most:
            raise ValueError(f"{self.name}: expected {expected}, not {found:g}")
        return found


@dataclass(frozen=True, slots=True)
class Text:
    """Words. `rest` takes all remaining words; `option` is typed as `--name`; `letter` is A to Z.

    Words marked `apart` stay out of the journal, which holds only an id for them. `form` shows how
    to write an option's value.
    """

    name: str
    help: str
    optional: bool = False
    option: bool = False
    rest: bool = False
    letter: bool = False
    apart: bool = False
    form: str = "TEXT"

    @property
    def default(self) -> Value:
        """The value when it is left out."""
        return None

    @property
    def usage(self) -> str:
        """How one types it."""
        shown = f"--{self.name} {'A' if self.letter else self.form}" if self.option else ""
        shown = shown or self.name.upper()
        return f"[{shown}]" if self.optional else shown

    def read(self, value: Value) -> str:
        """Read the text. Raises ValueError that says what was expected."""
        if not isinstance(value, str):
            raise ValueError(f"{self.name}: expected words")
        if len(value) > LONGEST_TEXT:
            raise ValueError(f"{self.name}: at most {LONGEST_TEXT} characters")
        if self.letter and not re.fullmatch(r"[A-Za-z]", value):
            raise ValueError(f"{self.name}: expected one letter, such as A; never a name")
        if not (value.strip() or self.apart):  # A script's variable that was not set.
            raise ValueError(f"{self.name}: is empty; leave it out or give a value")
        return value.upper() if self.letter else value


@dataclass(frozen=True, slots=True)
class Flag:
    """A yes or no, typed as `--name`."""

    name: str
    help: str
    option: bool = True
    rest: bool = False

    @property
    def default(self) -> Value:
        """The value when it is left out."""
        return False

    @property
    def usage(self) -> str:
        """How one types it."""
        return f"[--{self.name}]"

    def read(self, value: Value) -> bool:
        """Read the flag. Raises ValueError that says what was expected."""
        if not isinstance(value, bool):
            raise ValueError(f"{self.name}: expected true or false")
        return value


Param = Number | Text | Flag


def from_values(
    cue: str, usage: str, params: Sequence[Param], values: Mapping[str, Value]
) -> dict[str, Value]:
    """Build arguments from named values. Raises `InputError` with every fault at once."""
    faults: list[str] = []
    known = {param.name: param for param in params}
    for name in values:
        if name not in known:
            hint = nearest(name, list(known))
            faults.append(f"unknown parameter `{name}`" + (f"; {hint}" if hint else ""))
    args: dict[str, Value] = {}
    for param in params:
        value = values.get(param.name)
        if value is None:
            if needed(param):
                faults.append(f"{param.name} is missing: {param.help}")
            args[param.name] = param.default
            continue
        try:
            args[param.name] = param.read(value)
        except ValueError as error:
            faults.append(str(error))
    if faults:
        raise InputError([Fault(cue, fault) for fault in faults], f"usage: soundscape {usage}")
    return args


def needed(param: Param) -> bool:
    """Whether the parameter cannot be left out."""
    if isinstance(param, Text):
        return not param.optional
    return isinstance(param, Number) and param.required


def from_words(
    cue: str, usage: str, params: Sequence[Param], words: Sequence[str]
) -> dict[str, Value]:
    """Build arguments from typed words. Raises `InputError` with every fault at once."""
    faults: list[Fault] = []
    values: dict[str, Value] = {}
    options = {param.name: param for param in params if param.option}
    places = [param for param in params if not param.option]
    left = list(words)
    plain: list[str] = []
    while left:
        word = left.pop(0)
        if word == "--":
            plain += left
            break
        if not word.startswith("--"):
            plain.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        param = options.get(name)
        if param is None:
            hint = nearest(name, list(options))
            faults.append(Fault(cue, f"unknown option `--{name}`" + (f"; {hint}" if hint else "")))
        elif isinstance(param, Flag) and equals:
            faults.append(Fault(cue, f"--{name} takes no value; write it alone"))
        elif isinstance(param, Flag):
            values[name] = True
        elif equals or left:
            values[name] = value if equals else left.pop(0)
        else:
            faults.append(Fault(cue, f"--{name} is missing its value: {param.help}"))
    for param in places:
        if param.rest and plain:
            values[param.name], plain = " ".join(plain), []
        elif plain:
            values[param.name] = plain.pop(0)
    faults += [Fault(cue, f"unexpected word `{word}`") for word in plain]
    try:
        args = from_values(cue, usage, params, values)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults, f"usage: soundscape {usage}")
    return args
