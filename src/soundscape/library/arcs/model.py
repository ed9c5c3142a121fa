"""The arc file as Pydantic models: one field a key, each with its unit, bounds and description.

The models do two things: they turn each value of the file into the value the core works with
(by the readers of `arcvalues`), and they are the source of the JSON Schema. What concerns several
keys at once (a crossfade against its phase's length) is judged in `arcfile`, which also gives
every fault its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core.core_schema import CoreSchema, no_info_plain_validator_function

from soundscape.core.arc import Ambience, Curve, Mode, Stage
from soundscape.library.arcs import values as read
from soundscape.library.units import DURATION_PATTERN, LEVEL_PATTERN

_NAME_PATTERN = r"^\S([^\r\n\t]*\S)?$"
_AVOID_PATTERN = r"^(tag|artist|track):\S([^\r\n\t]*\S)?$"

# --- what an editor is told of each form -------------------------------------------------------

_number01: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
_name: dict[str, Any] = {"type": "string", "pattern": _NAME_PATTERN, "maxLength": read.MAX_NAME}
_path: dict[str, Any] = {**_name, "maxLength": read.MAX_PATH}
_letter: dict[str, Any] = {"type": "string", "pattern": "^[A-Z]$"}
_level_schema: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": read.MIN_LEVEL_DB, "maximum": read.MAX_LEVEL_DB},
        {"type": "string", "pattern": LEVEL_PATTERN},
    ]
}


def _duration_schema(low: float, high: float) -> dict[str, Any]:
    least = {"minimum": low / 60} if low else {"exclusiveMinimum": 0}
    number = {"type": "number", **least, "maximum": high / 60}
    return {"anyOf": [number, {"type": "string", "pattern": DURATION_PATTERN}]}


def _or_list(one: dict[str, Any]) -> dict[str, Any]:
    several = {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}
    return {"anyOf": [one, several]}


_times = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": DURATION_PATTERN},
    "additionalProperties": _number01,
}
_points = {"type": "array", "items": _number01, "minItems": 1}
_cap_schema: dict[str, Any] = {
    "anyOf": [
        _number01,
        {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[A-Z]$"},
            "additionalProperties": _number01,
        },
    ]
}
_ambience_schema: dict[str, Any] = {
    "anyOf": [
        _name,
        {
            "type": "object",
            "properties": {"name": _name, "level": _level_schema},
            "required": ["name"],
            "additionalProperties": False,
        },
    ]
}


@dataclass(frozen=True)
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


def _one_of(kind: Any) -> Key:
    """One of the few words of a Literal."""
    words = get_args(kind)
    return Key(read.choice(*words), {"enum": list(words)})


_length = read.seconds(0, read.MAX_PHASE_S)
_overlap = read.seconds(
    read.MIN_CROSSFADE_S, read.MAX_CROSSFADE_S, "a bare number is minutes; write `8 s`"
)
_long_text = Key(
    read.text(read.MAX_TEXT, lines=True), {"type": "string", "maxLength": read.MAX_TEXT}
)
_several_paths = Key(read.read_names, _or_list(_path))

Seconds = Annotated[float | None, Key(_length, _duration_schema(0, read.MAX_PHASE_S))]
Crossfade = Annotated[
    float | None,
    Key(_overlap, _duration_schema(read.MIN_CROSSFADE_S, read.MAX_CROSSFADE_S)),
]
Decibels = Annotated[float | None, Key(read.read_level, _level_schema)]
Name = Annotated[str, Key(read.read_name, _name)]
NameOrNone = Annotated[str | None, Key(read.read_name, _name)]
Text = Annotated[str, _long_text]
Names = Annotated[tuple[str, ...] | None, _several_paths]
Avoid = Annotated[
    tuple[str, ...] | None,
    Key(read.read_avoid, _or_list({**_path, "pattern": _AVOID_PATTERN})),
]
Intensity = Annotated[
    Curve | read.TimedCurve | None,
    Key(read.read_intensity, {"anyOf": [_number01, _points, _times]}),
]
AmbienceKey = Annotated[Ambience | None, Key(read.read_ambience, _ambience_schema)]
Truth = Annotated[bool, Key(read.read_truth, {"type": "boolean"})]
Persons = Annotated[tuple[str, ...], Key(read.read_persons, _or_list(_letter))]
Cap = Annotated[float | dict[str, float] | None, Key(read.read_cap, _cap_schema)]
Person = Annotated[str, Key(read.read_person, _letter)]
ModeWord = Annotated[Mode | None, _one_of(Mode)]
StageWord = Annotated[Stage | None, _one_of(Stage)]
UntilWord = Annotated[Literal["dose", "cue"] | None, _one_of(Literal["dose", "cue"])]
OnlyWord = Annotated[Literal["booster"] | None, _one_of(Literal["booster"])]


# --- the models --------------------------------------------------------------------------------


class FileModel(BaseModel):
    """Frozen, and a key it does not know is a fault."""

    # Built at first use: `ArcModel` builds the others within it, and each alone is wasted.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class PhaseDefaults(FileModel):
    """What every phase takes where it says nothing of its own. `avoid` adds up."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["playlist", "playlists"]}})

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
        None, description="The playlist the music comes from, by name or file; or a list of them."
    )
    playlists: Names = Field(
        None, description="Several playlists; the same as `playlist`, write one of the two."
    )
    ambience: AmbienceKey = Field(
        None,
        description="The sound of a place under the music or alone: a name such as `rain`, `off`, "
        "or `{name: rain, level: -14 dB}`.",
    )
    level_db: Decibels = Field(
        None,
        alias="level",
        description="How loud, in dB relative to the room's comfort level; -6 dB if left out.",
    )
    mode: ModeWord = Field(
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
        None,
        description="Music never to be played: `tag:...`, `artist:...`, `track:...`.",
    )
    scene: NameOrNone = Field(None, description="The scene of the room's lights.")


class PhaseModel(PhaseDefaults):
    """A stretch of the arc."""

    stage: StageWord = Field(
        None,
        description="What part of a session this is; left out where the phase's own name says it.",
    )
    until: UntilWord = Field(
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
    only: OnlyWord = Field(
        None, description="`booster`: played only where the `booster` cue inserts it."
    )


class NamedPhaseModel(PhaseModel):
    """A phase in a list, with its name among its keys."""

    name: Name = Field(description="What the phase is called; no two alike.")


def _form(value: object) -> str | None:
    return "mapping" if isinstance(value, dict) else "list" if isinstance(value, list) else None


Phases = Annotated[
    Annotated[dict[str, PhaseModel], Tag("mapping"), Field(min_length=1)]
    | Annotated[list[NamedPhaseModel], Tag("list"), Field(min_length=1)],
    Discriminator(_form),
]


class ArcModel(FileModel):
    """The template of a session: phases in order."""

    name: Name = Field(description="What the arc is called.")
    phases: Phases = Field(
        description="The phases in order: a mapping of name to phase, or a list with `name`s."
    )
    about: Text = Field("", description="What the arc is for.")
    source: Text = Field("", description="Where its timings come from.")
    level_db: Decibels = Field(0.0, alias="level", description="Added to every phase's level.")
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
    schema = _tidy(ArcModel.model_json_schema())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Written by `soundscape schema`; do not edit.",
        **schema,
        "title": "Soundscape arc",
    }


def _tidy(schema: Any) -> Any:
    """Without the titles and the empty defaults that tell an editor's user nothing."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _tidy(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and key != "default"
    }
