"""The arc file as Pydantic models: one field a key, each with its unit, bounds and description.

The models do two things: they turn each value of the file into the value the core works with,
and they are the source of the JSON Schema. What concerns several keys at once (a crossfade
against its phase's length) is judged in `load`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field, PlainValidator
from pydantic_core import PydanticCustomError

from soundscape.core.arc import DEFAULT_AMBIENCE_LEVEL_DB, Ambience, Curve, Mode, Stage
from soundscape.core.errors import nearest
from soundscape.core.text import value_text
from soundscape.library.fields import (
    NAME_PATTERN,
    TRUTH,
    Alone,
    Key,
    OneOrMore,
    choice,
    duration,
    level,
    line,
    number,
    prose,
    validated,
)
from soundscape.library.filemodel import KEY, FileModel, file_schema, problem, problems
from soundscape.library.units import DURATION_PATTERN, parse_duration
from soundscape.library.yamlfile import Steps

MIN_LEVEL_DB, MAX_LEVEL_DB = -60.0, 6.0
MAX_PHASE_S, MAX_ARC_S = 12 * 3600.0, 24 * 3600.0
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

Seconds = Annotated[float | None, duration(0, MAX_PHASE_S)]
Crossfade = Annotated[
    float | None, duration(2.0, 60.0, bare="a bare number is minutes; write `8 s`")
]
Decibels = Annotated[float | None, level(MIN_LEVEL_DB, MAX_LEVEL_DB)]
NAME = line(200)
Name = Annotated[str, NAME]
Text = Annotated[str, prose(10_000)]
Names = Annotated[
    tuple[Annotated[str, line(MAX_PATH)], ...], OneOrMore("a name or a list of names")
]
Avoid = Annotated[
    tuple[Annotated[str, AVOID], ...], OneOrMore("a list such as `[tag:church, artist:...]`")
]
Intensity = Annotated[Curve | TimedCurve | None, INTENSITY]
Wait = Literal["dose", "cue"]
Truth = Annotated[bool, TRUTH]
Person = Annotated[str, PERSON]
Persons = Annotated[tuple[Person, ...], OneOrMore("letters such as `[A, B]`")]
Cap = Annotated[float | dict[str, float] | None, CAP]


class AmbienceModel(FileModel):
    """An ambience with its level."""

    model_config = ConfigDict(json_schema_extra={"required": ["name"]})
    form: ClassVar[str] = "a name, or a mapping with `name`"
    unknown: ClassVar[str] = "{} is not a key of an ambience"

    name: Name = Field("", description="Such as `rain`, or `off`.")
    level_db: Annotated[float, level(MIN_LEVEL_DB, MAX_LEVEL_DB)] = Field(
        DEFAULT_AMBIENCE_LEVEL_DB, alias="level", description="In dB, as a phase's level is."
    )

    @classmethod
    def amiss(cls, data: dict[str, Any]) -> Iterator[tuple[Steps, PydanticCustomError]]:
        if not data.keys() - {"level"}:
            yield (), problem("`name` is missing", "write `{name: rain, level: -14 dB}`")
        if data.get("name") == "off" and "level" in data:
            yield ("level", KEY), problem("`off` has no level", "leave the level out")

    def value(self) -> Ambience | None:
        """What the core works with; None where nothing is said."""
        return Ambience(self.name, self.level_db) if self.name else None


AmbienceKey = Annotated[AmbienceModel, Alone("name", NAME)]


class PhaseDefaults(FileModel):
    """What every phase takes where it says nothing of its own. `avoid` adds up."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["playlist", "playlists"]}})
    form: ClassVar[str] = "the keys of `defaults`"
    unknown: ClassVar[str] = "{} is not a key of `defaults`"

    length_s: Seconds = Field(
        None, alias="minutes", description="How long: `20` (minutes), `90 s`, `1 h 30 min`."
    )
    shape: Intensity = Field(
        None,
        alias="intensity",
        description="How activating the music is, 0 to 1; never its loudness. A number, a list "
        "of points spread evenly over the phase, or a mapping of minute to value.",
    )
    playlist: Names = Field(
        (), description="The playlist the music comes from, by name or file; or a list of them."
    )
    playlists: Names = Field(
        (), description="Several playlists; the same as `playlist`, write one of the two."
    )
    ambience: AmbienceKey = Field(
        default_factory=AmbienceModel.model_construct,
        description="The sound of a place under the music or alone: a name such as `rain`, `off`, "
        "or `{name: rain, level: -14 dB}`.",
    )
    level_db: Decibels = Field(
        None,
        alias="level",
        description="How loud, in dB relative to the room's comfort level; -6 dB if left out.",
    )
    mode: Annotated[Mode | None, choice(Mode)] = Field(
        None,
        description="`reflect`: music forward; `talk`: under the voices, at -18 dB or lower.",
    )
    crossfade_s: Crossfade = Field(
        None,
        alias="crossfade",
        description="How long tracks overlap: `2 s` to `60 s` and at most half the phase; "
        "15 s if left out.",
    )
    avoid: Avoid = Field(
        (), description="Music never to be played: `tag:...`, `artist:...`, `track:...`."
    )
    scene: Name = Field("", description="The scene of the room's lights.")

    @classmethod
    def amiss(cls, data: dict[str, Any]) -> Iterator[tuple[Steps, PydanticCustomError]]:
        if data.keys() >= {"playlist", "playlists"}:
            what = "`playlists` beside `playlist`"
            yield ("playlists", KEY), problem(what, "write one of them, with a list")

    @property
    def music(self) -> tuple[str, ...]:
        """The playlists, under whichever of the two keys."""
        return self.playlist or self.playlists


class PhaseModel(PhaseDefaults):
    """A stretch of the arc."""

    form: ClassVar[str] = "the keys of a phase"
    unknown: ClassVar[str] = "{} is not a key of a phase"
    missing: ClassVar[str] = "{} is missing from a phase"

    stage: Annotated[Stage | None, choice(Stage)] = Field(
        None,
        description="What part of a session this is; left out where the phase's own name says it.",
    )
    until: Annotated[Wait | None, choice(Wait)] = Field(
        None,
        description="Open-ended: until the `dose` cue, or until the `transition` cue. `minutes` is "
        "then what to plan for, 10 if left out.",
    )
    silence: Truth = Field(
        False, description="`true`: silence is meant here, of music and ambience."
    )
    voice: Truth = Field(
        False, description="`true`: music in which somebody sings or speaks may be played here."
    )
    cap: Cap = Field(
        None,
        description="The intensity that neither the curve nor any track goes over in this phase.",
    )
    only: Annotated[Literal["booster"] | None, choice(Literal["booster"])] = Field(
        None, description="`booster`: played only where the `booster` cue inserts it."
    )


class NamedPhaseModel(PhaseModel):
    """A phase in a list, with its name among its keys."""

    name: Name = Field(description="What the phase is called; no two alike.")


PhasesByName = Annotated[dict[str, PhaseModel], Field(min_length=1)]
PhaseList = Annotated[list[NamedPhaseModel], Field(min_length=1)]


def _phases(value: object) -> dict[str, PhaseModel] | list[NamedPhaseModel]:
    if not value or not isinstance(value, dict | list):
        given = "none" if value is None or value in ({}, []) else value_text(value)
        raise problem(f"expected at least one phase, not {given}", key=True)
    found: dict[str, PhaseModel] | list[NamedPhaseModel]
    found = validated(PhaseList if isinstance(value, list) else PhasesByName, value)
    return found


Phases = Annotated[
    dict[str, PhaseModel] | list[NamedPhaseModel],
    PlainValidator(_phases, json_schema_input_type=PhasesByName | PhaseList),
]


class ArcModel(FileModel):
    """The template of a session: phases in order."""

    form: ClassVar[str] = "an arc, which begins with `name:` and `phases:`"
    unknown: ClassVar[str] = "{} is not a key of an arc"
    missing: ClassVar[str] = "{} is missing from an arc"

    name: Name = Field(description="What the arc is called.")
    phases: Phases = Field(
        description="The phases in order: a mapping of name to phase, or a list with `name`s."
    )
    about: Text = Field("", description="What the arc is for.")
    source: Text = Field("", description="Where its timings come from.")
    level_db: Annotated[float, level(MIN_LEVEL_DB, MAX_LEVEL_DB)] = Field(
        0.0, alias="level", description="Added to every phase's level."
    )
    library: Text = Field("", description="The folder of music, where it is not the usual one.")
    persons: Persons = Field((), description="The people, as letters such as `[A, B]`.")
    follow: Person = Field("", description="Whose dose the arc counts from; else the first's.")
    private: Truth = Field(
        False,
        description="`true`: the desktop's media controls are never told titles or artists.",
    )
    cap: Cap = Field(
        None,
        description="The intensity that neither the curve nor any track ever goes over; or one for "
        "each person, such as `{A: 0.8, B: 0.65}`: the lowest counts.",
    )
    defaults: PhaseDefaults = Field(
        default_factory=PhaseDefaults,
        description="What every phase takes where it says nothing of its own.",
    )


def arc_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an arc file, for editors."""
    return file_schema(ArcModel, "Soundscape arc", "soundscape schema")
