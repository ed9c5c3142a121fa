"""The engine: the one loop, and the one owner of the Session.

The core decides every input (a cue, a report of the decks, the time). The loop journals and folds
the facts, then sends the actions to the decks. Nothing else changes the session.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from soundscape.clock import WallMoments
from soundscape.core import director, reports
from soundscape.core.comeback import come_back
from soundscape.core.cues.row import Cue, Now
from soundscape.core.cues.table import CUES, asked, decide
from soundscape.core.cues.words import Text
from soundscape.core.decision import Decision, Refusal
from soundscape.core.errors import Fault, InputError, SoundscapeError, nearest
from soundscape.core.events import Asked, Faulted, Planned, Stamp, Value
from soundscape.core.fold import fold
from soundscape.core.machine_facts import KeptAwake, OutputChosen
from soundscape.core.planner.planner import plan
from soundscape.core.ports import Clear, Clock, Decks, JournalPort, Reporter, StoodStill, Told
from soundscape.core.reply import Reply
from soundscape.core.session import Session
from soundscape.engine import status
from soundscape.engine.appointment import Appointment
from soundscape.engine.gaps import Still, SuspendDetector, Takeover, Unwatched, Watch
from soundscape.engine.guard import Guard
from soundscape.engine.ledger import Ledger
from soundscape.protocol import Status

URGENT_PATIENCE_S = 0.1
"""Seconds an urgent cue waits for the journal before it acts anyway."""

PATIENCE_S = 0.5
"""Seconds anything else waits for the journal."""

LONGEST_SLEEP_S = 0.5
MISTAKE_SLEEP_S = 0.1
"""Seconds of rest after a step that failed, because it may fail each time. A message ends it."""

PLAN_S = 60.0
"""Seconds a plan may take before the watchdog treats the loop as hung; enough for slow machines."""

FLOOD = 100
"""Messages in a row after which the time has its turn even if more are waiting."""

FAILED_INSIDE = "internal error; `soundscape status` shows whether the cue took effect"
UNTOLD = "the status is not available because of an internal error; music and cues go on"

ANSWERS_KEPT = 100
"""Answers that are remembered in case they did not reach their asker."""

CLOSE_PATIENCE_S = 60.0
"""Seconds the end of a session waits for a disk that accepts nothing."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _CueGiven:
    name: str
    given: Sequence[str] | Mapping[str, Value]
    request: str = ""
    seen: Mapping[str, float] = field(default_factory=dict)
    reply: Future[Reply] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _StatusAsked:
    reply: Future[Status] = field(default_factory=Future)


_Message = _CueGiven | _StatusAsked | KeptAwake | Told


class Engine:
    """Plays one session to its end. `run` owns the calling thread; any thread may call the rest.

    `make_decks` is called with the function that takes the decks' reports. With an `appointment`
    the session waits for it. With a `comeback` it takes over from an interrupted engine.
    """

    def __init__(
        self,
        session: Session,
        make_decks: Callable[[Reporter], Decks],
        journal: JournalPort,
        clock: Clock,
        appointment: Appointment | None = None,
        *,
        comeback: Takeover | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._session = session
        self._ledger = Ledger(journal)
        self._guard = Guard(self._tell_mistake)
        self._clock = clock
        self._appointment = appointment
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._decks = make_decks(self._inbox.put)
        self._zero: float | None = None
        self._boot_id = clock.boot_id()
        self._suspends = SuspendDetector(clock)
        self._comeback = comeback
        self._watch = watch or Unwatched()
        self._answers = dict(comeback.answers) if comeback else {}
        self._replan = ""
        self._well = True
        self._in_a_row = 0

    @property
    def session(self) -> Session:
        """The session as it stands: a value that changes only in the thread of `run`."""
        return self._session

    # For other threads.

    def cue(
        self,
        name: str,
        given: Sequence[str] | Mapping[str, Value],
        request: str = "",
        seen: Mapping[str, float] | None = None,
    ) -> Future[Reply]:
        """Give a cue, with its words as typed or its values by name.

        `seen` is the `place` in the status that its giver's screen showed. The future holds the
        reply, or an `InputError` if the cue or its arguments are bad. A `request` that was answered
        before gets the same answer and is not obeyed again.
        """
        message = _CueGiven(name, given, request, seen or {})
        self._inbox.put(message)
        if name in CUES and CUES[name].silences:  # Decks need not wait while the loop plans.
            threading.Timer(URGENT_PATIENCE_S, self._hush, (message.reply,)).start()
        return message.reply

    def _hush(self, reply: Future[Reply]) -> None:
        if not (reply.running() or reply.done()):
            self._decks.hush()

    def tell(self, kept: KeptAwake) -> None:
        """Say what keeps the machine awake."""
        self._inbox.put(kept)

    def status(self) -> Future[Status]:
        """Return the session's status, as `status --json` prints it."""
        message = _StatusAsked()
        self._inbox.put(message)
        return message.reply

    # The loop.

    def run(self) -> None:
        """Play until the session is closed and its journal is on disk."""
        if self._comeback is not None:
            self._take_over(self._comeback)
        if self._appointment is None and not self._session.started and not self._session.closing:
            self._begin()
        while not self._session.closed:
            self._turn()
        self._watch.busy(CLOSE_PATIENCE_S)
        self._step("closing the decks", self._decks.close)
        self._ledger.close(CLOSE_PATIENCE_S)
        self._refuse_rest()

    def _step(self, name: str, do: Callable[[], object]) -> None:
        """Take one step of the loop: the music must survive any error of ours."""
        self._well = self._guard.step(name, do) and self._well

    def _turn(self) -> None:
        rest_s, self._well = 0.0 if self._well else MISTAKE_SLEEP_S, True
        self._step("the decks", lambda: self._decks.advance(self._clock.now()))
        self._step("the heartbeat", self._beat)
        wait_s = max(self._sleep_s(), rest_s)
        self._suspends.rest(wait_s)
        message: _Message | None = None
        with suppress(queue.Empty):
            message = self._inbox.get(timeout=wait_s)
        still = self._suspends.look()
        if still is not None:
            self._step("coming back", partial(self._come_back, still))
        if message is not None:
            name = type(message).__name__.strip("_")
            self._step(f"a message ({name})", partial(self._take, message))
        # What has happened comes first, but even a flood of it must not stop the time.
        self._in_a_row += 1
        if self._inbox.empty() or self._in_a_row > FLOOD:
            self._in_a_row = 0
            self._step("the time", self._on_time)

    def _beat(self) -> None:
        if self._suspends.remember(self._session, self._decks):
            self._watch.beat(self._suspends.beat(self._stamp()))

    def _sleep_s(self) -> float:
        if not self._inbox.empty() or self._replan:
            return 0.0
        now = self._clock.now()
        wake = self._decks.next_wake(now)
        due_s = director.next_due_s(self._session)
        if due_s is not None and self._zero is not None:
            wake = min(wake, self._zero + due_s)
        return min(self._clock.pass_by(max(wake - now, 0.0)), LONGEST_SLEEP_S)

    def _take(self, message: _Message) -> None:
        match message:
            case _StatusAsked():
                self._take_status(message)
            case _CueGiven():
                self._take_cue(message)
            case KeptAwake():
                self._follow(Decision((message,)))
            case StoodStill():
                if self._suspends.is_news(message.since):
                    self._come_back(Still(message.since, message.at, suspended=False))
            case _:
                at_s = message.at - (self._zero if self._zero is not None else message.at)
                self._follow(reports.on_report(self._session, message, at_s))

    def _on_time(self) -> None:
        fault = self._ledger.news()
        if fault is not None:
            self._carry_out(Decision((fault,)), 0.0)
        if not self._session.started:
            due = self._appointment is not None and self._appointment.has_come()
            if due and not self._session.closing:
                self._begin()
            return
        if self._replan:
            self._make_plan()
        self._follow(director.due(self._session, self._now_s()))

    def _begin(self) -> None:
        self._zero = self._clock.now()
        self._follow(director.begin(self._session))

    def _take_over(self, comeback: Takeover) -> None:
        """Take over from an interrupted engine."""
        if self._session.started:
            self._zero = comeback.zero
        now_s = self._now_s()
        gap, places = comeback.gap, comeback.places
        if comeback.device not in (None, self._session.device):
            self._follow(Decision((OutputChosen(comeback.device or ""),)))
        if not self._guard.step(
            "coming back", lambda: self._follow(come_back(self._session, gap, places, now_s))
        ):
            self._step("music", lambda: self._follow(director.bring_back(self._session, now_s)))

    def _come_back(self, still: Still) -> None:
        """Return from a suspend: be silent at once, then fade in from silence."""
        self._decks.do(Clear())
        gap, places = self._suspends.back(still, self._zero or 0.0)
        if self._zero is not None:
            log.warning("%s; the session comes back softly", gap.what)
            self._follow(come_back(self._session, gap, places, self._now_s()))

    def _follow(self, decision: Decision) -> None:
        """Carry out a decision nobody waits for: only a change of sound waits for the journal."""
        self._carry_out(decision, PATIENCE_S if decision.actions else 0.0)

    def _take_cue(self, message: _CueGiven) -> None:
        message.reply.set_running_or_notify_cancel()
        if (known := self._answers.get(message.request)) is not None:
            message.reply.set_result(known)
            return
        try:
            reply = self._obey(message)
        except InputError as error:
            message.reply.set_exception(error)
        except Exception:
            message.reply.set_result(Reply(False, FAILED_INSIDE))
            raise
        else:
            if message.request:
                self._answers[message.request] = reply
                while len(self._answers) > ANSWERS_KEPT:
                    del self._answers[next(iter(self._answers))]
            message.reply.set_result(reply)

    def _take_status(self, message: _StatusAsked) -> None:
        try:
            message.reply.set_result(self._describe())
        except Exception:
            message.reply.set_exception(SoundscapeError(UNTOLD))
            raise

    def _obey(self, message: _CueGiven) -> Reply:
        name, given = message.name, message.given
        cue = CUES.get(name)
        if cue is None:
            raise InputError([Fault(name, "no such cue", nearest(name, list(CUES)))])
        args = self._keep_words_apart(cue, cue.args(given))
        now = replace(self._now(), seen=message.seen)
        answer = decide(self._session, cue, args, now)
        if isinstance(answer, Refusal):
            refused = asked(self._session, cue, args, answer)
            refused = replace(refused, at_s=now.s, request=message.request)
            # A refusal changes nothing, so it does not wait for the disk.
            written = self._carry_out(Decision((refused,)), 0.0)
            return Reply(False, answer.reason, written)
        said, *facts = answer.facts
        if isinstance(said, Asked):
            said = replace(said, request=message.request)
        answer = replace(answer, facts=(said, *facts))
        patience_s = URGENT_PATIENCE_S if cue.urgent else PATIENCE_S
        written = self._carry_out(answer, patience_s)
        late = "" if written else f" (done, not yet written{self._ledger.health.why})"
        return Reply(True, answer.answer + late, written)

    def _keep_words_apart(self, cue: Cue, args: dict[str, Value]) -> dict[str, Value]:
        """Store a note's words in their own file; from here on only their id is known."""
        kept = dict(args)
        for param in cue.params:
            words = args[param.name]
            if isinstance(param, Text) and param.apart and isinstance(words, str) and words:
                kept[param.name] = self._ledger.note(words)
        return kept

    def _carry_out(self, decision: Decision, patience_s: float) -> bool:
        """Journal, fold, act. Returns whether the journal was on disk before the sound changed."""
        after = fold(self._session, decision.facts)  # Facts that cannot be folded are not written.
        written = self._ledger.write(self._stamp(), decision.facts, patience_s)
        self._session = after
        self._replan = self._replan or decision.replan
        for action in decision.actions:
            self._step(f"the action {type(action).__name__}", partial(self._decks.do, action))
        return written

    def _tell_mistake(self, what: str) -> None:
        self._carry_out(Decision((Faulted(what, done="everything else goes on"),)), 0.0)

    def _make_plan(self) -> None:
        reason, self._replan = self._replan, ""
        session = self._session
        if session.closing or session.closed:
            return
        now_s = self._now_s()
        so_far = session.so_far(now_s)
        self._watch.busy(PLAN_S)
        seed, ahead = session.opened.seed, session.rest_of_plan()
        made = plan(session.music_arc, session.pools, seed, so_far, ahead)
        self._carry_out(Decision((Planned(made, reason),)), 0.0)

    # Readings.

    def _now(self) -> Now:
        now_s = self._now_s()
        return Now(now_s, WallMoments(self._clock, now_s), outputs=self._decks.outputs())

    def _now_s(self) -> float:
        return 0.0 if self._zero is None else self._clock.now() - self._zero

    def _stamp(self) -> Stamp:
        now_s = self._now_s()
        arc_s = self._session.arc_s(now_s) if self._session.started else None
        return Stamp(
            wall=self._clock.wall().isoformat(timespec="milliseconds"),
            boot_s=round(self._clock.now(), 4),
            boot=self._boot_id,
            at_s=round(now_s, 4),
            arc_s=None if arc_s is None else round(arc_s, 4),
        )

    def _describe(self) -> Status:
        session = self._session
        position_s = self._decks.position(session.playing.token) if session.playing else None
        waits = None if session.started else self._appointment
        return status.describe(
            session,
            self._now_s(),
            position_s,
            self._ledger.health,
            waits.when.isoformat() if waits else None,
            self._now().moments,
            self._watch.pid,
            waits.told() if waits else None,
            self._decks.outputs(),
        )

    def _refuse_rest(self) -> None:
        """Answer everybody who still waits."""
        while not self._inbox.empty():
            message = self._inbox.get()
            if isinstance(message, _StatusAsked):
                self._step("the status", partial(self._take_status, message))
            elif isinstance(message, _CueGiven):
                over = Reply(False, "the session is over")
                message.reply.set_result(self._answers.get(message.request, over))
