"""How times and gains are written for people, and how titles are made safe for a page."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
"""Unicode categories that draw nothing, or that break a line or an XML file."""
JOINERS = "\u200c\u200d"
"""Two of those characters that some scripts need."""


def clock(seconds: float) -> str:
    """Write seconds as H:MM:SS, rounded to the second; negative ones with a minus sign."""
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def lasting(seconds: float) -> str:
    """Write how long something lasts, as people say it: 1.5 s, 12 s, 10 min, 2 h, 1 h 45 min."""
    if seconds < 99.5:
        return f"{number(seconds) if seconds < 9.95 else round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60.0), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def number(value: float) -> str:
    """Write a number to one decimal, without needless zeros: 4, 1.5."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def quoted(title: str) -> str:
    """Put a title in quotation marks."""
    return f"“{title}”"


def plain(text: str) -> str:
    """Reduce a text to one drawable line: no controls, direction marks or lone surrogates."""
    seen = (c if c in JOINERS or unicodedata.category(c) not in HIDDEN else " " for c in text)
    return " ".join("".join(seen).split())


def apart(text: str) -> str:
    """Isolate a text so that right-to-left script in it does not reorder what surrounds it."""
    leftward = any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in text)
    return f"\u2068{text}\u2069" if leftward else text


def asked_words(cue: str, args: Mapping[str, str | float | int | bool | None]) -> str:
    """Write a cue as one would type it."""
    words = [cue]
    for name, value in args.items():
        said = number(value) if isinstance(value, float) else str(value)
        if value is True:
            words.append(f"--{name}")
        else:
            words += [f"--{name}", said] if name in ("ago", "at") else [said]
    return plain(" ".join(words))
