"""Which presses give which cue: buttons, what counts as a press, and a cue in words. Pure.

A press of a MIDI button is a note that begins, a control that rises above its half, or a program
that is chosen. A button that stays down gives nothing new, however often it is reported, until it
is released.

A second hit that follows too soon counts as the first, and `end` needs two, as on the live screen
(`tui.keys`). `stop` is held up no longer than a contact bounces, so that saying it twice cuts.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from soundscape.core.cues.table import CUES
from soundscape.core.cues.words import Text
from soundscape.core.errors import Fault, InputError, nearest
from soundscape.core.text import typed
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


Kind = Literal["note", "control", "program"]
KINDS: tuple[Kind, ...] = ("note", "control", "program")

DOWN, UP = 64, 48
"""A control counts as down from its half on, and as released only below `UP`, so that it may
tremble in between."""

_PLACE = re.compile(r"\s\d+:\d+$")


@dataclass(frozen=True, slots=True, order=True)
class Button:
    """One button of one device. Channels count from 1, as devices show them; numbers from 0."""

    device: str
    kind: Kind
    channel: int
    number: int

    def __str__(self) -> str:
        return f"{self.kind} {self.number} on channel {self.channel} of {self.device}"


@dataclass(frozen=True, slots=True)
class Binding:
    """Which button gives which cue. `device` "" is any, `channel` None is any.

    Without `lets_go` the device never tells that the button was released: each message is a press.
    """

    kind: Kind
    number: int
    said: CueKeyed
    device: str = ""
    channel: int | None = None
    lets_go: bool = True

    def fits(self, button: Button) -> bool:
        """Whether it is a binding of this button."""
        return (
            (self.kind, self.number) == (button.kind, button.number)
            and self.device in ("", button.device)
            and self.channel in (None, button.channel)
        )


@dataclass(frozen=True, slots=True)
class ButtonMessage:
    """The content of a message: a button's position, 0 to 127. A program is only ever chosen."""

    button: Button
    value: int


@dataclass(frozen=True, slots=True)
class Felt:
    """A press of a button, and its outcome; None if the button gives no cue."""

    button: Button
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Feet:
    """Which buttons are down, and when each was pressed."""

    down: frozenset[Button] = frozenset()
    guard: PressFilter = field(default_factory=PressFilter)


def device_of(port: str) -> str:
    """Return a device's name without the numbers that its port has only until it is unplugged.

    Two devices of the same make have the same name, and stand for each other.
    """
    return _PLACE.sub("", port).strip()


def hear(device: str, message: Any) -> ButtonMessage | None:
    """Read a mido message about a button; None for any other message (clocks, wheels)."""
    match message.type:
        case "note_on":
            kind, number, value = KINDS[0], message.note, message.velocity and 127
        case "note_off":
            kind, number, value = KINDS[0], message.note, 0
        case "control_change":
            kind, number, value = KINDS[1], message.control, message.value
        case "program_change":
            kind, number, value = KINDS[2], message.program, 127
        case _:
            return None
    return ButtonMessage(Button(device, kind, message.channel + 1, number), value)


def feel(
    feet: Feet,
    bindings: Sequence[Binding],
    heard: ButtonMessage,
    now: float,
    guard_s: float = GUARD_S,
) -> tuple[Feet, Felt | None]:
    """Take a message; return the new state, and the press if it is one."""
    button = heard.button
    binding = next((each for each in bindings if each.fits(button)), None)
    stays = binding is None or binding.lets_go
    was_down = stays and button.kind != "program" and button in feet.down
    if heard.value < (UP if was_down else DOWN):
        return replace(feet, down=feet.down - {button}), None
    if was_down:
        return feet, None
    feet = replace(feet, down=feet.down | {button})
    if binding is None:
        return feet, Felt(button, None)
    guard, outcome = press(feet.guard, button, binding.said, now, guard_s)
    return replace(feet, guard=guard), Felt(button, outcome)


def without(feet: Feet, device: str) -> Feet:
    """Forget a device that has gone: none of its buttons is down when it comes back."""
    return replace(feet, down=frozenset(each for each in feet.down if each.device != device))


def devices_wanted(bindings: Iterable[Binding]) -> frozenset[str]:
    """Name the devices in the bindings; "" is among them if a binding takes any device."""
    return frozenset(binding.device for binding in bindings)


def read_cue(name: str, words: Sequence[str], where: str) -> CueKeyed:
    """Read a cue and its words. Raises `InputError` with all of their faults."""
    cue = CUES.get(name)
    if cue is None:
        do = nearest(name[:40], list(CUES)) or "`soundscape cues` lists them"
        raise InputError([Fault(where, f"no cue is called {typed(name)}", do)])
    cue.args(words)
    return CueKeyed(name, tuple(words))


def read_bound(text: str) -> CueKeyed:
    """Read a cue from one line, for a button that gives it again and again.

    Raises `InputError` with every fault. The words of a note are one: they belong to a moment, and
    would stay in a file that outlives the session.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        raise InputError([Fault("cue", f"`{text}`: this quote is never closed")]) from None
    if not words:
        raise InputError([Fault("cue", "no cue is named", "`soundscape cues` lists them")])
    said = read_cue(words[0], words[1:], "cue")
    cue = CUES[said.cue]
    args = cue.args(said.words)
    apart = [each.name for each in cue.params if isinstance(each, Text) and each.apart]
    if any(args[name] for name in apart):
        what = f"a button cannot give the words of a {apart[0]}"
        raise InputError([Fault("cue", what, f"bind `{said.cue}` without them")])
    return said


def as_text(said: CueKeyed) -> str:
    """Write the cue as text."""
    return shlex.join([said.cue, *said.words])
