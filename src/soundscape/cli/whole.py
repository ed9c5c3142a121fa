"""An engine is whole or none: half of one would go on in silence, and no other would follow it."""

from __future__ import annotations

import os
import sys
import threading
import traceback

VITAL = frozenset({"decks", "journal", "port", "sound server"})
"""Threads without which a session only seems to go on, or stays silent for good."""

EXIT_BROKEN = 70
"""So that the supervisor lets another engine go on (EX_SOFTWARE of sysexits.h)."""


def be_whole_or_none() -> None:
    """From here on this process ends where a vital thread breaks, or where memory has run out."""

    def in_thread(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else ""
        try:
            threading.__excepthook__(args)
        finally:  # Where memory has run out, even telling it may fail.
            if name in VITAL or isinstance(args.exc_value, MemoryError):
                end_broken()

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        try:
            sys.__unraisablehook__(args)
        finally:
            if isinstance(args.exc_value, MemoryError):
                end_broken()

    threading.excepthook = in_thread
    sys.unraisablehook = unraisable


def end_broken() -> None:
    """End this process at once: whatever would be tidied up may hang, or want memory of its own."""
    os._exit(EXIT_BROKEN)


def end_out_of_memory() -> None:
    """The engine's own loop has no memory left."""
    try:
        traceback.print_exc()
    finally:
        end_broken()
