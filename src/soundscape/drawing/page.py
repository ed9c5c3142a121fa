"""A scene as a picture: on a page of its own (SVG, PNG), or as a part of another (`figure`).

`draw` writes A4 across as SVG, or 1600 by 900 dots as PNG. The same scene gives the same bytes:
nothing in the file tells when or by whom it was drawn, and it asks nothing of any network.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from soundscape.atomic import write_whole
from soundscape.core.errors import Fault, InputError, SoundscapeError
from soundscape.core.text import apart, clock, lasting
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
from soundscape.drawing.scene import Bar, Scene, Stretch
from soundscape.drawing.strips import NAMES, draw_strips, heading_of, number_of, strips

SIZES = {".svg": (842.0, 595.0), ".png": (800.0, 450.0)}
"""The page in points: A4 landscape; and half as many points as dots, 1600 by 900."""
PNG_ZOOM = 2
MARGIN, GAP, COLUMNS_APART = 22.0, 5.0, 14.0
TITLE, TITLE_HIGH = 14.0, 24.0
CHART, CHART_LEAST = 210.0, 130.0
"""The chart of a figure, and the lowest one of a page. Where a page has not even room for this, it
grows: nothing is left out."""
FEW = 36
"""So many tracks are listed in three columns; more in five, of smaller letters."""
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

    What does not fit makes the page longer.
    """
    left, right = MARGIN, size[0] - MARGIN
    frame = _frame(drawn, left, right)
    headings = [heading_of(stretch, frame) for stretch in drawn.stretches]
    unnamed = [heading.stretch for heading in headings if not heading.whole]
    said = [line for note in _notes(drawn, unnamed) for line in wrap(note, right - left, SMALL)]
    made = strips(drawn, frame)
    few = len(drawn.bars) <= FEW
    columns, letters, line_high = (3, SMALL, 10.0) if few else (5, 7.0, 8.6)
    rows = -(-len(drawn.bars) // columns)
    fixed = TITLE_HIGH + sum(strip.high or 0.0 for strip in made) + rows * line_high
    fixed += len(said) * LINE + 2 * MARGIN + 2 * GAP
    chart = max(size[1] - fixed, CHART_LEAST)
    pen, y = Pen(), MARGIN + TITLE / 2
    name = fit(drawn.name, right - left - width(drawn.about, SMALL) - 20, TITLE, True)
    pen.text(left, y, name, TITLE, bold=True)
    pen.text(right, y, drawn.about, SMALL, "soft", side="end")
    y = draw_strips(pen, frame, made, MARGIN + TITLE_HIGH, chart) + GAP
    wide = (right - left + COLUMNS_APART) / columns
    for place, bar in enumerate(drawn.bars):
        column, row = divmod(place, rows)
        spot = left + column * wide, y + (row + 0.5) * line_high
        _draw_entry(pen, bar, spot, wide - COLUMNS_APART, letters)
    y += rows * line_high + GAP
    for place, line in enumerate(said):
        pen.text(left, y + (place + 0.5) * LINE, line, SMALL)
    high = fixed + chart
    return _svg(
        f'xmlns="http://www.w3.org/2000/svg" width="{size[0]:g}" height="{high:g}"',
        (size[0], high),
        f"<title>{escape(drawn.name)}</title><style>{style_sheet(DARK if dark else LIGHT)}</style>"
        f'<rect class="paper" width="{size[0]:g}" height="{high:g}"/>{pen}',
    )


def _draw_entry(pen: Pen, bar: Bar, spot: tuple[float, float], room: float, size: float) -> None:
    """Number, time, title and artist of a track; where they do not all fit the artist gives way
    first."""
    x, y = spot
    digits, time = x + width("000?", size, True), width("0:00:00", size)
    pen.text(digits, y, number_of(bar), size, side="end", bold=True)
    pen.text(digits + 4 + time, y, clock(bar.start_s), size, side="end")
    at = digits + time + 9
    flags = (", voice" if bar.voice == "voice" else "") + (", cut" if bar.cut else "")
    room -= at - x + width(flags, size)
    title = fit(bar.title, room, size)
    artist = fit(bar.artist, room - width(f"{title} · ", size), size)
    if artist and (artist == apart(bar.artist) or len(artist) > 4):
        title = f"{title} · {artist}"
    pen.text(at, y, title + flags, size)


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


def key(scene: Scene) -> str:
    """What the signs of a picture mean, those of them that are on it."""
    bars, stretches = scene.bars, scene.stretches
    signs = {
        "line: the intensity that the arc asks for": True,
        "bars: the intensity of each track": bars,
        "thin line: how it changes within a track": any(bar.shape for bar in bars),
        "filled heading: talk, music under the voices": any(
            each.mode == "talk" for each in stretches
        ),
        "dashed line: the cap, which no music exceeds": scene.caps,
        "level: the arc's own, changed by cues": scene.played,
        "thick end: cut off by the end of the phase": any(bar.cut for bar in bars),
        "?: nobody has said yet whether the track has a voice": any(
            b.voice == "unknown" for b in bars
        ),
        "fine dashes: the plan": scene.planned,
    }
    return "; ".join(words for words, shown in signs.items() if shown)


def _notes(scene: Scene, unnamed: Iterable[Stretch]) -> list[str]:
    """What there is to say under a picture; `unnamed` are the phases without room for a name."""
    told = [key(scene)]
    told += [
        f"{clock(each.start_s)} {each.name}: {each.about} (too short to be named in full above)"
        for each in unnamed
    ]
    if scene.dose_s is not None:
        told.append(f"the arc counts from the dose, at {clock(scene.dose_s)} in this picture")
    if scene.runs_on_s >= 1:
        told.append(f"the last track plays on for {lasting(scene.runs_on_s)} after the arc's end")
    return told + [f"note: {warning}" for warning in scene.warnings]
