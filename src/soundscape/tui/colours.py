"""The colours of the inks: dark in every kind of terminal, without bright areas.

The background is black and text is warm and of medium brightness, so that eyes stay used to the
dark. Colour alone never carries a meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from rich.style import Style

from soundscape.drawing.rows import Ink

Look = Literal["full", "sixteen", "none"]

MONO = re.compile(r"vt[1-5]\d\d.*|.*-(m|mono)")
"""Terminals without colours: DEC's own, and those whose name says so."""

_INKS: dict[Ink, tuple[str, str, str]] = {
    "": ("#b5a68a", "color(7)", ""),
    "name": ("#b5a68a", "color(7)", ""),
    "strong": ("bold #d9c9a3", "bold color(7)", "bold"),
    "faint": ("#85795f", "dim color(7)", "dim"),
    "state": ("bold #c8852f", "bold color(3)", "bold"),
    "alarm": ("bold #f0664a", "bold color(9)", "bold underline"),
    "note": ("#c8924a", "color(3)", ""),
    "key": ("bold #d9c9a3", "bold color(3)", "bold"),
    "curve": ("#c08f4a", "color(3)", ""),
    "past": ("#7a6238", "dim color(3)", "dim"),
    "now": ("bold #d9c9a3", "bold color(7)", "bold"),
}
"""Each ink in full colour, in sixteen colours and without."""
_GROUNDS: dict[Look, tuple[int, str]] = {
    "full": (0, " on #000000"),
    "sixteen": (1, " on color(0)"),
    "none": (2, ""),
}


def styles(look: Look) -> dict[Ink, Style]:
    """Return the style of each ink."""
    place, ground = _GROUNDS[look]
    return {ink: Style.parse(f"{inks[place]}{ground}".strip()) for ink, inks in _INKS.items()}


def look_of(env: Mapping[str, str], color_system: str | None) -> Look:
    """Choose how many colours to use: none if the person or the terminal wants none."""
    if env.get("NO_COLOR") or MONO.fullmatch(env.get("TERM", "")):
        return "none"
    return "full" if color_system in ("truecolor", "256") else "sixteen"
