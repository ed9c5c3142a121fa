"""Text for pictures: how long things last, levels, and the moments of an axis."""

from __future__ import annotations

from soundscape.core.words import number

ELLIPSIS = "…"


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
