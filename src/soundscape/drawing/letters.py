"""How wide words are, and how they are made to fit.

Whoever opens an SVG draws it with a font of their own, so no width is exact. Those here are of
DejaVu Sans, rounded up. It and Verdana are the widest of the usual fonts: in another one words
take less room than they were given, never more.
"""

from __future__ import annotations

from functools import cache
from unicodedata import category, east_asian_width, normalize

from soundscape.core.text import ELLIPSIS, apart

BOLD = 1.14
"""How much wider bold letters are."""
ZERO_WIDTH_JOINER = "\u200d"

_GROUPS = {
    0.32: " ',.·IJijl",
    0.40: "!()-/:;[\\]ft|",
    0.47: 'r"',
    0.56: "*?L_`csz",
    0.64: "$0123456789EFPSTYabdeghknopquvxy{}",
    0.70: "ABCKRVXZ",
    0.79: "&DGHNOQU",
    0.87: "#+<=>M^w~",
}
_WIDTHS = {letter: width for width, letters in _GROUPS.items() for letter in letters}
_WIDEST, _SYMBOL, _OTHER = 1.0, 1.3, 0.75
"""Of the rest of ASCII and of Chinese, Japanese and Korean letters; of emoji; and of all others,
such as Cyrillic and Arabic ones, on average."""


@cache
def _em(letter: str) -> float:
    """How wide a letter is, as a share of the font's size."""
    base = normalize("NFD", letter)[0]
    if base in _WIDTHS:
        return _WIDTHS[base]
    if category(letter) in ("Mn", "Me", "Cf"):
        return 0.0
    if category(letter) == "So":
        return _SYMBOL
    wide = base.isascii() or base in "…—" or east_asian_width(letter) in "WF"
    return _WIDEST if wide else _OTHER


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide a line is at most, in the unit of `size`."""
    return sum(map(_em, text)) * size * (BOLD if bold else 1.0)


def fit(text: str, room: float, size: float, bold: bool = False) -> str:
    """As much of a line as fits, with an ellipsis where it is cut; "" where nothing does.

    No letter is parted from its marks. What is written from right to left turns nothing around it.
    """
    if width(text, size, bold) <= room:
        return apart(text)
    end, used = 0, width(ELLIPSIS, size, bold)
    while end < len(text) and (used := used + width(text[end], size, bold)) <= room:
        end += 1
    while end and _clings(text, end):
        end -= 1
    return apart(text[:end].rstrip() + ELLIPSIS) if end else ""


def _clings(text: str, place: int) -> bool:
    """Whether the letter there belongs to the one before it: an accent, or part of an emoji."""
    return (
        category(text[place])[0] == "M"
        or text[place] == ZERO_WIDTH_JOINER
        or text[place - 1] == ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= text[place] <= "\U0001f3ff"  # The colours of skin.
    )


def wrap(text: str, room: float, size: float, bold: bool = False) -> list[str]:
    """The text in lines, broken at spaces; a word that is wider than the room is cut."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [fit(line, room, size, bold) for line in lines]
