"""The page in a real browser, before a real session on the null decks."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import launched
from house import WRITTEN_LATER, House, alive, house_in, until
from page_visitor import page_of, ticket_of
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from soundscape.core.cues.table import CUES

pytestmark = pytest.mark.slow

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}

FLIPS_MS = 550
"""For a little less a button that has just changed is taken at what it said before."""

DOUBLE = """it => {
  const was = performance.now.bind(performance);
  it.click();
  performance.now = () => was() + 250;
  it.click();
  performance.now = was;
}"""
"""A double touch as a hand does it: a quarter of a second apart."""

LATER = "(was => performance.now = () => was() + 20000)(performance.now.bind(performance))"
"""The page's clock, twenty seconds on."""

ARC = """\
name: Long
library: ../music
defaults: {crossfade: 4 s}
phases:
  onset:  {minutes: 20, playlist: soft, intensity: [0.1, 0.4], ambience: rain}
  peak:   {minutes: 30, playlist: full, intensity: [0.4, 0.8]}
  more:   {minutes: 5, playlist: soft, intensity: 0.4, stage: peak, only: booster}
  return: {minutes: 20, playlist: soft, intensity: [0.5, 0.1], level: -12 dB}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        made = launched(driver)
        yield made
        made.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, stock: Path) -> Iterator[House]:
    """A long session at the pace of the clock, with its page."""
    with house_in(tmp_path_factory.mktemp("page"), stock) as made:
        arc = stock / "arcs" / "long.yaml"
        arc.write_text(ARC, "utf-8")
        made.play("--remote", arc=arc, speed=1)
        made.wait(lambda status: status["health"]["sound"], "for the first sound")
        yield made


class Phone:
    """A device with the page: what it asked for, and what it said in its console."""

    def __init__(self, browser: Browser, house: House, size: Any = PHONE, **more: Any) -> None:
        self.house = house
        self.context = browser.new_context(viewport=size, reduced_motion="reduce", **more)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    @property
    def address(self) -> str:
        return str(page_of(self.house).facts["here"])

    def open(self) -> Phone:
        """By a link, as somebody who is to be paired opens it."""
        self.page.goto(f"{self.address}#{ticket_of(self.house)['secret']}")
        expect(self.page.locator("#room")).to_be_visible()
        expect(self.page.locator("#left-number")).not_to_be_empty()
        return self

    def press(self, cue: str) -> None:
        """The large button that says this cue now."""
        self.page.locator(f"#main [data-cue={cue}]").click()

    def answered(self, cue: str) -> str:
        """What the newest line says, once that is no waiting."""
        line = self.page.locator("#said li").first
        expect(line).to_contain_text(f"{cue}: ")
        expect(line).not_to_contain_text("waiting")
        text = str(line.text_content()).removeprefix(f"{cue}: ")
        return text.removesuffix(WRITTEN_LATER)

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def phone(browser: Browser, served: House) -> Iterator[Phone]:
    """A paired phone; nothing but this server was asked, and nothing was complained of."""
    for cue in ("resume", "reflect", "release"):  # Whatever the test before has left.
        served.cue(cue)
    made = Phone(browser, served).open()
    yield made
    assert [url for url in made.asked if not url.startswith(made.address)] == []
    assert [text for text in made.said if "Failed to load" not in text] == []
    made.close()


WAYS: tuple[tuple[str, dict[str, str]], ...] = (
    ("soften", {"db": "2"}),
    ("lift", {"db": "1.5"}),
    ("restore", {}),
    ("pause", {"all": "on"}),
    ("transition", {"phase": "peak"}),
    ("next", {"never": "on"}),
    ("extend", {"minutes": "5"}),
    ("shorten", {"minutes": "2"}),
    ("silence", {"minutes": "3"}),
    ("dose", {"person": "B", "ago": "1"}),
    ("booster", {}),
    ("mark", {"note": "the sea", "person": "A"}),
    ("ambience", {"name": "ocean"}),
    ("output", {"device": "default"}),
    ("end", {"seconds": "9"}),
)
"""Cues behind `more`, each with what is put into its fields."""


def test_every_large_button_gives_its_cue(phone: Phone) -> None:
    """Each is answered in place with the session's own words, and is what the session did last; a
    button with two cues says the other one then."""
    order = ["soften", "pause", "resume", "talk", "reflect", "hold", "release", "next"]
    order += ["transition", "mark", "undo"]
    for cue in order:
        expect(phone.page.locator(f"#main [data-cue={cue}]")).to_be_visible()
        if cue in ("resume", "reflect", "release"):
            phone.page.wait_for_timeout(FLIPS_MS)
        phone.press(cue)
        answer = phone.answered(cue)
        last = phone.house.status()["last_cue"]
        said = last["answer"].replace("`", "")
        assert (last["name"], answer) == (cue, f"{'' if last['ok'] else 'no: '}{said}")
    expect(phone.page.locator("#live")).to_contain_text("undo: ")


def test_every_cue_behind_more_takes_its_words(phone: Phone) -> None:
    """The cues of the table that have words, and those with no large button: given with each of
    their fields filled, and done or refused by the session for a reason of its own."""
    phone.page.locator("#more").click()
    shown = {each.get_attribute("data-more") for each in phone.page.locator("[data-more]").all()}
    assert shown == {name for name, _ in WAYS}
    assert {name for name, cue in CUES.items() if cue.params} <= shown
    for cue, fields in WAYS[:-1]:
        button = phone.page.locator(f"[data-more={cue}]")
        if fields:
            phone.page.get_by_text(f"{cue} …", exact=True).click()
        for name, value in fields.items():
            field = phone.page.locator(f"#{cue}-{name}")
            if value == "on":
                field.check()
            elif field.evaluate("it => it.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        button.click()
        answer = phone.answered(cue)
        asked = phone.house.facts("asked")[-1]
        said = asked["answer"].replace("`", "")
        assert (asked["cue"], f"{'' if asked['ok'] else 'no: '}{said}") == (cue, answer)
        given = {name: asked["args"].get(name) for name in fields}
        if asked["ok"] and cue != "mark":  # The words of a note lie apart.
            assert given == {
                name: True if value == "on" else float(value) if value[0].isdigit() else value
                for name, value in fields.items()
            }
        if cue in ("pause", "silence"):
            phone.house.cue("resume")


def test_end_asks_twice(phone: Phone) -> None:
    """One touch asks, and is forgotten after 2 s; the other half of a double touch is no answer."""
    phone.page.locator("#more").click()
    phone.page.get_by_text("end …", exact=True).click()
    button = phone.page.locator("[data-more=end]")
    button.evaluate(DOUBLE)
    expect(button).to_contain_text("again within 2 s")
    expect(button).to_have_text("end")
    assert not phone.house.status()["closing"]


def test_two_devices_see_the_same(browser: Browser, phone: Phone) -> None:
    """What one gives the other shows at once: the state in large letters, the button that would end
    it, and that it came from elsewhere. A screen that cannot be kept on says so."""
    other = Phone(browser, phone.house, DESK)
    other.page.add_init_script("delete Navigator.prototype.wakeLock")
    other.open()
    expect(other.page.locator("#awake")).to_contain_text("may turn off by itself")
    expect(phone.page.locator("#awake")).to_be_empty()
    phone.press("hold")
    phone.answered("hold")
    expect(other.page.locator("#word")).to_have_text("HELD")
    expect(other.page.locator("#said li").first).to_contain_text("(from elsewhere)")
    other.page.wait_for_timeout(FLIPS_MS)
    other.press("release")
    other.answered("release")
    expect(phone.page.locator("#word")).to_have_text("")
    expect(phone.page.locator("#main [data-cue=hold]")).to_be_visible()
    other.close()


def test_an_engine_that_dies_is_told_and_come_back_from(phone: Phone) -> None:
    """A cue that is given just then waits for the next engine, and is done once."""
    before = phone.house.status()
    os.kill(before["pids"]["engine"], signal.SIGKILL)
    phone.press("mark")
    assert "mark" in phone.answered("mark")
    status = phone.house.wait(lambda found: found["pids"]["engine"] != before["pids"]["engine"])
    assert status["marks"] == before["marks"] + 1
    expect(phone.page.locator("#line")).to_be_hidden()


def test_a_session_that_was_killed_whole_comes_back(phone: Phone) -> None:
    """Engine, spare and supervisor: the page says that nobody answers, and once `recover` has
    brought the session back it goes on, with nothing paired anew."""
    page = page_of(phone.house).pid
    while pids := [pid for pid in phone.house.processes() if pid != page]:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    expect(phone.page.locator("#line")).to_contain_text("The session has not answered for")
    phone.press("mark")
    expect(phone.page.locator("#said li").first).to_contain_text("FAILED: ")
    done = phone.house.call("recover", "--out", "null", "--detach")
    assert done.returncode == 0, done.stderr
    expect(phone.page.locator("#line")).to_be_hidden()
    phone.press("mark")
    assert phone.answered("mark").startswith("mark ")


def test_what_is_cut_off_says_so_and_lies_in_nothing(phone: Phone) -> None:
    """With no connection: that there is none, in plain words, and that what is shown is old; a cue
    waits, is asked again when there is one, and is done once."""
    before = phone.house.status()["marks"]
    os.kill(page_of(phone.house).pid, signal.SIGSTOP)
    try:
        line = phone.page.locator("#line")
        expect(line).to_contain_text("No connection")
        expect(line).to_contain_text("This page shows an old state")
        assert "stale" in str(phone.page.locator("body").get_attribute("class"))
        phone.press("mark")
        expect(phone.page.locator("#main [data-cue=mark]")).to_contain_text("waiting")
        expect(phone.page.locator("#said li").first).to_contain_text("waiting for the answer")
    finally:
        os.kill(page_of(phone.house).pid, signal.SIGCONT)
    phone.answered("mark")
    expect(line).to_be_hidden()
    assert phone.house.status()["marks"] == before + 1
    unheard: list[str] = []

    def break_off(route: Route) -> None:
        unheard.append(route.request.post_data or "")
        route.fetch()
        route.abort()

    phone.page.route("**/cue/mark", break_off, times=1)
    phone.page.wait_for_timeout(200)
    phone.press("mark")
    phone.answered("mark")
    assert len(unheard) == 1, "it was obeyed, and its answer was lost on the way"
    assert phone.house.status()["marks"] == before + 2
    phone.context.set_offline(True)
    phone.page.wait_for_timeout(200)  # So close together they would be one touch.
    phone.press("mark")
    expect(phone.page.locator("#main [data-cue=mark]")).to_contain_text("waiting")
    phone.page.evaluate(LATER)
    expect(phone.page.locator("#main [data-cue=mark]")).to_contain_text("failed")
    expect(phone.page.locator("#said li").first).to_contain_text("may or may not have taken effect")
    assert phone.house.status()["marks"] == before + 2


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (
            403,
            '{"error": "this page answers only at its own address"}',
            "Refused: this page answers only",
        ),
        (
            500,
            "<h1>Internal Server Error</h1>",
            "the computer that plays answered 500. Trying again",
        ),
    ],
)
def test_a_refusal_is_no_lost_connection(phone: Phone, status: int, body: str, said: str) -> None:
    """An answer that says no is told as that, also before anything else was heard; once there is
    another answer it is gone."""
    line = phone.page.locator("#line")
    phone.page.route("**/me", lambda route: route.fulfill(status=status, body=body))
    phone.page.reload()
    expect(line).to_contain_text(said)
    assert "connection" not in str(line.text_content())
    phone.page.unroute("**/me")
    expect(phone.page.locator("#room")).to_be_visible()
    expect(line).to_be_hidden()
    phone.page.route("**/cue/mark", lambda route: route.fulfill(status=status, body=body))
    phone.press("mark")
    expect(phone.page.locator("#said li").first).to_contain_text(
        f"FAILED: {said.removeprefix('Refused: ').partition('.')[0]}"
    )


def test_pairing_by_the_six_digits(browser: Browser, served: House) -> None:
    """The bare page asks for them. Wrong ones are refused with what to do, the right ones open the
    room; revoked, it is dark at once and nothing of the session stays on the glass."""
    phone = Phone(browser, served)
    phone.page.goto(phone.address)
    expect(phone.page.locator("#pair")).to_be_visible()
    ticket = ticket_of(served)
    phone.page.locator("#code").fill(f"{(int(ticket['code']) + 1) % 10**6:06d}")
    phone.page.locator("#code").press("Enter")
    expect(phone.page.locator("#pair-said")).to_contain_text("this code is wrong; try again in")

    phone.page.wait_for_timeout(1100)
    phone.page.locator("#code").fill(f"{ticket['code'][:3]} {ticket['code'][3:]}")
    phone.page.locator("#code").press("Enter")
    expect(phone.page.locator("#room")).to_be_visible()
    expect(phone.page.locator("#arc-name")).to_contain_text("Long")
    name = served.json("remote", "list")[-1]["device"]
    assert served.call("remote", "rm", name).returncode == 0
    expect(phone.page.locator("#pair")).to_be_visible()
    expect(phone.page.locator("#pair-said")).to_contain_text("no longer paired")
    assert "Long" not in phone.page.content()
    assert "Tone" not in phone.page.content()
    phone.page.goto(f"{phone.address}#{ticket['secret']}")
    expect(phone.page.locator("#pair-said")).to_contain_text("this link was already used")
    assert "#" not in phone.page.url
    phone.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_everybody_can_use_it(browser: Browser, served: House, size: Any) -> None:
    """axe-core finds nothing, in both levels of brightness, in the room with everything open and
    before pairing; every letter is 16 px or more, whatever is pressed 48 px or more either way,
    nothing is wider than the screen, no field is bright, and nothing moves by itself."""
    phone = Phone(browser, served, size)
    phone.page.goto(phone.address)
    expect(phone.page.locator("#pair")).to_be_visible()
    check(phone.page)
    phone.open()
    check(phone.page)
    phone.page.locator("#more").click()
    for each in phone.page.locator("#forms summary").all():
        each.click()
    check(phone.page)
    phone.page.locator("#dim").click()
    check(phone.page)
    red = phone.page.evaluate("getComputedStyle(document.querySelector('#next')).color")
    r, g, b = map(int, re.findall(r"\d+", red)[:3])
    assert r > 3 * max(g, b), "the dimmer level is red"
    phone.page.evaluate("document.body.classList.add('stale')")
    check(phone.page)
    phone.close()


SMALL = """() => {
  const all = [...document.querySelectorAll("body *")].filter(it => it.checkVisibility());
  return all.flatMap(it => {
    const style = getComputedStyle(it), found = [];
    const own = [...it.childNodes].some(each => each.nodeType === 3 && each.data.trim());
    if (own && parseFloat(style.fontSize) < 16) found.push("letters " + style.fontSize);
    const target = it.matches("input[type=checkbox]") ? it.closest("label") : it;
    const { width, height, right } = target.getBoundingClientRect();
    const pressed = it.matches("button, input, select, summary");
    if (pressed && (width < 48 || height < 48)) found.push(`target ${width} x ${height}`);
    if (right > innerWidth + 1) found.push("too wide");
    const [r, g, b, a] = style.backgroundColor.match(/[\\d.]+/g).map(Number);
    if (a !== 0 && Math.max(r, g, b) > 64) found.push("bright " + style.backgroundColor);
    if (style.animationName !== "none" || style.transitionDuration !== "0s") found.push("moves");
    return found.map(each => `${it.tagName} ${it.id} ${it.textContent.slice(0, 20)}: ${each}`);
  });
}"""


def check(page: Page) -> None:
    """What everybody needs, of what is shown now."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 10, "it looked at nothing"
    assert page.evaluate(SMALL) == []


def test_over_the_network_it_is_encrypted_and_the_same(browser: Browser, served: House) -> None:
    """A phone that knows the certificate pairs by the link; a page that is open on loopback comes
    back by itself where the server was started anew for that, and is still paired."""
    here = Phone(browser, served).open()
    ticket = served.json("remote", "on", "--lan", "--address", "127.0.0.1")
    assert ticket["link"].startswith("https://127.0.0.1:")
    phone = Phone(browser, served, ignore_https_errors=True)
    phone.page.goto(ticket["link"])
    expect(phone.page.locator("#left-number")).not_to_be_empty()
    phone.press("soften")
    assert "dB" in phone.answered("soften")
    expect(here.page.locator("#line")).to_be_hidden()
    expect(here.page.locator("#said li").first).to_contain_text("(from elsewhere)")
    here.close()
    phone.close()


def test_stop_never_asks_and_the_end_is_told(browser: Browser, served: House) -> None:
    """Once is down; the page says STOPPED; of a session that is over it says so, its buttons are
    dead, and its process has gone with it."""
    phone = Phone(browser, served).open()
    phone.press("stop")
    assert "fades out in 1.5 s" in phone.answered("stop")
    expect(phone.page.locator("#word")).to_have_text("STOPPED")
    pid = page_of(served).pid
    served.end_now()
    expect(phone.page.locator("#line")).to_have_text("The session is over.")
    expect(phone.page.locator("#main button").first).to_be_disabled()
    until(lambda: not alive(pid), "for the page to go")
    phone.close()
