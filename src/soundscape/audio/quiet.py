"""Keeps ALSA from talking: it writes to standard error whatever it fails to open, on its own."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

_HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)


@cache
def quieten_alsa() -> Any:
    """Let ALSA say nothing any more in this process; without ALSA nothing happens.

    What it says of a missing card is found out and said by whoever tried to play.
    """
    deaf = _HANDLER(lambda *_: None)
    try:
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(deaf)
    except (OSError, AttributeError):
        return None
    return deaf  # Kept by the cache: ALSA calls it for as long as the process lives.
