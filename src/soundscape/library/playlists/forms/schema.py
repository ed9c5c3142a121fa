"""The form of a playlist in YAML, as editors are told it."""

from __future__ import annotations

from typing import Any

from soundscape.library.playlists.forms.overrides import MOST_GAIN_DB
from soundscape.library.playlists.query import VOICES
from soundscape.library.units import DURATION_PATTERN, LEVEL_PATTERN

_TIME = r"^\s*([0-9]{1,3}:)?[0-9]{1,3}:[0-9]{2}(\.[0-9]+)?\s*$"
_TEXT = {"type": "string", "pattern": r"\S"}
_NUMBER01 = {"type": "number", "minimum": 0, "maximum": 1}
_POINT = {
    "anyOf": [
        {"type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000},
        {"type": "string", "pattern": DURATION_PATTERN},
        {"type": "string", "pattern": _TIME},
    ]
}
_LENGTH = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": DURATION_PATTERN}]
}


def _about(form: dict[str, Any], description: str) -> dict[str, Any]:
    return {**form, "description": description}


def _or_list(one: dict[str, Any], description: str) -> dict[str, Any]:
    return _about({"anyOf": [one, {"type": "array", "items": one}]}, description)


def _span(one: dict[str, Any], description: str) -> dict[str, Any]:
    return _about({"type": "array", "items": one, "minItems": 2, "maxItems": 2}, description)


def _mapping(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


_OVERRIDES = {
    "intensity": _about(_NUMBER01, "Stands over what was tagged or measured."),
    "gain": _about(
        {
            "anyOf": [
                {"type": "number", "minimum": -MOST_GAIN_DB, "maximum": MOST_GAIN_DB},
                {"type": "string", "pattern": LEVEL_PATTERN},
            ]
        },
        "Louder or softer than its measured loudness, such as `-2 dB`.",
    ),
    "cue-in": _about(_POINT, "Where the music begins: `0:03`, `3 s`, or a number of seconds."),
    "cue-out": _about(_POINT, "Where the music ends."),
}
_TRACK = _mapping(
    {
        "path": _about(_TEXT, "A file, from this playlist or from a library folder; or a pattern."),
        "glob": _about(_TEXT, "A pattern: `*`, `?`, `[..]` within a folder, `**/` over folders."),
        "folder": _about(_TEXT, "A folder with all below it."),
        **_OVERRIDES,
    },
    oneOf=[{"required": [key]} for key in ("path", "glob", "folder")],
)
_FOLDER = _mapping(
    {"folder": _about(_TEXT, "A folder with all below it."), "path": _TEXT, **_OVERRIDES},
    oneOf=[{"required": [key]} for key in ("folder", "path")],
)
_QUERY = _mapping(
    {
        "intensity": _span(_NUMBER01, "From the lower to the higher, both included."),
        "tags": _or_list(_TEXT, "All of these; `genre:ambient`, or a value of any kind."),
        "any": _or_list(_TEXT, "At least one of these."),
        "without": _or_list(_TEXT, "None of these."),
        "voice": _or_list({"enum": list(VOICES)}, "One of these."),
        "length": _span(_LENGTH, "How long, such as `[3 min, 15 min]`."),
        "range": _span(
            {"type": "number", "minimum": 0, "maximum": 100},
            "How far loud and soft lie apart within a track, in LU.",
        ),
        "artist": _or_list(_TEXT, "By one of these; capitals do not matter."),
        "album": _or_list(_TEXT, "From one of these."),
        "folder": _or_list(_TEXT, "Below one of these: from its library folder, or a whole path."),
        "as": _about(_mapping(_OVERRIDES), "What every track it takes is played as."),
    },
    minProperties=1,
    description="Tracks of the library by what is known of them; all that is said must hold.",
)


def playlist_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a playlist in YAML, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Written by `soundscape schema --playlist`; do not edit.",
        **_mapping(
            {
                "name": {"type": ["string", "number"], "description": "What it is called."},
                "about": {"type": ["string", "number"], "description": "What it is for."},
                "tracks": _or_list({"anyOf": [_TEXT, _TRACK]}, "Files and patterns, in order."),
                "folders": _or_list({"anyOf": [_TEXT, _FOLDER]}, "Folders with all below them."),
                "query": _QUERY,
            },
            anyOf=[{"required": [key]} for key in ("tracks", "folders", "query")],
        ),
        "title": "Soundscape playlist",
    }
