"""What a page says in words under its picture: which number is which track, and notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from soundscape.core.text import apart, clock, lasting
from soundscape.drawing.letters import fit, width
from soundscape.drawing.pen import SMALL, Pen
from soundscape.drawing.scene import Bar, Scene, Stretch
from soundscape.drawing.strips import number_of

GAP = 14.0
"""Between the columns of the table."""


@dataclass(frozen=True, slots=True)
class LegendTable:
    """The tracks by number, in `columns` of `rows` lines, each `line` points high."""

    columns: int
    rows: int
    size: float
    line: float

    @property
    def high(self) -> float:
        """How high the table is, in points."""
        return self.rows * self.line


def table_for(scene: Scene, high: float) -> LegendTable:
    """The table that fits into `high` points with the most room for titles, or else the lowest."""
    count = len(scene.bars)
    shapes = [(3, SMALL, 10.0), (4, 7.5, 9.2), (5, 7.0, 8.6)]
    tables = [LegendTable(n, -(-count // n), size, line) for n, size, line in shapes]
    return next((table for table in tables if table.high <= high), tables[-1])


def draw_table(
    pen: Pen, scene: Scene, table: LegendTable, left: float, right: float, top: float
) -> None:
    """Number, time, title and artist of every track, down one column after the other."""
    size = table.size
    wide = (right - left + GAP) / table.columns
    digits, times = width("000?", size, True), width(clock(scene.end_s), size)
    for place, bar in enumerate(scene.bars):
        column, row = divmod(place, table.rows)
        x, y = left + column * wide, top + (row + 0.5) * table.line
        pen.text(x + digits, y, number_of(bar), size, side="end", bold=True)
        pen.text(x + digits + 4 + times, y, clock(bar.start_s), size, side="end")
        at = digits + times + 9
        pen.text(x + at, y, _entry(bar, wide - GAP - at, size), size)


def _entry(bar: Bar, room: float, size: float) -> str:
    """Title, artist and flags; where they do not all fit the artist gives way first."""
    flags = (", voice" if bar.voice == "voice" else "") + (", cut" if bar.cut else "")
    room -= width(flags, size)
    title = fit(bar.title, room, size)
    artist = fit(bar.artist, room - width(f"{title} · ", size), size)
    whole = artist == apart(bar.artist)
    return f"{title} · {artist}{flags}" if artist and (whole or len(artist) > 4) else title + flags


def key(scene: Scene) -> str:
    """What the signs of a picture mean, those of them that are on it."""
    bars, stretches = scene.bars, scene.stretches
    signs = {
        "line: the intensity wanted": True,
        "bars: that of each track": bars,
        "thin line: its course within a track": any(bar.shape for bar in bars),
        "filled heading: talk, under the voices": any(each.mode == "talk" for each in stretches),
        "dashed: the cap, which no music exceeds": scene.caps,
        "level: the arc's with what cues added": scene.played,
        "thick end: cut by the phase's end": any(bar.cut for bar in bars),
        "?: nobody has said yet whether it has a voice": any(b.voice == "unknown" for b in bars),
        "fine dashes: as planned": scene.planned,
    }
    return "; ".join(words for words, shown in signs.items() if shown)


def notes(scene: Scene, unnamed: Iterable[Stretch]) -> list[str]:
    """What there is to say under a picture; `unnamed` are the phases without room for a name."""
    told = [key(scene)]
    told += [
        f"{clock(each.start_s)} {each.name}: {each.about} (too short to be named in full above)"
        for each in unnamed
    ]
    if scene.dose_s is not None:
        told.append(f"arc time counts from the dose, here at {clock(scene.dose_s)}")
    if scene.runs_on_s >= 1:
        told.append(f"the last track runs on {lasting(scene.runs_on_s)} past the arc's end")
    return told + [f"note: {warning}" for warning in scene.warnings]
