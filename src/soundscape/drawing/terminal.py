"""A scene in the terminal: the curve, the tracks as bars under it, and the phases along the time.

Lines of text with the kind of ink each part is drawn in; whoever prints them chooses the colours.
Nothing depends on colour, and `ascii` does with the plainest characters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from math import ceil
from typing import Any

from rich.cells import cell_len, set_cell_size

from soundscape.core.text import ELLIPSIS, clock, decibels
from soundscape.drawing.rows import Ink, Part, Row, plainer
from soundscape.drawing.scene import (
    CuePoint,
    LevelSpan,
    Point,
    Scene,
    Stretch,
    at,
    hours,
    ticks,
)

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
BARS = "░▒"
"""Every second track has the second one, so that neighbours can be told apart."""
TOPS = "▁▂▃▄▅▆▇█"
"""The top of a bar, from the lowest to a whole cell."""
BORDER, CAP, AXIS, TICK, NOW = "┊╌─┴│"
QUIETS = {"silence": "╱", "ambience alone": "·", "paused": "="}
NO_MUSIC = "╳"
SAID = {"cue": "»", "refused": "×", "prompted": "›", "mark": "★"}
"""Each kind of moment."""
MARGIN: Part = (" " * SCALE, "")


def terminal(
    scene: Scene, width: int, *, height: int = HEIGHT, ascii: bool = False
) -> tuple[Row, ...]:
    """The picture in lines of at most `width` columns; no lines where that is too narrow.

    The chart has `height` lines, the highest for an intensity of 1. Under it are the tracks'
    numbers if there are tracks, the axis, its times, and what is known of cues and phases.
    """
    if width < NARROWEST or scene.end_s <= 0:
        return ()
    sheet = _Sheet(width - SCALE, height, scene.end_s)
    for stretch in scene.stretches[1:]:
        border = min(sheet.edges(stretch.start_s, stretch.end_s)[0], sheet.columns - 1)
        sheet.fill(border, border + 1, BORDER, "faint")
    _draw_bars(sheet, scene)
    for quiet in scene.quiets:
        sign = QUIETS.get(quiet.words, NO_MUSIC)
        sheet.fill(*sheet.edges(quiet.start_s, quiet.end_s), sign, "quiet")
    _draw_caps(sheet, scene)
    for curve in scene.curves:
        _draw_curve(sheet, curve)
    if scene.now_s is not None:
        _draw_now(sheet, scene.now_s, scene.moments)
    rows = [((_scale(row, height), "faint"), *cells) for row, cells in enumerate(sheet.cells)]
    rows += _foot(sheet, scene)
    if ascii:
        rows = [tuple((plainer(text, blocks=False), ink) for text, ink in row) for row in rows]
    return tuple(map(_joined, rows))


class _Sheet:
    """Cells to draw on: `cells[row][column]`, the uppermost row first."""

    def __init__(self, columns: int, height: int, end_s: float) -> None:
        self.columns, self.height, self.end_s = columns, height, end_s
        self.cells: list[list[Part]] = [[(" ", "")] * columns for _ in range(height)]

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

    def fill(self, start: int, end: int, sign: str, ink: Ink) -> None:
        """Write a sign into every cell from one column to before another."""
        for cells in self.cells:
            cells[start:end] = [(sign, ink)] * (end - start)


def _draw_bars(sheet: _Sheet, scene: Scene) -> None:
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
            sheet.cells[-1 - row][column] = (BARS[place % 2], "bar")
        top = TOPS[min(int((high - whole) * len(TOPS)), len(TOPS) - 1)]
        sheet.cells[-1 - whole][column] = (top, "bar")


def _draw_caps(sheet: _Sheet, scene: Scene) -> None:
    """A line that no music crosses, behind everything else."""
    for each in scene.caps:
        row = max(ceil((1 - each.cap) * sheet.height - ROUNDING) - 1, 0)
        for column in range(*sheet.edges(each.start_s, each.end_s)):
            if not sheet.cells[row][column][1]:
                sheet.cells[row][column] = (CAP, "faint")


def _draw_curve(sheet: _Sheet, curve: tuple[Point, ...]) -> None:
    """A line through each place's middle and every turn, that fills the rows between them."""
    across, down = len(DOTS), len(DOTS[0])
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
        sheet.cells[row][column] = (chr(0x2800 + bits), "curve")


def _from_to(before: int | None, line: int) -> tuple[int, int]:
    """The lines to fill so that this place touches the one before it."""
    if before is None or abs(line - before) <= 1:
        return line, line + 1
    return (before + 1, line + 1) if line > before else (line, before)


def _draw_now(sheet: _Sheet, now_s: float, moments: Iterable[CuePoint]) -> None:
    """The present as a line with its word beside it, the past fainter, and what was said in it."""
    now = sheet.column(now_s)
    for cells in sheet.cells:
        cells[:now] = [(sign, "past" if ink == "curve" else ink) for sign, ink in cells[:now]]
    for moment in moments:
        sheet.cells[-1][sheet.column(moment.at_s)] = (SAID[moment.kind], "note")
    sheet.fill(now, now + 1, NOW, "now")
    top = sheet.cells[0]
    for start in (now + 1, now - 3):
        free = top[start : start + 3] if start >= 0 else []
        if len(free) == 3 and all(ink not in ("curve", "past") for _, ink in free):
            top[start : start + 3] = [(letter, "now") for letter in "now"]
            return


# What stands under the chart.


def _foot(sheet: _Sheet, scene: Scene) -> Iterator[Row]:
    numbers = [
        (str(bar.number), sheet.column((bar.start_s + min(bar.end_s, scene.end_s)) / 2))
        for bar in scene.bars
    ]
    if numbers:
        yield MARGIN, (_placed(numbers, sheet.columns), "")
    moments = ticks(scene.end_s, sheet.columns // 10)
    fine = len(moments) > 1 and moments[1] < 60
    marks = [AXIS] * sheet.columns
    for moment in moments:
        marks[sheet.column(moment)] = TICK
    yield MARGIN, ("".join(marks), "faint")
    times = [(clock(m) if fine else hours(m), sheet.column(m)) for m in moments]
    yield MARGIN, (_placed(times, sheet.columns), "faint")
    if scene.now_s is None:
        yield from _said(sheet, scene.moments)
    modes = scene.steps_of("mode") if scene.played else ()
    for row in (
        _table(sheet, scene.stretches, lambda stretch: (stretch.name,), "name"),
        _table(sheet, scene.stretches, _about, "talk"),
        _table(sheet, modes, lambda step: (step.mode or "", (step.mode or "")[:1]), "talk"),
        _table(sheet, scene.steps_of("level_db"), _level),
        _table(sheet, scene.steps_of("ambience"), lambda step: (step.ambience,)),
    ):
        if any(text.strip(f"{BORDER} ") for text, _ in row):
            yield MARGIN, *row


def _said(sheet: _Sheet, moments: Iterable[CuePoint]) -> Iterator[Row]:
    """Where cues and marks lie: a sign in the column of each, and under it, where there is room,
    what was said."""
    row = [" "] * sheet.columns
    lines = [""] * WORD_LINES
    for moment in moments:
        column = sheet.column(moment.at_s)
        row[column] = SAID[moment.kind]
        words = f"{row[column]}{moment.words}"
        free = next((i for i, line in enumerate(lines) if len(line) + bool(line) <= column), None)
        if free is not None and column + len(words) <= sheet.columns:
            lines[free] = lines[free].ljust(column) + words
    for line in ("".join(row), *lines):
        if line.strip():
            yield MARGIN, (line.ljust(sheet.columns), "")


def _table(
    sheet: _Sheet,
    steps: Iterable[LevelSpan],
    texts: Callable[[Any], tuple[str, ...]],
    ink: Ink = "",
) -> Row:
    """A cell for each step, with the first of its texts that fits, or else as much of the last.

    The ink `talk` is for steps of talk alone.
    """
    cells: list[Part] = []
    for step in steps:
        start, end = sheet.edges(step.start_s, step.end_s)
        room, words = end - start, texts(step)
        text = next((each for each in words if cell_len(each) < room), None)
        if text is None:
            text = f"{set_cell_size(words[-1], room - 3)}{ELLIPSIS}" if room > 4 else ""
        mine: Ink = "" if ink == "talk" and step.mode != "talk" else ink
        cells.append((set_cell_size(BORDER + text, room), mine))
    return tuple(cells)


def _about(stretch: Stretch) -> tuple[str, ...]:
    mode = stretch.mode
    return (stretch.about, mode, mode[0]) if mode and mode in stretch.about else (stretch.about, "")


def _level(step: LevelSpan) -> tuple[str, ...]:
    words = "" if step.level_db is None else decibels(step.level_db)
    return words, words.removesuffix(" dB"), ""


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


def _joined(cells: Iterable[Part]) -> Row:
    """Neighbours in the same ink as one part."""
    parts: list[Part] = []
    for text, ink in cells:
        if parts and parts[-1][1] == ink:
            parts[-1] = (parts[-1][0] + text, ink)
        else:
            parts.append((text, ink))
    return tuple(parts)
