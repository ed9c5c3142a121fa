"""Types of the values that only an arc has: curves, caps, what to avoid, and people.

Units: seconds; intensity from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from soundscape.core.arc import Curve
from soundscape.core.errors import nearest
from soundscape.core.text import value_text
from soundscape.library.fields import NAME_PATTERN, Key, line, number, validated
from soundscape.library.filemodel import KEY, problem, problems
from soundscape.library.units import DURATION_PATTERN, parse_duration

MAX_PATH = 1_000
_AVOID_KINDS = ("tag", "artist", "track")
_LETTER = "^[A-Z]$"


@dataclass(frozen=True, slots=True)
class TimedCurve:
    """An intensity curve by time: (seconds into the phase, intensity), times rising."""

    points: tuple[tuple[float, float], ...]


def _duration(key: str) -> str:
    parse_duration(key)
    return key


def _read_intensity(value: object) -> Curve | TimedCurve:
    """A number, a list of points spread evenly, or a mapping of minute to value."""
    if value is None or isinstance(value, str) or value in ([], {}):
        given = "an empty list" if value in ([], {}) else value_text(value)
        expected = "expected a number between 0 and 1, a list of them, or `{minute: value}`"
        raise ValueError(f"{expected}, not {given}")
    if isinstance(value, dict):
        return _timed(validated(_Times, value))
    points = value if isinstance(value, list) else [value]
    return Curve.spread(validated(_Points, points))


def _timed(values: dict[str, float]) -> TimedCurve:
    points: dict[float, float] = {}
    again = []
    for key, value in values.items():
        second = parse_duration(key)
        if second in points:
            again.append(
                ((key, KEY), problem(f"{value_text(key)} is here twice, written differently"))
            )
        points[second] = value
    if again:
        raise problems(*again)
    return TimedCurve(tuple(sorted(points.items())))


def _read_cap(value: object) -> float | dict[str, float]:
    """An intensity that is never gone over: one number, or one for each person."""
    if value == {}:
        raise ValueError("expected a number between 0 and 1, or `{A: 0.8, B: 0.65}`")
    found: float | dict[str, float]
    found = validated(_ByPerson if isinstance(value, dict) else Value01, value)
    return found


def _read_person(value: object) -> str:
    """A person: one capital letter, never a name."""
    if isinstance(value, str) and len(value) == 1 and "A" <= value <= "Z":
        return value
    raise ValueError(f"expected a capital letter, never a name, not {value_text(value)}")


def read_avoid(value: object) -> str:
    """What is never to be played, as `tag:...`, `artist:...` or `track:...`."""
    if isinstance(value, dict) and len(value) == 1:
        key, rest = next(iter(value.items()))
        if key in _AVOID_KINDS and isinstance(rest, str):
            raise problem("a blank after the colon", f"write `{key}:{rest}` without it")
    word = line(MAX_PATH).read(value.strip() if isinstance(value, str) else value)
    kind, colon, rest = word.partition(":")
    kind, rest = kind.strip().casefold(), rest.strip()
    if kind not in _AVOID_KINDS or not rest:
        hint = nearest(kind[:40], _AVOID_KINDS) if colon else ""
        expected = "expected `tag:...`, `artist:...` or `track:...`"
        raise problem(f"{expected}, not {value_text(value)}", hint)
    return f"{kind}:{rest}"


_number = number(0, 1, "an intensity between 0 and 1")
_times = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": DURATION_PATTERN},
    "additionalProperties": _number.form,
}
_points = {"type": "array", "items": _number.form, "minItems": 1}
_by_person = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": _LETTER},
    "additionalProperties": _number.form,
}

INTENSITY = Key(_read_intensity, {"anyOf": [_number.form, _points, _times]})
CAP = Key(_read_cap, {"anyOf": [_number.form, _by_person]})
PERSON = Key(_read_person, {"type": "string", "pattern": _LETTER})
AVOID = Key(
    read_avoid,
    {
        "type": "string",
        "pattern": rf"^({'|'.join(_AVOID_KINDS)}):{NAME_PATTERN.removeprefix('^')}",
        "maxLength": MAX_PATH,
    },
)
Value01 = Annotated[float, _number]
_Points = tuple[Value01, ...]
_Times = dict[Annotated[str, AfterValidator(_duration)], Value01]
_ByPerson = dict[Annotated[str, PERSON], Value01]
