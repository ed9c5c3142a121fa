"""The argument that says which arc, the same for every command; and what is told of an arc."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from soundscape.cli.options import offering
from soundscape.core.arc import Arc
from soundscape.home import Home
from soundscape.library.arcs.places import find_arc


def arc_path(word: str) -> Path:
    """The file of the arc that a person means. Raises `InputError` where there is none so named."""
    return find_arc(word, Home.find().data)


ArcArgument = Annotated[
    Path,
    typer.Argument(
        metavar="ARC",
        help="an arc: its YAML file, or its name (`soundscape arc list`)",
        show_default=False,
        parser=arc_path,
        autocompletion=offering("arcs"),
    ),
]

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
