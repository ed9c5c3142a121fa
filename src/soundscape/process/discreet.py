"""What a process that knows an encrypted session keeps to itself when something goes wrong."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from typing import Any

from soundscape.process.log import log_aside
from soundscape.process.supervisor import leave_no_core


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
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    os.close(nothing)
    log_aside(_Discreet(log_format))
    sys.excepthook = lambda kind, error, trace: _tell(error)
    threading.excepthook = lambda args: _tell(args.exc_value)


def _tell(error: BaseException | None) -> None:
    """By the log's own thread: a disk that hangs holds up nobody."""
    logging.critical("a mistake", exc_info=error)
