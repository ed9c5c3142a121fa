"""How a story's cues and endings are put into words, in the timeline, tables and report alike."""

from __future__ import annotations

from collections.abc import Mapping

from soundscape.core.events import Value
from soundscape.core.words import number, plain

_REASONS = {"end": "by `end`", "stop": "by `stop`", "arc": "the arc was over"}


def asked_words(name: str, args: Mapping[str, Value]) -> str:
    """A cue as it would be typed."""
    return plain(" ".join([name, *map(_shown, args.items())]))


def _shown(arg: tuple[str, Value]) -> str:
    name, value = arg
    if value is True:
        return f"--{name}"
    said = number(value) if isinstance(value, float) else str(value)
    return f"--{name} {said}" if name in ("ago", "at") else said


def closed_words(reason: str) -> str:
    """Why a session was closed."""
    return _REASONS.get(reason, plain(reason))
