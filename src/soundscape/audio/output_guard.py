"""What happens to the output that the decks play into.

When it is lost, everything is released, and nothing opens before a trial has shown that an output
accepts sound again. Changed volumes and moves to another output pass through here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf

from soundscape.audio.channel import Channel
from soundscape.audio.external_volume import SETTLED_S, ExternalVolume
from soundscape.audio.output_health import OutputHealth, Seen
from soundscape.audio.output_move import Moving
from soundscape.audio.output_probe import OutputProbe
from soundscape.core import fade
from soundscape.core.ports import (
    MoveOutput,
    NoOutput,
    Output,
    OutputAgain,
    Reporter,
    VolumeSeen,
)
from soundscape.core.track import LAYERS, Layer

AWAY_S = 5.0
"""Seconds that a server which is back is given to find its outputs again: radio links are slow."""


class OutputGuard:
    """Watches the output for the mixer; only the mixer's thread calls it."""

    def __init__(
        self,
        banks: Mapping[Layer, Channel],
        hands: Mapping[Layer, ExternalVolume],
        outlet: OutputHealth,
        trial: OutputProbe | None,
        aim: Callable[[str], None],
        report: Reporter,
    ) -> None:
        self._banks = banks
        self._hands = hands
        self._outlet = outlet
        self._trial = trial
        self._report = report
        self._moving = Moving(banks.values(), outlet, trial, aim, report)
        self._lost = self._told_gone = False
        self._gone_since: float | None = None
        self._seen: Seen | None = None
        self._moved_at: float | None = None

    def move(self, action: MoveOutput, now: float) -> None:
        """Start to move the session to another output."""
        self._moving.begin(action, now, lost=self._lost)
        if not self._moving.on_its_way:
            self._new_output()

    def forget(self) -> None:
        """Forget the decks, which are as new; that completes a move whose trial succeeded."""
        if self._moving.forget():
            self._new_output()

    def see(self, seen: Seen) -> None:
        """Take a report of the sound server."""
        self._outlet.see(seen)
        if not seen.up:
            return
        if self._seen is None:
            if seen.flat:
                for hand in self._hands.values():
                    hand.knob_db = min(fade.volume_to_db(seen.volume), 0.0)
            # Full and not muted: only what differs from that is worth reporting.
            self._seen = Seen(seen.at, volume=seen.volume)
        moved = not seen.flat and abs(seen.volume - self._seen.volume) > 0.005
        if moved or seen.muted != self._seen.muted:
            self._seen, self._moved_at = seen, seen.at
        for layer in LAYERS:
            self._banks[layer].output_muted = self._hands[layer].output_muted = seen.muted

    def step(self, now: float) -> None:
        """Continue what is under way, and notice a loss by what the server says."""
        if self._moved_at is not None and now - self._moved_at >= SETTLED_S:
            at, self._moved_at = self._moved_at, None
            seen = self._seen
            if seen is not None:
                self._report(VolumeSeen("output", fade.volume_to_db(seen.volume), seen.muted, at))
        if self._lost:
            self._moving.mind_trials(now)
            self._find(now)
            self._mind_gone(now)
            return
        if self._moving.step(now):
            self._new_output()
        plays = any(bank.plays for bank in self._banks.values())
        what = self._outlet.trouble(now, plays)
        if what:
            self._lose(what, now)

    def _lose(self, what: str, now: float) -> None:
        heard_until = self._outlet.last_taken(now)
        self._lost = True
        for bank in self._banks.values():
            bank.output = False
            bank.lose(heard_until, now)
        self._told_gone, self._gone_since = self._outlet.gone, None
        self._tell_lost(what, heard_until)
        self._outlet.lost()
        self._moving.hurry()

    def _tell_lost(self, what: str, heard_until: float) -> None:
        gone, port = self._outlet.gone, self._outlet.pulled
        elsewhere = self._outlet.elsewhere if gone else ()
        self._report(NoOutput(what, heard_until, gone, port, elsewhere))

    def _mind_gone(self, now: float) -> None:
        """A server may come back without the chosen output: that is another loss, told once."""
        if not self._lost or self._told_gone or not self._outlet.gone:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        elif now - self._gone_since >= AWAY_S:
            self._told_gone = True
            self._tell_lost(self._outlet.trouble(now, plays=False), self._outlet.last_taken(now))

    def _new_output(self) -> None:
        """Its volume is its own, and nobody has moved it yet."""
        self._seen = self._moved_at = None
        for hand in self._hands.values():
            hand.knob_db = None

    def _find(self, now: float) -> None:
        found = (
            self._trial.passed(self._outlet, now, self._moving.device)
            if self._trial
            else self._outlet.promising(now, self._moving.device)
        )
        if found:
            self._lost = False
            for bank in self._banks.values():
                bank.output = True
            self._report(OutputAgain(now))

    def mind_unheard(self, now: float) -> None:
        """Notice a loss by what the decks themselves say."""
        if not self._lost and any(bank.unheard for bank in self._banks.values()):
            self._lose("no output accepts the sound", now)

    @property
    def busy(self) -> bool:
        """Whether a move or a trial is under way, so that every tick counts."""
        return self._moving.on_its_way or (self._trial is not None and self._trial.trying)

    def next_change(self, now: float) -> float:
        """Tell when something will end; infinity if nothing will."""
        if self._moving.on_its_way:
            return now + fade.SHORTEST_S
        return inf if self._moved_at is None else self._moved_at + SETTLED_S

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The outputs as the sound server last told them."""
        return () if self._outlet.seen is None else self._outlet.seen.outputs
