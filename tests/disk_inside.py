"""Run in a mount namespace of its own: a session on a disk that fills up, then is read-only."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from support.until import until


def call(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def main() -> None:
    script, disk, arc, home = sys.argv[1], *map(Path, sys.argv[2:])
    call("mount", "-t", "tmpfs", "-o", "size=2m,nr_inodes=80", "none", disk)
    shutil.copy(home / "library.db", disk)
    # The engine's log stays open, which a disk does not let go read-only.
    (disk / "run").mkdir(mode=0o700)
    call("mount", "-t", "tmpfs", "-o", "size=2m,mode=700,nr_inodes=40", "none", disk / "run")
    os.environ["SOUNDSCAPE_HOME"] = str(disk)
    control = disk / "run" / "control.json"

    def status() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(call(script, "status", "--json").stdout)
        return found

    def place() -> tuple[str, float] | None:
        track = status()["track"]
        return (track["path"], track["position_s"]) if track and track["sounds"] else None

    def troubled(name: str, trouble: str) -> None:
        """Give cues until the disk refuses one: what is in a file's last page still has room."""
        before = place()
        while "not yet written" not in (done := call(script, "mark")).stdout:
            if done.returncode:
                sys.exit(f"not obeyed: {done.stderr}")
        until(lambda: status()["health"]["journal"] == trouble)
        until(lambda: place() not in (None, before))
        print(f"{name}: obeyed, and said; the music goes on")
        killed = status()["pids"]["engine"]
        os.kill(killed, signal.SIGKILL)
        until(
            lambda: (now := look()) and now["pids"]["engine"] != killed and now["track"]["sounds"]
        )
        if call(script, "mark").returncode:
            sys.exit(f"{name}: the next engine takes no cue")
        print(f"{name}: an engine that died was followed by the next")

    def look() -> dict[str, Any] | None:
        found = call(script, "status", "--json").stdout
        return json.loads(found) if found else None

    def fill() -> None:
        """To the last byte and the last file, of the run folder too."""
        for folder in (disk, disk / "run"):
            with (folder / "big").open("wb") as file, suppress(OSError):
                for size in (65536, 1024, 1):
                    with suppress(OSError):
                        while True:
                            os.write(file.fileno(), bytes(size))
            with suppress(OSError):
                for number in range(1000):
                    (folder / f"file-{number}").touch()

    done = call(script, "run", arc, "--out", "null", "--seed", "1", "--detach")
    if done.returncode:
        sys.exit(done.stderr)
    until(lambda: (track := status()["track"]) and track["sounds"])
    try:
        fill()
        troubled("full", "No space left on device")
        # Refused as long as any file is open to be written, as the journal is for each try.
        until(lambda: call("mount", "-o", "remount,ro", disk).returncode == 0)
        troubled("read-only", "Read-only file system")
        call("mount", "-o", "remount,rw", disk)
        for folder in (disk, disk / "run"):
            (folder / "big").unlink()
        until(lambda: status()["health"]["journal_waiting"] == 0)
        print("written again")
    finally:
        for cue in ("stop", "stop"):
            call(script, cue)
        until(lambda: not control.exists() or call(script, "end").returncode == 0)
    until(lambda: not control.exists())
    print(json.loads(call(script, "log", "check", "--json").stdout)["state"])
    (journal,) = (disk / "sessions").glob("*/journal.jsonl")
    shutil.copytree(journal.parent, disk.parent / "kept")


main()
