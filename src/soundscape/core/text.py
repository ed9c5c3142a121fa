"""Text for people: every function that cleans, cuts, quotes or counts for a message or a page.

- `plain` is for words of any origin (titles, answers, notes): one tidy line.
- `shown` is for paths and names that must stay recognisable, letter by letter.
- `typed` puts in backticks what somebody wrote, `quoted` puts a title in quotation marks, and
  `value_text` describes a value of a file.

What a file format needs escaped is the business of the module that writes that format. Pure.
"""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Mapping, Sequence

JOINERS = "\u200c\u200d"
"""Two invisible characters that some scripts and emoji need."""
ELLIPSIS = "…"
LONGEST_TYPED = 200
"""Most characters of a written name that a message repeats."""
LONGEST_VALUE = 40
"""Most characters of a file's value that a message repeats."""


def plain(text: str) -> str:
    """Reduce a text to one drawable line: no controls, direction marks or lone surrogates, and one
    blank between words."""
    if not text.isprintable():
        text = "".join(" " if _is_hidden(each) else each for each in text)
    return " ".join(text.split())


def shown(text: object) -> str:
    """Write a path or name so that any terminal can print it: a control character is `?`, a byte
    that is no UTF-8 its code. All else stays, blanks too."""
    text = str(text)
    if text.isprintable():
        return text
    escaped = text.encode("utf-8", "backslashreplace").decode()
    return "".join("?" if _is_hidden(each) else each for each in escaped)


def _is_hidden(char: str) -> bool:
    """Whether a character draws nothing, or breaks a line, the direction of a line or an XML
    file."""
    if char in JOINERS:
        return False
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return hidden or ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF


def clipped(text: str, most: int) -> str:
    """Cut a text to `most` characters, the last of them an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


def typed(text: str) -> str:
    """Put in backticks what somebody wrote, as a message repeats it."""
    return f"`{clipped(shown(text[:1000].strip()), LONGEST_TYPED)}`"


def quoted(title: str) -> str:
    """Put a title in quotation marks."""
    return f"“{title}”"


def value_text(value: object) -> str:
    """Describe a value of a file in a few words: `0.5`, nothing, a mapping, a list."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"`{clipped(plain(str(value)), LONGEST_VALUE)}`"


def apart(text: str) -> str:
    """Isolate a text so that right-to-left script in it does not reorder what surrounds it."""
    leftward = any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in text)
    return f"\u2068{text}\u2069" if leftward else text


def sentence(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


def counted(count: int, noun: str) -> str:
    """Write a count with its noun: "1 track", "2 tracks", "no tracks"."""
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def some_of(words: Sequence[str], most: int) -> str:
    """List the first `most` words and count the others: "a, b and 3 more"."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def as_word(path: str) -> str:
    """Write a path as one types it in a shell."""
    return shlex.quote(shown(path))


def reason(error: Exception) -> str:
    """Write an operating system's error in a few words, without the path that it repeats."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__


def clock(seconds: float) -> str:
    """Write seconds as H:MM:SS, rounded to the second; negative ones with a minus sign."""
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def wall_minute(wall: str) -> str:
    """Write an ISO time of a journal to the minute: 2026-03-01 14:05."""
    return wall[:16].replace("T", " ")


def lasting(seconds: float) -> str:
    """Write how long something lasts, as people say it: 1.5 s, 12 s, 10 min, 2 h, 1 h 45 min."""
    if seconds < 99.5:
        return f"{number(seconds) if seconds < 9.95 else round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60.0), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def decibels(value: float) -> str:
    """Write a level with its sign: "-6 dB", "+2 dB", "0 dB"."""
    text = number(abs(value))
    sign = "" if text == "0" else "-" if value < 0 else "+"
    return f"{sign}{text} dB"


def number(value: float, places: int = 1) -> str:
    """Write a number to so many decimals, without needless zeros: 4, 1.5."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


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
