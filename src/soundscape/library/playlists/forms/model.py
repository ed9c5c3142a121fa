"""A playlist in YAML as Pydantic models: one field a key, and the source of its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from soundscape.core.errors import Fault
from soundscape.core.text import value_text
from soundscape.core.track import Voice
from soundscape.home import at_home
from soundscape.library.fields import Alone, Key, Several, choice, level, number
from soundscape.library.filemodel import FileModel, faults_of, file_schema, problem
from soundscape.library.playlists.forms.values import Kind, ListEntry
from soundscape.library.playlists.query import VOICES, Query, Span
from soundscape.library.units import DURATION_PATTERN, is_number, parse_duration, parse_time
from soundscape.library.yamlfile import Node, Steps

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


def _word(expected: str = "a text") -> Key:
    """A text that is not blank; a number is one too."""

    def read(value: object) -> str:
        if isinstance(value, dict | list | None) or not str(value).strip():
            raise ValueError(f"expected {expected}, not {value_text(value)}")
        return str(value)

    return Key(read, {"type": "string", "pattern": r"\S"})


def _label(value: object) -> str:
    if isinstance(value, dict | list):
        raise ValueError(f"expected a text, not {value_text(value)}")
    return "" if value is None else str(value)


def _span(one: Key, expected: str) -> Key:
    """Two bounds, the lower first."""

    def read(value: Any) -> Span:
        try:
            low, high = map(one.read, value)
            if low <= high:
                return Span(low, high)
        except (ValueError, TypeError):
            pass
        raise ValueError(f"expected {expected}")

    return Key(read, {"type": "array", "items": one.form, "minItems": 2, "maxItems": 2})


_LENGTH = Key(
    parse_duration,
    {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": DURATION_PATTERN}]},
)
Label = Annotated[str, Key(_label, {"type": ["string", "number"]})]
Word = Annotated[str, _word()]
Words = Annotated[tuple[Word, ...], Several()]
Tags = Annotated[tuple[Annotated[str, _word("a tag such as `genre:ambient`")], ...], Several()]


class _Member(Overrides):
    """Files, named by one of several keys, and what is said over them."""

    unknown: ClassVar[str] = "unknown key {}"
    names: ClassVar[Mapping[str, Kind]]
    """The keys that name files, and what they name; a text alone is for the first."""

    @classmethod
    def amiss(cls, data: dict[str, Any]) -> Iterator[tuple[Steps, PydanticCustomError]]:
        listed = " or ".join(f"`{key}`" for key in cls.names)
        if not data.keys() & cls.names.keys():
            yield (), problem(f"a track needs its {listed}", key=True)
        elif len(data.keys() & cls.names.keys()) > 1:
            yield (), problem(f"needs one of {listed}", key=True)

    def entry(self, at: Node) -> ListEntry:
        """The same as every form of playlist has it; `at` is where it stands."""
        (key,) = self.model_fields_set & self.names.keys()
        fields: dict[str, Any] = dict(self.said())
        kind = self.names[key]
        return ListEntry(getattr(self, key), line=at.line, column=at.column, kind=kind, **fields)


class TrackModel(_Member):
    """Of `tracks`: a file, a pattern or a folder."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [key]} for key in ("path", "glob", "folder")]}
    )
    form: ClassVar[str] = "a path, or a mapping with `path`"
    names: ClassVar[Mapping[str, Kind]] = {"path": "either", "glob": "pattern", "folder": "folder"}

    path: Word = Field(
        "", description="A file, from this playlist or from a library folder; or a pattern."
    )
    glob: Word = Field(
        "", description="A pattern: `*`, `?`, `[..]` within a folder, `**/` over folders."
    )
    folder: Word = Field("", description="A folder with all below it.")


class FolderModel(_Member):
    """Of `folders`: a folder with all below it."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [key]} for key in ("folder", "path")]}
    )
    form: ClassVar[str] = "a path, or a mapping with `folder`"
    names: ClassVar[Mapping[str, Kind]] = {"folder": "folder", "path": "folder"}

    folder: Word = Field("", description="A folder with all below it.")
    path: Word = Field("", description="The same as `folder`.")


class QueryModel(FileModel):
    """Tracks of the library by what is known of them; all that is said must hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    form: ClassVar[str] = "a mapping with `intensity` or `tags`"

    intensity: Annotated[
        Span,
        _span(INTENSITY, "two numbers from 0 to 1, the lower first, such as `[0.2, 0.5]`"),
    ] = Field(Span(0.0, 1.0), description="From the lower to the higher, both included.")
    tags: Tags = Field((), description="All of these; `genre:ambient`, or a value of any kind.")
    any_of: Tags = Field((), alias="any", description="At least one of these.")
    without: Tags = Field((), description="None of these.")
    voice: Annotated[tuple[Annotated[Voice, choice(Voice)], ...], Several()] = Field(
        (), description="One of these."
    )
    length: Annotated[
        Span | None,
        _span(_LENGTH, "two durations, the shorter first, such as `[3 min, 15 min]`"),
    ] = Field(None, description="How long, such as `[3 min, 15 min]`.")
    loudness_range: Annotated[
        Span | None,
        _span(number(0, 100, ""), "two numbers of LU, the lower first, such as `[0, 12]`"),
    ] = Field(
        None,
        alias="range",
        description="How far loud and soft lie apart within a track, in LU.",
    )
    artist: Words = Field((), description="By one of these; capitals do not matter.")
    album: Words = Field((), description="From one of these.")
    folder: Words = Field(
        (), description="Below one of these: from its library folder, or a whole path."
    )
    played: Overrides = Field(
        default_factory=Overrides, alias="as", description="What every track it takes is played as."
    )

    @classmethod
    def amiss(cls, data: dict[str, Any]) -> Iterator[tuple[Steps, PydanticCustomError]]:
        if not data.keys() & {*CONDITIONS}:
            yield (), problem("asks for nothing", "give it `intensity` or `tags`")

    def query(self) -> Query:
        """The value that finds tracks."""
        return Query(
            self.intensity.low,
            self.intensity.high,
            tags=_stripped(self.tags),
            any_of=_stripped(self.any_of),
            without=_stripped(self.without),
            voices=tuple(voice for voice in VOICES if voice in self.voice),
            artists=_stripped(self.artist),
            albums=_stripped(self.album),
            folders=tuple(at_home(each).rstrip("/") or "/" for each in _stripped(self.folder)),
            length=self.length,
            loudness_range=self.loudness_range,
            played=tuple(self.played.said().items()),
        )


CONDITIONS = tuple(key for key in QueryModel.key_names() if key != "as")
"""The keys that say which tracks are asked for."""


def _stripped(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts)


_Track = Annotated[TrackModel, Alone("path", _word())]
_Folder = Annotated[FolderModel, Alone("folder", _word())]
_MUSIC = ("tracks", "folders", "query")


class PlaylistModel(FileModel):
    """A playlist in YAML."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": [key]} for key in _MUSIC]})
    form: ClassVar[str] = "a mapping with `tracks`, `folders` or `query`"

    name: Label = Field("", description="What it is called.")
    about: Label = Field("", description="What it is for.")
    tracks: Annotated[tuple[_Track, ...], Several()] = Field(
        (), description="Files and patterns, in order."
    )
    folders: Annotated[tuple[_Folder, ...], Several()] = Field(
        (), description="Folders with all below them."
    )
    query: QueryModel = Field(
        default_factory=QueryModel.model_construct,
        description="Tracks of the library by what is known of them; all that is said must hold.",
    )

    @classmethod
    def amiss(cls, data: dict[str, Any]) -> Iterator[tuple[Steps, PydanticCustomError]]:
        if not data.keys() & {*_MUSIC}:
            yield (), problem("names no music", "give it `tracks`, `folders` or `query`")


def playlist_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a playlist in YAML, for editors."""
    return file_schema(PlaylistModel, "Soundscape playlist", "soundscape schema --playlist")
