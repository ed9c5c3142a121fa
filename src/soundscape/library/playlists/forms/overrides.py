"""What a playlist's line may say over what was read and measured of its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from soundscape.library.units import parse_duration, parse_level, parse_time, shown

MOST_GAIN_DB = 24.0

EXTENSION = "urn:x-soundscape:overrides"
"""What the overrides are called in XSPF and JSPF, which leave room for a program's own words."""


def parse_intensity(value: object) -> float:
    """A number from 0 to 1. Raises ValueError that says so."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError(f"expected a number from 0 to 1, not {shown(value)}")


def parse_gain(value: object) -> float:
    """dB, from a number or text such as `-2 dB`, at most `MOST_GAIN_DB` either way."""
    gain = parse_level(value)
    if abs(gain) > MOST_GAIN_DB:
        raise ValueError(f"expected a gain from {-MOST_GAIN_DB:g} to {MOST_GAIN_DB:g} dB")
    return gain


def parse_point(value: object) -> float:
    """A point in a track in seconds: `0:12`, `1:02:03.5`, `12.5 s`, or a bare number of seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6:
        return float(value)
    try:
        if isinstance(value, str):
            return parse_time(value) if ":" in value else parse_duration(value)
    except ValueError:
        pass
    raise ValueError(f"expected a time in the track such as `0:12` or `12.5 s`, not {shown(value)}")


OVERRIDES: Mapping[str, tuple[str, Callable[[object], float]]] = {
    "intensity": ("intensity", parse_intensity),
    "gain": ("gain_db", parse_gain),
    "cue-in": ("cue_in_s", parse_point),
    "cue-out": ("cue_out_s", parse_point),
}
"""Each key as a file writes it: the field of `Entry`, and how its value is read."""


def read_overrides(said: Mapping[str, object]) -> tuple[dict[str, float], dict[str, str]]:
    """The fields of `Entry` that some keys and values give, and what is wrong, by key."""
    fields: dict[str, float] = {}
    wrong: dict[str, str] = {}
    for key, value in said.items():
        if key not in OVERRIDES:
            wrong[key] = f"{shown(key)} is no override; known are {', '.join(OVERRIDES)}"
            continue
        field, parse = OVERRIDES[key]
        try:
            fields[field] = parse(value)
        except ValueError as error:
            wrong[key] = f"`{key}`: {error}"
    if fields.get("cue_out_s", 1e9) <= fields.get("cue_in_s", 0.0):
        wrong["cue-out"] = "`cue-out` must come after `cue-in`"
    return fields, wrong


def as_value(text: str) -> object:
    """The text of an attribute as a number where it is one: bare numbers are seconds there too."""
    try:
        return float(text) if len(text) < 40 else text
    except ValueError:
        return text
