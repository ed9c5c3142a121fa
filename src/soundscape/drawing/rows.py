"""Lines of text in parts, each with a kind of ink. Whoever shows them chooses the colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from rich.cells import cell_len, set_cell_size

from soundscape.core.text import ELLIPSIS

Ink = (
    Literal["", "strong", "faint", "name", "talk", "key", "state", "alarm", "note"]
    | Literal["curve", "past", "now", "bar", "quiet"]
)
"""The kind of a part. `state` must not be overlooked; `alarm` needs somebody to act."""

Part = tuple[str, Ink]
Row = tuple[Part, ...]


def width_of(row: Iterable[Part]) -> int:
    """Count the columns of a row."""
    return sum(cell_len(text) for text, _ in row)


def fit(row: Row, width: int) -> Row:
    """Fit the row into exactly `width` columns: pad it, or cut it and mark the cut."""
    room = width - width_of(row)
    if room >= 0:
        return (*row, (" " * room, ""))
    parts: list[Part] = []
    left = width - 1
    for text, ink in row:
        if cell_len(text) > left:
            parts.append((set_cell_size(text, max(left, 0)), ink))
            break
        parts.append((text, ink))
        left -= cell_len(text)
    return (*parts, (ELLIPSIS if width > 0 else "", "faint"))


def wrap(row: Row, width: int, most: int) -> tuple[Row, ...]:
    """Wrap the row between words into at most `most` lines of `width` columns; the last is cut.

    Lines after the first are indented by two columns.
    """
    lines: list[list[Part]] = [[]]
    room = width
    for text, ink in row:
        for piece in _pieces(text):
            size = cell_len(piece.rstrip())
            if size > room and lines[-1] and len(lines) < most:
                lines.append([("  ", "")])
                room = width - 2
            if len(lines) > 1 and len(lines[-1]) == 1 and not piece.strip(" ·"):
                continue
            lines[-1].append((piece, ink))
            room -= cell_len(piece)
    return tuple(fit(_trimmed(line), width) for line in lines)


def _trimmed(line: list[Part]) -> Row:
    """Remove the trailing separator that would have led to the next line."""
    while line and line[-1][0].strip(" ·") == "":
        line = line[:-1]
    return (*line[:-1], (line[-1][0].rstrip(), line[-1][1])) if line else ()


def _pieces(text: str) -> list[str]:
    """Split a text into words, each with the space that follows it."""
    pieces: list[str] = []
    for char in text:
        if pieces and (char == " " or not pieces[-1].endswith(" ")):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def beside(left: Row, right: Row, width: int) -> Row:
    """Put two rows on one line, at its two ends; the left one gives way."""
    room = width - width_of(right)
    if room < 1:
        return fit(left, width)
    return (*fit(left, room - 1), (" ", ""), *right)


PLAINER = str.maketrans("★│┊…·─┴—“”╌╱╳»×›", '*||~--+-""_/x>x(')
ASCII = str.maketrans("░▒▁▂▃▄▅▆▇█", ":%___--:::")


def plainer(text: str, *, blocks: bool) -> str:
    """Translate the text for a simple terminal, as wide as it was; without `blocks` into ASCII."""
    text = text.translate(PLAINER)
    text = "".join("*" if "\u2800" < char <= "\u28ff" else char for char in text)
    if blocks:
        return text
    width = cell_len(text)
    text = "".join(c if c.isascii() else "?" * cell_len(c) for c in text.translate(ASCII))
    return text[:width].ljust(width)
