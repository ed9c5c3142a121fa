"""Readers of the arc file's values: what YAML made of a value in, what the core works with out.

Every reader raises `Problems`, so that one list with three bad entries yields three faults, each
with the steps from its field to the entry. Units: seconds, dB, intensity from 0 to 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from soundscape.core.arc import DEFAULT_AMBIENCE_LEVEL_DB, Ambience, Curve
from soundscape.core.errors import nearest
from soundscape.library.units import format_duration, parse_duration, parse_level, shown
from soundscape.library.yamlfile import Steps

MIN_LEVEL_DB, MAX_LEVEL_DB = -60.0, 6.0
MIN_CROSSFADE_S, MAX_CROSSFADE_S = 2.0, 60.0
MAX_PHASE_S, MAX_ARC_S = 12 * 3600.0, 24 * 3600.0
MAX_NAME, MAX_PATH, MAX_TEXT = 200, 1_000, 10_000

_AVOID_KINDS = ("tag", "artist", "track")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong inside a field: what, what to do, and the steps to it from the field."""

    what: str
    do: str = ""
    steps: Steps = ()
    key: bool = False


class Problems(ValueError):
    """All that is wrong with one field."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.what for problem in problems))


@dataclass(frozen=True, slots=True)
class TimedCurve:
    """An intensity curve by time: (seconds into the phase, intensity), times rising."""

    points: tuple[tuple[float, float], ...]


def _problem(what: str, do: str = "", *steps: str | int, key: bool = False) -> Problems:
    return Problems(Problem(what, do, steps, key))


def seconds(low: float, high: float, bare: str = "") -> Callable[[object], float]:
    """A reader of a duration within bounds; `bare` is said of a number without a unit."""

    def read(value: object) -> float:
        try:
            seconds = parse_duration(value)
        except ValueError as error:
            raise _problem(str(error)) from None
        if not (low <= seconds <= high and seconds > 0):
            least = f"between {format_duration(low)} and" if low else "more than 0 and at most"
            hint = bare if bare and isinstance(value, int | float) else ""
            raise _problem(f"expected {least} {format_duration(high)}, not {shown(value)}", hint)
        return seconds

    return read


def read_level(value: object) -> float:
    try:
        level = parse_level(value)
    except ValueError as error:
        raise _problem(str(error)) from None
    if not MIN_LEVEL_DB <= level <= MAX_LEVEL_DB:
        raise _problem(f"expected a level between -60 dB and +6 dB, not {shown(value)}")
    return level


def text(most: int, lines: bool = False) -> Callable[[object], str]:
    """A reader of text of at most `most` characters; of one line, unless `lines`."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            quote = "put it in quotes" if isinstance(value, int | float) else ""
            raise _problem(f"expected text, not {shown(value)}", quote)
        if len(value) > most:
            raise _problem(f"expected at most {most:,} characters, not {len(value):,}")
        if lines:
            # Escapes in double quotes could smuggle in what a terminal would obey.
            if strange := re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\U0010ffff]", value):
                raise _problem(f"expected text, not the character U+{ord(strange.group()):04X}")
            return value.strip()
        if not value.strip() or re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", value):
            raise _problem(f"expected one line of text, not {shown(value)}")
        if value != value.strip():
            raise _problem(f"expected no blanks around {shown(value.strip())}")
        return value

    return read


read_name = text(MAX_NAME)
read_path = text(MAX_PATH)


def choice(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in words or not isinstance(value, str):
            listed = " or ".join(f"`{word}`" for word in words)
            hint = nearest(value[:40], words) if isinstance(value, str) else ""
            raise _problem(f"expected {listed}, not {shown(value)}", hint)
        return value

    return read


def read_truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise _problem(f"expected `true` or `false`, not {shown(value)}")
    return value


def _each(value: Sequence[object], read: Callable[[object], Any]) -> tuple[Any, ...]:
    """A list read entry by entry; the problems of all entries together."""
    good, bad = [], []
    for i, entry in enumerate(value):
        try:
            good.append(read(entry))
        except Problems as error:
            bad += [Problem(p.what, p.do, (i, *p.steps), p.key) for p in error.problems]
    if bad:
        raise Problems(*bad)
    return tuple(good)


def read_names(value: object) -> tuple[str, ...]:
    """One name or a list of names, none twice."""
    return _distinct(value, read_path, "a name or a list of names")


def read_avoid(value: object) -> tuple[str, ...]:
    def one(entry: object) -> str:
        if isinstance(entry, dict) and len(entry) == 1:
            key, rest = next(iter(entry.items()))
            if key in _AVOID_KINDS and isinstance(rest, str):
                raise _problem("a blank after the colon", f"write `{key}:{rest}` without it")
        word = read_path(entry.strip() if isinstance(entry, str) else entry)
        kind, colon, rest = word.partition(":")
        kind, rest = kind.strip().casefold(), rest.strip()
        if kind not in _AVOID_KINDS or not rest:
            hint = nearest(kind[:40], _AVOID_KINDS) if colon else ""
            expected = "expected `tag:...`, `artist:...` or `track:...`"
            raise _problem(f"{expected}, not {shown(entry)}", hint)
        return f"{kind}:{rest}"

    return _distinct(value, one, "a list such as `[tag:church, artist:...]`")


def read_person(value: object) -> str:
    """A person: one capital letter, never a name."""
    if isinstance(value, str) and len(value) == 1 and "A" <= value <= "Z":
        return value
    raise _problem(f"expected a capital letter, never a name, not {shown(value)}")


def read_persons(value: object) -> tuple[str, ...]:
    """The people of a session, as letters."""
    return _distinct(value, read_person, "letters such as `[A, B]`")


def read_cap(value: object) -> float | dict[str, float]:
    """An intensity that is never gone over: one number, or one for each person."""
    if not isinstance(value, dict):
        return _intensity_value(value)
    if not value:
        raise _problem("expected a number between 0 and 1, or `{A: 0.8, B: 0.65}`")
    bad: list[Problem] = []
    for person, entry in value.items():
        for read, given, is_key in ((read_person, person, True), (_intensity_value, entry, False)):
            try:
                read(given)
            except Problems as error:
                bad += [Problem(p.what, p.do, (person,), key=is_key) for p in error.problems]
    if bad:
        raise Problems(*bad)
    return {person: float(entry) for person, entry in value.items()}


def _distinct(value: object, read: Callable[[object], str], expected: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return (read(value),)
    if not isinstance(value, list) or not value:
        given = "an empty list" if value == [] else shown(value)
        raise _problem(f"expected {expected}, not {given}")
    names = _each(value, read)
    places: dict[str, int] = {}
    again = [i for i, name in enumerate(names) if places.setdefault(name, i) != i]
    if again:
        twice = (Problem(f"{shown(names[i])} is in the list twice", "", (i,)) for i in again)
        raise Problems(*twice)
    return names


def _intensity_value(value: object) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not 0 <= value <= 1:  # type: ignore[operator]
        raise _problem(f"expected an intensity between 0 and 1, not {shown(value)}")
    return float(value)  # type: ignore[arg-type]


def read_intensity(value: object) -> Curve | TimedCurve:
    """A number, a list of points spread evenly, or a mapping of minute to value."""
    if isinstance(value, list) and value:
        return Curve.spread(_each(value, _intensity_value))
    if not isinstance(value, dict) or not value:
        if value == [] or value == {} or isinstance(value, str) or value is None:
            given = "an empty list" if value in ([], {}) else shown(value)
            expected = "expected a number between 0 and 1, a list of them, or `{minute: value}`"
            raise _problem(f"{expected}, not {given}")
        return Curve.spread((_intensity_value(value),))
    points: dict[float, float] = {}
    bad: list[Problem] = []
    for key, entry in value.items():
        try:
            second = parse_duration(key)
            if second in points:
                raise ValueError(f"{shown(key)} is here twice, written differently")
            points[second] = 0.0
            points[second] = _intensity_value(entry)
        except Problems as error:
            bad.append(Problem(error.problems[0].what, "", (key,)))
        except ValueError as error:
            bad.append(Problem(str(error), "", (key,), key=True))
    if bad:
        raise Problems(*bad)
    return TimedCurve(tuple(sorted(points.items())))


def read_ambience(value: object) -> Ambience:
    """A name, `off`, or a mapping of name and level."""
    if not isinstance(value, dict):
        return Ambience(read_name(value))
    bad: list[Problem] = []
    given: dict[str, Any] = {"name": "", "level": DEFAULT_AMBIENCE_LEVEL_DB}
    for key, entry in value.items():
        if key not in given:
            hint = nearest(key[:40], tuple(given)) or "its keys are `name` and `level`"
            bad.append(Problem(f"{shown(key)} is not a key of an ambience", hint, (key,), key=True))
            continue
        try:
            given[key] = {"name": read_name, "level": read_level}[key](entry)
        except Problems as error:
            bad += [Problem(p.what, p.do, (key,)) for p in error.problems]
    if "name" not in value and not bad:
        bad.append(Problem("`name` is missing", "write `{name: rain, level: -14 dB}`"))
    if given["name"] == "off" and "level" in value and not bad:
        bad.append(Problem("`off` has no level", "leave the level out", ("level",), key=True))
    if bad:
        raise Problems(*bad)
    return Ambience(given["name"], given["level"])
