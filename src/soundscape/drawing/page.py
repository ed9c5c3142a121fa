"""A scene on a page: `draw` writes it as SVG (A4, landscape) or PNG (1600 by 900 dots).

Drawn with matplotlib, which is loaded here and nowhere else. The same scene gives the same bytes:
nothing in the file tells when or by whom it was drawn.
"""

from __future__ import annotations

import logging
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

from soundscape.atomic import write_whole
from soundscape.core.errors import Fault, InputError
from soundscape.core.words import clock
from soundscape.drawing.legend import draw_table, draw_tracks, name_tracks, table_for
from soundscape.drawing.letters import Letters
from soundscape.drawing.pen import DARK, LIGHT, Look, Pen
from soundscape.drawing.scene import Scene
from soundscape.drawing.strips import (
    LINE,
    NAMES,
    SMALL,
    Heading,
    draw_ambience,
    draw_chart,
    draw_headings,
    draw_levels,
    draw_modes,
    draw_said,
    draw_time,
    frame_for,
    headings,
    said_height,
)
from soundscape.drawing.words import lasting

SUFFIXES = (".svg", ".png")
SIZES = {".svg": (842.0, 595.0), ".png": (800.0, 450.0)}
"""The page in points: A4 landscape; and half as many points as dots, 1600 by 900."""
PNG_DPI = 144.0
MARGIN = 22.0
GAP = 5.0
TITLE, TITLE_HIGH = 14.0, 24.0
LEVELS, AMBIENCE, TIME = 30.0, 14.0, 16.0
CHART_LEAST = 130.0
"""The lowest chart. Where it has not even this, the page grows: nothing is left out."""
SCALES = (1.0, 0.95, 0.9, 0.85)
"""How far a full page is made smaller before it grows longer: letters must stay readable."""


def check_picture(path: Path) -> None:
    """Raises `InputError` where a picture can never be written to this path."""
    what = do = ""
    if path.is_dir():
        what, do = "is a folder", "name a file in it, such as plan.svg"
    elif path.suffix.lower() not in SUFFIXES:
        what = f"a picture is an .svg or .png file, not `{path.suffix or path.name}`"
        do = f"say {path.with_suffix('.svg').name} or {path.with_suffix('.png').name}"
    elif not path.parent.is_dir():
        what, do = f"there is no folder {path.parent}", "make it first, or name another"
    if what:
        raise InputError([Fault(str(path), what, do)])


def draw(drawn: Scene, path: Path, *, dark: bool = False, replace: bool = True) -> None:
    """Draw a scene, and write it whole or not at all.

    The suffix says how: ``.svg`` or ``.png``. A page with very many tracks is longer than usual.
    Raises `InputError` for a path that cannot be a picture, `OSError` where it cannot be written,
    `FileExistsError` among them where a file is there that it must not `replace`.
    """
    check_picture(path)
    picture = render(drawn, path.suffix.lower(), dark=dark)
    write_whole(path, picture, replace=replace)


def render(drawn: Scene, suffix: str, *, dark: bool = False) -> bytes:
    """The picture as the bytes of a file with this suffix."""
    import matplotlib

    out = BytesIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        # Somebody's own settings of matplotlib are for their figures, not for this one.
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "soundscape"})
        # Not every font has a bold face: the plain one does, and nobody has to hear of it.
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
        # Where a letter is lacking, a box is drawn that shows as much.
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from", UserWarning)
        letters = Letters(all_words(drawn))
        figure = compose(drawn, letters, SIZES[suffix], DARK if dark else LIGHT)
        keep: Any = {"Date": None} if suffix == ".svg" else {}
        figure.savefig(out, format=suffix[1:], dpi=PNG_DPI, metadata={**keep, "Title": drawn.name})
    return out.getvalue()


def compose(drawn: Scene, letters: Letters, size: tuple[float, float], look: Look) -> Any:
    """Everything in its place, as a matplotlib `Figure` of `size` points.

    What does not fit makes everything a little smaller, and then the page longer.
    """
    sheet = next(
        made
        for scale in SCALES
        if (made := _Sheet(drawn, letters, size, scale)).fits or scale == SCALES[-1]
    )
    return sheet.draw(look)


class _Sheet:
    """How high each part of a page is, if all of it is drawn at one scale. In points."""

    def __init__(
        self, drawn: Scene, letters: Letters, size: tuple[float, float], scale: float
    ) -> None:
        self.scene, self.letters, self.scale = drawn, letters, scale
        self.width, height = size[0] / scale, size[1] / scale
        self.frame = frame_for(drawn, MARGIN + NAMES, self.width - MARGIN)
        self.headings, self.head = headings(drawn, self.frame, letters)
        self.tracks = name_tracks(drawn, self.frame, letters)
        self.ambience = AMBIENCE if any(each.ambience for each in drawn.steps) else 0.0
        self.said = said_height(drawn, letters)
        self.modes = AMBIENCE if drawn.played else 0.0
        self.notes = [
            line
            for note in _notes(drawn, self.headings)
            for line in _broken(letters, note, self.width - 2 * MARGIN)
        ]
        fixed = 2 * MARGIN + TITLE_HIGH + self.head + self.tracks.high + LEVELS
        fixed += self.said + self.modes + self.ambience + TIME + len(self.notes) * LINE + 2 * GAP
        room = height - fixed - CHART_LEAST
        self.table = table_for(drawn, room) if self.tracks.numbered else None
        table = self.table.high if self.table else 0.0
        self.fits = table <= room
        self.chart = max(CHART_LEAST, height - fixed - table)
        self.height = fixed + table + self.chart

    def draw(self, look: Look) -> Any:
        """The page as a matplotlib `Figure`."""
        drawn, frame = self.scene, self.frame
        pen = Pen(self.width, self.height, look, self.letters, self.scale)
        _draw_title(pen, drawn, self.width)
        y = MARGIN + TITLE_HIGH
        draw_headings(pen, frame, self.headings, y, y + self.head)
        y += self.head
        draw_chart(pen, frame, drawn, y, y + self.chart)
        y += self.chart
        draw_tracks(pen, frame, drawn, self.tracks, y, y + self.tracks.high)
        y += self.tracks.high
        if self.said:
            draw_said(pen, frame, drawn, y, y + self.said)
            y += self.said
        if self.modes:
            draw_modes(pen, frame, drawn, y, y + self.modes)
            y += self.modes
        draw_levels(pen, frame, drawn, y, y + LEVELS)
        y += LEVELS
        if self.ambience:
            draw_ambience(pen, frame, drawn, y, y + self.ambience)
            y += self.ambience
        draw_time(pen, frame, drawn, y, y + TIME)
        y += TIME + GAP
        if self.table:
            draw_table(pen, drawn, self.table, MARGIN, self.width - MARGIN, y)
            y += self.table.high
        y += GAP
        for line in self.notes:
            pen.text(MARGIN, y + LINE / 2, line, SMALL)
            y += LINE
        return pen.figure


def _draw_title(pen: Pen, drawn: Scene, width: float) -> None:
    room = width - 2 * MARGIN - pen.letters.width(drawn.about, SMALL) - 20
    y = MARGIN + TITLE / 2
    pen.text(MARGIN, y, pen.letters.fit(drawn.name, room, TITLE, True), TITLE, bold=True)
    pen.text(width - MARGIN, y, drawn.about, SMALL, side="right", colour=pen.look.soft)


def _notes(drawn: Scene, named: tuple[Heading, ...]) -> list[str]:
    """What is said in words under the picture."""
    key = ["line: the intensity wanted", *(["bars: that of each track"] if drawn.bars else [])]
    if any(bar.shape for bar in drawn.bars):
        key.append("thin line: its course within a track")
    if any(stretch.mode == "talk" for stretch in drawn.stretches):
        key.append("filled heading: talk, under the voices")
    if drawn.caps:
        key.append("dashed: the cap, which no music exceeds")
    if drawn.played:
        key.append("level: the arc's with what cues added; dark under it: talk, under the voices")
    if any(bar.cut for bar in drawn.bars):
        key.append("thick end: cut by the phase's end")
    if any(bar.voice == "unknown" for bar in drawn.bars):
        key.append("?: nobody has said yet whether it has a voice")
    notes = ["; ".join(key)]
    notes += [
        f"{clock(s.start_s)} {s.name}: {s.about} (too short to be named in full above)"
        for s in (each.stretch for each in named if not each.whole)
    ]
    if drawn.dose_s is not None:
        notes.append(f"arc time counts from the dose, here at {clock(drawn.dose_s)}")
    if drawn.runs_on_s >= 1:
        notes.append(f"the last track runs on {lasting(drawn.runs_on_s)} past the arc's end")
    return notes + [f"note: {warning}" for warning in drawn.warnings]


def _broken(letters: Letters, note: str, room: float) -> list[str]:
    """A note in as many lines as it takes; a word that is wider than the page is cut."""
    return [letters.fit(line, room, SMALL) for line in letters.wrap(note, room, SMALL)]


def all_words(drawn: Scene) -> list[str]:
    """Whatever of other people's words is on the page: the letters that are needed."""
    titles = [text for bar in drawn.bars for text in (bar.title, bar.artist)]
    phases = [*(s.name for s in drawn.stretches), *(s.ambience for s in drawn.steps)]
    said = [moment.words for moment in drawn.moments]
    return [drawn.name, *titles, *phases, *said, *drawn.warnings]
