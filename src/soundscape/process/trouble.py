"""What a process does when something goes wrong: it tells its log, and an engine ends as a whole.

The log goes to standard error from its own thread, so a disk that hangs holds up nobody who logs. A
process that knows an encrypted session logs where an error happened, but not its words. An engine
that lost a vital thread would go on in silence, and no other would follow it: so it ends.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any

from soundscape.process.supervisor import leave_no_core

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"

MOST = 1000
"""Most log records that wait for the disk; further ones are lost."""

LAST_S = 1.0
"""Seconds that the end of the process waits for the log."""

VITAL = frozenset({"decks", "journal", "port", "sound server"})
"""Threads without which a session only seems to go on, or stays silent for good."""

EXIT_BROKEN = 70
"""Exit code after which the supervisor starts another engine (EX_SOFTWARE of sysexits.h)."""


class Aside(logging.Handler):
    """Formats a record where it is made, and writes it from another thread."""

    def __init__(self) -> None:
        super().__init__()
        self._left: queue.Queue[str | threading.Event] = queue.Queue(MOST)
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record."""
        try:
            line = self.format(record)
        except Exception as error:  # A mistake in a line of the log breaks nothing else.
            where = f"{record.pathname}:{record.lineno}"
            line = f"{where}: no line for the log ({type(error).__name__})"
        with suppress(queue.Full):
            self._left.put_nowait(line)

    def flush(self) -> None:
        """Wait until the queue is written, but not for a disk that hangs."""
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


def log_aside(log_format: str) -> None:
    """Log warnings and errors of this process from here on."""
    _log_by(logging.Formatter(log_format))


def _log_by(form: logging.Formatter) -> None:
    handler = Aside()
    handler.setFormatter(form)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def close_output(*numbers: int) -> None:
    """Point these file descriptors at nothing: nobody reads or writes there from here on."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in numbers:
        os.dup2(nothing, number)
    os.close(nothing)


def places_of(error: BaseException | None) -> str:
    """Say where an error happened and of what kind it is. Its words may quote a title."""
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f'  File "{each.filename}", line {each.lineno}, in {each.name}' for each in frames]
    return "\n".join([*lines, type(error).__name__])


class _Discreet(logging.Formatter):
    """Formats this program's own messages, and of errors only where they happened."""

    def formatException(self, ei: Any) -> str:
        """Leave out the error's words."""
        return places_of(ei[1])


def be_discreet(log_format: str) -> None:
    """Let no log and no memory dump of this process tell what it plays."""
    leave_no_core()
    # What libraries write to standard error, past us, may name the file they read.
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    close_output(2)
    _log_by(_Discreet(log_format))
    sys.excepthook = lambda kind, error, trace: _tell(error)
    threading.excepthook = lambda args: _tell(args.exc_value)


def _tell(error: BaseException | None) -> None:
    """Log an error that nothing caught."""
    logging.critical("a mistake", exc_info=error)


def be_whole_or_none() -> None:
    """End this process from here on if a vital thread breaks or memory runs out."""

    def in_thread(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else ""
        meet(f"the thread `{name}` broke", args.exc_value, vital=name in VITAL)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        meet("a mistake that nobody could be told of", args.exc_value, vital=False)

    threading.excepthook = in_thread
    sys.unraisablehook = unraisable


def meet(what: str, error: BaseException | None, *, vital: bool) -> None:
    """Log a mistake; end this process if it is `vital`, or if memory has run out."""
    try:
        logging.critical(what, exc_info=error)
    finally:  # Without memory even logging may fail.
        if vital or isinstance(error, MemoryError):
            end_broken()


def end_broken() -> None:
    """End this process at once: tidying up may hang, or need memory. The log gets a second."""
    try:
        logging.shutdown()
    finally:
        os._exit(EXIT_BROKEN)
