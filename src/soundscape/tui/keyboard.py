"""The keys as the screen shows them: every key that works now, and what it does. Pure.

All of it comes from the table of cues, so that exactly the keys that work are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from soundscape.core.cues.row import Cue
from soundscape.core.cues.table import CUES
from soundscape.core.text import plain
from soundscape.drawing.rows import Ink, Part, Row, fit
from soundscape.tui.keys import (
    BACK,
    CHOICE_KEYS,
    HELP,
    LEAVE,
    LOCK,
    REPAINT,
    STOP_KEY,
    SUSPEND,
    CueKeyed,
    Keyboard,
)

CELL = 13
"""Columns of a key with its cue in short form."""

WORDY = 16 + max(len(cue.help) for cue in CUES.values())
"""Columns of a key with its whole help line."""

NAMES = {LOCK: "Ctrl-L", BACK: "Esc", REPAINT: "Ctrl-R", SUSPEND: "Ctrl-Z", STOP_KEY: "F8"}


def cues_shown(hand: Keyboard) -> list[Cue]:
    """List the cues that have a working key now."""
    return [cue for cue in CUES.values() if cue.when_locked or not hand.locked]


def keys_of(cue: Cue, *, locked: bool = False) -> str:
    """Return a cue's key, and the key that opens its list if that is another."""
    other = cue.pick_key not in ("", cue.key) and not locked
    return f"{cue.key} {cue.pick_key}" if other else cue.key


def name_of(cue: Cue) -> str:
    """Return the cue with the words that its key gives; `stop` also with its key F8."""
    always = f"  {NAMES[STOP_KEY]}" if cue.silences else ""
    return " ".join([cue.name, *cue.key_words]) + always


def key_rows(hand: Keyboard, width: int, *, wordy: bool) -> list[Row]:
    """Lay the keys out in columns, read downwards; say what each does if there is room."""
    cues = cues_shown(hand)
    columns = max(width // WORDY, 2) if wordy else max(width // CELL, 1)
    lines = -(-len(cues) // columns)
    size = width // columns
    rows: list[Row] = []
    for line in range(lines):
        parts: list[Part] = []
        for cue in cues[line::lines]:
            parts += fit(_entry(hand, cue, wordy), size)
        rows.append(tuple(parts))
    return rows


def _entry(hand: Keyboard, cue: Cue, wordy: bool) -> Row:
    # What must be found at once has the ink of what must be seen.
    name: Ink = "alarm" if cue.silences else ""
    if not wordy:
        return (cue.key, name or "key"), (f" {name_of(cue)}", name)
    keys = keys_of(cue, locked=hand.locked).ljust(4)
    return (keys, name or "key"), (name_of(cue).ljust(11), name), (cue.help, "faint")


def foot(hand: Keyboard) -> Row:
    """Show the keys of the screen itself."""
    lock = NAMES[LOCK]
    if hand.locked:
        return ("locked: only these keys work. ", "state"), (lock, "key"), (" twice unlocks", "")
    picks = " ".join(cue.pick_key for cue in CUES.values() if cue.pick_key not in ("", cue.key))
    told = {
        picks: " lists · ",
        LEAVE: ", ",
        "Ctrl-C": " leave, the session goes on · ",
        lock: " lock · ",
        HELP: " help",
    }
    if hand.help:
        redraws, background = " redraws the screen · ", " moves it to the background · "
        told = {NAMES[REPAINT]: redraws, NAMES[SUSPEND]: background, HELP: " back"}
    return tuple(part for key, does in told.items() for part in _hint(key, does))


def _hint(key: str, does: str) -> Row:
    return (key, "key"), (does, "faint")


def list_rows(cue: str, choices: Sequence[str], width: int) -> list[Row]:
    """Show the open list: what is asked, and the key of each choice."""
    row = CUES[cue]
    param = next(each for each in row.params if each.name == row.pick)
    head: Row = (
        (f"{cue}: ", "strong"),
        (param.help, ""),
        ("   ", ""),
        (NAMES[BACK], "key"),
        (" cancels", "faint"),
    )
    cells = [f"{key} {plain(each)}" for key, each in zip(CHOICE_KEYS, choices, strict=False)]
    size = min(max((len(each) for each in cells), default=1) + 3, width)
    columns = max(width // size, 1)
    rows: list[Row] = [head]
    for start in range(0, len(cells), columns):
        parts: list[Part] = []
        for cell in cells[start : start + columns]:
            parts += fit(((cell[:1], "key"), (cell[1:], "")), size)
        rows.append(tuple(parts))
    return rows


def help_rows(width: int, bound: Mapping[str, CueKeyed]) -> list[Row]:
    """Show every key with its cue's help line, preceded by the keys bound to that cue."""
    wide = max(len(name_of(cue)) for cue in CUES.values())
    rows: list[Row] = [
        fit(((keys_of(cue).ljust(5), "key"), (name_of(cue).ljust(wide + 2), ""),
             (_bound_to(cue, bound), "key"), (cue.help, "faint")), width)
        for cue in CUES.values()
    ]  # fmt: skip
    return rows


def _bound_to(cue: Cue, bound: Mapping[str, CueKeyed]) -> str:
    found = [" ".join((key, *said.words)) for key, said in bound.items() if said.cue == cue.name]
    return f"{', '.join(found)} · " if found else ""
