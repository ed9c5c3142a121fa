"""What a playlist's line may say over what was read and measured of its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from soundscape.core.errors import Fault
from soundscape.core.text import value_text
from soundscape.library.fields import Key, level, number
from soundscape.library.filemodel import FileModel, faults_of, problem
from soundscape.library.units import DURATION_PATTERN, is_number, parse_duration, parse_time
from soundscape.library.yamlfile import Node

MOST_GAIN_DB = 24.0

EXTENSION = "urn:x-soundscape:overrides"
"""What the overrides are called in XSPF and JSPF, which leave room for a program's own words."""

_TIME = r"^\s*([0-9]{1,3}:)?[0-9]{1,3}:[0-9]{2}(\.[0-9]+)?\s*$"


def parse_point(value: object) -> float:
    """A point in a track in seconds: `0:12`, `1:02:03.5`, `12.5 s`, or a bare number of seconds."""
    if is_number(value) and 0 <= value < 1e6:
        return float(value)
    try:
        if isinstance(value, str):
            return parse_time(value) if ":" in value else parse_duration(value)
    except ValueError:
        pass
    raise ValueError(
        f"expected a time in the track such as `0:12` or `12.5 s`, not {value_text(value)}"
    )


INTENSITY = number(0, 1, "a number from 0 to 1")
_POINT = Key(
    parse_point,
    {
        "anyOf": [
            {"type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000},
            {"type": "string", "pattern": DURATION_PATTERN},
            {"type": "string", "pattern": _TIME},
        ]
    },
)


class Overrides(FileModel):
    """The overrides; the fields are those of `Entry`."""

    form: ClassVar[str] = "a mapping with `intensity`, `gain`, `cue-in` or `cue-out`"
    unknown: ClassVar[str] = "{} is no override"

    intensity: Annotated[float | None, INTENSITY] = Field(
        None, description="Stands over what was tagged or measured."
    )
    gain_db: Annotated[float, level(-MOST_GAIN_DB, MOST_GAIN_DB, "gain")] = Field(
        0.0,
        alias="gain",
        description="Louder or softer than its measured loudness, such as `-2 dB`.",
    )
    cue_in_s: Annotated[float | None, _POINT] = Field(
        None,
        alias="cue-in",
        description="Where the music begins: `0:03`, `3 s`, or a number of seconds.",
    )
    cue_out_s: Annotated[float | None, _POINT] = Field(
        None, alias="cue-out", description="Where the music ends."
    )

    @field_validator("cue_out_s")
    @classmethod
    def _after_cue_in(cls, value: float, info: ValidationInfo) -> float:
        if value <= (info.data.get("cue_in_s") or 0.0):
            raise problem("`cue-out` must come after `cue-in`")
        return value

    def said(self) -> dict[str, float]:
        """The fields of `Entry` that are overridden."""
        given = [name for name in Overrides.model_fields if name in self.model_fields_set]
        return {name: getattr(self, name) for name in given}


OVERRIDES = Overrides.key_names()
"""Each key as a file writes it."""


def read_overrides(
    said: Mapping[str, object], where: str, line: int, column: int
) -> tuple[dict[str, float], list[Fault]]:
    """The fields of `Entry` that some keys and values give, and what is wrong, at that place."""
    keys = {key: (Node(key, line, column), Node(key, line, column)) for key in said}
    try:
        return Overrides.model_validate(said).said(), []
    except ValidationError as error:
        return {}, faults_of(error, where, Node(keys, line, column))


def as_value(text: str) -> object:
    """The text of an attribute as a number where it is one: bare numbers are seconds there too."""
    try:
        return float(text) if len(text) < 40 else text
    except ValueError:
        return text
