"""A plan on a page: everything is on it, in its place, whatever the titles hold."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from picture_cases import CASES, TITLES, lay, planned, pool
from PIL import Image

from soundscape.core.arc import STAGES, Arc, Curve, Phase
from soundscape.core.errors import InputError
from soundscape.drawing.letters import Letters
from soundscape.drawing.page import SIZES, all_words, compose, draw, render
from soundscape.drawing.pen import LIGHT
from soundscape.drawing.scene import Scene, scene

NEAR_PT = 0.4
"""How far two texts may reach into each other: the rounding of letters to dots."""
ISOLATES = dict.fromkeys(map(ord, "\u2068\u2069"))


def words_of(svg: bytes) -> list[str]:
    """Every text of an SVG, as somebody would read it."""
    root = ElementTree.fromstring(svg)
    return [
        "".join(each.itertext()).translate(ISOLATES)
        for each in root.iter("{http://www.w3.org/2000/svg}text")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_every_phase_and_track_is_on_the_page(name: str) -> None:
    """An SVG is well-formed XML and holds, as text, each phase's name and each track's title."""
    drawn = scene(*planned(name))
    words = words_of(render(drawn, ".svg"))
    whole = " ".join(words)
    for stretch in drawn.stretches:
        assert stretch.name[:40] in whole
    for bar in drawn.bars:
        assert any(bar.title[:12] in each for each in words) or bar.title in whole
    numbers = {each.rstrip("?") for each in words if each.rstrip("?").isdigit()}
    assert numbers in (set(), {str(bar.number) for bar in drawn.bars})


def test_no_title_is_read_as_mathematics_or_markup() -> None:
    """Dollars, underscores, backslashes and brackets come out as they were written."""
    whole = " ".join(words_of(render(scene(*planned("hostile titles")), ".svg")))
    bars = {bar.title for bar in scene(*planned("hostile titles")).bars}
    assert len(bars & set(TITLES)) >= 5
    assert all(title in whole for title in bars)
    assert "Names $1$ <&> 漢字" in whole


def test_what_would_harm_a_file_is_not_in_it() -> None:
    """Control characters, marks that turn a line around and halves of characters are left out."""
    whole = " ".join(words_of(render(scene(*planned("harmful titles")), ".svg")))
    assert "turned [31m line break" in whole
    assert "(no title)" in whole
    assert not set("\u202e\x1b\x00\ud800\ufffe\n\x07") & set(whole)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_same_plan_gives_the_same_bytes(suffix: str) -> None:
    """No date, no random ids, and nothing of somebody's own settings of matplotlib."""
    drawn = scene(*planned("silences"))
    once = render(drawn, suffix)
    with matplotlib.rc_context({"savefig.bbox": "tight", "hatch.linewidth": 5}):
        assert render(drawn, suffix) == once
    assert matplotlib.rcParams["svg.hashsalt"] != "soundscape"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from picture_cases import planned\n"
        "from soundscape.drawing.page import render\n"
        "from soundscape.drawing.scene import scene\n"
        "sys.stdout.buffer.write(render(scene(*planned('silences')), sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), suffix]
    elsewhere = {**os.environ, "PYTHONHASHSEED": "3", "TZ": "Asia/Tokyo"}
    assert subprocess.run(command, capture_output=True, check=True, env=elsewhere).stdout == once


@pytest.mark.parametrize(("name", "dark"), [("five phases", False), ("silences", True)])
def test_a_png_is_1600_by_900(name: str, dark: bool, tmp_path: Path) -> None:
    """A PNG opens, has the promised size, and lies on paper, or is dark where that was asked."""
    path = tmp_path / "plan.PNG"
    draw(scene(*planned(name)), path, dark=dark)
    assert list(tmp_path.iterdir()) == [path]
    with Image.open(path) as image:
        image.load()
        assert image.size == (1600, 900)
        grey = image.convert("L")
        assert (grey.getpixel((3, 3)) < 40) == dark
        darkest, lightest = grey.getextrema()
        assert darkest < 40 < 200 < lightest


@pytest.mark.slow
def test_a_page_that_is_full_grows_and_leaves_nothing_out() -> None:
    """Hundreds of tracks make letters a little smaller, then the page longer, never the plan
    shorter."""
    arc = Arc("Day", (Phase("day", "peak", 86400.0, Curve.spread((0.2, 0.8)), ("all",)),))
    drawn = scene(arc, lay(arc, pool(400)))
    assert len(drawn.bars) > 250
    words = words_of(render(drawn, ".svg"))
    assert {str(bar.number) for bar in drawn.bars} <= {each.rstrip("?") for each in words}
    assert no_overlaps(drawn, ".png") > SIZES[".png"][1]


def no_overlaps(drawn: Scene, suffix: str) -> float:
    """Fail where texts meet or leave the page; the page's height in points."""
    with matplotlib.rc_context():
        figure = compose(drawn, Letters(all_words(drawn)), SIZES[suffix], LIGHT)
        figure.dpi = 144
        renderer = FigureCanvasAgg(figure).get_renderer()
        boxes = [
            (text.get_text(), text.get_window_extent(renderer).extents.tolist())
            for text in figure.findobj(Text)
            if text.get_text()
        ]
    page = figure.bbox
    near = NEAR_PT * 144 / 72
    for words, (left, low, right, high) in boxes:
        assert page.x0 <= left <= right <= page.x1, words
        assert page.y0 <= low <= high <= page.y1, words
    for (one, a), (two, b) in combinations(boxes, 2):
        wide = min(a[2], b[2]) - max(a[0], b[0])
        assert wide <= near or min(a[3], b[3]) - max(a[1], b[1]) <= near, f"{one!r} over {two!r}"
    return float(page.height / 144 * 72)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Glyph")  # `render` does so; here nothing is rendered.
@pytest.mark.parametrize("suffix", SIZES)
@pytest.mark.parametrize("name", CASES)
def test_no_two_texts_meet_and_none_leaves_the_page(name: str, suffix: str) -> None:
    """Every title, name and number can be read: none lies over another, or half outside."""
    no_overlaps(scene(*planned(name)), suffix)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Glyph")
@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.text("abc é", min_size=1, max_size=25).filter(str.strip),
            st.floats(0.1, 90.0),
            st.sampled_from(["reflect", "talk"]),
            st.floats(-60.0, 6.0),
            st.booleans(),
        ),
        min_size=1,
        max_size=14,
    )
)
def test_texts_keep_apart_on_any_arc(rows: list[tuple[str, float, str, float, bool]]) -> None:
    """The same, for phases of any name, length, mode and level, with music or without."""
    arc = Arc(
        "Any",
        tuple(
            Phase(
                name,
                STAGES[0],
                minutes * 60.0,
                Curve.spread((0.2, 0.7)),
                ("all",) if music else (),
                level_db=level,
                mode=mode,  # type: ignore[arg-type]
                silence=not music,
            )
            for name, minutes, mode, level, music in rows
        ),
    )
    no_overlaps(scene(arc, lay(arc, pool(60))), ".png")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plan.pdf", "say plan.svg or plan.png"),
        ("plan", "an .svg or .png file, not `plan`"),
        ("missing/plan.svg", "make it first"),
        ("folder", "is a folder"),
    ],
)
def test_a_path_that_cannot_be_a_picture_is_refused(name: str, said: str, tmp_path: Path) -> None:
    """Before anything is drawn, with what to do; nothing is written."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=said):
        draw(scene(*planned("one phase")), tmp_path / name)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
