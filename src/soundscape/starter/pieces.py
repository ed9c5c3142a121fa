"""The table of starter pieces and ambiences: plain data, nothing heavy imported.

A piece is written as harmony and character; how many layers play it, how fast and how bright
follows from its intensity (`soundscape.starter.score`).
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


KINDS = ("warm-sparse", "slow-pulse", "wide-dark", "tender-melodic", "light-acoustic", "bed")
"""The six kinds of music that the shipped arcs ask for, their letters A to F; in the tag MOOD."""
_A, _B, _C, _D, _E, _F = KINDS


@dataclass(frozen=True, slots=True)
class StarterPiece:
    """One starter track. `key` is a MIDI note number near 48; `seconds` the whole length.

    `timbre` names the struck notes ("felt", "glass" or "wood"); `kind` is one of `KINDS`;
    `melody` adds a slow solo line.
    """

    title: str
    intensity: float
    seconds: int
    key: int
    harmony: str
    timbre: str = "felt"
    kind: str = _F
    melody: bool = False

    @property
    def name(self) -> str:
        """The stem of its file."""
        return self.title.lower().replace(" ", "-")


# Every key holds the note A of the still tone, and neighbours are near kin: crossfades stay sweet.
BASE: tuple[StarterPiece, ...] = (
    StarterPiece("Still water", 0.0, 240, 45, "drone"),
    StarterPiece("Before dawn", 0.05, 280, 50, "overtones"),
    StarterPiece("Low light", 0.1, 340, 43, "overtones", "glass", _A),
    StarterPiece("Open field", 0.15, 135, 50, "plagal", "felt", _A),
    StarterPiece("Evening lamp", 0.17, 330, 48, "lydian", "felt", _A),
    StarterPiece("Slow breath", 0.2, 340, 45, "plagal", "glass", _A),
    StarterPiece("Soft ground", 0.25, 320, 48, "tender", "felt", _E),
    StarterPiece("Morning mist", 0.3, 135, 43, "lydian", "glass", _B),
    StarterPiece("Going home", 0.33, 300, 50, "tender", "felt", _E, melody=True),
    StarterPiece("Quiet river", 0.36, 310, 45, "plagal", "felt", _E, melody=True),
    StarterPiece("Warm stone", 0.4, 135, 48, "tender", "felt", _D, melody=True),
    StarterPiece("Long shore", 0.44, 320, 45, "open", "glass", _B),
    StarterPiece("Drifting cloud", 0.48, 330, 50, "lydian", "felt", _D, melody=True),
    StarterPiece("Turning leaves", 0.52, 330, 45, "dorian", "wood", _B),
    StarterPiece("Old forest", 0.56, 345, 50, "open", "wood", _B),
    StarterPiece("Wide sky", 0.6, 140, 50, "aeolian", "felt", _C),
    StarterPiece("Deep current", 0.63, 345, 43, "dorian", "wood", _C),
    StarterPiece("Far mountain", 0.66, 350, 45, "aeolian", "glass", _C),
    StarterPiece("Rising tide", 0.7, 345, 48, "open", "felt", _B),
    StarterPiece("Night passage", 0.73, 350, 45, "ascent", "wood", _C),
    StarterPiece("Bright horizon", 0.77, 345, 43, "plagal", "glass", _C),
    StarterPiece("Great wheel", 0.81, 350, 52, "aeolian", "wood", _C),
    StarterPiece("Many rivers", 0.85, 300, 50, "dorian", "felt", _C),
    StarterPiece("Full moon", 0.9, 300, 50, "ascent", "glass", _C),
    # Long quiet ones, so that a session of two hours has half an hour to spare.
    StarterPiece("Snow light", 0.02, 600, 50, "overtones"),
    StarterPiece("Resting hand", 0.08, 600, 45, "overtones"),
    StarterPiece("Low meadow", 0.12, 600, 48, "lydian"),
    StarterPiece("Wool blanket", 0.15, 600, 43, "plagal"),
    StarterPiece("Still harbour", 0.2, 600, 50, "plagal"),
    StarterPiece("Slow lantern", 0.22, 420, 45, "plagal", "glass", _B),
    StarterPiece("Garden wall", 0.2, 480, 50, "tender", "wood", _E),
    StarterPiece("Apple tree", 0.15, 600, 45, "plagal", "wood", _E),
    StarterPiece("Soft rain", 0.23, 600, 43, "tender", "felt", _E),
    StarterPiece("Window seat", 0.18, 600, 48, "lydian", "felt", _E),
    StarterPiece("Grey morning", 0.1, 600, 48, "plagal"),
    StarterPiece("Kind letter", 0.55, 480, 48, "tender", "felt", _D, melody=True),
    StarterPiece("Dark lake", 0.55, 480, 45, "dorian", "glass", _C),
    StarterPiece("Long valley", 0.7, 540, 43, "aeolian", "felt", _C),
)
"""What `library starter` makes: enough for the arcs of up to two hours."""

MORE: tuple[StarterPiece, ...] = (
    StarterPiece("White room", 0.05, 600, 43, "overtones"),
    StarterPiece("Old wood", 0.18, 600, 45, "plagal"),
    StarterPiece("Bare branches", 0.2, 600, 43, "open"),
    StarterPiece("Near the sea", 0.24, 600, 50, "lydian"),
    StarterPiece("Sand bank", 0.25, 600, 48, "plagal"),
    StarterPiece("Plain bread", 0.26, 600, 45, "lydian"),
    StarterPiece("First warmth", 0.12, 600, 45, "lydian", "glass", _A),
    StarterPiece("Opening hand", 0.16, 600, 43, "plagal", "felt", _A),
    StarterPiece("Quiet hearth", 0.22, 600, 50, "lydian", "felt", _A),
    StarterPiece("Shallow stream", 0.27, 400, 48, "open", "glass", _B),
    StarterPiece("Gentle slope", 0.34, 420, 50, "open", "felt", _B),
    StarterPiece("Walking water", 0.39, 420, 43, "dorian", "wood", _B),
    StarterPiece("Higher ground", 0.48, 400, 48, "open", "wood", _B),
    StarterPiece("Gathering wind", 0.6, 400, 45, "dorian", "felt", _B),
    StarterPiece("Deep well", 0.48, 480, 50, "aeolian", "glass", _C),
    StarterPiece("Under the ice", 0.6, 540, 48, "dorian", "felt", _C),
    StarterPiece("Slow planet", 0.64, 540, 50, "open", "glass", _C),
    StarterPiece("Iron gate", 0.68, 540, 52, "aeolian", "wood", _C),
    StarterPiece("Ocean floor", 0.72, 600, 48, "dorian", "felt", _C),
    StarterPiece("Black sand", 0.75, 600, 50, "open", "wood", _C),
    StarterPiece("Wide orbit", 0.79, 540, 45, "dorian", "glass", _C),
    StarterPiece("Great river", 0.83, 540, 43, "aeolian", "felt", _C),
    StarterPiece("Turning sky", 0.87, 480, 45, "open", "wood", _C),
    StarterPiece("Open hands", 0.45, 600, 45, "tender", "felt", _D, melody=True),
    StarterPiece("Late sunlight", 0.48, 600, 43, "tender", "glass", _D, melody=True),
    StarterPiece("Old friend", 0.52, 600, 50, "tender", "felt", _D, melody=True),
    StarterPiece("Wide valley", 0.56, 600, 45, "lydian", "felt", _D, melody=True),
    StarterPiece("River mouth", 0.59, 600, 43, "plagal", "felt", _D, melody=True),
    StarterPiece("Golden field", 0.62, 600, 48, "tender", "glass", _D, melody=True),
    StarterPiece("Returning birds", 0.65, 600, 50, "lydian", "felt", _D, melody=True),
    StarterPiece("Full summer", 0.68, 600, 45, "tender", "felt", _D, melody=True),
    StarterPiece("Clear evening", 0.71, 600, 48, "plagal", "glass", _D, melody=True),
    StarterPiece("High pasture", 0.74, 600, 43, "lydian", "felt", _D, melody=True),
    StarterPiece("Folded linen", 0.27, 600, 50, "tender", "wood", _E, melody=True),
    StarterPiece("Small boat", 0.3, 600, 45, "lydian", "felt", _E, melody=True),
    StarterPiece("Birch path", 0.33, 600, 48, "plagal", "wood", _E, melody=True),
    StarterPiece("Kitchen table", 0.36, 600, 43, "tender", "felt", _E, melody=True),
    StarterPiece("Blue hills", 0.4, 600, 50, "plagal", "felt", _E, melody=True),
    StarterPiece("Afternoon", 0.43, 600, 48, "lydian", "wood", _E, melody=True),
    StarterPiece("Old orchard", 0.38, 600, 45, "tender", "felt", _E, melody=True),
)
"""What `library starter --all` makes beside it, for the arcs of three to six hours."""

PIECES: tuple[StarterPiece, ...] = (*BASE, *MORE)

AMBIENCES: dict[str, tuple[str, int]] = {
    "rain": ("Rain", 120),
    "ocean": ("Ocean", 180),
    "wind": ("Wind", 150),
    "forest": ("Forest", 180),
    "tone": ("Still tone", 120),
    "fire": ("Fire", 150),
}
"""Name of an ambience to its title and its length in seconds."""

STARTER_ARTIST = "soundscape starter"
STARTER_NAMES: tuple[str, ...] = tuple(piece.name for piece in PIECES)
BASE_NAMES: tuple[str, ...] = tuple(piece.name for piece in BASE)
AMBIENCE_NAMES: tuple[str, ...] = tuple(AMBIENCES)
DEMO_NAMES: tuple[str, ...] = ("morning-mist", "wide-sky", "warm-stone", "open-field", "rain")
"""What the demo arc plays: four tracks and its ambience, in the order they are heard."""
