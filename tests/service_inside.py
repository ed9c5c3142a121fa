"""What `test_service.py` does beside a real systemd: prints a line for each thing that held."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.until import until


def call(*words: str | Path) -> str:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{words}: {done.stdout}{done.stderr}")
    return done.stdout


def wait(what: Callable[[], Any], why: str) -> Any:
    return until(what, lambda: f"for {why}: {shown()}")


def shown() -> dict[str, str]:
    text = call("systemctl", "--user", "show", "soundscape")
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def main() -> None:
    script, odd_arc, stock, person = sys.argv[1], *map(Path, sys.argv[2:])
    # PrivateTmp gives the service a /tmp of its own: all of it is to lie elsewhere.
    base = Path("/run/base")
    base.mkdir()
    shutil.copytree(odd_arc.parent, base / odd_arc.parent.name)
    shutil.copytree(stock / "music", base / "music")
    arc = base / odd_arc.parent.name / odd_arc.name
    text = arc.read_text("utf-8").replace(str(stock / "music"), str(base / "music"))
    arc.write_text(text, "utf-8")
    for playlist in arc.parent.glob("*.m3u8"):
        playlist.write_text(
            playlist.read_text("utf-8").replace("../music", str(base / "music")), "utf-8"
        )
    home = base / "home"
    os.environ["SOUNDSCAPE_HOME"] = str(home)

    def status() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(call(script, "status", "--json"))
        return found

    call(script, "service", "add", arc, "--out", "null", "--speed", "20")
    path = next(person.rglob("soundscape.service"))
    (path.parent / "soundscape.service.d").mkdir()
    (path.parent / "soundscape.service.d" / "soon.conf").write_text("[Service]\nWatchdogSec=3\n")
    call("systemctl", "--user", "daemon-reload")
    call("systemctl", "--user", "start", "soundscape")
    if shown()["ActiveState"] == "active" and shown()["StatusText"].startswith("session "):
        print("active session")
    inside = Path(f"/proc/{status()['pids']['engine']}/root")
    try:
        (inside / str(base / "music")[1:] / "written").touch()
    except OSError as error:
        print("music is read-only" if "Read-only" in str(error) else error)
    (inside / str(home)[1:] / "written").touch()
    print("home is written")
    first = shown()["WatchdogTimestampMonotonic"]
    wait(lambda: shown()["WatchdogTimestampMonotonic"] != first, "a sign of life")
    print("watchdog heard")
    call("systemctl", "--user", "stop", "soundscape")
    if shown()["Result"] == "success" and shown()["ActiveState"] == "inactive":
        print("stopped with success")
    print(json.loads(call(script, "log", "check", "--json"))["state"])
    # At the pace of the clock: an arc that is over while it hangs would be another test.
    call(script, "service", "add", arc, "--out", "null", "--start")
    print("started again")
    pids = status()["pids"]
    code = status()["session"]
    for pid in (pids["supervisor"], pids["engine"]):  # The supervisor would mend a hung engine.
        os.kill(pid, signal.SIGSTOP)
    wait(lambda: shown()["NRestarts"] != "0", "the watchdog")
    print("hang found")

    def again() -> bool:
        done = subprocess.run([script, "status", "--json"], capture_output=True, text=True)
        return done.returncode == 0 and json.loads(done.stdout)["session"] == code

    wait(again, "the session")
    print("went on")


main()
