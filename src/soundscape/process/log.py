"""The log goes to standard error by a thread of its own: a disk that hangs holds up nobody who
logs, the engine's loop least of all."""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
from contextlib import suppress

MOST = 1000
"""So many records may wait; what comes while the disk takes none is lost then."""

LAST_S = 1.0
"""How long the end of the process waits for what is left."""


class Aside(logging.Handler):
    """Formats where a record is made, and writes elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self._left: queue.Queue[str | threading.Event] = queue.Queue(MOST)
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record on."""
        try:
            line = self.format(record)
        except Exception as error:  # A mistake in a line of the log breaks nothing else.
            where = f"{record.pathname}:{record.lineno}"
            line = f"{where}: no line for the log ({type(error).__name__})"
        with suppress(queue.Full):
            self._left.put_nowait(line)

    def flush(self) -> None:
        """Wait until what was handed on is written, but not for a disk that hangs."""
        written = threading.Event()
        with suppress(queue.Full):
            self._left.put_nowait(written)
            written.wait(LAST_S)

    def _write(self) -> None:
        while True:
            item = self._left.get()
            if isinstance(item, threading.Event):
                item.set()
                continue
            with suppress(OSError, ValueError):  # A full disk, or nobody who reads.
                # Past Python's own buffer: its lock, held at the end, would abort the process.
                os.write(sys.stderr.fileno(), f"{item}\n".encode(errors="backslashreplace"))


def log_aside(form: logging.Formatter) -> None:
    """From here on warnings and errors of this process are logged so."""
    handler = Aside()
    handler.setFormatter(form)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
