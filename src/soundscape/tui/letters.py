"""Block letters, three or five lines high, that can be read across a room."""

from __future__ import annotations

GLYPHS = {
    **{"A": "69F99", "B": "E9E9E", "C": "78887", "D": "E999E", "E": "F8E8F", "F": "F8E88"},
    **{"G": "78B97", "H": "99F99", "I": "72227", "J": "11196", "K": "9ACA9", "L": "8888F"},
    **{"M": "9FF99", "N": "9DB99", "O": "69996", "P": "E9E88", "Q": "699A5", "R": "E9EA9"},
    **{"S": "7861E", "T": "72222", "U": "99996", "V": "99966", "W": "99FF9", "X": "99699"},
    **{"Y": "55222", "Z": "F124F", "?": "E1202", " ": "00000", ":": "02020"},
    **{"0": "69996", "1": "26227", "2": "E168F", "3": "E161E", "4": "99F11"},
    **{"5": "F8E1E", "6": "78E96", "7": "F1244", "8": "69696", "9": "69716"},
}
"""Five rows of four dots per letter, each row a hexadecimal digit."""

LINES, TALL = 3, 5
"""Lines of a letter, and of a letter twice as large."""

WIDE = 5
"""Columns of a letter and the gap after it; a large letter takes twice as many."""

BLOCKS = " ▄▀█"


def big(text: str, *, twice: bool = False) -> tuple[str, ...]:
    """Draw the text in `LINES` lines of equal length, or `twice` as large in `TALL` lines.

    Characters without a letter are left out.
    """
    glyphs = [GLYPHS[char] for char in text.upper() if char in GLYPHS]
    rows = ["".join(f"{int(glyph[row], 16):04b}0" for glyph in glyphs) for row in range(TALL)]
    if twice:
        return tuple(row.replace("0", "  ").replace("1", "██") for row in rows)
    pairs = zip(rows[::2], [*rows[1::2], "0" * len(rows[0])], strict=True)
    return tuple(
        "".join(BLOCKS[2 * int(high) + int(low)] for high, low in zip(*pair, strict=True))
        for pair in pairs
    )
