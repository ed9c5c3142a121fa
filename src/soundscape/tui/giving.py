"""Sends cues to the session, whatever was pressed; `stop` waits for none of the others."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from soundscape.control.address import Control
from soundscape.control.client import Client
from soundscape.core.cues.table import CUES
from soundscape.core.errors import InputError, NoSession, SoundscapeError
from soundscape.tui.keys import CueKeyed

MOST_WAITING = 64
"""Most cues that wait for a slow session. Nobody gives more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a cue."""

    state: Literal["done", "refused", "failed"]
    text: str


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
            with_its_own = threading.Thread(
                target=self._give, args=(said, answered, seen), daemon=True
            )
            with_its_own.start()
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
