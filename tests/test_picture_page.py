"""A plan on a page: everything is on it, in its place, whatever the titles hold."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from itertools import combinations
from pathlib import Path
from unicodedata import category
from xml.etree import ElementTree

import av
import pytest
import resvg_py
from chromium import launched
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from picture_cases import CASES, TITLES, lay, planned, pool
from playwright.sync_api import Page, sync_playwright

from soundscape.core.arc import STAGES, Arc, Curve, Phase
from soundscape.core.errors import InputError, SoundscapeError
from soundscape.drawing.letters import fit, width
from soundscape.drawing.page import SIZES, draw, page, render
from soundscape.drawing.scene import scene

NEAR_PT = 1.0
"""How far the boxes of two texts may reach into each other: a box is higher than its letters."""
BOXES = """() => [...document.querySelectorAll("text")].map(each => {
    const box = each.getBoundingClientRect();
    return [each.textContent, box.left, box.top, box.right, box.bottom];
})"""
ISOLATES = dict.fromkeys(map(ord, "\u2068\u2069"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    """A page of Chromium, to measure what we only reckon."""
    with sync_playwright() as driver:
        chromium = launched(driver)
        yield chromium.new_page()
        chromium.close()


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
    """No date and no random ids, whatever the time zone and the seed of hashes are."""
    once = render(scene(*planned("silences")), suffix)
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
    with av.open(io.BytesIO(path.read_bytes())) as file:
        grey = next(file.decode(video=0)).to_ndarray(format="gray")
    assert grey.shape == (900, 1600)
    assert (grey[3, 3] < 40) == dark
    assert grey.min() < 40 < 200 < grey.max()


def test_a_png_without_what_draws_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no font is installed its words would be missing; where resvg is not, that is said
    before any work, with what to do. Nothing is written, and an SVG needs neither."""
    drawn = scene(*planned("one phase"))
    fontless = partial(resvg_py.svg_to_bytes, skip_system_fonts=True)
    monkeypatch.setattr(resvg_py, "svg_to_bytes", lambda svg, **more: fontless(svg))
    with pytest.raises(SoundscapeError, match=r"install DejaVu Sans, or draw an \.svg"):
        draw(drawn, tmp_path / "plan.png")
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(InputError, match=r"plan.svg, or install soundscape\[pictures\]"):
        draw(drawn, tmp_path / "plan.png")
    assert list(tmp_path.iterdir()) == []
    draw(drawn, tmp_path / "plan.svg")


@pytest.mark.slow
def test_a_page_that_is_full_grows_and_leaves_nothing_out(browser: Page) -> None:
    """Hundreds of tracks make letters a little smaller, then the page longer, never the plan
    shorter."""
    arc = Arc("Day", (Phase("day", "peak", 86400.0, Curve.spread((0.2, 0.8)), ("all",)),))
    drawn = scene(arc, lay(arc, pool(400)))
    assert len(drawn.bars) > 250
    words = words_of(render(drawn, ".svg"))
    assert {str(bar.number) for bar in drawn.bars} <= {each.rstrip("?") for each in words}
    svg = page(drawn, SIZES[".png"])
    no_overlaps(browser, svg)
    assert float(ElementTree.fromstring(svg).attrib["height"]) > SIZES[".png"][1]


def no_overlaps(browser: Page, svg: str) -> None:
    """Fail where texts meet or leave the page, as Chromium draws it."""
    browser.set_content(f"<body style='margin: 0'>{svg}</body>")
    drawn = ElementTree.fromstring(svg).attrib
    boxes = [each for each in browser.evaluate(BOXES) if each[0]]
    for words, left, top, right, bottom in boxes:
        assert -NEAR_PT <= left <= right <= float(drawn["width"]) + NEAR_PT, words
        assert -NEAR_PT <= top <= bottom <= float(drawn["height"]) + NEAR_PT, words
    for (one, *a), (two, *b) in combinations(boxes, 2):
        wide = min(a[2], b[2]) - max(a[0], b[0])
        high = min(a[3], b[3]) - max(a[1], b[1])
        assert min(wide, high) <= NEAR_PT, f"{one!r} over {two!r}: {a}, {b}"


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SIZES)
@pytest.mark.parametrize("name", CASES)
def test_no_two_texts_meet_and_none_leaves_the_page(browser: Page, name: str, suffix: str) -> None:
    """Every title, name and number can be read: none lies over another, or half outside."""
    no_overlaps(browser, page(scene(*planned(name)), SIZES[suffix]))


@pytest.mark.slow
@pytest.mark.parametrize("text", [*TITLES, "The quick brown fox, 0:12:34", "ILLUMINATION II"])
def test_no_words_are_wider_than_they_are_reckoned(browser: Page, text: str) -> None:
    """The room that words are given is enough in a real browser, and not half as much again."""
    for bold in (False, True):
        weight = "bold" if bold else "normal"
        browser.set_content("<svg><text font-size='100'></text></svg>")
        browser.eval_on_selector(
            "text",
            "(it, [words, weight]) => { it.textContent = words; it.style = `font-weight: ${weight};"
            " font-family: DejaVu Sans, sans-serif` }",
            [text, weight],
        )
        real = browser.eval_on_selector("text", "it => it.getComputedTextLength()")
        assert real <= width(text, 100.0, bold) <= 1.5 * real


@pytest.mark.parametrize(
    "text", ["e\u0301" * 20, "👩‍🚀" * 20, "👋🏽" * 20, "नमस्ते" * 9, "سلام " * 9]
)
def test_a_title_is_cut_between_letters(text: str) -> None:
    """No accent, vowel sign or part of an emoji is left behind, and the ellipsis stands where the
    reading ends, also from right to left."""
    for room in range(10, 100):
        found = fit(text, room, 10.0)
        assert width(found, 10.0) <= room
        kept = found.translate(ISOLATES).removesuffix("…")
        assert text.startswith(kept)
        rest = text[len(kept) :].lstrip()
        assert not kept.endswith("\u200d")
        assert category(rest[0])[0] != "M"
        assert rest[0] not in "\u200d🏽"
        assert found == kept + "…" * bool(kept) or found == f"\u2068{kept}…\u2069"


@pytest.mark.parametrize("text", ["", "a", "…", "سلام"])
def test_where_there_is_no_room_there_are_no_words(text: str) -> None:
    """Also for a track without an artist, after a title that takes all the room there is."""
    assert fit(text, -5.0, 8.0) == ""


@pytest.mark.parametrize("dark", [False, True])
def test_a_page_asks_nothing_of_any_network(dark: bool) -> None:
    """It names no address but that of SVG itself, runs nothing, and needs no other file."""
    svg = page(scene(*planned("hostile titles")), SIZES[".svg"], dark=dark)
    assert re.findall(r"\w+://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert all(
        found.startswith("#") for found in re.findall(r"(?:url\(|href=[\"'])([^)\"']*)", svg)
    )
    assert not re.search(r"<(script|image|foreignObject|use)|@import|var\(| on\w+=", svg)


@pytest.mark.slow
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
def test_texts_keep_apart_on_any_arc(
    browser: Page, rows: list[tuple[str, float, str, float, bool]]
) -> None:
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
    no_overlaps(browser, page(scene(arc, lay(arc, pool(60))), SIZES[".png"]))


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
