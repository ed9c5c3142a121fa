"""The report in a real browser: opened from its file, with no network, clicked and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import launched
from handmade import write
from house import House
from playwright.sync_api import Browser, Page, sync_playwright
from test_cli_log_export import evil_session
from test_journal_cut import SAMPLES

from soundscape.cli.app import run_app
from soundscape.journal.writer import JOURNAL_NAME

A4_PT = (595.28, 841.89)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = launched(driver)
        yield browser
        browser.close()


class Opened:
    """A page in a context of its own that is offline, with all it asked for and all it said."""

    def __init__(self, browser: Browser, address: str, scheme: str = "light") -> None:
        scheme_of: Any = scheme
        context = browser.new_context(offline=True, color_scheme=scheme_of)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.goto(address)


@pytest.fixture(params=["every cue", "titles that would do harm"])
def address(request: pytest.FixtureRequest, at_home: House, tmp_path: Path) -> str:
    """The report of a session that was played on the null decks with every cue there is, and of one
    whose titles would do harm where they could."""
    folder = at_home.home.sessions / "abcd2345"
    if request.param == "every cue":
        folder.mkdir(parents=True, mode=0o700)
        (folder / JOURNAL_NAME).write_bytes(SAMPLES[-1].read_bytes())
    else:
        write(folder, evil_session())
    assert run_app(["log", "consent", "abcd2345", "A", "yes"]) == 0
    target = tmp_path / "a report.html"
    assert run_app(["log", "report", "abcd2345", "--out", str(target)]) == 0
    return target.as_uri()


@pytest.mark.slow
def test_it_opens_from_a_file_and_asks_for_nothing(chromium: Browser, address: str) -> None:
    """Offline, from the file alone: no request but for itself, no word on the console, no dialog,
    nothing in it that could run; and it stands there, all of it."""
    opened = Opened(chromium, address)
    assert opened.asked == [address]
    assert opened.said == []
    assert opened.page.locator("script, img, iframe, object, link").count() == 0
    assert opened.page.locator("svg .bar").first.is_visible()
    assert opened.page.locator("tbody tr").count() >= 3


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(chromium: Browser, address: str, scheme: str) -> None:
    """axe-core finds nothing that breaks a rule; the paper is light in light and dark in dark."""
    opened = Opened(chromium, address, scheme)
    paper = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", paper)[0])
    assert (red > 200) == (scheme == "light"), paper
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 10, "it looked at nothing"


@pytest.mark.slow
def test_everything_in_the_picture_leads_to_its_line(chromium: Browser, address: str) -> None:
    """A click on a bar and on a mark goes to the one line of the table that tells of it, which is
    lit and in sight; every other link of the picture has such a line too, and works by key."""
    page = Opened(chromium, address).page
    page.set_viewport_size({"width": 1000, "height": 400})  # So low that the table is out of sight.
    for sign, style in ((".bar", "music"), (".mark", "mark")):
        shape = page.locator(f"svg a:has({sign})").first
        ref = shape.get_attribute("href")
        about = shape.get_attribute("aria-label")
        page.evaluate("scrollTo(0, 0)")
        shape.locator(sign).click()
        line = page.locator("tr:target")
        assert line.count() == 1
        assert f"#{line.get_attribute('id')}" == ref
        assert style in (line.get_attribute("class") or "")
        assert about
        row = line.bounding_box()
        assert row
        assert -1 < row["y"] < 400, "the line is in sight"
        lit = line.locator("td").first.evaluate("td => getComputedStyle(td).backgroundColor")
        assert lit != "rgba(0, 0, 0, 0)"
    links = page.locator("svg a")
    refs = [links.nth(n).get_attribute("href") or "" for n in range(links.count())]
    assert all(page.locator(f"tr[id='{ref[1:]}']").count() == 1 for ref in refs), refs
    links.first.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith(refs[0])


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_prints_on_a4(chromium: Browser, address: str, scheme: str, tmp_path: Path) -> None:
    """On A4 across, with the picture and its words on the first page, and dark on white paper
    whatever the screen's colours are."""
    opened = Opened(chromium, address, scheme)
    target = tmp_path / "report.pdf"
    opened.page.pdf(path=target, prefer_css_page_size=True)
    printed = target.read_bytes()
    assert printed.startswith(b"%PDF-")
    assert b"%%EOF" in printed[-20:]
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", printed)
    assert boxes
    sizes = {tuple(round(float(each)) for each in box) for box in boxes}
    wanted = tuple(round(each) for each in reversed(A4_PT))
    assert all(abs(a - b) <= 1 for size in sizes for a, b in zip(size, wanted, strict=True)), sizes
    assert len(printed) > 10_000
    opened.page.emulate_media(media="print")
    for value in ("color", "backgroundColor"):
        found = opened.page.evaluate(f"getComputedStyle(document.body).{value}")
        red = int(re.findall(r"\d+", found)[0])
        assert (red > 200) == (value == "backgroundColor"), (value, found)
