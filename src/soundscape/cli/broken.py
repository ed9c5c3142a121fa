"""Sessions that broke off: the journal is open, and nothing plays it."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from soundscape.control.address import Unreachable
from soundscape.core.errors import JournalError, NoSession
from soundscape.core.events import PhaseEntered, Started
from soundscape.core.text import clock, lasting
from soundscape.home import Home
from soundscape.journal.digest import digest
from soundscape.journal.encryption import Locked
from soundscape.journal.reader import Journal, read_journal
from soundscape.journal.writer import JOURNAL_NAME
from soundscape.process.supervisor import BEAT_NAME
from soundscape.protocol import Beat

RECENT_S = 6 * 3600.0
"""Seconds for which a session that broke off is offered. Later it is recovered by its code."""


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """A session that broke off, at `at_s` from its start, `ago_s` seconds ago by the wall clock.

    `beat` is its engine's last sign of life, None where there is none. `journal` is None, and
    `phase` empty, of an encrypted session whose key is not held.
    """

    folder: Path
    journal: Journal | None
    beat: Beat | None
    at_s: float
    ago_s: float
    phase: str

    @property
    def code(self) -> str:
        """The session's code."""
        return self.folder.name

    def told(self) -> str:
        """Which one, when and where, in a few words."""
        if self.journal is None:
            where = f", at {clock(self.at_s)}"
        else:
            where = f", at {clock(self.at_s)} in {self.phase}" if self.phase else " before it began"
        kind = "encrypted session" if self.journal is None else "session"
        return f"{kind} {self.code} broke off {lasting(self.ago_s)} ago{where}"


def read_broken(folder: Path) -> BrokenOff:
    """How a session broke off. Raises `JournalError` where its journal is whole or unreadable."""
    try:
        journal = read_journal(folder)
    except Locked:
        return _read_locked(folder)
    opened = journal.opened
    if journal.closed:
        raise JournalError(f"session {folder.name} is closed; `soundscape log show` shows it")
    beat = _read_beat(folder)
    stamp = journal.entries[-1].stamp
    wall, at_s = stamp.wall, stamp.at_s
    if beat is not None and beat.at_s >= at_s:
        wall, at_s = beat.wall, beat.at_s
    facts = [entry.fact for entry in journal.entries]
    entered = [fact.phase for fact in facts if isinstance(fact, PhaseEntered)]
    begun = any(isinstance(fact, Started) for fact in facts) and entered
    phase = opened.arc.phases[entered[-1]].name if begun else ""
    return BrokenOff(folder, journal, beat, at_s, _ago_s(wall), phase)


def _read_locked(folder: Path) -> BrokenOff:
    """The same, as far as an encrypted session tells it to anyone."""
    beat = _read_beat(folder)
    if digest(folder).reason is not None:
        raise JournalError(f"session {folder.name} is closed; `soundscape log show` shows it")
    if beat is None:
        raise Locked(f"session {folder.name} is encrypted, and nothing shows how it broke off")
    return BrokenOff(folder, None, beat, beat.at_s, _ago_s(beat.wall), "")


def _ago_s(wall: str) -> float:
    ago = datetime.now().astimezone() - datetime.fromisoformat(wall)
    return max(0.0, ago.total_seconds())


def last_broken(home: Home) -> BrokenOff | None:
    """The newest session that broke off within the last hours; None where there is none."""
    now = time.time()
    found: list[BrokenOff] = []
    paths: list[Path] = []
    with suppress(OSError):  # What may not be looked into is nobody's to go on with.
        paths = list(home.sessions.glob(f"*/{JOURNAL_NAME}"))
    for path in paths:
        try:
            if abs(now - path.stat().st_mtime) <= RECENT_S:
                found.append(read_broken(path.parent))
        except (OSError, JournalError):
            continue  # A whole one, or none that anybody could go on with.
    begun = (each for each in found if each.phase or each.journal is None)
    return min(begun, key=lambda each: each.ago_s, default=None)


def no_session(home: Home, otherwise: NoSession) -> NoSession:
    """The error for a command that finds no session. It names one that broke off, if there is one;
    a session that runs and cannot be reached did not break off."""
    if isinstance(otherwise, Unreachable):
        return otherwise
    broken = last_broken(home)
    if broken is None:
        return otherwise
    go_on = "`soundscape recover` goes on with it"
    return NoSession(f"no session is running; {broken.told()}: {go_on}")


def _read_beat(folder: Path) -> Beat | None:
    try:
        return Beat.read(json.loads((folder / BEAT_NAME).read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
