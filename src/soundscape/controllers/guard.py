"""Which presses count. Pure: a button pressed in, what it says out.

The rules of the live screen's keys (`console.keys`), for things that are hit with a foot or by a
finger in the dark: a second hit that follows too soon is the first one still, `end` wants two,
and `stop` is held up no longer than a contact bounces, so that said twice it cuts.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from soundscape.core.cues.table import CUES
from soundscape.tui.keys import AGAIN_S, GUARD_S, HELD_DOWN_S, STOP, Said

LEAST_GUARD_S, MOST_GUARD_S = 0.05, 1.5
"""A longer one would leave no room for the second press of `end`."""

MOST_HEARD = 256
"""So many buttons are remembered: whoever sends more presses none of them with a finger."""

Outcome = Said | Literal["double", "asks"]
"""What a press says; or that it was the one before it still, or the first of two."""


@dataclass(frozen=True, slots=True)
class Guard:
    """When each button was pressed last, and which waits for its second press since `asked_at`.
    Moments are seconds of any one clock."""

    last: Mapping[Hashable, float] = field(default_factory=dict)
    asked: Hashable = None
    asked_at: float = 0.0


def press(
    guard: Guard, button: Hashable, said: Said, now: float, guard_s: float = GUARD_S
) -> tuple[Guard, Outcome]:
    """A button that says `said` was pressed: how it stands then, and what comes of it."""
    before = guard.last.get(button)
    soon_s = min(guard_s, HELD_DOWN_S) if said.cue == STOP else guard_s
    again = before is not None and now - before < soon_s
    if again and said.cue == STOP:
        return guard, "double"  # Its clock goes on: who hammers on it is heard.
    guard = replace(guard, last=_with(guard.last, button, now))
    if again:
        return guard, "double"
    in_time = guard.asked == button and now - guard.asked_at <= AGAIN_S
    if CUES[said.cue].asks_twice and not in_time:
        return replace(guard, asked=button, asked_at=now), "asks"
    return replace(guard, asked=None), said


def _with(last: Mapping[Hashable, float], button: Hashable, now: float) -> dict[Hashable, float]:
    """With this press last; those untouched for longest go where there are too many."""
    kept = [each for each in last.items() if each[0] != button]
    return dict([*kept[-(MOST_HEARD - 1) :], (button, now)])
