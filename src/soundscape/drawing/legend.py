"""Which bar is which track: titles under wide bars, or numbers and a table of them; and notes."""

from __future__ import annotations

from dataclasses import dataclass

from soundscape.core.words import apart, clock
from soundscape.drawing.letters import Letters
from soundscape.drawing.pen import Pen
from soundscape.drawing.scene import Bar, Scene
from soundscape.drawing.strips import PAD, SMALL, Frame, strip_name

TITLE_LINES = 3
ROWS_OF_NUMBERS = 4
NUMBER = 7.0
GAP = 14.0
"""Between the columns of the table."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """The strip under the chart. `across`: each bar's title in lines; else numbers, in `rows`."""

    high: float
    across: tuple[tuple[str, ...], ...] = ()
    rows: tuple[int | None, ...] = ()

    @property
    def numbered(self) -> bool:
        """Whether a table has to say which number is which track."""
        return not self.across


def name_tracks(scene: Scene, frame: Frame, letters: Letters) -> Tracks:
    """Titles where every bar has room for its own; numbers on all of them otherwise."""
    if not scene.bars:
        return Tracks(0.0)
    lines = [
        letters.spread(_titled(bar), _room(frame, bar), TITLE_LINES, SMALL) for bar in scene.bars
    ]
    if all(lines):
        most = max((len(each) for each in lines), default=1)
        return Tracks(most * 10.0 + 2 * PAD, across=tuple(tuple(each) for each in lines))
    taken = [float("-inf")] * ROWS_OF_NUMBERS
    rows: list[int | None] = []
    for bar in scene.bars:
        middle = _middle(frame, bar)
        half = letters.width(_number(bar), NUMBER) / 2 + 1.5
        free = next((i for i, right in enumerate(taken) if right <= middle - half), None)
        if free is not None:
            taken[free] = middle + half
        rows.append(free)
    used = max((row for row in rows if row is not None), default=0) + 1
    return Tracks(used * 8.5 + 2 * PAD, rows=tuple(rows))


def draw_tracks(
    pen: Pen, frame: Frame, scene: Scene, named: Tracks, top: float, bottom: float
) -> None:
    """The strip that names or numbers the bars above it."""
    if scene.bars:
        strip_name(pen, frame, "track", (top + bottom) / 2)
    if named.across:
        for bar, lines in zip(scene.bars, named.across, strict=True):
            for place, line in enumerate(lines):
                y = top + PAD + 5 + place * 10.0
                pen.text(_middle(frame, bar), y, line, SMALL, side="center")
        return
    for bar, row in zip(scene.bars, named.rows, strict=True):
        if row is not None:
            y = top + PAD + 4.25 + row * 8.5
            pen.text(_middle(frame, bar), y, _number(bar), NUMBER, side="center")


def _middle(frame: Frame, bar: Bar) -> float:
    """The middle of what is heard of a bar alone, which no neighbour shares."""
    return (frame.x(bar.start_s + bar.fade_in_s) + frame.x(bar.end_s - bar.fade_out_s)) / 2


def _room(frame: Frame, bar: Bar) -> float:
    return frame.between(bar.start_s + bar.fade_in_s, bar.end_s - bar.fade_out_s) - PAD


def _number(bar: Bar) -> str:
    return f"{bar.number}{'?' if bar.voice == 'unknown' else ''}"


def _flags(bar: Bar) -> str:
    """What is to be known of a track besides its name and number."""
    return (", voice" if bar.voice == "voice" else "") + (", cut" if bar.cut else "")


def _titled(bar: Bar) -> str:
    """The title for a bar that has no number."""
    return f"{apart(bar.title)}{' ?' if bar.voice == 'unknown' else ''}{_flags(bar)}"


@dataclass(frozen=True, slots=True)
class Table:
    """The tracks by number, in `columns` of `rows` lines, each `line` points high."""

    columns: int
    rows: int
    size: float
    line: float

    @property
    def high(self) -> float:
        """How high the table is, in points."""
        return self.rows * self.line


def table_for(scene: Scene, high: float) -> Table:
    """The table that fits into `high` points with the most room for titles, or else the lowest."""
    count = len(scene.bars)
    shapes = [(3, SMALL, 10.0), (4, 7.5, 9.2), (5, 7.0, 8.6)]
    tables = [Table(n, -(-count // n), size, line) for n, size, line in shapes]
    return next((table for table in tables if table.high <= high), tables[-1])


def draw_table(pen: Pen, scene: Scene, table: Table, left: float, right: float, top: float) -> None:
    """Number, time, title and artist of every track, down one column after the other."""
    letters, size = pen.letters, table.size
    wide = (right - left + GAP) / table.columns
    digits = letters.width("000?", size)
    times = letters.width(clock(scene.end_s), size)
    for place, bar in enumerate(scene.bars):
        column, row = divmod(place, table.rows)
        x = left + column * wide
        y = top + (row + 0.5) * table.line
        pen.text(x + digits, y, _number(bar), size, side="right", bold=True)
        pen.text(x + digits + 4 + times, y, clock(bar.start_s), size, side="right")
        at = x + digits + times + 9
        pen.text(at, y, _entry(letters, bar, x + wide - GAP - at, size), size)


def _entry(letters: Letters, bar: Bar, room: float, size: float) -> str:
    """Title, artist and flags; where they do not all fit the artist gives way first."""
    flags = _flags(bar)
    room -= letters.width(flags, size)
    title = apart(letters.fit(bar.title, room, size))
    artist = letters.fit(bar.artist, room - letters.width(f"{title} · ", size), size)
    some = artist == bar.artist or len(artist) > 4
    return f"{title} · {apart(artist)}{flags}" if artist and some else title + flags
