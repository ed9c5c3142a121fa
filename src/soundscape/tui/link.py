"""Connects the screen to the session through the control port, from threads of its own.

One thread asks for the status, one gives cues in order, and `stop` waits for neither. They pass
what they hear to `tell`, which any of them may call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from soundscape.control.client import Following
from soundscape.core.errors import NoSession
from soundscape.preflight.supplies import SUPPLIES, Power, read_power
from soundscape.process.sidecars import CONTROLLERS, PAGE, glance
from soundscape.protocol import Status
from soundscape.tui.giving import Answer, Giver, Seen
from soundscape.tui.keys import CueKeyed

LOOK_S = 0.5
POWER_S = 20.0


@dataclass(frozen=True, slots=True)
class Stands:
    """The session's status, the machine's power, and what the web remote and the process for pedals
    and the like say of themselves; None if they do not run."""

    status: Status
    power: Power
    page: dict[str, Any] | None = None
    hands: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a cue."""

    number: int
    state: Literal["done", "refused", "failed"]
    answer: str


@dataclass(frozen=True, slots=True)
class Over:
    """The session is gone."""


News = Stands | Answered | Over


class Link:
    """Asks and gives until the session is over. `control_file` names its port."""

    def __init__(self, control_file: Path, tell: Callable[[News], None]) -> None:
        self._session = Following(control_file)
        self._giver = Giver(lambda: self._session.control)
        self._page_file = control_file.with_name(f"{PAGE}.json")
        self._hands_file = control_file.with_name(f"{CONTROLLERS}.json")
        self._tell = tell
        self._look_now = threading.Event()

    def open(self) -> None:
        """Start the threads. They let the program end."""
        self._giver.open()
        threading.Thread(target=self._look, name="looks", daemon=True).start()

    def give(self, number: int, said: CueKeyed, seen: Seen = None) -> None:
        """Send a cue from a screen that showed this place; its answer carries the same number."""

        def answered(answer: Answer) -> None:
            self._tell(Answered(number, answer.state, answer.text))
            self._look_now.set()

        self._giver.give(said, answered, seen)

    def _page(self) -> dict[str, Any] | None:
        found = glance(self._page_file)
        if found is None:
            return None
        left_s = float(found.facts.get("code_until", 0.0)) - time.time()
        return {**found.facts, "code_for_s": max(0.0, left_s)}

    def _look(self) -> None:
        power, power_at = Power(known=False), -POWER_S
        while True:
            now = time.monotonic()
            try:
                status = self._session.look()
            except NoSession:
                self._tell(Over())
                return
            if status is not None:  # Otherwise the screen notices that no answer comes.
                if now - power_at >= POWER_S:
                    power, power_at = read_power(SUPPLIES), now
                hands = glance(self._hands_file)
                told = None if hands is None else dict(hands.facts)
                self._tell(Stands(status, power, self._page(), told))
            self._look_now.wait(LOOK_S)
            self._look_now.clear()
