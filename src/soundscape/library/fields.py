"""The types of a file's keys: how a value is read, and the form of it that an editor is told.

Each raises ValueError, or a `problem` that also says what to do. Units: seconds and dB.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter
from pydantic_core.core_schema import (
    CoreSchema,
    no_info_after_validator_function,
    no_info_before_validator_function,
    no_info_plain_validator_function,
)

from soundscape.core.errors import nearest
from soundscape.core.text import value_text
from soundscape.library.filemodel import problem, problems
from soundscape.library.units import (
    DURATION_PATTERN,
    LEVEL_PATTERN,
    format_duration,
    is_number,
    parse_duration,
    parse_level,
)

NAME_PATTERN = r"^\S([^\r\n\t]*\S)?$"


@dataclass(frozen=True, eq=False)
class Key:
    """How a key's value is read, and the form of it that an editor is told.

    In place of Pydantic's `PlainValidator` and `WithJsonSchema`, which build a validator of the
    field's type as well: these readers need none, and every command that reads an arc would wait.
    """

    read: Callable[[object], Any]
    form: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return dict(self.form)


class Several:
    """A list, for which one value alone may stand, or nothing; for a key whose type is a tuple."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        several = no_info_after_validator_function(self.judged, handler(source))
        return no_info_before_validator_function(self.listed, several)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        several = handler(schema)
        return {"anyOf": [several["items"], several]}

    def listed(self, value: object) -> list[Any]:
        """The list that a value is, or stands for."""
        return value if isinstance(value, list) else [] if value is None else [value]

    def judged(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The values, if they may stand together."""
        return values


@dataclass(frozen=True, eq=False)
class OneOrMore(Several):
    """A text or a list of them, at least one and none twice."""

    expected: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        several = {**handler(schema), "minItems": 1, "uniqueItems": True}
        return {"anyOf": [several["items"], several]}

    def listed(self, value: object) -> list[Any]:
        """The list; ValueError for none."""
        if isinstance(value, str) or (isinstance(value, list) and value):
            return super().listed(value)
        given = "an empty list" if value == [] else value_text(value)
        raise ValueError(f"expected {self.expected}, not {given}")

    def judged(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The values, if they differ."""
        first: dict[str, int] = {}
        again = [i for i, each in enumerate(values) if first.setdefault(each, i) != i]
        if again:
            twice = "{} is in the list twice"
            raise problems(*(((i,), problem(twice.format(value_text(values[i])))) for i in again))
        return values


@dataclass(frozen=True, eq=False)
class Alone:
    """A text alone stands for a mapping with one key, and nothing for one without a key; for a key
    whose type is a model."""

    key: str
    text: Key

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return no_info_before_validator_function(self._mapping, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return {"anyOf": [dict(self.text.form), handler(schema)]}

    def _mapping(self, value: object) -> object:
        if isinstance(value, str) and value.strip():
            return {self.key: value}
        return {} if value is None else value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def validated(kind: Any, value: object) -> Any:
    """A value by its type, for a reader that chooses among several. Raises ValidationError."""
    return _adapter(kind).validate_python(value)


def number(low: float, high: float, expected: str) -> Key:
    """A number within bounds, both included; `expected` names it in messages."""

    def read(value: object) -> float:
        if not is_number(value) or not low <= value <= high:
            raise ValueError(f"expected {expected}, not {value_text(value)}")
        return float(value)

    return Key(read, {"type": "number", "minimum": low, "maximum": high})


def duration(low: float, high: float, bare: str = "") -> Key:
    """A duration within bounds, more than nothing; `bare` is said of a number without a unit."""

    def read(value: object) -> float:
        seconds = parse_duration(value)
        if not (low <= seconds <= high and seconds > 0):
            least = f"between {format_duration(low)} and" if low else "more than 0 and at most"
            hint = bare if isinstance(value, int | float) else ""
            raise problem(
                f"expected {least} {format_duration(high)}, not {value_text(value)}", hint
            )
        return seconds

    least = {"minimum": low / 60} if low else {"exclusiveMinimum": 0}
    amount = {"type": "number", **least, "maximum": high / 60}
    return Key(read, {"anyOf": [amount, {"type": "string", "pattern": DURATION_PATTERN}]})


def level(low: float, high: float, called: str = "level") -> Key:
    """A level or gain in dB within bounds."""

    def read(value: object) -> float:
        found = parse_level(value)
        if not low <= found <= high:
            bounds = f"between {low:+g} dB and {high:+g} dB"
            raise ValueError(f"expected a {called} {bounds}, not {value_text(value)}")
        return found

    amount = {"type": "number", "minimum": low, "maximum": high}
    return Key(read, {"anyOf": [amount, {"type": "string", "pattern": LEVEL_PATTERN}]})


def line(most: int) -> Key:
    """One line of text without blanks around it."""

    def read(value: object) -> str:
        text = _text(value, most)
        if not text.strip() or re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", text):
            raise ValueError(f"expected one line of text, not {value_text(value)}")
        if text != text.strip():
            raise ValueError(f"expected no blanks around {value_text(text.strip())}")
        return text

    return Key(read, {"type": "string", "pattern": NAME_PATTERN, "maxLength": most})


def prose(most: int) -> Key:
    """Text of any number of lines."""

    def read(value: object) -> str:
        text = _text(value, most)
        # Escapes in double quotes could smuggle in what a terminal would obey.
        if strange := re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\U0010ffff]", text):
            raise ValueError(f"expected text, not the character U+{ord(strange.group()):04X}")
        return text.strip()

    return Key(read, {"type": "string", "maxLength": most})


def _text(value: object, most: int) -> str:
    if not isinstance(value, str):
        quote = "put it in quotes" if isinstance(value, int | float) else ""
        raise problem(f"expected text, not {value_text(value)}", quote)
    if len(value) > most:
        raise ValueError(f"expected at most {most:,} characters, not {len(value):,}")
    return value


def choice(kind: Any) -> Key:
    """One of the few words of a Literal."""
    words = get_args(kind)

    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        listed = [f"`{word}`" for word in words]
        expected = " or ".join(listed) if len(listed) < 3 else f"one of {', '.join(listed)}"
        hint = nearest(value[:40], words) if isinstance(value, str) else ""
        raise problem(f"expected {expected}, not {value_text(value)}", hint)

    return Key(read, {"enum": list(words)})


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected `true` or `false`, not {value_text(value)}")
    return value


TRUTH = Key(_truth, {"type": "boolean"})
