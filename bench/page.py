"""What the page costs, and how soon it answers: `python bench/page.py [TAPS]`.

A session on the null decks with its page, and Chromium on loopback. Printed: from a touch on the
glass to the session's answer on it, beside the same cue on a held connection to the control port
in turns; the bytes that a browser loads and its first paint, of pages opened anew; memory (PSS) and
CPU of the page's process and of the engine with no page open, and with ten.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from cpu_memory import memory_mb
from glass import launched, opened, tap
from playwright.sync_api import sync_playwright
from sound_rig import clock, environment, machine, session, spread, tone_arc

from soundscape.control.address import read_control
from soundscape.control.client import Client
from soundscape.home import Home

PAGES = 10
LOOK_S = 20.0
WEIGHT, PAINT_MS = 60_000, 300

LOADED = """() => ({
  paint: performance.getEntriesByName("first-paint")[0]?.startTime,
  bytes: ["resource", "navigation"].flatMap(kind => performance.getEntriesByType(kind))
    .filter(each => !each.name.match(/me$|events$|pair$/))
    .reduce((sum, each) => sum + each.encodedBodySize, 0),
})"""


def cpu_s(pid: int) -> float:
    """CPU seconds so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def look(pids: dict[str, int], what: str) -> None:
    """Print what each process uses over a while."""
    before = {name: cpu_s(pid) for name, pid in pids.items()}
    time.sleep(LOOK_S)
    for name, pid in pids.items():
        minute = (cpu_s(pid) - before[name]) / LOOK_S * 60
        pss = memory_mb(pid)["PSS"]
        print(f"{what:14} {name:7} PSS {pss:5.1f} MB   CPU {minute:5.2f} s a minute")


def main(taps: int) -> None:
    print(machine())
    with (
        tempfile.TemporaryDirectory(prefix="soundscape-bench-") as name,
        sync_playwright() as driver,
    ):
        folder = Path(name)
        env = environment(os.environ, folder / "home")
        browser = launched(driver)
        with session(env, tone_arc(folder, 1200), "--out", "null") as began:
            first = opened(browser, env)
            client = Client(read_control(Home(folder, folder, folder / "home" / "run").control))
            on_glass: list[float] = []
            port: list[float] = []
            for turn in range(-2, taps):  # The first two fill caches and do not count.
                tapped, answered = tap(first, "mark")
                start = clock()
                client.cue("mark", [])
                took = clock() - start
                first.wait_for_timeout(200)  # Two touches lie further apart than one that bounces.
                if turn >= 0:
                    on_glass.append(answered - tapped)
                    port.append(took)
            print(f"tap to answer        {spread(on_glass)}")
            print(f"held connection      {spread(port)}")
            first.context.close()
            facts = json.loads((folder / "home" / "run" / "page.json").read_text())
            pids = {"page": facts["pid"], "engine": began["pids"]["engine"]}
            look(pids, "no page open")
            pages = [opened(browser, env) for _ in range(PAGES)]
            look(pids, f"{PAGES} pages open")
            found = [page.evaluate(LOADED) for page in pages]
            bytes_most = max(each["bytes"] for each in found)
            paints = [each["paint"] for each in found]
            print(f"weight {bytes_most / 1000:.1f} kB   target {WEIGHT / 1000:.0f} kB")
            print(
                f"first paint median {np.median(paints):.0f} ms   worst {max(paints):.0f} ms   "
                f"target {PAINT_MS} ms"
            )
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
