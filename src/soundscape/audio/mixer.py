"""Gain lines, seams and fades over two decks per layer. Knows no sound library.

A deck's gain is a sum in dB: loudness match, level and trim, pause, close, its part in a seam, its
own fade. Every line has one ramp, reversible from where it is; `soundscape.audio.slew_limit` holds
the slew limit of the sum. A seam begins when the incoming deck is seen to move. So a file that will
not open costs no silence: the outgoing track has not begun to fade.

Below all of this lies what something else does to a layer's volume (`ExternalVolume`).
`soundscape.audio.output_guard` handles a lost or moved output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf

from soundscape.audio.channel import Channel
from soundscape.audio.external_volume import ExternalVolume, OffsetPlayer
from soundscape.audio.output_guard import OutputGuard
from soundscape.audio.output_health import OutputHealth, OutputProbe, Seen
from soundscape.audio.player import Player
from soundscape.core import fade
from soundscape.core.ports import (
    Action,
    Clear,
    Down,
    FadeOut,
    Freeze,
    Glide,
    MoveOutput,
    Mute,
    Output,
    Play,
    Reopen,
    Reporter,
    Shut,
    Thaw,
)
from soundscape.core.track import LAYERS, Layer


class Mixer:
    """Carries actions out on its players, and reports the results.

    One thread calls it: `do` with an action, then `step` repeatedly, at `next_change` at the latest
    and every `TICK_S` while something moves.
    """

    def __init__(
        self,
        players: Mapping[Layer, Sequence[Player]],
        report: Reporter,
        probe: OutputProbe | None = None,
        aim: Callable[[str], None] = lambda _: None,
        health: OutputHealth | None = None,
    ) -> None:
        """`aim` makes the players open their next file on an output."""
        self._report = report
        self._external = {layer: ExternalVolume(layer, report) for layer in LAYERS}
        self._offset = {
            layer: [OffsetPlayer(player, self._external[layer]) for player in players[layer]]
            for layer in LAYERS
        }
        self._channels = {layer: Channel(layer, self._offset[layer], report) for layer in LAYERS}
        self._output = OutputGuard(
            self._channels, self._external, health or OutputHealth(), probe, aim, report
        )
        self._shutting = False
        self._moved_at = 0.0

    def do(self, action: Action, now: float) -> None:
        """Start an action."""
        match action:
            case Play():
                self._channels[action.layer].play(action)
            case FadeOut():
                self._channels[action.layer].let_go(action.seconds, now)
            case Glide(line="hand"):
                self._external[action.layer].glide(action.to_db, action.seconds, now)
            case Glide():
                self._channels[action.layer].glide(action, now)
            case Freeze():
                for layer in action.layers:
                    self._channels[layer].freeze(action.seconds, now)
            case Thaw():
                for layer in action.layers:
                    self._channels[layer].thaw(action.seconds, now)
            case Shut():
                self._shutting = True
                for channel in self._channels.values():
                    channel.shut(action.seconds, now)
            case Reopen():
                self._shutting = False
                for channel in self._channels.values():
                    channel.reopen(action.seconds, now)
            case MoveOutput():
                self._output.move(action, now)
            case Mute():
                self._external[action.layer].muted = True
            case Clear():
                self.clear()

    def clear(self) -> None:
        """Cut and forget everything; all is as at the beginning."""
        self._shutting = False
        self._output.forget()
        for channel in self._channels.values():
            channel.forget()

    def see(self, seen: Seen) -> None:
        """Take a report of the sound server; they keep coming if there is one."""
        self._output.see(seen)

    def step(self, now: float) -> None:
        """Move every deck to where it should be now, and report what has changed."""
        self._output.step(now)
        self._move(now)
        self._output.mind_unheard(now)
        for volume in self._external.values():
            volume.tell(now)
        if self._shutting and all(channel.shut_down(now) for channel in self._channels.values()):
            self._shutting = False
            for channel in self._channels.values():
                channel.drop(now)
            self._report(Down(now))

    def _move(self, now: float) -> None:
        """Move both layers. While music plays, the ambience lets the sum rise only slowly."""
        music, ambience = self._channels["music"], self._channels["ambience"]
        moved_db = {
            each: volume.moved_db(self._moved_at, now) for each, volume in self._external.items()
        }
        elapsed_s, self._moved_at = now - self._moved_at, now
        own_db = ambience.out_db
        before_db = fade.sum_db((music.out_db, own_db))
        music.step(now, external_db=moved_db["music"])
        if music.out_db <= fade.HUSH_DB or music.rising_from_silence(now):
            ambience.step(now, external_db=moved_db["ambience"])
            return
        most_db = before_db + fade.RISE_DB_PER_S * elapsed_s
        most_db = max(own_db, fade.less_db(most_db, music.out_db))
        ambience.step(now, most_db, moved_db["ambience"])

    def external_db(self, now: float) -> float:
        """Return how many dB the most lowered layer stands below what this program set."""
        return min(0.0, *(volume.at(now) for volume in self._external.values()))

    def moving(self, now: float) -> bool:
        """Whether a gain is moving or a deck is opening, so that every tick counts."""
        return (
            self._shutting
            or self._output.busy
            or any(channel.moving(now) for channel in self._channels.values())
            or any(volume.moving(now) for volume in self._external.values())
            or any(each.moving(now) for pair in self._offset.values() for each in pair)
        )

    def next_change(self, now: float) -> float:
        """Tell when something will end, as far as is known."""
        times = [channel.next_change(now) for channel in self._channels.values()]
        times += [volume.settles_at() for volume in self._external.values()]
        times.append(self._output.next_change(now))
        return min((time for time in times if time > now), default=inf)

    def outputs(self) -> tuple[Output, ...]:
        """List the outputs as the sound server last told them."""
        return self._output.outputs

    def position(self, token: int, now: float) -> float | None:
        """Return the seconds into its file of the playing `token`; None if it does not sound."""
        for channel in self._channels.values():
            found = channel.position(token)
            if found is not None:
                return found
        return None
