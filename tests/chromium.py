"""A real browser: the system's own Chromium, as anybody has it; nothing is downloaded."""

from __future__ import annotations

from shutil import which

from playwright.sync_api import Browser, Playwright


def launched(driver: Playwright) -> Browser:
    """It runs. All of a machine's memory that may be shared and its sandbox are not to be had in
    every container."""
    found = which("chromium") or which("chromium-browser") or which("google-chrome")
    assert found, "pages are tried in Chromium: install `chromium`"
    flags = ["--no-sandbox", "--disable-dev-shm-usage"]
    return driver.chromium.launch(executable_path=found, args=flags)
