"""Words for a session's ending, the same in timeline, tables and report."""

from __future__ import annotations

from soundscape.core.text import plain

_REASONS = {"end": "by `end`", "stop": "by `stop`", "arc": "the arc was over"}


def closed_words(reason: str) -> str:
    """Say why a session was closed."""
    return _REASONS.get(reason, plain(reason))
