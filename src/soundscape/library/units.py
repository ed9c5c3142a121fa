"""Durations, levels and times as people write them in files.

Durations read `20` (minutes), `20 min`, `90 s`, `1 h 30 min`; levels `-12`, `-12 dB`; times of a
session M:SS or H:MM:SS, printed as H:MM:SS. Every reader takes what YAML made of the value (a
number or text) and raises ValueError whose text says what was expected.
"""

from __future__ import annotations

import math
import re
from typing import TypeGuard

from soundscape.core.text import value_text

LONGEST = 100
"""No duration, level or time takes more characters; what is longer is not even looked through."""

NUMBER = r"[0-9]+(\.[0-9]+)?|\.[0-9]+"
_HOURS, _MINUTES, _SECONDS = "h|hours?", "min|minutes?", "s|sec|seconds?"
DURATION_PATTERN = (
    rf"^\s*(({NUMBER})\s*|(?=[0-9.])(({NUMBER})\s*({_HOURS})\s*)?"
    rf"(({NUMBER})\s*({_MINUTES})\s*)?(({NUMBER})\s*({_SECONDS})\s*)?)$"
)
"""A duration as text; JSON Schema and Python read it alike."""
LEVEL_PATTERN = rf"^\s*[-+−]?({NUMBER})\s*([dD][bB])?\s*$"
"""A level as text; the minus may be a hyphen or U+2212."""

_PART = re.compile(rf"({NUMBER})\s*({_HOURS}|{_MINUTES}|{_SECONDS})(?![a-z])")
_TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d\d(?:\.\d+)?)")


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number; a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def parse_duration(value: object) -> float:
    """Seconds, rounded to a microsecond; a bare number is minutes. Zero is allowed here."""
    expected = (
        f"expected a duration such as `20 min`, `90 s` or `1 h 30 min`, not {value_text(value)}"
    )
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(expected)
    if isinstance(value, str):
        text = value.strip() if len(value) < LONGEST else ""
        if _TIME.fullmatch(text):
            raise ValueError(f"{expected}; `:` could be hours or minutes")
        if not text or not re.fullmatch(DURATION_PATTERN, value):
            raise ValueError(expected)
        parts = [(float(m[1]), m[3][0]) for m in _PART.finditer(text)]
        seconds = sum(n * {"h": 3600, "m": 60, "s": 1}[unit] for n, unit in parts)
        if not parts:
            seconds = float(text) * 60
    else:
        seconds = _finite(value, expected) * 60
    if not 0 <= seconds < 1e9:
        raise ValueError(expected)
    return round(seconds, 6)


def parse_level(value: object) -> float:
    """dB, from a number or text such as `-12 dB`."""
    expected = f"expected a level such as `-12 dB`, not {value_text(value)}"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(expected)
    if isinstance(value, str):
        if len(value) >= LONGEST or not re.fullmatch(LEVEL_PATTERN, value):
            raise ValueError(expected)
        value = float(re.sub(r"\s|[dD][bB]", "", value).replace("−", "-"))
    return _finite(value, expected)


def parse_time(value: object) -> float:
    """Seconds, from a time such as `1:30` (M:SS) or `1:02:30` (H:MM:SS)."""
    expected = f"expected a time such as `1:30` or `1:02:30`, not {value_text(value)}"
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(expected)
    hours, minutes, seconds = int(match[1] or 0), int(match[2]), float(match[3])
    if seconds >= 60 or (match[1] is not None and minutes >= 60):
        raise ValueError(expected)
    return hours * 3600 + minutes * 60 + seconds


def format_duration(seconds: float) -> str:
    """A duration as `parse_duration` reads it: `1 h 30 min`, `90 s` below two minutes."""
    if seconds < 120:
        return f"{seconds:.10g} s"
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (round(left, 6), "s")]
    return " ".join(f"{n:.10g} {unit}" for n, unit in parts if n)


def _finite(value: int | float, expected: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(expected) from None
    if not math.isfinite(number):
        raise ValueError(expected)
    return number
