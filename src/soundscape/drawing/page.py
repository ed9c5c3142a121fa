"""A scene as a picture: on a page of its own (SVG, PNG), or as a part of another (`figure`).

`draw` writes A4 across as SVG, or 1600 by 900 dots as PNG. The same scene gives the same bytes:
nothing in the file tells when or by whom it was drawn, and it asks nothing of any network.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from soundscape.atomic import write_whole
from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.drawing.legend import draw_table, notes, table_for
from soundscape.drawing.letters import fit, width, wrap
from soundscape.drawing.pen import (
    DARK,
    HATCHES,
    LIGHT,
    LINE,
    PAD,
    SMALL,
    Frame,
    Pen,
    style_sheet,
)
from soundscape.drawing.scene import Scene
from soundscape.drawing.strips import NAMES, draw_strips, heading_of, strips

SIZES = {".svg": (842.0, 595.0), ".png": (800.0, 450.0)}
"""The page in points: A4 landscape; and half as many points as dots, 1600 by 900."""
PNG_ZOOM = 2
MARGIN, GAP = 22.0, 5.0
TITLE, TITLE_HIGH = 14.0, 24.0
CHART, CHART_LEAST = 210.0, 130.0
"""The chart of a figure, and the lowest one of a page. Where a page has not even room for this, it
grows: nothing is left out."""
SCALES = (1.0, 0.95, 0.9, 0.85)
"""How far a full page is made smaller before it grows longer: letters must stay readable."""
RUN_ON = 1.025
"""What is shown of the time past the arc's end, where the last track runs on."""


def check_picture(path: Path) -> None:
    """Raises `InputError` where a picture can never be written to this path."""
    what = do = ""
    suffix = path.suffix.lower()
    if path.is_dir():
        what, do = "is a folder", "name a file in it, such as plan.svg"
    elif suffix not in SIZES:
        what = f"a picture is an .svg or .png file, not `{path.suffix or path.name}`"
        do = f"say {path.with_suffix('.svg').name} or {path.with_suffix('.png').name}"
    elif not path.parent.is_dir():
        what, do = f"there is no folder {path.parent}", "make it first, or name another"
    elif suffix == ".png" and not find_spec("resvg_py"):
        what = "a .png is drawn with resvg-py, which is not installed"
        do = f"say {path.with_suffix('.svg').name}, or install soundscape[pictures]"
    if what:
        raise InputError([Fault(str(path), what, do)])


def draw(drawn: Scene, path: Path, *, dark: bool = False, replace: bool = True) -> None:
    """Draw a scene, and write it whole or not at all.

    The suffix says how: ``.svg`` or ``.png``. A page with very many tracks is longer than usual.
    Raises `InputError` for a path that cannot be a picture, `SoundscapeError` where a PNG cannot be
    drawn for want of fonts, `OSError` where it cannot be written,
    `FileExistsError` among them where a file is there that it must not `replace`.
    """
    check_picture(path)
    picture = render(drawn, path.suffix.lower(), dark=dark)
    write_whole(path, picture, replace=replace)


def render(drawn: Scene, suffix: str, *, dark: bool = False) -> bytes:
    """The picture as the bytes of a file with this suffix."""
    svg = page(drawn, SIZES[suffix], dark=dark)
    return svg.encode("utf-8") if suffix == ".svg" else _png(svg)


def _png(svg: str) -> bytes:
    """Raises `SoundscapeError` where no font is installed: all words would be missing."""
    from resvg_py import svg_to_bytes

    probe = _svg(
        'xmlns="http://www.w3.org/2000/svg"',
        (9.0, 9.0),
        f'<style>{style_sheet(LIGHT)}</style><text y="9">M</text>',
    )
    if svg_to_bytes(probe) == svg_to_bytes(probe, skip_system_fonts=True):
        what = "a .png needs a font, and none is installed here"
        raise SoundscapeError(f"{what}: install DejaVu Sans, or draw an .svg")
    return bytes(svg_to_bytes(svg, zoom=PNG_ZOOM))


def page(drawn: Scene, size: tuple[float, float], *, dark: bool = False) -> str:
    """A page of `size` points as SVG: title, strips, a table of the tracks, and notes.

    What does not fit makes everything a little smaller, and then the page longer.
    """
    for scale in SCALES:
        wide, high = size[0] / scale, size[1] / scale
        left, right = MARGIN, wide - MARGIN
        frame = _frame(drawn, left, right)
        headings = [heading_of(stretch, frame) for stretch in drawn.stretches]
        unnamed = [heading.stretch for heading in headings if not heading.whole]
        said = [line for note in notes(drawn, unnamed) for line in wrap(note, right - left, SMALL)]
        made = strips(drawn, frame)
        fixed = TITLE_HIGH + sum(strip.high or 0.0 for strip in made) + len(said) * LINE
        fixed += 2 * MARGIN + 2 * GAP
        table = table_for(drawn, high - fixed - CHART_LEAST)
        chart = high - fixed - table.high
        if chart >= CHART_LEAST:
            break
    chart = max(chart, CHART_LEAST)
    pen, y = Pen(), MARGIN + TITLE / 2
    name = fit(drawn.name, right - left - width(drawn.about, SMALL) - 20, TITLE, True)
    pen.text(left, y, name, TITLE, bold=True)
    pen.text(right, y, drawn.about, SMALL, "soft", side="end")
    y = draw_strips(pen, frame, made, MARGIN + TITLE_HIGH, chart) + GAP
    draw_table(pen, drawn, table, left, right, y)
    y += table.high + GAP
    for place, line in enumerate(said):
        pen.text(left, y + (place + 0.5) * LINE, line, SMALL)
    high = fixed + chart + table.high
    return _svg(
        f'xmlns="http://www.w3.org/2000/svg" width="{size[0]:g}" height="{high * scale:g}"',
        (wide, high),
        f"<title>{escape(drawn.name)}</title><style>{style_sheet(DARK if dark else LIGHT)}</style>"
        f'<rect class="paper" width="{wide:g}" height="{high:g}"/>{pen}',
    )


def figure(drawn: Scene, name: str) -> str:
    """The strips alone, as an SVG within a page that has the style sheet and says the notes."""
    wide = SIZES[".svg"][0]
    frame = _frame(drawn, PAD, wide - MARGIN)
    pen = Pen()
    high = draw_strips(pen, frame, strips(drawn, frame), PAD, CHART) + PAD
    return _svg(f'role="group" aria-label={quoteattr(name)}', (wide, high), str(pen))


def _frame(drawn: Scene, left: float, right: float) -> Frame:
    """All of the scene's time and of the plan it is compared with, and a little of what runs on."""
    from_s, to_s = 0.0, drawn.end_s * (RUN_ON if drawn.runs_on_s else 1.0)
    if drawn.planned and drawn.planned.stretches:
        from_s = min(from_s, drawn.planned.stretches[0].start_s)
        to_s = max(to_s, drawn.planned.end_s)
    return Frame(left + NAMES, right, from_s, max(to_s, from_s + 1.0))


def _svg(about: str, size: tuple[float, float], inside: str) -> str:
    box = f'viewBox="0 0 {size[0]:g} {size[1]:g}"'
    return f"<svg {about} {box}><defs>{HATCHES}</defs>\n{inside}\n</svg>\n"
