"""A session in virtual time: the same engine and null decks as `run`, only the clock differs.

Cues are given at the times of a script. Where the session would wait for somebody for ever, the
rehearsal says the word that goes on, and the journal shows it like any other cue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from soundscape.audio.null import NullDecks
from soundscape.clock import VirtualClock
from soundscape.core.arc import OPEN_PHASE_S
from soundscape.core.events import ArcOver, Entry, Fact, Held, Opened, PhaseEntered, Planned, Stamp
from soundscape.core.fold import fold
from soundscape.core.plan import Plan
from soundscape.core.ports import JournalHealth
from soundscape.core.session import open_session
from soundscape.core.track import Pools, Track
from soundscape.engine import Engine

HOLD_S = 1800.0
"""How long a hold is rehearsed that the script does not release."""


@dataclass(frozen=True, slots=True)
class ScriptedCue:
    """A cue and the words after its name, given `at_s` seconds from the session's start."""

    at_s: float
    name: str
    words: tuple[str, ...] = ()


class _Written:
    def wait(self, seconds: float) -> bool:
        """Memory is always there."""
        return True


class MemoryJournal:
    """A journal that is kept in memory. `entries` are its lines, `notes` the words kept apart."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.notes: dict[str, str] = {}

    def append(self, stamp: Stamp, facts: Sequence[Fact]) -> _Written:
        """Keep facts."""
        for fact in facts:
            self.entries.append(Entry(len(self.entries) + 1, stamp, fact))
        return _Written()

    @property
    def health(self) -> JournalHealth:
        """Nothing ever waits."""
        return JournalHealth(0, "")

    def note(self, words: str) -> str:
        """Keep the words of a note; its id."""
        self.notes[f"note-{len(self.notes) + 1}"] = words
        return f"note-{len(self.notes)}"

    def close(self, seconds: float) -> bool:
        """Nothing is left to write."""
        return True


class _Prompter(MemoryJournal):
    """Reads along, and says what the session would wait for."""

    def __init__(self, opened: Opened, clock: VirtualClock, script: Sequence[ScriptedCue]) -> None:
        super().__init__()
        self._arc = opened.arc
        self._clock = clock
        self._last_s = max((cue.at_s for cue in script), default=0.0)
        self.engine: Engine | None = None

    def append(self, stamp: Stamp, facts: Sequence[Fact]) -> _Written:
        """Keep facts, and see to it that the session goes on after them."""
        for fact in facts:
            if isinstance(fact, PhaseEntered) and fact.ends_s is None:
                phase = self._arc.phases[fact.phase]
                name = "dose" if phase.until == "dose" else "transition"
                self._say(fact.started_s + (phase.length_s or OPEN_PHASE_S), name, fact.phase)
            elif isinstance(fact, Held) and self._last_s <= stamp.at_s:
                self._say(stamp.at_s + HOLD_S, "release")
            elif isinstance(fact, ArcOver):
                self._say(max(stamp.at_s, self._last_s), "end")
        return super().append(stamp, facts)

    def _say(self, at_s: float, name: str, in_phase: int | None = None) -> None:
        def say() -> None:
            facts = (entry.fact for entry in reversed(self.entries))
            phase = next(fact.phase for fact in facts if isinstance(fact, PhaseEntered))
            if self.engine is not None and in_phase in (None, phase):
                self.engine.cue(name, [])

        self._clock.at(at_s, say)


def rehearse(
    opened: Opened,
    plan: Plan,
    pools: Pools,
    ambiences: dict[str, Track],
    script: Sequence[ScriptedCue],
    begins: datetime,
) -> MemoryJournal:
    """Play a session from beginning to end, in virtual time; its journal.

    The files themselves are not opened, but they have to be there.
    """
    clock = VirtualClock(begins)
    journal = _Prompter(opened, clock, script)
    facts = (opened, Planned(plan, "the session opens"))
    wall = begins.isoformat(timespec="milliseconds")
    journal.append(Stamp(wall, 0.0, clock.boot_id(), 0.0), facts)
    session = fold(open_session(opened, pools, ambiences), facts)
    engine = Engine(session, lambda report: NullDecks(report, clock), journal, clock)
    journal.engine = engine

    def give(cue: ScriptedCue) -> Callable[[], None]:
        def say() -> None:
            engine.cue(cue.name, cue.words)

        return say

    for cue in script:
        clock.at(cue.at_s, give(cue))
    engine.run()
    return journal
