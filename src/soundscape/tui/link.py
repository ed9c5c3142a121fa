"""The way from the screen to the session: the control port, asked from threads of its own.

One asks how the session stands, one gives cues in the order they were said, and `stop` waits for
neither. What they hear goes to `tell`, which any of them may call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from soundscape.control.following import Following
from soundscape.core.errors import NoSession
from soundscape.preflight.supplies import SUPPLIES, Power, read_power
from soundscape.process.sidecars import glance
from soundscape.tui.giving import Answer, Giver, Seen
from soundscape.tui.keys import Said

LOOK_S = 0.5
POWER_S = 20.0
PAGE_NAME, HANDS_NAME = "page.json", "hands.json"
"""What the other processes of a session tell of themselves, beside the control file."""


@dataclass(frozen=True, slots=True)
class Stands:
    """How the session stands, what drives the machine, and what is told by the page that is served
    beside it, and by what listens to pedals and the like; None for none."""

    status: dict[str, Any]
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
    """The session is no longer there."""


News = Stands | Answered | Over


class Link:
    """Asks and gives until the session is over. `control_file` is where its port is told."""

    def __init__(self, control_file: Path, tell: Callable[[News], None]) -> None:
        self._session = Following(control_file)
        self._giver = Giver(lambda: self._session.control)
        self._page_file = control_file.with_name(PAGE_NAME)
        self._hands_file = control_file.with_name(HANDS_NAME)
        self._tell = tell
        self._look_now = threading.Event()

    def open(self) -> None:
        """Begin to ask. The threads never keep the program from ending."""
        self._giver.open()
        threading.Thread(target=self._look, name="looks", daemon=True).start()

    def give(self, number: int, said: Said, seen: Seen = None) -> None:
        """Give a cue, from a screen that showed this place; what comes of it is told with the same
        number."""

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
            if status is not None:  # Else the screen sees that nothing comes.
                if now - power_at >= POWER_S:
                    power, power_at = read_power(SUPPLIES), now
                hands = glance(self._hands_file)
                told = None if hands is None else dict(hands.facts)
                self._tell(Stands(status, power, self._page(), told))
            self._look_now.wait(LOOK_S)
            self._look_now.clear()
