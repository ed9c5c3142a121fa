"""The table of starter pieces and ambiences: plain data, nothing heavy imported.

A piece is written as harmony and character; how many layers play it, how fast and how bright
follows from its intensity (`soundscape.library.starter.character`).
"""

from __future__ import annotations

from dataclasses import dataclass

Chord = tuple[int, tuple[int, ...]]
"""Bass and the tones above it, in semitones over the key note."""

# Hand-voiced so that neighbours share tones and no two tones lie a semitone apart.
PROGRESSIONS: dict[str, tuple[Chord, ...]] = {
    "drone": ((0, (7, 12, 19)),),
    "overtones": ((0, (7, 12, 16, 19)), (0, (7, 12, 14, 19))),
    "plagal": (
        (0, (7, 12, 14, 16)), (5, (9, 12, 16, 19)), (0, (7, 12, 16, 19)), (-3, (7, 12, 16, 19)),
    ),
    "lydian": (
        (0, (7, 11, 14, 16)), (0, (9, 14, 18, 21)), (0, (7, 11, 14, 19)), (-3, (7, 12, 16, 19)),
    ),
    "tender": (
        (0, (7, 12, 16, 19)), (4, (7, 11, 16, 19)), (-3, (7, 12, 16, 19)), (5, (9, 12, 16, 21)),
        (0, (7, 12, 16, 19)), (2, (9, 12, 17, 21)), (5, (9, 12, 17, 19)), (-5, (7, 12, 14, 19)),
    ),
    "open": (
        (0, (7, 12, 14, 19)), (5, (9, 12, 17, 19)), (-2, (5, 10, 14, 17)), (-5, (7, 10, 14, 19)),
    ),
    "dorian": (
        (0, (7, 12, 15, 19)), (5, (9, 12, 15, 19)), (0, (7, 10, 15, 19)), (-2, (9, 14, 17, 21)),
    ),
    "aeolian": (
        (0, (7, 12, 15, 19)), (-4, (8, 12, 15, 19)), (3, (7, 10, 15, 19)), (-2, (5, 10, 14, 17)),
    ),
    "ascent": (
        (0, (7, 12, 14, 19)), (-4, (8, 12, 15, 19)), (3, (7, 10, 15, 19)), (5, (12, 15, 17, 20)),
        (0, (7, 12, 15, 19)), (-5, (7, 10, 14, 19)), (-4, (8, 12, 15, 20)), (-2, (10, 14, 17, 22)),
    ),
}  # fmt: skip

PURE = frozenset({"drone", "overtones", "plagal"})
"""Harmonies in which every fifth and third can be a pure ratio; the others are tempered."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One starter track. `key` is a MIDI note number near 48; `seconds` the whole length.

    `timbre` names the struck notes ("felt", "glass" or "wood"); `melody` adds a slow solo line.
    """

    title: str
    intensity: float
    seconds: int
    key: int
    harmony: str
    timbre: str = "felt"
    melody: bool = False

    @property
    def name(self) -> str:
        """The stem of its file."""
        return self.title.lower().replace(" ", "-")


# Every key holds the note A of the still tone, and neighbours are near kin: crossfades stay sweet.
PIECES: tuple[Piece, ...] = (
    Piece("Still water", 0.0, 240, 45, "drone"),
    Piece("Before dawn", 0.05, 280, 50, "overtones"),
    Piece("Low light", 0.1, 340, 43, "overtones", "glass"),
    Piece("Open field", 0.15, 135, 50, "plagal"),
    Piece("Evening lamp", 0.17, 330, 48, "lydian", "felt"),
    Piece("Slow breath", 0.2, 340, 45, "plagal", "glass"),
    Piece("Soft ground", 0.25, 320, 48, "tender", "felt"),
    Piece("Morning mist", 0.3, 135, 43, "lydian", "glass"),
    Piece("Going home", 0.33, 300, 50, "tender", "felt", melody=True),
    Piece("Quiet river", 0.36, 310, 45, "plagal", "felt", melody=True),
    Piece("Warm stone", 0.4, 135, 48, "tender", "felt", melody=True),
    Piece("Long shore", 0.44, 320, 45, "open", "glass"),
    Piece("Drifting cloud", 0.48, 330, 50, "lydian", "felt", melody=True),
    Piece("Turning leaves", 0.52, 330, 45, "dorian", "wood"),
    Piece("Old forest", 0.56, 345, 50, "open", "wood"),
    Piece("Wide sky", 0.6, 140, 50, "aeolian", "felt"),
    Piece("Deep current", 0.63, 345, 43, "dorian", "wood"),
    Piece("Far mountain", 0.66, 350, 45, "aeolian", "glass"),
    Piece("Rising tide", 0.7, 345, 48, "open", "felt"),
    Piece("Night passage", 0.73, 350, 45, "ascent", "wood"),
    Piece("Bright horizon", 0.77, 345, 43, "plagal", "glass"),
    Piece("Great wheel", 0.81, 350, 52, "aeolian", "wood"),
    Piece("Many rivers", 0.85, 300, 50, "dorian", "felt"),
    Piece("Full moon", 0.9, 300, 50, "ascent", "glass"),
)

AMBIENCES: dict[str, tuple[str, int]] = {
    "rain": ("Rain", 120),
    "ocean": ("Ocean", 180),
    "wind": ("Wind", 150),
    "forest": ("Forest", 180),
    "tone": ("Still tone", 120),
    "fire": ("Fire", 150),
}
"""Name of an ambience to its title and its length in seconds."""

STARTER_NAMES: tuple[str, ...] = tuple(piece.name for piece in PIECES)
AMBIENCE_NAMES: tuple[str, ...] = tuple(AMBIENCES)
DEMO_NAMES: tuple[str, ...] = ("morning-mist", "wide-sky", "warm-stone", "open-field", "rain")
"""What the demo arc plays: four tracks and its ambience, in the order they are heard."""
