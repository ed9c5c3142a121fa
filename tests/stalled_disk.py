"""A disk that stalls, as a sleeping one or a network share does: a folder seen through FUSE.

with StalledDisk(folder, mount) as disk:
    disk.stall("read")      # from here on every read waits
    disk.answer()
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

from mfusepy import FUSE, FuseOSError, Operations

POLL_S = 0.02
PATIENCE_S = 60.0


class StalledDisk:
    """Mounts the folder, by a process of its own, as long as the context lasts."""

    def __init__(self, folder: Path, mount: Path) -> None:
        self.mount = mount
        self._folder = folder
        self._gate = mount.with_suffix(".gate")
        self._waiting = mount.with_suffix(".waiting")
        self._process: subprocess.Popen[bytes] | None = None

    def stall(self, *what: str) -> None:
        """From here on `open`, `read` or `stat` wait; without a word all of them. With `broken`
        reads fail, as when the disk is pulled out."""
        new = self._gate.with_suffix(".new")
        new.write_text(" ".join(what or ("open", "read", "stat")))
        new.replace(self._gate)

    def answer(self) -> None:
        """Let all go on that waits."""
        self._gate.unlink(missing_ok=True)

    @property
    def waiting(self) -> bool:
        """Whether somebody waits."""
        return any(self._waiting.iterdir())

    def __enter__(self) -> Self:
        self.mount.mkdir()
        self._waiting.mkdir()
        words = [str(self._folder), str(self.mount), str(self._gate), str(self._waiting)]
        with self.mount.with_suffix(".log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, __file__, *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        until = time.monotonic() + PATIENCE_S
        while not os.path.ismount(self.mount):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"FUSE: {self.mount.with_suffix('.log').read_text()}")
            time.sleep(POLL_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.answer()
        assert self._process is not None
        subprocess.run(["fusermount3", "-u", "-z", str(self.mount)], check=True)
        self._process.terminate()
        self._process.wait(PATIENCE_S)


class _Files(Operations):
    """Passes everything through, read only, when the gate lets it. Each request has a thread."""

    use_ns = True

    def __init__(self, folder: Path, gate: Path, waiting: Path) -> None:
        self._folder = folder
        self._gate = gate
        self._waiting = waiting

    def _wait(self, what: str) -> None:
        mark = self._waiting / f"{what} {threading.get_ident()}"
        while self._holds_up(what):
            mark.touch()
            time.sleep(POLL_S)
        mark.unlink(missing_ok=True)

    def _holds_up(self, what: str) -> bool:
        try:
            return what in self._gate.read_text().split()
        except FileNotFoundError:
            return False

    def _real(self, path: str) -> Path:
        return self._folder / path.lstrip("/")

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        """What `stat` tells."""
        self._wait("stat")
        found = os.lstat(self._real(path))
        names = ("st_gid", "st_mode", "st_nlink", "st_size", "st_uid")
        times = ("st_atime", "st_ctime", "st_mtime")
        return {name: getattr(found, name) for name in names} | {
            name: getattr(found, f"{name}_ns") for name in times
        }

    def readdir(self, path: str, fh: int) -> list[str]:
        """The names in a folder."""
        return [".", "..", *(each.name for each in self._real(path).iterdir())]

    def open(self, path: str, flags: int) -> int:
        """Open a file."""
        self._wait("open")
        return os.open(self._real(path), os.O_RDONLY)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """A part of it."""
        self._wait("read")
        if self._holds_up("broken"):
            raise FuseOSError(errno.EIO)
        return os.pread(fh, size, offset)

    def release(self, path: str, fh: int) -> int:
        """Close it."""
        os.close(fh)
        return 0


if __name__ == "__main__":
    folder, mount, gate, waiting = sys.argv[1:]
    # Nothing is kept in the page cache: every read is one of the disk.
    FUSE(_Files(Path(folder), Path(gate), Path(waiting)), mount, foreground=True, direct_io=True)
