"""MIDI buttons: which button a message is about, and whether it was pressed. Pure.

A press is a note that begins, a control that rises above its half, or a program that is chosen. A
button that stays down gives nothing new, however often it is reported, until it is released.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from soundscape.controllers.guard import Outcome, PressFilter, press
from soundscape.tui.keys import GUARD_S, CueKeyed

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
