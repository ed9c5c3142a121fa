"""The cues that were given, newest first, each with its answer or the fact that none came. Pure.

A cue without an answer is never shown as done: it is waiting, and later it has failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from soundscape.core.text import plain
from soundscape.drawing.rows import Ink, Row

KEPT = 12

ELSEWHERE, EARLIER, KEYBOARD = 0, -1, -2
FROM = {ELSEWHERE: "  (from elsewhere)", EARLIER: "  (earlier)"}

State = Literal["waiting", "done", "refused", "failed"]

SIGNS: dict[State, tuple[str, Ink]] = {
    "waiting": ("… ", "note"),
    "done": ("", ""),
    "refused": ("no: ", "note"),
    "failed": ("FAILED: ", "alarm"),
}


@dataclass(frozen=True, slots=True)
class Word:
    """A cue. `number` identifies it among those given on this screen. `ELSEWHERE` marks a cue given
    elsewhere, `EARLIER` the last one before this screen was opened."""

    number: int
    cue: str
    state: State
    answer: str = ""
    at: float = 0.0


Words = tuple[Word, ...]


def give(said: Words, number: int, cue: str, at: float) -> Words:
    """Add a cue that has just been sent."""
    return (Word(number, cue, "waiting", at=at), *said)[:KEPT]


def answer(said: Words, number: int, state: State, text: str) -> Words:
    """Add the answer to the cue with this number."""
    return tuple(
        replace(each, state=state, answer=text) if each.number == number else each for each in said
    )


def hear(
    said: Words, last: dict[str, Any] | None, before: dict[str, Any] | None, *, first: bool
) -> Words:
    """Add the session's last cue if it was not given here. `first` means that the session has not
    said anything before."""
    if last is None or last == before:
        return said
    state: State = "done" if last["ok"] else "refused"
    for each in said:
        # An answer may say more than the session remembers: that it is not yet written.
        answered = each.state == "waiting" or each.answer.startswith(last["answer"])
        if each.cue == last["name"] and answered:
            return said
        if each.number <= 0:
            break  # Anything before a cue from elsewhere is an earlier use of the same cue.
    number = EARLIER if first else ELSEWHERE
    return (Word(number, last["name"], state, last["answer"]), *said)[:KEPT]


def keyboard(said: Words, key: str) -> Words:
    """Say that a key writes a character that is no key of the screen."""
    told = f"this key writes `{key}`: switch to Latin letters; F8 is `stop` on any keyboard"
    return (Word(KEYBOARD, "keyboard", "done", told), *said)[:KEPT]


def waiting(said: Iterable[Word]) -> tuple[str, ...]:
    """Name the cues that have no answer yet, the oldest first."""
    return tuple(each.cue for each in reversed(tuple(said)) if each.state == "waiting")


def row(word: Word, now: float) -> Row:
    """Write one of them as a line."""
    sign, ink = SIGNS[word.state]
    if word.state == "waiting":
        return (
            (f"{sign}{word.cue}", "strong"),
            (f": waiting for the answer, {max(0.0, now - word.at):.0f} s", ink),
        )
    done: Ink = "strong" if word.state != "refused" else ""
    parts: Row = ((word.cue, done), (": ", ""), (sign, ink), (plain(word.answer), ink))
    return (*parts, (FROM.get(word.number, ""), "faint"))
