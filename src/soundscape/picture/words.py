"""Text for pictures: titles that cannot harm one, and how long things last."""

from __future__ import annotations

import unicodedata

from soundscape.core.words import number

ELLIPSIS = "…"
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
"""Unicode's categories that draw nothing, or break a line or an XML file."""
JOINERS = "\u200c\u200d"
"""Two of them that some scripts cannot be written without."""


def plain(text: str) -> str:
    """One line of what can be drawn: no control, no direction mark, no half a character."""
    seen = (c if c in JOINERS or unicodedata.category(c) not in HIDDEN else " " for c in text)
    return " ".join("".join(seen).split())


def apart(text: str) -> str:
    """The text so that what is written from right to left in it turns nothing around it."""
    leftward = any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in text)
    return f"\u2068{text}\u2069" if leftward else text


def lasting(seconds: float) -> str:
    """How long something lasts: "40 min", "1.5 min", "30 s"."""
    if seconds < 90 and round(seconds) != 60:
        return f"{round(seconds)} s"
    return f"{number(seconds / 60)} min"


def decibels(value: float) -> str:
    """A level with its sign: "-6 dB", "+2 dB", "0 dB"."""
    text = number(abs(value))
    sign = "" if text == "0" else "-" if value < 0 else "+"
    return f"{sign}{text} dB"


def hours(seconds: float) -> str:
    """A moment of the session as H:MM."""
    whole = round(seconds / 60)
    return f"{whole // 60}:{whole % 60:02d}"


STEPS_S = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


def ticks(length_s: float, most: int) -> list[float]:
    """Round moments from 0 to `length_s`, evenly apart: at most `most` of them, or else only 0."""
    for step in STEPS_S:
        count = int(length_s // step) + 1
        if count <= most:
            return [float(step * i) for i in range(count)]
    return [0.0]
