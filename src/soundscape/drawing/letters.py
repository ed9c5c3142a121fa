"""The letters of a page: which fonts, how wide words are, and how they are made to fit.

The fonts are DejaVu Sans, which matplotlib brings, and whatever installed ones have the letters
it lacks. A letter that no font here has is drawn as a box; in an SVG it is whole where it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from soundscape.drawing.words import ELLIPSIS

BASE = "DejaVu Sans"
FINE = 10
"""How many times finer than a point widths are measured, so that they do not depend on dots."""


class Letters:
    """Measures and fits text; widths in points. Lives within matplotlib's `rc_context`."""

    def __init__(self, texts: Iterable[str]) -> None:
        from matplotlib.backends import backend_agg

        wanted = {ord(c) for text in texts for c in text if not c.isspace()}
        found = _fonts_for(wanted)
        # The last is for whoever opens an SVG where none of these is installed.
        self.families = (BASE, *found, "sans-serif")
        agg: Any = backend_agg  # It says nothing of types.
        self._renderer = agg.RendererAgg(1, 1, 72 * FINE)
        self._widths: dict[tuple[str, float, bool], float] = {}

    def font(self, size: float, bold: bool) -> Any:
        """The font in a size, in points."""
        from matplotlib.font_manager import FontProperties

        return FontProperties(
            family=list(self.families), size=size, weight="bold" if bold else "normal"
        )

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """How wide a line is."""
        key = (text, size, bold)
        if key not in self._widths:
            measured = self._renderer.get_text_width_height_descent(
                text, self.font(size, bold), ismath=False
            )
            self._widths[key] = float(measured[0]) / FINE
        return self._widths[key]

    def fit(self, text: str, room: float, size: float, bold: bool = False) -> str:
        """As much of a line as fits, with an ellipsis where it was cut; "" where nothing does."""
        if self.width(text, size, bold) <= room:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle].rstrip() + ELLIPSIS, size, bold) <= room:
                low = middle
            else:
                high = middle - 1
        return text[:low].rstrip() + ELLIPSIS if low else ""

    def wrap(self, text: str, room: float, size: float, bold: bool = False) -> list[str]:
        """The line broken at spaces; a word that is wider than the room stays whole."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size, bold) <= room:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def spread(self, text: str, room: float, most: int, size: float, bold: bool = False) -> Any:
        """The line broken into at most `most` that all fit, or None."""
        lines = self.wrap(text, room, size, bold)
        fits = all(self.width(line, size, bold) <= room for line in lines)
        return lines if fits and len(lines) <= most else None


def _fonts_for(wanted: set[int]) -> list[str]:
    """Installed fonts for the letters that the base font lacks."""
    from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

    wanted = wanted - set(get_font(findfont(FontProperties(family=BASE))).get_charmap())
    found: list[str] = []
    if wanted:
        for entry in sorted(fontManager.ttflist, key=lambda each: (each.name, each.fname)):
            if (
                entry.name.startswith("Last Resort")
                or entry.style != "normal"
                or entry.weight != 400
            ):
                continue
            try:
                font = get_font(entry.fname)
                has = wanted & set(font.get_charmap()) if font.scalable else set()
            except (OSError, RuntimeError):  # Not a font after all.
                continue
            if has and entry.name not in found:
                found.append(entry.name)
                wanted -= has
            if not wanted:
                break
    return found
