"""Where a mistake of this program's own is written down."""

from __future__ import annotations

import sys
import traceback

from soundscape.home import Home, write_private
from soundscape.journal.encryption import holds_any
from soundscape.process.trouble import places_of


def keep_traceback() -> str:
    """Write down where it happened, for whoever mends it; where that is, as a sentence."""
    path = Home.find().run / "mistake.log"
    try:
        write_private(path, places_of(sys.exception()) if holds_any() else traceback.format_exc())
    except OSError:
        return ""
    return f" {path} says where it happened"
