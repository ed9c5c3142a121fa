"""A scene in the terminal: the curve, the tracks as bars under it, and the phases along the time.

Lines of text with the kind of ink each part is drawn in; whoever prints them chooses the colours.
Nothing depends on colour, and `ascii` does with the plainest characters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal

from soundscape.core.text import clock, decibels
from soundscape.drawing.scene import CuePoint, LevelSpan, Point, Scene, Stretch, at
from soundscape.drawing.words import hours, ticks

Ink = Literal["", "curve", "bar", "quiet", "faint", "name", "talk"]
Row = tuple[tuple[str, Ink], ...]
"""A line of the picture in parts, from left to right."""

HEIGHT = 10
SCALE = 4
"""Columns of the numbers left of the chart."""
ROUNDING = 1e-6
NARROWEST = 30
"""With fewer columns there is no picture."""
WORD_LINES = 3
"""How many lines the words of cues may take; those that find no room have only their sign."""
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bits of a braille character: its left and right dots, from the top down."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters of the picture."""

    bars: tuple[str, str]
    """Every second track has the second one, so that neighbours can be told apart."""
    tops: str
    """The top of a bar, from the lowest to a whole cell."""
    curve: str
    """Empty for dots finer than a character."""
    silence: str
    alone: str
    paused: str
    nothing: str
    cap: str
    border: str
    axis: str
    tick: str
    cut: str
    """What stands for the rest of a name."""
    said: Mapping[str, str]
    """Each kind of moment."""


FINE = Signs(
    ("░", "▒"),
    "▁▂▃▄▅▆▇█",
    *("", "╱", "·", "=", "╳", "╌", "┊", "─", "┴", "…"),
    {"cue": "»", "refused": "×", "prompted": "›", "mark": "★"},
)
PLAIN = Signs(
    (":", "%"),
    "_-:",
    *("*", "/", ".", "=", "x", "_", "|", "-", "+", "~"),
    {"cue": ">", "refused": "x", "prompted": "(", "mark": "*"},
)


def terminal(
    scene: Scene, width: int, *, height: int = HEIGHT, ascii: bool = False
) -> tuple[Row, ...]:
    """The picture in lines of at most `width` columns; no lines where that is too narrow.

    The chart has `height` lines, the highest for an intensity of 1.
    """
    columns = width - SCALE
    if width < NARROWEST or scene.end_s <= 0:
        return ()
    signs = PLAIN if ascii else FINE
    sheet = _Sheet(columns, height, scene.end_s)
    _draw_borders(sheet, scene, signs)
    _draw_bars(sheet, scene, signs)
    _draw_quiets(sheet, scene, signs)
    _draw_caps(sheet, scene, signs)
    for curve in scene.curves:
        _draw_curve(sheet, curve, signs)
    rows = [
        ((_scale(row, height), "faint"), *_joined(cells)) for row, cells in enumerate(sheet.cells)
    ]
    return (*rows, *_foot(sheet, scene, signs))


class _Sheet:
    """Cells to draw on: `cells[row][column]`, the uppermost row first."""

    def __init__(self, columns: int, height: int, end_s: float) -> None:
        self.columns, self.height, self.end_s = columns, height, end_s
        self.cells: list[list[tuple[str, Ink]]] = [
            [(" ", "") for _ in range(columns)] for _ in range(height)
        ]

    def moment(self, column: float) -> float:
        """The time at a column, in seconds; half a column further is its middle."""
        return self.end_s * column / self.columns

    def column(self, seconds: float, across: int = 1) -> int:
        """The column that a moment lies in, of `across` in each cell; the last for what lies
        beyond."""
        columns = self.columns * across
        return min(max(int(seconds / self.end_s * columns), 0), columns - 1)

    def edges(self, start_s: float, end_s: float) -> tuple[int, int]:
        """The first column of a stretch of time, and the one after its last."""
        share = self.columns / self.end_s
        return round(start_s * share), round(min(end_s, self.end_s) * share)


def _draw_borders(sheet: _Sheet, scene: Scene, signs: Signs) -> None:
    for stretch in scene.stretches[1:]:
        for cells in sheet.cells:
            cells[min(sheet.edges(stretch.start_s, stretch.end_s)[0], sheet.columns - 1)] = (
                signs.border,
                "faint",
            )


def _draw_bars(sheet: _Sheet, scene: Scene, signs: Signs) -> None:
    """Each column shows the newest track that sounds in its middle."""
    starts = [bar.start_s for bar in scene.bars]
    for column in range(sheet.columns):
        moment = sheet.moment(column + 0.5)
        place = bisect_right(starts, moment) - 1
        if place < 0 or scene.bars[place].end_s <= moment:
            continue
        high = min(max(scene.bars[place].intensity, 0.0), 1.0) * sheet.height
        whole = min(int(high), sheet.height - 1)
        for row in range(whole):
            sheet.cells[-1 - row][column] = (signs.bars[place % 2], "bar")
        top = signs.tops[min(int((high - whole) * len(signs.tops)), len(signs.tops) - 1)]
        sheet.cells[-1 - whole][column] = (top, "bar")


def _draw_quiets(sheet: _Sheet, scene: Scene, signs: Signs) -> None:
    for quiet in scene.quiets:
        sign = {
            "silence": signs.silence,
            "ambience alone": signs.alone,
            "paused": signs.paused,
        }.get(quiet.words, signs.nothing)
        for column in range(*sheet.edges(quiet.start_s, quiet.end_s)):
            for cells in sheet.cells:
                cells[column] = (sign, "quiet")


def _draw_caps(sheet: _Sheet, scene: Scene, signs: Signs) -> None:
    """A line that no music crosses, behind everything else."""
    for each in scene.caps:
        row = max(ceil((1 - each.cap) * sheet.height - ROUNDING) - 1, 0)
        for column in range(*sheet.edges(each.start_s, each.end_s)):
            if not sheet.cells[row][column][1]:
                sheet.cells[row][column] = (signs.cap, "faint")


def _draw_curve(sheet: _Sheet, curve: tuple[Point, ...], signs: Signs) -> None:
    """A line through each place's middle and every turn, that fills the rows between them."""
    across, down = (1, 1) if signs.curve else (2, 4)
    lines = sheet.height * down
    dots: dict[tuple[int, int], int] = {}
    before: int | None = None
    middles = (sheet.moment((place + 0.5) / across) for place in range(sheet.columns * across))
    first, last = curve[0][0], curve[-1][0]
    points = [(moment, at(curve, moment)) for moment in middles if first <= moment <= last]
    for moment, value in sorted([*curve, *points], key=lambda point: point[0]):
        column, side = divmod(sheet.column(moment, across), across)
        # What lies on the border of two cells is drawn in the upper one.
        line = max(ceil((1 - value) * lines - ROUNDING) - 1, 0)
        for each in range(*_from_to(before, line)):
            row, dot = divmod(each, down)
            dots[row, column] = dots.get((row, column), 0) | DOTS[side][dot]
        before = line
    for (row, column), bits in dots.items():
        sheet.cells[row][column] = (signs.curve or chr(0x2800 + bits), "curve")


def _from_to(before: int | None, line: int) -> tuple[int, int]:
    """The lines to fill so that this place touches the one before it."""
    if before is None or abs(line - before) <= 1:
        return line, line + 1
    return (before + 1, line + 1) if line > before else (line, before)


# What stands under the chart.


def _foot(sheet: _Sheet, scene: Scene, signs: Signs) -> Iterable[Row]:
    numbers = [
        (str(bar.number), sheet.column((bar.start_s + min(bar.end_s, scene.end_s)) / 2))
        for bar in scene.bars
    ]
    if numbers:
        yield (" " * SCALE, ""), (_placed(numbers, sheet.columns), "")
    moments = ticks(scene.end_s, sheet.columns // 10)
    fine = len(moments) > 1 and moments[1] < 60
    marks = [signs.axis] * sheet.columns
    for moment in moments:
        marks[sheet.column(moment)] = signs.tick
    yield (" " * SCALE, ""), ("".join(marks), "faint")
    times = [(clock(m) if fine else hours(m), sheet.column(m)) for m in moments]
    yield (" " * SCALE, ""), (_placed(times, sheet.columns), "faint")
    yield from _said(sheet, scene.moments, signs)
    for table in (
        map(_name, scene.stretches),
        map(_about, scene.stretches),
        map(_mode, scene.steps_of("mode") if scene.played else ()),
        map(_level, scene.steps_of("level_db")),
        map(_ambience, scene.steps_of("ambience")),
    ):
        cells: list[tuple[str, Ink]] = []
        for (start_s, end_s), texts, ink in table:
            start, end = sheet.edges(start_s, end_s)
            cells.append((_cell(texts, end - start, signs), ink))
        if any(text.strip(f"{signs.border} ") for text, _ in cells):
            yield (" " * SCALE, ""), *cells


def _said(sheet: _Sheet, moments: Iterable[CuePoint], signs: Signs) -> Iterable[Row]:
    """Where cues and marks lie: a sign in the column of each, and under it, where there is room,
    what was said."""
    row = [" "] * sheet.columns
    lines = [""] * WORD_LINES
    for moment in moments:
        column = sheet.column(moment.at_s)
        sign = signs.said[moment.kind]
        row[column] = sign
        words = f"{sign}{moment.words}"
        free = next((i for i, line in enumerate(lines) if len(line) + bool(line) <= column), None)
        if free is not None and column + len(words) <= sheet.columns:
            lines[free] = lines[free].ljust(column) + words
    for line in ("".join(row), *lines):
        if line.strip():
            yield (" " * SCALE, ""), (line.ljust(sheet.columns), "")


# What a cell says, the fullest first: the first that fits is taken, or else the last is cut.

Cell = tuple[tuple[float, float], tuple[str, ...], Ink]


def _name(stretch: Stretch) -> Cell:
    return (stretch.start_s, stretch.end_s), (stretch.name,), "name"


def _about(stretch: Stretch) -> Cell:
    ink: Ink = "talk" if stretch.mode == "talk" else ""
    texts: tuple[str, ...] = (stretch.about, "")
    if stretch.mode and stretch.mode in stretch.about:
        texts = (stretch.about, stretch.mode, stretch.mode[0])
    return (stretch.start_s, stretch.end_s), texts, ink


def _mode(step: LevelSpan) -> Cell:
    ink: Ink = "talk" if step.mode == "talk" else ""
    mode = step.mode or ""
    return (step.start_s, step.end_s), (mode, mode[:1]), ink


def _level(step: LevelSpan) -> Cell:
    words = "" if step.level_db is None else decibels(step.level_db)
    return (step.start_s, step.end_s), (words, words.removesuffix(" dB"), ""), ""


def _ambience(step: LevelSpan) -> Cell:
    return (step.start_s, step.end_s), (step.ambience,), ""


def _cell(texts: tuple[str, ...], room: int, signs: Signs) -> str:
    """The border and one of the texts, in exactly `room` columns."""
    from rich.cells import cell_len, set_cell_size

    if signs is PLAIN:
        texts = tuple(text.encode("ascii", "replace").decode() for text in texts)
    text = next((each for each in texts if cell_len(each) < room), None)
    if text is None:
        text = f"{set_cell_size(texts[-1], room - 3)}{signs.cut}" if room > 4 else ""
    return set_cell_size(signs.border + text, room)


def _placed(texts: list[tuple[str, int]], columns: int) -> str:
    """Texts around their columns on one line; one that would touch the one before is left out."""
    line = ""
    for text, middle in texts:
        start = min(max(middle - len(text) // 2, 0), columns - len(text))
        if start >= len(line) + bool(line):
            line = line.ljust(start) + text
    return line.ljust(columns)


def _scale(row: int, height: int) -> str:
    """The intensity at a row's upper edge, where that is a fifth."""
    fifth = 5 * (height - row) / height
    return f"{fifth / 5:.1f}".ljust(SCALE) if fifth == int(fifth) else " " * SCALE


def _joined(cells: list[tuple[str, Ink]]) -> Row:
    """Neighbours in the same ink as one part."""
    parts: list[tuple[str, Ink]] = []
    for text, ink in cells:
        if parts and parts[-1][1] == ink:
            parts[-1] = (parts[-1][0] + text, ink)
        else:
            parts.append((text, ink))
    return tuple(parts)
