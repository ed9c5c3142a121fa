"""The chart of a picture: what was wanted as a line, and the tracks that were found for it as bars.

Phases lie behind them as bands, times without music are hatched, a dashed line is the plan's.
"""

from __future__ import annotations

from soundscape.core.text import clock
from soundscape.drawing.letters import width
from soundscape.drawing.pen import PAD, SMALL, Frame, Pen
from soundscape.drawing.scene import Bar, Point, Quiet, Scene

SHAPE_ROOM = 10.0
"""How wide a bar has to be to show its track's course."""
HATCHED = ("silence", "paused")
"""Chosen times without music that look their own way; any other has its ambience alone."""


def draw_chart(pen: Pen, frame: Frame, scene: Scene, top: float, bottom: float) -> None:
    """Draw it between two heights: intensity 1 at the top, 0 at the bottom."""

    def place(moment: float, intensity: float) -> Point:
        high = (bottom - top) * min(max(intensity, 0.0), 1.0)
        return frame.x(moment), bottom - high

    def upright(moment: float, style: str) -> None:
        pen.line((place(moment, 1.0), place(moment, 0.0)), style)

    for stretch in scene.stretches[::2]:
        pen.box(frame.x(stretch.start_s), top, frame.x(stretch.end_s), bottom, "band")
    for fifth in (n / 5 for n in range(6)):
        _, y = place(0.0, fifth)
        pen.line(((frame.left, y), (frame.right, y)), "hair")
        pen.text(frame.left - 4, y, f"{fifth:.1f}", SMALL, side="end")
    for bar in scene.bars:
        corners = [
            place(bar.start_s, 0.0),
            place(bar.start_s + bar.fade_in_s, max(bar.intensity, 0.01)),
            place(bar.end_s - bar.fade_out_s, max(bar.intensity, 0.01)),
            place(bar.end_s, 0.0),
        ]
        with pen.told(_about(bar), bar.ref):
            pen.area(corners, "bar")
            if bar.cut:
                pen.line(corners[2:], "cut")
    for quiet in scene.quiets:
        _draw_quiet(pen, frame, quiet, top, bottom)
    for bar in scene.bars:
        if bar.shape and frame.x(bar.end_s) - frame.x(bar.start_s) > SHAPE_ROOM:
            sixth = (bar.end_s - bar.start_s) / 6
            thirds = zip((1, 3, 5), bar.shape, strict=True)
            pen.line([place(bar.start_s + n * sixth, value) for n, value in thirds], "shape")
    for each in scene.caps:
        left, y = place(each.start_s, each.cap)
        pen.line(((left, y), place(each.end_s, each.cap)), "cap")
        pen.text(left + PAD, y - 6, f"cap {each.cap:g}", SMALL)
    for curve in scene.planned.curves if scene.planned else ():
        pen.line([place(*point) for point in curve], "plan")
    if scene.dose_s is not None:
        with pen.told("dose"):
            upright(scene.dose_s, "dose")
    for curve in scene.curves:
        points = [place(*point) for point in curve]
        pen.line(points, "halo")
        pen.line(points, "curve")
    for stretch in scene.stretches[1:]:
        upright(stretch.start_s, "phase")
    if scene.runs_on_s:
        upright(scene.end_s, "end")
    pen.box(frame.left, top, frame.right, bottom, "border")


def _about(bar: Bar) -> str:
    by = f", {bar.artist}" if bar.artist else ""
    return f"{bar.title}{by}, {clock(bar.start_s)} to {clock(bar.end_s)}"


def _draw_quiet(pen: Pen, frame: Frame, quiet: Quiet, top: float, bottom: float) -> None:
    """A time without music, with its words across or upright where there is room for them."""
    left, right = frame.x(quiet.start_s), frame.x(quiet.end_s)
    chosen = quiet.words if quiet.words in HATCHED else "ambience-alone"
    style = chosen if quiet.chosen else "lost"
    wide = width(quiet.words, SMALL, True)
    middle = (left + right) / 2
    with pen.told(f"{quiet.words}, {clock(quiet.start_s)} to {clock(quiet.end_s)}"):
        pen.box(left, top, right, bottom, style)
        if wide + 2 * PAD <= right - left:
            y = (top + bottom) / 2
            pen.text(middle, y, quiet.words, SMALL, "label", side="middle", bold=True)
        elif right - left >= SMALL + PAD:
            y = (top + bottom + wide) / 2
            pen.text(middle, y, quiet.words, SMALL, "label", bold=True, upright=True)
