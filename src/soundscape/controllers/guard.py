"""Decides which presses count. Pure: a button press goes in, its outcome comes out.

These are the rules of the live screen's keys (`tui.keys`), for things hit with a foot or in the
dark. A second hit that follows too soon counts as the first, and `end` needs two. `stop` is held up
no longer than a contact bounces, so that saying it twice cuts.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from soundscape.core.cues.table import CUES
from soundscape.tui.keys import AGAIN_S, GUARD_S, HELD_DOWN_S, CueKeyed

LEAST_GUARD_S, MOST_GUARD_S = 0.05, 1.5
"""Limits of the guard in seconds. A longer one leaves no time for the second press of `end`."""

MOST_HEARD = 256
"""Most buttons that are remembered. Nobody presses more of them with a finger."""

Outcome = CueKeyed | Literal["double", "asks"]
"""What a press gives: a cue, or that it repeats the press before it, or is the first of two."""


@dataclass(frozen=True, slots=True)
class PressFilter:
    """When each button was last pressed, and which waits for its second press since `asked_at`.
    Moments are seconds of any one clock."""

    last: Mapping[Hashable, float] = field(default_factory=dict)
    asked: Hashable = None
    asked_at: float = 0.0


def press(
    guard: PressFilter, button: Hashable, said: CueKeyed, now: float, guard_s: float = GUARD_S
) -> tuple[PressFilter, Outcome]:
    """Take a press of a button that gives `said`; return the new state and the outcome."""
    before = guard.last.get(button)
    cue = CUES[said.cue]
    soon_s = min(guard_s, HELD_DOWN_S) if cue.silences else guard_s
    again = before is not None and now - before < soon_s
    if again and cue.silences:
        return guard, "double"  # Its clock is not reset: whoever hammers on `stop` is heard.
    guard = replace(guard, last=_with(guard.last, button, now))
    if again:
        return guard, "double"
    in_time = guard.asked == button and now - guard.asked_at <= AGAIN_S
    if cue.asks_twice and not in_time:
        return replace(guard, asked=button, asked_at=now), "asks"
    return replace(guard, asked=None), said


def _with(last: Mapping[Hashable, float], button: Hashable, now: float) -> dict[Hashable, float]:
    """Add this press; drop the buttons untouched for longest if there are too many."""
    kept = [each for each in last.items() if each[0] != button]
    return dict([*kept[-(MOST_HEARD - 1) :], (button, now)])
