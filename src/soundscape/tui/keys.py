"""What a key does on the live screen. Pure: `press` and `pass_time` know no terminal.

The table of cues says which key gives which cue. This module has the rest: a wrong key does
nothing, `end` needs its key twice, a list offers a cue's words, and the screen can be locked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from soundscape.core.cues.row import Cue
from soundscape.core.cues.table import CUES

AGAIN_S = 2.0
"""Seconds within which a second press of a key counts as the second of two."""

HELD_DOWN_S = 0.12
"""A key that comes again within so many seconds is held down or has bounced, and is ignored.
Keyboards repeat 10 to 30 times a second; two deliberate presses lie further apart."""

GUARD_S = 0.35
"""Seconds within which a second press of a foot pedal or a clicker counts as the same press."""

SETTLES_S = 0.25
"""Seconds after a second press in which no third may follow, or it does not count: an object lying
on a key makes no decision."""

LIST_S = 12.0
"""Seconds after which an unused list closes, so that keys mean again what they always do."""

LEAVE, HELP, LOCK, BACK = "q", "?", "ctrl+l", "escape"
INTERRUPT = "ctrl+c"
REPAINT, SUSPEND = "ctrl+r", "ctrl+z"

FREE = (
    *("pageup", "pagedown", "up", "down", "left", "right", "home", "end", "insert", "delete"),
    *("tab", "enter", "space", *(f"f{number}" for number in range(1, 13) if number != 8)),
)
"""Keys that have no meaning here, so that a clicker's key may be bound to a cue; F8 is `stop`."""

STOP_KEY = "f8"
"""This key is `stop` whatever letters the keyboard writes."""

UNLOCK = "unlock"

BY_KEY: dict[str, Cue] = {cue.key: cue for cue in CUES.values()}
BY_PICK_KEY: dict[str, Cue] = {cue.pick_key: cue for cue in CUES.values() if cue.pick}

_URGENT = {cue.key for cue in CUES.values() if cue.urgent}
MINUTES = ("1", "2", "3", "5", "10", "15", "20", "30")
BOTH = ("A", "B")
"""Whom a mark or a dose may be for if the arc names nobody."""
CHOICE_KEYS = [c for c in "123456789abcdefghijklmnopqrstuvwyz" if c not in _URGENT]
"""The keys of a list. None of them is the key of an urgent cue."""


@dataclass(frozen=True, slots=True)
class CueKeyed:
    """A cue to be given, with these words."""

    cue: str
    words: tuple[str, ...] = ()


Deed = CueKeyed | Literal["leave"] | None
"""What a key leads to; None if nothing leaves the keyboard."""

Offers = Mapping[str, Sequence[str]]
"""The choices for each cue that has a `pick`."""


@dataclass(frozen=True, slots=True)
class Keyboard:
    """The state of the keyboard. Moments are seconds of any one clock.

    `asked` waits for its second press since `asked_at`; `settles_at` is set once it has had it.
    `picking` is the cue whose list is open. `bound` maps further keys to what they give.
    """

    locked: bool = False
    help: bool = False
    picking: str = ""
    picking_at: float = 0.0
    asked: str = ""
    asked_at: float = 0.0
    settles_at: float | None = None
    last_key: str = ""
    last_at: float = -1e9
    bound: Mapping[str, CueKeyed] = field(default_factory=dict)


def press(hand: Keyboard, key: str, now: float, offers: Offers) -> tuple[Keyboard, Deed]:
    """Take a key press; return the keyboard's new state and what to do."""
    said = hand.bound.get("space" if key == " " else key)
    cue = CUES[said.cue] if said else _cue_of(hand, key)
    soon_s = GUARD_S if said and not CUES[said.cue].silences else HELD_DOWN_S
    again = key == hand.last_key and now - hand.last_at < soon_s
    if again and cue is not None and cue.silences:
        return hand, None  # Its clock is not reset: whoever hammers on `stop` is heard.
    hand = replace(hand, last_key=key, last_at=now)
    if again:
        return _without_question(hand), None
    if key == LOCK:
        return _lock(hand, now)
    if key == BACK:
        return replace(_without_question(hand), picking="", help=False), None
    if hand.picking and (cue is None or not cue.urgent):
        return _choose(hand, key, offers)
    if hand.locked and (cue is None or not cue.when_locked):
        return hand, None
    if key in (LEAVE, INTERRUPT):
        return _without_question(hand), "leave"
    if key == HELP:
        return replace(_without_question(hand), help=not hand.help), None
    if key in BY_PICK_KEY and (cue is None or cue.needs_words):
        picked = BY_PICK_KEY[key]
        if not offers.get(picked.name):
            return hand, None
        hand = replace(_without_question(hand), picking=picked.name, picking_at=now)
        return replace(hand, help=False), None
    if cue is None:
        return hand, None
    hand = replace(hand, picking="")
    if cue.asks_twice:
        return _ask_again(hand, cue.name, now), None
    return _without_question(hand), said or CueKeyed(cue.name, cue.key_words)


def pass_time(hand: Keyboard, now: float) -> tuple[Keyboard, Deed]:
    """Let time pass: a settled second press counts, and an old question is forgotten."""
    if hand.settles_at is not None:
        if now < hand.settles_at:
            return hand, None
        done = hand.asked
        hand = _without_question(hand)
        if done == UNLOCK:
            return replace(hand, locked=False), None
        return hand, CueKeyed(done, CUES[done].key_words)
    if hand.asked and now - hand.asked_at > AGAIN_S:
        hand = _without_question(hand)
    if hand.picking and now - hand.picking_at > LIST_S:
        hand = replace(hand, picking="")
    return hand, None


def _without_question(hand: Keyboard) -> Keyboard:
    return replace(hand, asked="", asked_at=0.0, settles_at=None)


def _cue_of(hand: Keyboard, key: str) -> Cue | None:
    """Find the cue of a key. A capital that opens no list counts as its small letter: Caps Lock may
    be on, and `stop` must stop."""
    if key == STOP_KEY:
        return next(cue for cue in CUES.values() if cue.silences)
    if hand.locked:
        return BY_KEY.get(key.lower())
    found = BY_KEY.get(key)
    return found if found or key in BY_PICK_KEY else BY_KEY.get(key.lower())


def _lock(hand: Keyboard, now: float) -> tuple[Keyboard, Deed]:
    """Lock with one press, which does no harm; unlock with two, which nobody hits by chance."""
    if not hand.locked:
        return replace(_without_question(hand), locked=True, picking="", help=False), None
    return _ask_again(hand, UNLOCK, now), None


def _ask_again(hand: Keyboard, what: str, now: float) -> Keyboard:
    """Take the first press of a key that needs two, the second, or one more before it settled."""
    in_time = hand.settles_at is not None or now - hand.asked_at <= AGAIN_S
    if hand.asked == what and in_time:
        return replace(hand, settles_at=now + SETTLES_S)
    return replace(_without_question(hand), asked=what, asked_at=now)


def _choose(hand: Keyboard, key: str, offers: Offers) -> tuple[Keyboard, Deed]:
    """Take a key while a list is open: one of the list's keys, or nothing."""
    choices = offers.get(hand.picking, ())
    key = key if key in CHOICE_KEYS else key.lower()
    place = CHOICE_KEYS.index(key) if key in CHOICE_KEYS else len(choices)
    if place >= len(choices):
        return hand, None
    return replace(hand, picking=""), CueKeyed(
        hand.picking, words_for(hand.picking, choices[place])
    )


def words_for(cue: str, choice: str) -> tuple[str, ...]:
    """Return the words that a choice stands for."""
    row = CUES[cue]
    param = next(each for each in row.params if each.name == row.pick)
    return (f"--{param.name}={choice}",) if param.option else (choice,)


def offered(status: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """Return the choices for each cue that has a list.

    Except for outputs they stay the same through a session, so that a choice keeps its key. The
    session refuses a choice that would change nothing, and says so.
    """
    if status is None:
        return {}
    lists: dict[str, tuple[str, ...]] = {
        "name": (*status["ambiences"], "off"),
        "phase": tuple(status["phases"]),
        "device": (*(each["name"] for each in status.get("outputs") or ()), "default"),
        "person": tuple(status["persons"]) or BOTH,
        "minutes": MINUTES,
    }
    picks = {cue.name: lists[cue.pick] for cue in CUES.values() if cue.pick}
    return {name: choices[: len(CHOICE_KEYS)] for name, choices in picks.items() if choices}
