"""The supervisor: a small parent between the terminal and the engine.

It starts the engine and stays until it has ended, in a process group of its own, so that closing
the terminal ends neither. It hands SIGTERM on and lets the engine bring the music down. It imports
nothing that it does not need: what it does not do cannot break it.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from types import FrameType

EXIT_KILLED = 1


def supervise(command: list[str]) -> int:
    """Run the engine's command to its end; its exit code, or 1 where a signal ended it."""
    engine = subprocess.Popen(command)

    def hand_on(number: int, frame: FrameType | None) -> None:
        engine.send_signal(number)

    signal.signal(signal.SIGTERM, hand_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    code = engine.wait()
    if code < 0:
        sys.stderr.write(f"the engine was ended by signal {-code}; its journal is kept\n")
        return EXIT_KILLED
    return code


if __name__ == "__main__":
    sys.exit(supervise(sys.argv[1:]))
