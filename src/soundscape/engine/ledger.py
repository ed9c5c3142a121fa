"""The engine's side of its journal: how long a change waits for the disk, and what is reported."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from soundscape.core.events import Fact, Faulted, Stamp
from soundscape.core.ports import JournalHealth, JournalPort

SLOW_TOLD_S = 5.0
"""Seconds that a line waits before the slow disk is journaled as a fault. The screens show it after
`ports.SLOW_S`."""

log = logging.getLogger(__name__)


class Ledger:
    """Writes facts through a `JournalPort`, and reports once what hinders it."""

    def __init__(self, journal: JournalPort) -> None:
        self._journal = journal
        self._told = ""
        self._restored_told = 0

    @property
    def health(self) -> JournalHealth:
        """Whether everything is on disk."""
        return self._journal.health

    def note(self, words: str) -> str:
        """Store the words of a note apart from the journal; return their id."""
        return self._journal.note(words)

    def write(self, stamp: Stamp, facts: Sequence[Fact], patience_s: float = 0.0) -> bool:
        """Send facts to the disk and wait up to `patience_s`; return whether they are written.

        Raises only MemoryError: the sound does not depend on the journal.
        """
        if not facts:
            return True
        try:
            batch = self._journal.append(stamp, facts)
        except MemoryError:
            raise
        except Exception:
            log.exception("facts could not be journaled: %s", [fact.type for fact in facts])
            return False
        health = self.health
        # There is no point in waiting again and again for a disk that hangs or refuses.
        return batch.wait(0.0 if health.trouble or health.slow else patience_s)

    def news(self) -> Faulted | None:
        """Return a fault that has begun since the last call; the end of a fault goes to the log."""
        health = self.health
        if health.restored > self._restored_told:
            self._restored_told = health.restored
            return self._tell("the journal file disappeared", "it was written again in full")
        trouble = health.trouble
        if not trouble and health.waited_s >= SLOW_TOLD_S:
            # Lines that a disk refused before are late now; that has been reported.
            trouble = self._told or "the disk is slow"
        if trouble == self._told:
            return None
        before, self._told = self._told, trouble
        if health.trouble:
            done = "the music goes on; lines are kept and will be written"
            return self._tell(f"journal not written: {trouble}", done)
        if trouble:
            return self._tell(f"journal not written yet: {trouble}", "the music goes on")
        if before:
            log.error("the journal is written again")
        return None

    def close(self, seconds: float) -> bool:
        """Write what is left, for at most `seconds`; return whether all of it is on disk."""
        if self._journal.close(seconds):
            return True
        log.error("%d lines could not be written: %s", self.health.waiting, self.health.trouble)
        return False

    def _tell(self, what: str, done: str) -> Faulted:
        log.error("%s; %s", what, done)
        return Faulted(what, done=done)
