"""The engine's side of its journal: what hinders it is told once, and again when it comes back."""

from __future__ import annotations

from collections.abc import Sequence

from soundscape.core.events import Fact, Stamp
from soundscape.core.ports import JournalHealth, Written
from soundscape.engine.ledger import SLOW_TOLD_S, Ledger


class Shelved:
    """A journal whose disk is as it is said to be."""

    def __init__(self) -> None:
        self.health = JournalHealth(0, "")

    def append(self, stamp: Stamp, facts: Sequence[Fact]) -> Written:
        raise AssertionError("nothing is written here")

    def note(self, words: str) -> str:
        raise AssertionError("nothing is written here")

    def close(self, seconds: float) -> bool:
        return not self.health.waiting


def told(ledger: Ledger) -> str:
    fault = ledger.news()
    return fault.what if fault else ""


def test_a_slow_disk_is_a_fault_once_each_time() -> None:
    """A disk that is late and refuses nothing is told as a fault after some seconds, once; when it
    has caught up and is late again, again."""
    journal = Shelved()
    ledger = Ledger(journal)
    for _ in range(2):
        journal.health = JournalHealth(3, "", waited_s=SLOW_TOLD_S - 0.1)
        assert told(ledger) == ""
        journal.health = JournalHealth(3, "", waited_s=SLOW_TOLD_S)
        assert told(ledger) == "journal not written yet: the disk is slow"
        assert told(ledger) == ""
        journal.health = JournalHealth(0, "")
        assert told(ledger) == ""


def test_a_disk_that_refuses_is_told_over_one_that_is_slow() -> None:
    """What the system says is the fault, however long the lines have waited."""
    journal = Shelved()
    ledger = Ledger(journal)
    journal.health = JournalHealth(1, "", waited_s=9.0)
    assert "slow" in told(ledger)
    journal.health = JournalHealth(2, "No space left on device", waited_s=10.0)
    assert told(ledger) == "journal not written: No space left on device"
    assert told(ledger) == ""
    journal.health = JournalHealth(2, "", waited_s=11.0)  # It takes them now, one after the other.
    assert told(ledger) == ""
