"""Writes the elements of an SVG: text, boxes and lines, in points from the upper left corner.

Nothing here knows of plans. Elements have classes, and `picture.css` says what each looks like: in
the colours of a `Palette`, or in CSS variables of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

PAD = 3.0
SMALL = 8.0
"""The size of most letters."""
LINE = 11.0

Side = Literal["start", "middle", "end"]
Palette = Mapping[str, str]
"""The colours by name. `soft` is for words that matter less, `hair` for grid lines and frames,
`band` for the shade of every second phase."""

LIGHT: Palette = {
    **{"paper": "#ffffff", "ink": "#161616", "soft": "#4c4c4c", "hair": "#c9c9c9"},
    **{"band": "#f0f0ee", "bar": "#a9c3dc", "edge": "#4f6f8f", "curve": "#a82c00"},
    "alarm": "#b00020",
}
DARK: Palette = {
    **{"paper": "#121417", "ink": "#ececec", "soft": "#b4b4b4", "hair": "#464a50"},
    **{"band": "#1c2025", "bar": "#37536f", "edge": "#86a8c9", "curve": "#ffb070"},
    "alarm": "#ff8a8a",
}

HATCHES = "".join(
    f'<pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse">'
    f'<path class="hatch {name}" d="{path}"/></pattern>'
    for name, path in {
        "silence": "M-2 10 10 -2M-2 2 2 -2M6 10 10 6",
        "paused": "M0 4H8",
        "ambience-alone": "M3 4h1.5",
        "lost": "M0 0 8 8M0 8 8 0",
    }.items()
)


def style_sheet(look: Palette | None = None) -> str:
    """The styles of a picture; without a look those of a page in CSS variables, light or dark as
    its reader likes it."""
    rules = Path(__file__).with_name("picture.css").read_text("utf-8")
    if look:
        return re.sub(r"var\(--(\w+)\)", lambda found: look[found[1]], rules)
    light, dark = (
        f":root {{ {' '.join(f'--{name}: {colour};' for name, colour in palette.items())} }}"
        for palette in (LIGHT, DARK)
    )
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n{rules}"


@dataclass(frozen=True, slots=True)
class Frame:
    """Where time lies: from `from_s` at `left` to `to_s` at `right`, in seconds and points."""

    left: float
    right: float
    from_s: float
    to_s: float

    def x(self, seconds: float) -> float:
        """Where a moment lies; what lies beyond the frame is drawn at its edge."""
        inside = min(max(seconds, self.from_s), self.to_s)
        share = (inside - self.from_s) / (self.to_s - self.from_s)
        return self.left + (self.right - self.left) * share


class Pen:
    """Collects what is drawn; what is drawn later lies above."""

    def __init__(self) -> None:
        self._elements: list[str] = []

    def __str__(self) -> str:
        return "\n".join(self._elements)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        style: str = "",
        *,
        side: Side = "start",
        bold: bool = False,
        upright: bool = False,
    ) -> None:
        """One line whose middle is at height `y`, and whose `side` is at `x`.

        `upright` turns it a quarter, reading upwards: then `y` is its lower end, `x` its middle.
        """
        if not words:
            return
        turned = f"rotate(-90 {_number(x)} {_number(y)})" if upright else ""
        # Digits and capitals are 0.72 of the size high.
        self._add(
            "text",
            escape(words),
            style=style,
            x=x,
            y=y + 0.36 * size,
            font_size=size,
            font_weight="bold" if bold else "",
            text_anchor=side if side != "start" else "",
            transform=turned,
        )

    def box(self, left: float, top: float, right: float, bottom: float, style: str) -> None:
        """A rectangle."""
        wide, high = max(right - left, 0.0), bottom - top
        self._add("rect", style=style, x=left, y=top, width=wide, height=high)

    def area(self, points: Sequence[tuple[float, float]], style: str) -> None:
        """A closed shape."""
        self._add("polygon", style=style, points=_joined(points))

    def line(self, points: Sequence[tuple[float, float]], style: str) -> None:
        """A line through points."""
        self._add("polyline", style=style, points=_joined(points))

    @contextmanager
    def told(self, about: str, ref: str = "") -> Iterator[None]:
        """What is drawn within says so under the pointer, and leads to `ref` on its own page."""
        link = f"<a href={quoteattr('#' + ref)} aria-label={quoteattr(about)}>" if ref else ""
        self._elements.append(f"{link}<g><title>{escape(about)}</title>")
        yield
        self._elements.append("</g></a>" if ref else "</g>")

    def _add(self, name: str, inside: str = "", *, style: str, **attributes: str | float) -> None:
        """An element; an attribute that is "" is left out."""
        written = "".join(
            f" {key.replace('_', '-')}={quoteattr(value)}"
            for key, value in [("class", style), *((k, _number(v)) for k, v in attributes.items())]
            if value
        )
        self._elements.append(f"<{name}{written}>{inside}</{name}>")


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}"


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
