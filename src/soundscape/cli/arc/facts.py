"""What the commands of arcs tell of one, for programs and in a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from soundscape.core.arc import Arc

ABOUT_MOST = 100


def facts_of(made: Arc, path: Path) -> dict[str, Any]:
    """An arc and its file, for programs."""
    return {
        "name": path.stem,
        "file": str(path),
        "title": made.name,
        "about": made.about,
        "source": made.source,
        "length_s": made.length_s,
        "count": len(made.phases),
        "persons": made.persons,
        "follow": made.follows,
    }


def first_sentences(about: str) -> str:
    """What an arc is for, in about a line; that it is a starting point is said of all of them."""
    text = " ".join(about.split())
    for same in ("A starting point to edit, not a protocol.", "A starting point, not a protocol."):
        text = text.replace(same, "").strip()
    if len(text) <= ABOUT_MOST:
        return text
    end = text.rfind(". ", 0, ABOUT_MOST)
    return text[: end + 1] if end > 0 else text[: ABOUT_MOST - 1].rstrip() + "…"
