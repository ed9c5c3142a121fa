"""The page in Chromium, as the benches touch it: on loopback, on a device of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping

from sound_rig import PROGRAM, ROOT, clock

sys.path.insert(0, str(ROOT / "tests"))

from chromium import launched
from playwright.sync_api import Browser, Page

__all__ = ["launched"]

TAP = """cue => new Promise(done => {
  const wall = () => (performance.timeOrigin + performance.now()) / 1000;
  const said = document.getElementById("said"), given = wall();
  const seen = new MutationObserver(() => {
    const text = said.firstChild?.textContent ?? "";
    if (!text.startsWith(`${cue}: `) || text.includes("waiting for")) return;
    seen.disconnect();
    done([given, wall()]);
  });
  document.querySelector(`#main [data-cue=${cue}]`).click();
  seen.observe(said, { childList: true, subtree: true, characterData: true });
})"""


def opened(browser: Browser, env: Mapping[str, str]) -> Page:
    """The page of the session that runs, paired, with the session's state on it."""
    words = [PROGRAM, "remote", "on", "--json"]
    told = subprocess.run(words, env=env, capture_output=True, check=True)
    page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(json.loads(told.stdout)["link"])
    page.locator("#room").wait_for()
    page.wait_for_function("document.getElementById('left-number').textContent")
    return page


def tap(page: Page, cue: str) -> tuple[float, float]:
    """Touch the large button of a cue: when, and when its answer stood there, on `clock`."""
    given, answered = page.evaluate(TAP, cue)
    ahead = clock() - time.time()  # The browser tells the wall's time.
    return given + ahead, answered + ahead
