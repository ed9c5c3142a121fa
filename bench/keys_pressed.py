"""The live screen in a terminal of its own, whose keys the benches press."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping

from sound_rig import PROGRAM


class Screen:
    """`soundscape attach` (or what else is said) in a terminal of 80 by 24."""

    def __init__(self, env: Mapping[str, str], *words: str) -> None:
        self._end, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._program = subprocess.Popen(
            [PROGRAM, *(words or ("attach",))],
            env={**env, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """What it draws is taken, and looked at by nobody."""
        try:
            while os.read(self._end, 65536):
                pass
        except OSError:
            return

    def press(self, key: str) -> None:
        """A key, as the terminal sends it."""
        os.write(self._end, key.encode())

    def close(self) -> None:
        """Leave it; the session goes on."""
        self.press("q")
        self._program.wait(10.0)
        os.close(self._end)
        self._reader.join()
