"""The output probe: finds out with silence, on a player of its own, whether an output works."""

from __future__ import annotations

from collections.abc import Callable

from soundscape.audio.output_health import OutputHealth
from soundscape.audio.player import LOOKED_S, Player
from soundscape.core import fade

TRIAL_S = 2.0
"""Seconds within which a trial must reach the output."""

BETWEEN_TRIALS_S = 3.0
"""Seconds from the start of a failed trial to the next one."""


class OutputProbe:
    """Tries repeatedly whether an output accepts sound, with a player of its own.

    `silence` is the path of a file of digital silence.
    """

    def __init__(
        self, player: Player, silence: str, aim: Callable[[str], None] = lambda _: None
    ) -> None:
        self._player = player
        self._aim = aim
        self.failures = 0
        self._silence = silence
        self._began: float | None = None
        self._looked_at = self._tried_s = 0.0
        self._next_at = 0.0

    def aim(self, device: str) -> None:
        """Try that output from here on; "" is the default one."""
        self.stop()
        self._aim(device)
        self.failures, self._next_at = 0, 0.0

    def passed(self, outlet: OutputHealth, now: float, device: str) -> bool:
        """Continue the trial; return whether sound has just reached the output."""
        if not outlet.promising(now, device):
            self.stop()
            return False
        if self._began is None:
            if now >= self._next_at:
                self._player.set_gain(fade.SILENT_DB)
                self._player.start(self._silence, 0.0)
                self._began, self._next_at = now, now + BETWEEN_TRIALS_S
                self._looked_at, self._tried_s = now, 0.0
            return False
        self._tried_s += min(now - self._looked_at, LOOKED_S)
        self._looked_at = now
        done = self._player.look(now).heard and outlet.takes(self._began, device)
        if done or self._tried_s > TRIAL_S:
            self.failures += not done
            self.stop()
        if done:
            self._next_at = now
        return done

    @property
    def trying(self) -> bool:
        """Whether a trial is under way."""
        return self._began is not None

    def stop(self) -> None:
        """Release the player."""
        if self._began is not None:
            self._player.stop()
            self._began = None
