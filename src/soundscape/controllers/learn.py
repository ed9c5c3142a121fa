"""Which button is pressed next, on any MIDI input; for `soundscape controllers add`."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from soundscape.controllers.buttons import DOWN, UP, Button, Heard, hear
from soundscape.controllers.midi import LOOK_S, Inputs, Ports, RtMidi

LETS_GO_S = 1.5
"""Who is asked to press and let go has let go by then; a device that has not said so never does."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A button, and whether its device tells that it was let go."""

    button: Button
    lets_go: bool


class Ear:
    """Hears whatever is pressed, on whatever is plugged in."""

    def __init__(self, system: Callable[[], Ports] = RtMidi) -> None:
        self._heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._inputs = Inputs(self._hear, system)
        self.look()

    @property
    def devices(self) -> list[str]:
        """What is plugged in."""
        return self._inputs.devices

    @property
    def trouble(self) -> str:
        """Why nothing can be heard; "" for nothing."""
        return self._inputs.trouble

    def look(self) -> None:
        """See what has come and gone."""
        self._inputs.look(lambda device: True)

    def next(self, until: float) -> Heard | None:
        """What is heard next of any button; None for nothing until then, by `time.monotonic`."""
        while (now := time.monotonic()) < until:
            try:
                return self._heard.get(timeout=min(LOOK_S, until - now))
            except queue.Empty:
                self.look()
        return None

    def close(self) -> None:
        """Hear no more."""
        self._inputs.close()

    def _hear(self, device: str, message: Any) -> None:
        heard = hear(device, message)
        if heard is not None:
            self._heard.put(heard)


def learn(ear: Ear, until: float) -> Learned | None:
    """The next button that is pressed; None for none until then, by `time.monotonic`."""
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
