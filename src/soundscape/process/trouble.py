"""What a process does when something goes wrong: it tells its log, and an engine is whole or none.

The log goes to standard error by a thread of its own: a disk that hangs holds up nobody who logs,
the engine's loop least of all. A process that knows an encrypted session tells where an error
happened, and not its words. Half an engine would go on in silence, and no other would follow it.
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
from soundscape.protocol import close_output

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"

MOST = 1000
"""So many records may wait; what comes while the disk takes none is lost then."""

LAST_S = 1.0
"""How long the end of the process waits for what is left."""

VITAL = frozenset({"decks", "journal", "port", "sound server"})
"""Threads without which a session only seems to go on, or stays silent for good."""

EXIT_BROKEN = 70
"""So that the supervisor lets another engine go on (EX_SOFTWARE of sysexits.h)."""


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


def log_aside(log_format: str) -> None:
    """From here on warnings and errors of this process are logged so."""
    _log_by(logging.Formatter(log_format))


def _log_by(form: logging.Formatter) -> None:
    handler = Aside()
    handler.setFormatter(form)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def places_of(error: BaseException | None) -> str:
    """Where an error happened and of what kind it is, without its words: they may quote a title."""
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f'  File "{each.filename}", line {each.lineno}, in {each.name}' for each in frames]
    return "\n".join([*lines, type(error).__name__])


class _Discreet(logging.Formatter):
    """Formats what this program says of itself, and of errors only where they happened."""

    def formatException(self, ei: Any) -> str:
        """Without the error's words."""
        return places_of(ei[1])


def be_discreet(log_format: str) -> None:
    """From here on no log and no memory dump of this process tells what it plays."""
    leave_no_core()
    # What libraries say, to standard error and past us, may name the file they read.
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    close_output(2)
    _log_by(_Discreet(log_format))
    sys.excepthook = lambda kind, error, trace: _tell(error)
    threading.excepthook = lambda args: _tell(args.exc_value)


def _tell(error: BaseException | None) -> None:
    """By the log's own thread: a disk that hangs holds up nobody."""
    logging.critical("a mistake", exc_info=error)


def be_whole_or_none() -> None:
    """From here on this process ends where a vital thread breaks, or where memory has run out."""

    def in_thread(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else ""
        meet(f"the thread `{name}` broke", args.exc_value, vital=name in VITAL)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        meet("a mistake that nobody could be told of", args.exc_value, vital=False)

    threading.excepthook = in_thread
    sys.unraisablehook = unraisable


def meet(what: str, error: BaseException | None, *, vital: bool) -> None:
    """Tell a mistake to the log; where it is `vital`, or memory has run out, end this process."""
    try:
        logging.critical(what, exc_info=error)
    finally:  # Where memory has run out, even telling it may fail.
        if vital or isinstance(error, MemoryError):
            end_broken()


def end_broken() -> None:
    """End this process: whatever would be tidied up may hang, or want memory of its own. The log
    gets a second to be written."""
    try:
        logging.shutdown()
    finally:
        os._exit(EXIT_BROKEN)
