"""Plays a stretch of a past session again: the decks of a session, without a journal."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence

from soundscape.core import fade
from soundscape.core.ports import Clock, Decks, Down, Failed, NoOutput, Reporter, Shut, Told
from soundscape.journal.again import ReplayStep

LOOK_S = 0.25
PATIENCE_S = 10.0
"""Seconds that decks may take to report that they are down after they should be."""


class Replay:
    """Plays steps to their end. `run` owns the calling thread; any thread may call `leave`.

    `tell` is called now and then with the session's time that is heard, and what began last.
    """

    def __init__(
        self,
        steps: Sequence[ReplayStep],
        make_decks: Callable[[Reporter], Decks],
        clock: Clock,
        tell: Callable[[float, str], None],
    ) -> None:
        self._steps = list(steps)
        self._clock = clock
        self._tell = tell
        self._inbox: queue.SimpleQueue[Told | None] = queue.SimpleQueue()
        self._decks = make_decks(self._inbox.put)
        self._leaving = 0
        self.trouble: list[str] = []

    def leave(self) -> None:
        """Fade out now; said twice, cut at once."""
        self._leaving += 1
        self._inbox.put(None)

    def run(self) -> None:
        """Play until all decks are down again."""
        zero = self._clock.now()
        coming, says, session_s, since = list(self._steps), "", 0.0, zero
        left, closes = 0, None
        try:
            while True:
                now = self._clock.now()
                self._decks.advance(now)
                while coming and not left and coming[0].at_s <= now - zero:
                    step = coming.pop(0)
                    self._decks.do(step.action)
                    session_s, since, says = step.session_s, now, step.says or says
                    if isinstance(step.action, Shut):
                        closes = now + step.action.seconds
                if self._leaving > left:
                    left = self._leaving
                    seconds = fade.STOP_S if left == 1 else fade.CUT_S
                    self._decks.do(Shut(seconds))
                    closes = now + seconds
                self._tell(session_s + now - since, says)
                if closes is not None and now > closes + PATIENCE_S:
                    return
                if self._heard_down(self._wait_s(now, zero, coming, left=left)):
                    return
        finally:
            self._decks.close()

    def _wait_s(self, now: float, zero: float, coming: Sequence[ReplayStep], *, left: int) -> float:
        wake = min(now + LOOK_S, self._decks.next_wake(now))
        if coming and not left:
            wake = min(wake, zero + coming[0].at_s)
        return self._clock.pass_by(max(0.0, wake - now))

    def _heard_down(self, seconds: float) -> bool:
        try:
            told = self._inbox.get(timeout=seconds) if seconds > 0 else self._inbox.get_nowait()
        except queue.Empty:
            return False
        if isinstance(told, Failed):
            self.trouble.append(f"a file {told.what}; the rest goes on")
        elif isinstance(told, NoOutput):
            self.trouble.append(f"no output accepts the sound: {told.what}")
        return isinstance(told, Down)
