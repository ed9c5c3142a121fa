"""Silences ALSA, which writes every failed attempt to standard error on its own."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

_HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)


@cache
def quieten_alsa() -> Any:
    """Silence ALSA's messages in this process; without ALSA this does nothing.

    If a card is missing, the code that tried to play on it reports that.
    """
    deaf = _HANDLER(lambda *_: None)
    try:
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(deaf)
    except (OSError, AttributeError):
        return None
    return deaf  # The cache keeps it: ALSA calls it as long as the process lives.
