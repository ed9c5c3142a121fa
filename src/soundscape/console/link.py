"""The way from the screen to the session: the control port, asked from threads of its own.

One asks how the session stands, one gives cues in the order they were said, and `stop` waits for
neither. What they hear goes to `tell`, which any of them may call.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from soundscape.companion import glance
from soundscape.console.keys import STOP, Said
from soundscape.core.errors import InputError, NoSession, SoundscapeError
from soundscape.readiness.supplies import SUPPLIES, Power, read_power
from soundscape.remote.client import Client
from soundscape.remote.following import Following

LOOK_S = 0.5
POWER_S = 20.0
PAGE_NAME = "page.json"
"""What the page's process tells of itself, beside the control file."""


@dataclass(frozen=True, slots=True)
class Stands:
    """How the session stands, what drives the machine, and what the page tells that is served
    beside it; None for none."""

    status: dict[str, Any]
    power: Power
    page: dict[str, Any] | None = None


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
        self._page_file = control_file.with_name(PAGE_NAME)
        self._tell = tell
        self._cues: queue.SimpleQueue[tuple[int, Said]] = queue.SimpleQueue()
        self._look_now = threading.Event()

    def open(self) -> None:
        """Begin to ask. The threads never keep the program from ending."""
        for work in (self._look, self._give_all):
            threading.Thread(target=work, name=work.__name__, daemon=True).start()

    def give(self, number: int, said: Said) -> None:
        """Give a cue; what comes of it is told with the same number."""
        if said.cue != STOP:
            self._cues.put((number, said))
            return
        with_its_own = threading.Thread(target=self._give, args=(number, said), daemon=True)
        with_its_own.start()

    def _give_all(self) -> None:
        while True:
            self._give(*self._cues.get())

    def _give(self, number: int, said: Said) -> None:
        self._tell(self._answer(number, said))
        self._look_now.set()

    def _answer(self, number: int, said: Said) -> Answered:
        try:
            with closing(Client(self._session.control)) as client:
                reply = client.cue(said.cue, said.words)
        except InputError as error:
            return Answered(number, "refused", "; ".join(fault.what for fault in error.faults))
        except NoSession as error:
            return Answered(number, "failed", str(error))
        except (SoundscapeError, OSError) as error:
            return Answered(number, "failed", f"{error}; nobody knows whether it was done")
        return Answered(number, "done" if reply.ok else "refused", reply.answer)

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
                self._tell(Stands(status, power, self._page()))
            self._look_now.wait(LOOK_S)
            self._look_now.clear()
