"""Text for pictures: how long things last, levels, and the moments of an axis."""

from __future__ import annotations


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
