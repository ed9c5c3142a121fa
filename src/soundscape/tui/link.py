"""Connects a screen or a controller to the session through the control port.

A `Giver` sends cues in order, from a thread of its own; `stop` waits for none of the others. A
`Link` asks for the status too, and passes what it hears to `tell`, which any thread may call.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from soundscape.control.address import Control
from soundscape.control.client import Client, Following
from soundscape.core.cues.table import CUES
from soundscape.core.errors import InputError, NoSession, SoundscapeError
from soundscape.preflight.supplies import SUPPLIES, Power, read_power
from soundscape.process.sidecars import CONTROLLERS, PAGE, glance
from soundscape.protocol import Status
from soundscape.tui.keys import CueKeyed

LOOK_S = 0.5
POWER_S = 20.0

MOST_WAITING = 64
"""Most cues that wait for a slow session. Nobody gives more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a cue. `number` identifies the cue among those given on a screen."""

    state: Literal["done", "refused", "failed"]
    text: str
    number: int = 0


TOO_MANY = Answer("failed", "too many cues wait for an answer; this one was not sent")

Answered = Callable[[Answer], None]
Seen = Mapping[str, float] | None
"""The `place` of the status that the giver saw; None for a giver without a screen."""


class Giver:
    """Gives cues in the order they were given, from threads that let the program end.

    `control` tells where the session is now. Any thread may give a cue.
    """

    def __init__(self, control: Callable[[], Control]) -> None:
        self._control = control
        self._cues: queue.Queue[tuple[CueKeyed, Answered, Seen]] = queue.Queue(MOST_WAITING)

    def open(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._give_all, name="gives", daemon=True).start()

    def give(self, said: CueKeyed, answered: Answered, seen: Seen = None) -> None:
        """Send a cue; one of the threads passes its answer to `answered`."""
        if CUES[said.cue].silences:
            cue = (said, answered, seen)
            threading.Thread(target=self._give, args=cue, daemon=True).start()
            return
        try:
            self._cues.put_nowait((said, answered, seen))
        except queue.Full:
            answered(TOO_MANY)

    def _give_all(self) -> None:
        while True:
            self._give(*self._cues.get())

    def _give(self, said: CueKeyed, answered: Answered, seen: Seen) -> None:
        answered(self._answer(said, seen))

    def _answer(self, said: CueKeyed, seen: Seen) -> Answer:
        try:
            with closing(Client(self._control())) as client:
                reply = client.cue(said.cue, said.words, seen=seen)
        except InputError as error:
            return Answer("refused", "; ".join(fault.what for fault in error.faults))
        except NoSession as error:
            return Answer("failed", str(error))
        except (SoundscapeError, OSError) as error:
            return Answer("failed", f"{error}; the cue may or may not have taken effect")
        return Answer("done" if reply.ok else "refused", reply.answer)


@dataclass(frozen=True, slots=True)
class Parted:
    """How the person and the session parted: it is `over`, or they left it. `unanswered` are the
    cues that had no answer yet; `broke` is what was wrong where the screen itself gave up."""

    over: bool
    unanswered: tuple[str, ...] = ()
    broke: str = ""


@dataclass(frozen=True, slots=True)
class Stands:
    """The session's status, the machine's power, and what the web remote and the process for pedals
    and the like say of themselves; None if they do not run."""

    status: Status
    power: Power
    page: dict[str, Any] | None = None
    hands: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """The session is gone."""


News = Stands | Answer | Over


class Link:
    """Asks and gives until the session is over. `control_file` names its port."""

    def __init__(self, control_file: Path, tell: Callable[[News], object]) -> None:
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
            self._tell(replace(answer, number=number))
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
