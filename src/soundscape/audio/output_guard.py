"""What happens to the output that the decks play into.

When it is lost, everything is released, and nothing opens before a probe has shown that an output
accepts sound again. Changed volumes and moves to another output pass through here. A move probes
the other output, fades out, and moves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf

from soundscape.audio.channel import Channel
from soundscape.audio.external_volume import SETTLED_S, ExternalVolume
from soundscape.audio.output_health import OutputHealth, OutputProbe, Seen
from soundscape.core import fade
from soundscape.core.fade import Ramp
from soundscape.core.ports import (
    MoveOutput,
    NoOutput,
    Output,
    OutputAgain,
    OutputMoved,
    OutputRefused,
    Reporter,
    VolumeSeen,
)
from soundscape.core.track import Layer

AWAY_S = 5.0
"""Seconds that a server which is back is given to find its outputs again: radio links are slow."""

TRIALS = 2
"""Unheard trials after which an output counts as not accepting sound."""


class OutputGuard:
    """Watches the output for the mixer, and moves it; only the mixer's thread calls it.

    `device` is where the decks play to; `aim` makes them open their next file there. There is one
    move at a time, and the newest request wins. If nothing is heard there is nothing to fade: the
    decks then move at once, and the probe finds out whether they are heard there.
    """

    def __init__(
        self,
        channels: Mapping[Layer, Channel],
        external: Mapping[Layer, ExternalVolume],
        health: OutputHealth,
        probe: OutputProbe | None,
        aim: Callable[[str], None],
        report: Reporter,
    ) -> None:
        self._channels = channels
        self._external = external
        self._health = health
        self._probe = probe
        self._aim = aim
        self._report = report
        self.device = health.device
        self._wanted: MoveOutput | None = None
        self._proved = self._untold = False
        self._lost = self._told_gone = False
        self._gone_since: float | None = None
        self._seen: Seen | None = None
        self._moved_at: float | None = None

    def see(self, seen: Seen) -> None:
        """Take a report of the sound server."""
        self._health.see(seen)
        if not seen.up:
            return
        if self._seen is None:
            if seen.flat:
                for volume in self._external.values():
                    volume.knob_db = min(fade.volume_to_db(seen.volume), 0.0)
            # Full and not muted: only what differs from that is worth reporting.
            self._seen = Seen(seen.at, volume=seen.volume)
        moved = not seen.flat and abs(seen.volume - self._seen.volume) > 0.005
        if moved or seen.muted != self._seen.muted:
            self._seen, self._moved_at = seen, seen.at
        for layer, channel in self._channels.items():
            channel.output_muted = self._external[layer].output_muted = seen.muted

    def step(self, now: float) -> None:
        """Continue what is under way, and notice a loss by what the server says."""
        if self._moved_at is not None and now - self._moved_at >= SETTLED_S:
            at, self._moved_at = self._moved_at, None
            seen = self._seen
            if seen is not None:
                self._report(VolumeSeen("output", fade.volume_to_db(seen.volume), seen.muted, at))
        if self._lost:
            self._find(now)
            self._mind_gone(now)
            return
        if self._wanted is not None:
            self._continue_move(self._wanted, now)
        plays = any(channel.plays for channel in self._channels.values())
        what = self._health.trouble(now, plays)
        if what:
            self._lose(what, now)

    @property
    def busy(self) -> bool:
        """Whether a move or a trial is under way, so that every tick counts."""
        return self._wanted is not None or (self._probe is not None and self._probe.trying)

    def next_change(self, now: float) -> float:
        """Tell when something will end; infinity if nothing will."""
        if self._wanted is not None:
            return now + fade.SHORTEST_S
        return inf if self._moved_at is None else self._moved_at + SETTLED_S

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The outputs as the sound server last told them."""
        return () if self._health.seen is None else self._health.seen.outputs

    # Losses.

    def mind_unheard(self, now: float) -> None:
        """Notice a loss by what the decks themselves say."""
        if not self._lost and any(channel.unheard for channel in self._channels.values()):
            self._lose("no output accepts the sound", now)

    def _lose(self, what: str, now: float) -> None:
        heard_until = self._health.last_taken(now)
        self._lost = True
        for channel in self._channels.values():
            channel.output = False
            channel.lose(heard_until, now)
        self._told_gone, self._gone_since = self._health.gone, None
        self._tell_lost(what, heard_until)
        self._health.lost()
        self._move_at_once()

    def _tell_lost(self, what: str, heard_until: float) -> None:
        gone, port = self._health.gone, self._health.pulled
        elsewhere = self._health.elsewhere if gone else ()
        self._report(NoOutput(what, heard_until, gone, port, elsewhere))

    def _find(self, now: float) -> None:
        if self._untold and self._probe is not None and self._probe.failures >= TRIALS:
            self._untold = False
            self._report(OutputRefused(self.device, self.device, now))
        found = (
            self._probe.passed(self._health, now, self.device)
            if self._probe
            else self._health.promising(now, self.device)
        )
        if found:
            self._lost = False
            for channel in self._channels.values():
                channel.output = True
            self._report(OutputAgain(now))

    def _mind_gone(self, now: float) -> None:
        """A server may come back without the chosen output: that is another loss, told once."""
        if not self._lost or self._told_gone or not self._health.gone:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        elif now - self._gone_since >= AWAY_S:
            self._told_gone = True
            self._tell_lost(self._health.trouble(now, plays=False), self._health.last_taken(now))

    # Moves.

    def move(self, action: MoveOutput, now: float) -> None:
        """Begin to move the session to another output, or reverse the present move."""
        self._wanted = action
        if self._lost:
            self._move_at_once()
        elif action.device == self.device and not self._health.pulled:
            self._stay(now)
        else:
            self._proved = False
            self._aim_probe(action.device)

    def forget(self) -> None:
        """Forget the decks, which are as new; that completes a move whose trial succeeded.

        A move whose trial has not shown yet that the output accepts sound goes on.
        """
        if self._wanted is not None and self._proved:
            self._arrive(self._wanted.device)

    def _move_at_once(self) -> None:
        """Complete the move, because nothing is heard any more."""
        if self._wanted is not None:
            self._arrive(self._wanted.device)
            self._untold = True

    def _continue_move(self, wanted: MoveOutput, now: float) -> None:
        channels = self._channels.values()
        if not self._proved:
            self._prove(wanted, now)
        elif not any(each.plays and each.out_db > fade.MUTE_DB for each in channels):
            for channel in channels:
                channel.lose(now, now, "moved")
            self._arrive(wanted.device)
            self._report(OutputMoved(now))

    def _prove(self, wanted: MoveOutput, now: float) -> None:
        if self._probe is None or self._probe.passed(self._health, now, wanted.device):
            self._proved = True
            for channel in self._channels.values():
                channel.away = fade.to_nothing(now, channel.away.at(now), wanted.seconds)
        elif self._probe.failures >= TRIALS or not self._health.promising(now, wanted.device):
            self._stay(now)
            self._report(OutputRefused(wanted.device, self.device, now))

    def _stay(self, now: float) -> None:
        self._wanted = None
        self._aim_probe(self.device)
        for channel in self._channels.values():
            if channel.away.target < 0.0:
                channel.away = fade.from_nothing(now, channel.away.at(now), fade.RESUME_S)

    def _arrive(self, device: str) -> None:
        self._wanted = None
        self.device = device
        self._aim(device)
        self._aim_probe(device)
        self._health.aim(device)
        for channel in self._channels.values():
            channel.away = Ramp.flat(0.0)
        # Its volume is its own, and nobody has moved it yet.
        self._seen = self._moved_at = None
        for volume in self._external.values():
            volume.knob_db = None

    def _aim_probe(self, device: str) -> None:
        if self._probe is not None:
            self._probe.aim(device)
