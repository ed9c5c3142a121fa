"""The core alone: cues, time and reports move a session without engine or decks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from support.values import now_at

from soundscape.audio.null import OUTPUTS
from soundscape.core import director, reports
from soundscape.core.cues.table import CUES, decide
from soundscape.core.decision import Decision, Refusal
from soundscape.core.events import Fact, Planned
from soundscape.core.fold import fold
from soundscape.core.planner.planner import plan
from soundscape.core.ports import Freeze, Play, Silent, Sounding, Thaw
from soundscape.core.session import Session
from soundscape.core.track import Layer


class Desk:
    """The core without engine or decks: facts are folded, plays are confirmed at once."""

    def __init__(self, begun: Session) -> None:
        self.session = begun
        self.facts: list[Fact] = []
        self.actions: list[object] = []
        self.now = 0.0
        self.take(director.begin(begun))

    def take(self, decision: Decision) -> None:
        self.facts += decision.facts
        self.actions += decision.actions
        self.session = fold(self.session, decision.facts)
        for action in decision.actions:
            self._act(action)
        if decision.replan and not self.session.closing:
            made = plan(
                self.session.music_arc,
                self.session.pools,
                self.session.opened.seed,
                self.session.so_far(self.now),
                self.session.plan,
            )
            self.take(Decision((Planned(made, decision.replan),)))

    def _act(self, action: object) -> None:
        """What decks would report: they start at once, unless no output takes them, and stand
        still while they are frozen."""
        playing = self.session.playing
        if isinstance(action, Play):
            held = action.layer == "music" and self.session.waits
            if not held and not self.session.lost:
                self._heard(action.layer, action.token, action.offset_s)
        elif playing is not None and isinstance(action, Freeze) and playing.sounds:
            position_s = playing.position_s + self.now - playing.at_s
            report = Silent("music", playing.token, position_s, self.now, "frozen")
            self.take(reports.on_report(self.session, report, self.now))
        elif playing is not None and isinstance(action, Thaw):
            self._heard("music", playing.token, playing.position_s)

    def _heard(self, layer: Layer, token: int, position_s: float) -> None:
        report = Sounding(layer, token, position_s, self.now)
        self.take(reports.on_report(self.session, report, self.now))

    def cue(self, name: str, words: str = "", seen: Mapping[str, float] | None = None) -> str:
        cue = CUES[name]
        args = cue.args(words.split())
        answer = decide(self.session, cue, args, now_at(self.now, outputs=OUTPUTS, seen=seen or {}))
        if isinstance(answer, Refusal):
            return answer.reason
        self.take(answer)
        return answer.answer

    def until(self, end_s: float) -> Iterator[float]:
        """Let time pass; yields at each thing that falls due."""
        for _ in range(10_000):
            due = director.next_due_s(self.session)
            if due is None or due > end_s:
                self.now = end_s
                return
            self.now = max(self.now, due)
            self.take(director.due(self.session, self.now))
            yield self.now
        raise AssertionError("the director never comes to rest")

    def pass_to(self, end_s: float) -> None:
        for _ in self.until(end_s):
            pass
