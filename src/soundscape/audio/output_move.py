"""Moves a session from one output to another: a trial there, a fade-out, the move."""

from __future__ import annotations

from collections.abc import Callable, Collection

from soundscape.audio.channel import Channel
from soundscape.audio.output_health import OutputHealth
from soundscape.audio.output_probe import OutputProbe
from soundscape.core import fade
from soundscape.core.fade import Ramp
from soundscape.core.ports import MoveOutput, OutputMoved, OutputRefused, Reporter

TRIALS = 2
"""Unheard trials after which an output counts as not accepting sound."""

Aim = Callable[[str], None]
"""Makes players open their next file on an output."""


class Moving:
    """One move at a time; the newest request wins. `device` is where the decks play to.

    If nothing is heard there is nothing to fade. The decks then move at once, and the mixer's own
    trial finds out whether they are heard there.
    """

    def __init__(
        self,
        banks: Collection[Channel],
        outlet: OutputHealth,
        trial: OutputProbe | None,
        aim: Aim,
        report: Reporter,
    ) -> None:
        self._banks = banks
        self._outlet = outlet
        self._trial = trial
        self._aim = aim
        self._report = report
        self.device = outlet.device
        self._wanted: MoveOutput | None = None
        self._proved = self._untold = False

    def begin(self, action: MoveOutput, now: float, *, lost: bool) -> None:
        """Begin a move, or reverse the present one."""
        self._wanted = action
        if lost:
            self.hurry()
        elif action.device == self.device and not self._outlet.pulled:
            self._stay(now)
        else:
            self._proved = False
            self._aim_trial(action.device)

    @property
    def on_its_way(self) -> bool:
        """Whether a move is under way, so that every tick counts."""
        return self._wanted is not None

    def hurry(self) -> None:
        """Complete the move at once, because nothing is heard any more."""
        if self._wanted is not None:
            self._arrive(self._wanted.device)
            self._untold = True

    def forget(self) -> bool:
        """Forget the decks, which are as new; return whether that completed the move.

        A move whose trial has not shown yet that the output accepts sound goes on.
        """
        if self._wanted is None or not self._proved:
            return False
        self._arrive(self._wanted.device)
        return True

    def mind_trials(self, now: float) -> None:
        """While nothing is heard, report once that the requested output accepts no sound."""
        if self._untold and self._trial is not None and self._trial.failures >= TRIALS:
            self._untold = False
            self._report(OutputRefused(self.device, self.device, now))

    def step(self, now: float) -> bool:
        """Continue the move; return whether the decks have just moved."""
        wanted = self._wanted
        if wanted is None:
            return False
        if not self._proved:
            self._prove(wanted, now)
            return False
        if any(bank.plays and bank.out_db > fade.MUTE_DB for bank in self._banks):
            return False
        for bank in self._banks:
            bank.lose(now, now, "moved")
        self._arrive(wanted.device)
        self._report(OutputMoved(now))
        return True

    def _prove(self, wanted: MoveOutput, now: float) -> None:
        if self._trial is None or self._trial.passed(self._outlet, now, wanted.device):
            self._proved = True
            for bank in self._banks:
                bank.away = fade.to_nothing(now, bank.away.at(now), wanted.seconds)
        elif self._trial.failures >= TRIALS or not self._outlet.promising(now, wanted.device):
            self._stay(now)
            self._report(OutputRefused(wanted.device, self.device, now))

    def _stay(self, now: float) -> None:
        self._wanted = None
        self._aim_trial(self.device)
        for bank in self._banks:
            if bank.away.target < 0.0:
                bank.away = fade.from_nothing(now, bank.away.at(now), fade.RESUME_S)

    def _arrive(self, device: str) -> None:
        self._wanted = None
        self.device = device
        self._aim(device)
        self._aim_trial(device)
        self._outlet.aim(device)
        for bank in self._banks:
            bank.away = Ramp.flat(0.0)

    def _aim_trial(self, device: str) -> None:
        if self._trial is not None:
            self._trial.aim(device)
