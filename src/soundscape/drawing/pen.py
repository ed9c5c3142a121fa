"""A sheet of paper to draw on: points from its upper left corner, text that is never mathematics.

Nothing here knows of plans. Everything drawn goes through a `Pen`, so that one place decides what
text, a box and a line look like, in SVG and PNG alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from soundscape.drawing.letters import Letters

POINTS_PER_INCH = 72.0
Side = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Look:
    """The colours. They only help: whatever matters also differs in shape or words, for print."""

    paper: str
    ink: str
    soft: str
    """Words that matter less."""
    hair: str
    """Grid lines and frames."""
    band: str
    """The shade of every second phase."""
    bar: str
    bar_edge: str
    curve: str


LIGHT = Look("#ffffff", "#161616", "#4c4c4c", "#c9c9c9", "#f0f0ee", "#a9c3dc", "#4f6f8f", "#a82c00")
DARK = Look("#121417", "#ececec", "#b4b4b4", "#464a50", "#1c2025", "#37536f", "#86a8c9", "#ffb070")


class Pen:
    """Draws on a sheet of `width` by `height` points; y grows downwards.

    `scale` makes the whole sheet, its letters and its lines smaller on paper.
    """

    def __init__(
        self, width: float, height: float, look: Look, letters: Letters, scale: float = 1.0
    ) -> None:
        from matplotlib.figure import Figure

        self.look, self.letters, self._scale = look, letters, scale
        size = (width * scale / POINTS_PER_INCH, height * scale / POINTS_PER_INCH)
        self.figure = Figure(figsize=size, facecolor=look.paper)
        self._sheet = self.figure.add_axes((0, 0, 1, 1))
        self._sheet.set_axis_off()
        self._sheet.set_xlim(0, width)
        self._sheet.set_ylim(height, 0)
        self._drawn = 0

    def _next(self) -> int:
        """What is drawn later lies above: matplotlib would put every line above every area."""
        self._drawn += 1
        return self._drawn

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        side: Side = "left",
        bold: bool = False,
        colour: str = "",
        upright: bool = False,
    ) -> None:
        """One line whose middle is at height `y`, and whose `side` is at `x`.

        `upright` turns it a quarter, reading upwards: then `y` is its lower end, `x` its middle.
        """
        if not words:
            return
        self._sheet.text(
            x,
            y,
            words,
            fontproperties=self.letters.font(size * self._scale, bold),
            color=colour or self.look.ink,
            ha="center" if upright else side,
            va="bottom" if upright else "center_baseline",
            rotation="vertical" if upright else "horizontal",
            parse_math=False,
            zorder=self._next(),
        )

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        *,
        fill: str = "none",
        edge: str = "none",
        hatch: str = "",
    ) -> None:
        """A rectangle, with a hatching of matplotlib's kinds in the edge's colour."""
        from matplotlib.patches import Rectangle

        self._sheet.add_patch(
            Rectangle(
                (left, top),
                right - left,
                bottom - top,
                facecolor=fill,
                edgecolor=edge,
                linewidth=0.6 * self._scale,
                hatch=hatch or None,
                zorder=self._next(),
            )
        )

    def area(self, points: Sequence[tuple[float, float]], fill: str, edge: str) -> None:
        """A closed shape."""
        from matplotlib.patches import Polygon

        self._sheet.add_patch(
            Polygon(
                points,
                closed=True,
                facecolor=fill,
                edgecolor=edge,
                linewidth=0.7 * self._scale,
                alpha=0.85,
                zorder=self._next(),
            )
        )

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, weight: float, dashes: str = "-"
    ) -> None:
        """A line through points, `weight` points wide."""
        xs, ys = zip(*points, strict=True)
        style: Any = dashes
        self._sheet.plot(
            xs,
            ys,
            color=colour,
            linewidth=weight * self._scale,
            linestyle=style,
            solid_joinstyle="round",
            zorder=self._next(),
        )
