"""The arc as a curve with "now" in it, in lines of text. Pure."""

from __future__ import annotations

from soundscape.core.text import plain
from soundscape.drawing.scene import Scene, Stretch
from soundscape.drawing.terminal import SCALE, terminal
from soundscape.protocol import Status
from soundscape.tui.rows import Ink, Part, Row

LEAST_LINES = 3
WITH_TIMES = 10
"""From so many lines on, two of them show the session's hours and minutes."""
NOW, NOW_PLAIN = "│", "|"
MARK, MARK_PLAIN = "★", "*"


def arc_rows(status: Status, width: int, lines: int, *, ascii: bool = False) -> tuple[Row, ...]:
    """Draw the curve in `lines` lines with the phases' names below; nothing if that is too small.

    The past is fainter, and marks stand where they were given.
    """
    course = status["course"]
    if lines < LEAST_LINES or not course:
        return ()
    now_s = status["now_s"]
    scene = _scene(status)
    times = lines >= WITH_TIMES
    lines -= 2 if times else 0
    drawn = terminal(scene, width, height=lines, ascii=ascii)
    if not drawn:
        return ()
    columns = width - SCALE

    def column(seconds: float) -> int:
        return min(max(int(seconds / scene.end_s * columns), 0), columns - 1)

    now = column(now_s)
    rows: list[list[Part]] = [_cells(row) for row in drawn[:lines]]
    for cells in rows:
        for place, (text, ink) in enumerate(cells[SCALE:]):
            if ink == "curve" and place < now:
                cells[SCALE + place] = (text, "past")
    for mark in status["marked"]:
        rows[-1][SCALE + column(mark["at_s"])] = (MARK_PLAIN if ascii else MARK, "note")
    if status["phase"]:
        for cells in rows:
            cells[SCALE + now] = (NOW_PLAIN if ascii else NOW, "now")
        _say_now(rows[0], SCALE + now)
    names = next((row for row in drawn[lines:] if any(ink == "name" for _, ink in row)), ())
    named = tuple((text, _name_ink(ink)) for text, ink in names)
    axis = drawn[lines : lines + 2] if times else ()
    below = (tuple((text, _name_ink(ink)) for text, ink in row) for row in axis)
    return (*(tuple(cells) for cells in rows), *below, *((named,) if named else ()))


def _scene(status: Status) -> Scene:
    course = status["course"]
    end_s = max(course[-1]["to_s"], status["now_s"], 1.0)
    stretches = tuple(
        Stretch(
            start_s=leg["from_s"],
            end_s=leg["to_s"],
            name=plain(leg["name"]),
            lasting="",
            cap=leg["cap"],
        )
        for leg in course
    )
    curves = tuple(tuple(map(tuple, leg["curve"])) for leg in course if len(leg["curve"]) > 1)
    return Scene(
        name=plain(status["arc"]),
        about="",
        end_s=end_s,
        stretches=stretches,
        bars=(),
        curves=curves,
        quiets=(),
        dose_s=None,
        warnings=(),
        steps=(),
    )


def _cells(row: tuple[tuple[str, str], ...]) -> list[Part]:
    """Split a line of the chart into characters."""
    return [(char, "curve" if ink == "curve" else "faint") for text, ink in row for char in text]


def _name_ink(ink: str) -> Ink:
    return "" if ink == "name" else "faint"


def _say_now(cells: list[Part], place: int) -> None:
    """Write "now" beside its line, on the side with room and no curve."""
    for start, word in ((place + 1, "now"), (place - 3, "now")):
        spots = range(start, start + len(word))
        if start >= SCALE and spots[-1] < len(cells) and all(cells[i][1] != "curve" for i in spots):
            for spot, char in zip(spots, word, strict=True):
                cells[spot] = (char, "now")
            return
