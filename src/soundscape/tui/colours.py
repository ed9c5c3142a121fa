"""The colours of the inks: dark in every kind of terminal, without bright areas.

The background is black and text is warm and of medium brightness, so that eyes stay used to the
dark. Colour alone never carries a meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from rich.style import Style

from soundscape.tui.rows import Ink

Look = Literal["full", "sixteen", "none"]

MONO = re.compile(r"vt[1-5]\d\d.*|.*-(m|mono)")
"""Terminals without colours: DEC's own, and those whose name says so."""

_FULL: dict[Ink, str] = {
    "": "#b5a68a",
    "strong": "bold #d9c9a3",
    "faint": "#85795f",
    "state": "bold #c8852f",
    "alarm": "bold #f0664a",
    "note": "#c8924a",
    "key": "bold #d9c9a3",
    "curve": "#c08f4a",
    "past": "#7a6238",
    "now": "bold #d9c9a3",
}
_SIXTEEN: dict[Ink, str] = {
    "": "color(7)",
    "strong": "bold color(7)",
    "faint": "dim color(7)",
    "state": "bold color(3)",
    "alarm": "bold color(9)",
    "note": "color(3)",
    "key": "bold color(3)",
    "curve": "color(3)",
    "past": "dim color(3)",
    "now": "bold color(7)",
}
_NONE: dict[Ink, str] = {
    "": "",
    "strong": "bold",
    "faint": "dim",
    "state": "bold",
    "alarm": "bold underline",
    "note": "",
    "key": "bold",
    "curve": "",
    "past": "dim",
    "now": "bold",
}


def styles(look: Look) -> dict[Ink, Style]:
    """Return the style of each ink."""
    chosen, ground = {
        "full": (_FULL, " on #000000"),
        "sixteen": (_SIXTEEN, " on color(0)"),
        "none": (_NONE, ""),
    }[look]
    return {ink: Style.parse(f"{words}{ground}".strip() or "none") for ink, words in chosen.items()}


def look_of(env: Mapping[str, str], color_system: str | None) -> Look:
    """Choose how many colours to use: none if the person or the terminal wants none."""
    if env.get("NO_COLOR") or MONO.fullmatch(env.get("TERM", "")):
        return "none"
    return "full" if color_system in ("truecolor", "256") else "sixteen"
