"""Starter music: a small library made by the program itself, from a seed, with NumPy alone.

`pieces` is the table of them, `make` writes them. Imports `core` and `home`.
"""

from soundscape.starter.make import make_starter
from soundscape.starter.pieces import (
    AMBIENCE_NAMES,
    BASE_NAMES,
    DEMO_NAMES,
    STARTER_ARTIST,
    STARTER_NAMES,
)

__all__ = [
    "AMBIENCE_NAMES",
    "BASE_NAMES",
    "DEMO_NAMES",
    "STARTER_ARTIST",
    "STARTER_NAMES",
    "make_starter",
]
