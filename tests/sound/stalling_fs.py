"""A file system that stalls, as a sleeping disk or a network share does: FOLDER seen at MOUNT.

While the file GATE is there, whatever its words name has to wait: `open`, `read`, `stat`. Each
request waits in a thread of its own, as in the kernel a request to each disk does.

usage: stalling_fs.py FOLDER MOUNT GATE
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from mfusepy import FUSE, Operations

POLL_S = 0.02


class StallingFs(Operations):
    """Passes everything through, read only, when the gate lets it."""

    use_ns = True

    def __init__(self, folder: Path, gate: Path) -> None:
        self._folder = folder
        self._gate = gate

    def _wait(self, what: str) -> None:
        while True:
            try:
                if what not in self._gate.read_text().split():
                    return
            except FileNotFoundError:
                return
            time.sleep(POLL_S)

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
        return os.pread(fh, size, offset)

    def release(self, path: str, fh: int) -> int:
        """Close it."""
        os.close(fh)
        return 0


if __name__ == "__main__":
    folder, mount, gate = sys.argv[1:]
    # Nothing is kept in the page cache: every read is one of the disk.
    FUSE(StallingFs(Path(folder), Path(gate)), mount, foreground=True, direct_io=True)
