"""Learns which button is pressed next, on any MIDI input; for `soundscape controllers add`."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from soundscape.controllers.buttons import DOWN, UP, Button, ButtonMessage, hear
from soundscape.controllers.midi import LOOK_S, Inputs, Ports, RtMidi

LETS_GO_S = 1.5
"""Seconds within which a person who presses a button releases it. A device that has not reported
the release by then never does."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A button, and whether its device tells when it is released."""

    button: Button
    lets_go: bool


class Ear:
    """Hears every press on every device that is plugged in."""

    def __init__(self, system: Callable[[], Ports] = RtMidi) -> None:
        self._heard: queue.SimpleQueue[ButtonMessage] = queue.SimpleQueue()
        self._inputs = Inputs(self._hear, system)
        self.look()

    @property
    def devices(self) -> list[str]:
        """The devices that are plugged in."""
        return self._inputs.devices

    @property
    def trouble(self) -> str:
        """Why nothing can be heard; "" if all is well."""
        return self._inputs.trouble

    def look(self) -> None:
        """Check which devices have come and gone."""
        self._inputs.look(lambda device: True)

    def next(self, until: float) -> ButtonMessage | None:
        """Wait for the next message of any button; None at `until`, by `time.monotonic`."""
        while (now := time.monotonic()) < until:
            try:
                return self._heard.get(timeout=min(LOOK_S, until - now))
            except queue.Empty:
                self.look()
        return None

    def close(self) -> None:
        """Stop hearing."""
        self._inputs.close()

    def _hear(self, device: str, message: Any) -> None:
        heard = hear(device, message)
        if heard is not None:
            self._heard.put(heard)


def learn(ear: Ear, until: float) -> Learned | None:
    """Wait for the next button that is pressed; None at `until`, by `time.monotonic`."""
    while (heard := ear.next(until)) is not None:
        if heard.value >= DOWN:
            button = heard.button
            return Learned(button, button.kind == "program" or _is_let_go(ear, button))
    return None


def _is_let_go(ear: Ear, button: Button) -> bool:
    until = time.monotonic() + LETS_GO_S
    while (heard := ear.next(until)) is not None:
        if heard.button == button and heard.value < UP:
            return True
    return False
