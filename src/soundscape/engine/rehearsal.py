"""A session in virtual time: the same engine and null decks as `run`, with another clock.

Cues are given at the times of a script. If the session would wait for ever for a cue that the
script lacks, the rehearsal gives it: a `dose`, a `transition`, a `release`, an `end`. The journal
shows such a cue like any other, and that the rehearsal gave it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from soundscape.audio.null import NullDecks
from soundscape.clock import VirtualClock
from soundscape.core import events
from soundscape.core.arc import OPEN_PHASE_S
from soundscape.core.events import Fact
from soundscape.core.fold import fold
from soundscape.core.plan import Plan
from soundscape.core.ports import JournalHealth
from soundscape.core.reply import Reply
from soundscape.core.session import Session, open_session
from soundscape.core.track import Pools, Track
from soundscape.engine.loop import Engine

HOLD_S = 1800.0
"""Seconds until the rehearsal releases a hold that the script does not release."""

LONGEST_S = 48 * 3600.0
"""Seconds after which every rehearsal ends: twice the longest arc."""

PROMPTER = "rehearsal"
"""The giver of the cues that the rehearsal gives itself."""


@dataclass(frozen=True, slots=True)
class ScriptedCue:
    """A cue and the words after its name, given `at_s` seconds from the session's start."""

    at_s: float
    name: str
    words: tuple[str, ...] = ()


class _Written:
    def wait(self, seconds: float) -> bool:
        """Return True: memory is always there."""
        return True


class MemoryJournal:
    """A journal in memory. `entries` are its lines, `notes` the words stored apart."""

    def __init__(self) -> None:
        self.entries: list[events.Entry] = []
        self.notes: dict[str, str] = {}

    def append(self, stamp: events.Stamp, facts: Sequence[Fact]) -> _Written:
        """Add facts."""
        for fact in facts:
            self.entries.append(events.Entry(len(self.entries) + 1, stamp, fact))
        return _Written()

    @property
    def health(self) -> JournalHealth:
        """A health in which nothing ever waits."""
        return JournalHealth(0, "")

    def note(self, words: str) -> str:
        """Store the words of a note; return their id."""
        self.notes[f"note-{len(self.notes) + 1}"] = words
        return f"note-{len(self.notes)}"

    def close(self, seconds: float) -> bool:
        """Return True: nothing is left to write."""
        return True


class _Prompter(MemoryJournal):
    """Reads along, and gives the cues for which the session would wait.

    It waits for a cue that the script still has, however late that comes.
    """

    def __init__(self, clock: VirtualClock, script: Sequence[ScriptedCue]) -> None:
        super().__init__()
        self.engine: Engine | None = None
        self._clock = clock
        self._script = script
        self._given: deque[tuple[Future[Reply], str]] = deque()
        clock.at(LONGEST_S, lambda: self.say("end", (), PROMPTER))

    def append(self, stamp: events.Stamp, facts: Sequence[Fact]) -> _Written:
        """Add facts, and make sure that the session goes on after them."""
        for fact in facts:
            match fact:
                case events.PhaseEntered(phase=index, started_s=started_s, ends_s=None):
                    self._see_that_it_moves_on(index, started_s)
                case events.Held():
                    after = self._next(stamp.at_s, "release", "transition", "end", "stop")
                    self._later(max(stamp.at_s + HOLD_S, after), "release", _holds(fact))
                case events.ArcOver():
                    last_s = max((cue.at_s for cue in self._script), default=0.0)
                    self._later(max(stamp.at_s, last_s), "end", _is_over)
                case _:
                    pass
        return super().append(stamp, [self._signed(fact) for fact in facts])

    def say(self, name: str, words: Sequence[str], by: str = "") -> None:
        """Give a cue; `by` is its giver, "" for the script."""
        if self.engine is not None:
            self._given.append((self.engine.cue(name, words), by))

    def _see_that_it_moves_on(self, index: int, started_s: float) -> None:
        if self.engine is None:
            return
        phase = self.engine.session.arc.phases[index]
        due_s = started_s + (phase.length_s or OPEN_PHASE_S)
        words = ("dose", "transition", "end")[phase.until != "dose" :]
        due_s = max(due_s, self._next(started_s, words[0]))
        # Give the next cue if one moves nothing: a dose that nobody follows, a last phase.
        for seconds, word in enumerate(words):
            self._later(due_s + seconds, word, _waits_in(index))

    def _next(self, from_s: float, *names: str) -> float:
        """Return when the script has the first of these cues from a time on; 0 if it has none."""
        times = (cue.at_s for cue in self._script if cue.name in names and cue.at_s >= from_s)
        return min(times, default=0.0)

    def _later(self, at_s: float, name: str, needed: Callable[[Session], bool]) -> None:
        """Give a cue at its time, if the session still waits for it then."""

        def say() -> None:
            if self.engine is not None and needed(self.engine.session):
                whose = self.engine.session.arc.follows if name == "dose" else ""
                self.say(name, (whose,) if whose else (), PROMPTER)

        self._clock.at(at_s, say)

    def _signed(self, fact: Fact) -> Fact:
        """Add a cue's giver. Cues are answered in the order in which they are given."""
        if not isinstance(fact, events.Asked):
            return fact
        while self._given and self._given[0][0].done():
            self._given.popleft()
        return replace(fact, by=self._given[0][1]) if self._given else fact


def _waits_in(index: int) -> Callable[[Session], bool]:
    def needed(session: Session) -> bool:
        phase = session.current
        waits = phase is not None and phase.open_ended and session.course.ends_s is None
        return waits and session.course.phase == index

    return needed


def _holds(held: events.Held) -> Callable[[Session], bool]:
    return lambda session: session.course.held == held


def _is_over(session: Session) -> bool:
    return session.course.over and not session.closing


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The result: the journal's lines and the words of its notes. `late` are the cues that would
    have come after the session was closed."""

    entries: tuple[events.Entry, ...]
    notes: Mapping[str, str]
    late: tuple[ScriptedCue, ...]


def rehearse(
    opened: events.Opened,
    plan: Plan,
    pools: Pools,
    ambiences: dict[str, Track],
    script: Sequence[ScriptedCue],
    begins: datetime,
) -> Rehearsed:
    """Play a session from beginning to end in virtual time.

    The words of the script are those that `cues.words.from_words` takes. The music files are not
    opened, but they must exist.
    """
    clock = VirtualClock(begins)
    script = sorted(script, key=lambda cue: cue.at_s)
    journal = _Prompter(clock, script)
    facts = (opened, events.Planned(plan, "the session opens"))
    wall = begins.isoformat(timespec="milliseconds")
    journal.append(events.Stamp(wall, 0.0, clock.boot_id(), 0.0), facts)
    session = fold(open_session(opened, pools, ambiences), facts)
    engine = Engine(session, lambda report: NullDecks(report, clock), journal, clock)
    journal.engine = engine
    for cue in script:
        clock.at(cue.at_s, partial(journal.say, cue.name, cue.words))
    engine.run()
    asked = [entry.fact for entry in journal.entries if isinstance(entry.fact, events.Asked)]
    given = sum(not fact.by for fact in asked)
    return Rehearsed(tuple(journal.entries), journal.notes, tuple(script[given:]))
