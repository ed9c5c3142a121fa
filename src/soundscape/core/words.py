"""How times and gains are written for people, everywhere alike."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """Seconds as H:MM:SS, rounded to the second; negative ones with a minus sign."""
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def number(value: float) -> str:
    """A number without needless zeros, to one decimal: 4, 1.5."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def quoted(title: str) -> str:
    """A title in quotation marks."""
    return f"“{title}”"
