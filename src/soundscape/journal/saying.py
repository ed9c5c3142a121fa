"""How a story's endings are put into words, in the timeline, tables and report alike."""

from __future__ import annotations

from soundscape.core.words import plain

_REASONS = {"end": "by `end`", "stop": "by `stop`", "arc": "the arc was over"}


def closed_words(reason: str) -> str:
    """Why a session was closed."""
    return _REASONS.get(reason, plain(reason))
