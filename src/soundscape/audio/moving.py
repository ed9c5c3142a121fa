"""Moving: a session from one output to another. A trial there, a fade to nothing, the move."""

from __future__ import annotations

from collections.abc import Callable, Collection

from soundscape.audio.bank import Bank
from soundscape.audio.outlet import Outlet
from soundscape.audio.trial import Trial
from soundscape.core import fade
from soundscape.core.fade import Ramp
from soundscape.core.ports import MoveOutput, OutputMoved, OutputRefused, Reporter

TRIALS = 2
"""So many trials that were not heard are enough: the output takes no sound."""

Aim = Callable[[str], None]
"""Has players open their next file on an output."""


class Moving:
    """One move at a time; the newest wish wins. `device` is where the decks are aimed at.

    Where nothing is heard, there is nothing to fade: the decks are aimed anew at once, and the
    mixer's own trial finds out whether they are heard there.
    """

    def __init__(
        self,
        banks: Collection[Bank],
        outlet: Outlet,
        trial: Trial | None,
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
        """Begin, or turn round."""
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
        """Whether every tick counts."""
        return self._wanted is not None

    def hurry(self) -> None:
        """Nothing is heard any more: what was to come is done at once."""
        if self._wanted is not None:
            self._arrive(self._wanted.device)
            self._untold = True

    def forget(self) -> bool:
        """The decks are as new; whether they have moved by that. Where no trial has shown yet that
        the output takes sound, that goes on."""
        if self._wanted is None or not self._proved:
            return False
        self._arrive(self._wanted.device)
        return True

    def mind_trials(self, now: float) -> None:
        """While nothing is heard: an output that was asked for and takes nothing is told once."""
        if self._untold and self._trial is not None and self._trial.failures >= TRIALS:
            self._untold = False
            self._report(OutputRefused(self.device, self.device, now))

    def step(self, now: float) -> bool:
        """Go on; whether the decks have just moved."""
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
        self._report(OutputMoved(wanted.device, now))
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
