"""Starter music: a small library made by the program itself, from a seed, with NumPy alone."""

from soundscape.library.starter.make import make_starter
from soundscape.library.starter.pieces import (
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
