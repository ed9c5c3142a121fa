"""The live screen as lines of text, for a window of any size. Pure.

From 80 columns and 24 lines everything is shown. A smaller window loses what matters least first. A
larger one gets a higher curve, more answers, and what each key does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from soundscape.core.cues.table import CUES
from soundscape.core.text import clock, plain
from soundscape.drawing.rows import Ink, Part, Row, beside, fit, wrap
from soundscape.drawing.scene import CuePoint, Scene, Stretch
from soundscape.drawing.terminal import terminal
from soundscape.preflight.supplies import Power
from soundscape.protocol import Status
from soundscape.tui import said, words
from soundscape.tui.keyboard import NAMES, foot, help_rows, key_rows, list_rows
from soundscape.tui.keys import AGAIN_S, LOCK, UNLOCK, Keyboard
from soundscape.tui.letters import LINES, WIDE, big
from soundscape.tui.words import Banner

AWAY_S = 2.0
"""Seconds without an answer from the session after which the screen says so."""

LABEL = 9
"""Columns of the labels at the left."""

LEAST = 7
"""Least lines: head, state, phase, what plays, level, health and the last cue."""

NARROW = 60
"""With fewer columns there are no big letters."""

HIGH = 34
"""From so many lines on the letters are twice as large."""

CURVE_LEAST, CURVE_MOST = 3, 30
WITH_TIMES = 10
"""From so many lines on, two of the curve's lines show the session's hours and minutes."""


@dataclass(frozen=True, slots=True)
class View:
    """All that the screen shows.

    `away_s` is how long the session has not answered, `now` the clock of the keyboard, `time` the
    wall clock. `plain` means that only ASCII is safe to draw; `blocks` that full and half blocks
    are safe too.
    """

    status: Status | None = None
    away_s: float = 0.0
    power: Power | None = None
    page: Mapping[str, Any] | None = None
    hands: Mapping[str, Any] | None = None
    said: said.Words = ()
    hand: Keyboard = field(default_factory=Keyboard)
    offers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    now: float = 0.0
    time: str = ""
    plain: bool = False
    blocks: bool = True


def draw(view: View, width: int, height: int) -> tuple[Row, ...]:
    """Draw exactly `height` lines of exactly `width` columns."""
    if width < 1 or height < 1:
        return ()
    rows = _looking(view) if view.status is None else _rows(view, view.status, width, height)
    rows = [fit(row, width) for row in rows[:height]]
    return (*rows, *(fit((), width) for _ in range(height - len(rows))))


def summary(status: Status, width: int) -> tuple[Row, ...]:
    """Draw the state of a session in a few lines, for `soundscape status`."""
    state, last = words.banner(status, "`{}`".format), status["last_cue"]
    answer = f"{last['name']}: {plain(last['answer'])}" if last else "—"
    rows: list[Row] = [
        _head(View(), status, width),
        *([_small(state)] if state.word else []),
        words.phase(status),
        _line(words.playing_label(status), words.playing(status)),
        _line("next", ((plain(status["next"] or "—"), "faint"),)),
        _line("level", _level(status)),
        _line("health", words.health(status)),
        _line("last cue", ((answer, ""),)),
    ]
    return tuple(line for row in rows for line in wrap(row, width, 4))


def _looking(view: View) -> list[Row]:
    return [(("soundscape", "strong"), (f" · waiting for the session, {view.away_s:.0f} s", ""))]


def _rows(view: View, status: Status, width: int, height: int) -> list[Row]:
    """Lay out the screen. What matters most takes its lines first; the curve gets the rest."""
    state = _state(view, status)
    if view.hand.help:
        return _help(view, status, state, width, height)
    left = height - LEAST
    keys = _keys(view, width, height)
    keys = keys if len(keys) <= left else []
    left -= len(keys)
    top = [_small(state)]
    if left >= LINES and width >= NARROW:
        top = _big(view, status, state, (width, height))
        left -= len(top) - 1
    coming = [_line("next", ((plain(status["next"] or "—"), "faint"),))] if left > 0 else []
    left -= len(coming)
    health = wrap(words.health(status, view.power, view.hands), width - LABEL, 2 if left > 0 else 1)
    left -= len(health) - 1
    page = [] if view.page is None or left <= 0 else [_line("page", words.page(view.page))]
    left -= len(page)
    more = min(1 + left // 12, 6) if left > 0 else 0
    left -= more
    gaps = 3 if left >= 12 else 0
    left -= gaps
    arc = _arc(status, width, min(left - 1, CURVE_MOST))
    left -= len(arc)
    gap: list[Row] = [()] * (gaps // 3)
    return [
        _head(view, status, width),
        *top,
        *gap,
        words.phase(status),
        *arc,
        *gap,
        _line(words.playing_label(status), words.playing(status)),
        *coming,
        _line("level", _level(status)),
        *(_line("" if place else "health", row) for place, row in enumerate(health)),
        *page,
        *_answers(view, width - LABEL, 1 + more),
        *([()] * left),
        *gap,
        *keys,
    ]


def _arc(status: Status, width: int, lines: int) -> tuple[Row, ...]:
    """Draw the arc's curve with "now" in it, in `lines` lines, and the phases' names below."""
    course = status["course"]
    if lines < CURVE_LEAST or not course:
        return ()
    drawn = Scene(
        name="",
        about="",
        end_s=max(course[-1]["to_s"], status["now_s"], 1.0),
        stretches=tuple(
            Stretch(
                start_s=leg["from_s"],
                end_s=leg["to_s"],
                name=plain(leg["name"]),
                lasting="",
                cap=leg["cap"],
            )
            for leg in course
        ),
        curves=tuple(tuple(map(tuple, leg["curve"])) for leg in course if len(leg["curve"]) > 1),
        moments=tuple(CuePoint(mark["at_s"], "mark", "") for mark in status["marked"]),
        now_s=status["now_s"] if status["phase"] else None,
    )
    times = 2 if lines >= WITH_TIMES else 0
    high = lines - times
    rows = terminal(drawn, width, height=high)
    return (*rows[: high + times], *rows[high + 2 :])


def _help(view: View, status: Status, state: Banner, width: int, height: int) -> list[Row]:
    """Show what every key does, below the state and, if there is room, above the last answer.

    Cues can be given meanwhile.
    """
    top = _small(state) if state.word else _head(view, status, width)
    keys = help_rows(width, view.hand.bound)
    said = _answers(view, width - LABEL, 1) if height > len(keys) + 2 else []
    rows = [*keys, *([()] * height)]
    return [top, *rows[: height - 2 - len(said)], *said, foot(view.hand)]


def _line(label: str, row: Row) -> Row:
    return ((label.ljust(LABEL), "faint"), *row)


def _head(view: View, status: Status, width: int) -> Row:
    arc = f"{plain(status['arc'])} · {status['session']}"
    stale: Part = (f" as of {view.away_s:.0f} s ago ", "alarm") if _away(view) else ("", "")
    lock: Part = (" LOCKED ", "state") if view.hand.locked else ("", "")
    marks = words.marks(status) if width >= NARROW else ()
    right: Row = (stale, lock, *marks, ("   ", ""), (f"{view.time}  {clock(status['now_s'])}", ""))
    return beside(((arc, ""),), right, width)


def _away(view: View) -> bool:
    return view.away_s >= AWAY_S


def _state(view: View, status: Status) -> Banner:
    """Choose the big word: first a question, then a missing answer, then the session's state."""
    asked = view.hand.asked
    if asked == UNLOCK:
        return Banner("UNLOCK?", f"{NAMES[LOCK]} again within {AGAIN_S:.0f} s")
    if asked:
        return Banner(f"{asked.upper()}?", f"{CUES[asked].key} again within {AGAIN_S:.0f} s")
    if _away(view):
        return Banner(
            "NO ANSWER",
            f"for {view.away_s:.0f} s; if the engine crashed, the sound comes back by itself",
            "alarm",
        )
    return words.banner(status)


def _small(state: Banner) -> Row:
    if not state.word:
        return ()
    return ((f"*** {state.word} *** ", state.ink), (state.about, state.ink))


def _big(view: View, status: Status, state: Banner, size: tuple[int, int]) -> list[Row]:
    """Show the minutes left and the state's word in large letters, with its meaning below."""
    width, height = size
    about: Row = ((state.about.rjust(width), state.ink),)
    number, unit = _left(status)
    texts = [state.word]
    if status["mode"] == "talk" and state.word not in ("TALK", ""):
        texts.insert(0, f"{state.word} TALK")
    if not view.blocks:
        word: Row
        left: Row = ((f"{number} {unit}", "strong"),)
        word = ((f"***  {' '.join(texts[0])}  ***", state.ink),) if texts[0] else ()
        return [(), beside(left, word, width), (), about]
    ink: Ink = "faint" if _away(view) else ""
    for twice in (True, False) if height >= HIGH else (False,):
        for text in texts:
            taken = WIDE * (len(number) + len(text)) * (1 + twice) + len(unit)
            if taken < width:
                digits, letters = big(number, twice=twice), big(text, twice=twice)
                units = [*[""] * (len(digits) - 1), unit]
                rows = [
                    beside(((digit, ink), (tail, "")), ((letter, state.ink),), width)
                    for digit, tail, letter in zip(digits, units, letters, strict=True)
                ]
                return [*rows, about]
    return [_small(state)]


def _left(status: Status) -> tuple[str, str]:
    """Return the rest of the phase as a number and its unit; empty if it is not known."""
    ends_s = status["phase_ends_s"]
    if ends_s is None:
        return "", ""
    left_s = max(0.0, ends_s - status["now_s"])
    if left_s < 60.0:
        return f"{left_s:.0f}", "s left"
    return f"{left_s / 60.0:.0f}", "min left"


def _level(status: Status) -> Row:
    ambience = plain(status["ambience"] or "no ambience")
    return *words.level(status), (" · ", "faint"), (ambience, "")


def _answers(view: View, width: int, lines: int) -> list[Row]:
    """Show the last cues with their answers, newest first, in full if there is room."""
    rows: list[Row] = []
    for word in view.said:
        wrapped = wrap(said.row(word, view.now), width, min(2, lines - len(rows)))
        rows += wrapped
        if len(rows) >= lines:
            break
    rows = rows or [(("—", "faint"),)]
    rows += [()] * (lines - len(rows))
    return [_line("" if place else "cues", row) for place, row in enumerate(rows)]


def _keys(view: View, width: int, height: int) -> list[Row]:
    """Show the keys, or the open list in their place."""
    hand = view.hand
    rows = key_rows(hand, width, wordy=height >= 36 and width >= 116)
    if not hand.picking:
        return [*rows, *wrap(foot(hand), width, 2)]
    listed = list_rows(hand.picking, view.offers.get(hand.picking, ()), width)
    return [*listed, *([()] * (len(rows) + 1 - len(listed)))]
