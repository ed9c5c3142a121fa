"""An engine is whole or none: half of one would go on in silence, and no other would follow it."""

from __future__ import annotations

import logging
import os
import sys
import threading

VITAL = frozenset({"decks", "journal", "port", "sound server"})
"""Threads without which a session only seems to go on, or stays silent for good."""

EXIT_BROKEN = 70
"""So that the supervisor lets another engine go on (EX_SOFTWARE of sysexits.h)."""


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
