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
from soundscape.audio.output_health import OutputHealth, Seen
from soundscape.audio.output_probe import OutputProbe
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
        trial: OutputProbe | None = None,
        aim: Callable[[str], None] = lambda _: None,
        outlet: OutputHealth | None = None,
    ) -> None:
        """`aim` makes the players open their next file on an output."""
        self._report = report
        self._hands = {layer: ExternalVolume(layer, report) for layer in LAYERS}
        self._handed = {
            layer: [OffsetPlayer(player, self._hands[layer]) for player in players[layer]]
            for layer in LAYERS
        }
        self._banks = {layer: Channel(layer, self._handed[layer], report) for layer in LAYERS}
        self._output = OutputGuard(
            self._banks, self._hands, outlet or OutputHealth(), trial, aim, report
        )
        self._shutting = False
        self._moved_at = 0.0

    def do(self, action: Action, now: float) -> None:
        """Start an action."""
        match action:
            case Play():
                self._banks[action.layer].play(action)
            case FadeOut():
                self._banks[action.layer].let_go(action.seconds, now)
            case Glide(line="hand"):
                self._hands[action.layer].glide(action.to_db, action.seconds, now)
            case Glide():
                self._banks[action.layer].glide(action, now)
            case Freeze():
                for layer in action.layers:
                    self._banks[layer].freeze(action.seconds, now)
            case Thaw():
                for layer in action.layers:
                    self._banks[layer].thaw(action.seconds, now)
            case Shut():
                self._shutting = True
                for bank in self._banks.values():
                    bank.shut(action.seconds, now)
            case Reopen():
                self._shutting = False
                for bank in self._banks.values():
                    bank.reopen(action.seconds, now)
            case MoveOutput():
                self._output.move(action, now)
            case Mute():
                self._hands[action.layer].muted = True
            case Clear():
                self.clear()

    def clear(self) -> None:
        """Cut and forget everything; all is as at the beginning."""
        self._shutting = False
        self._output.forget()
        for bank in self._banks.values():
            bank.forget()

    def see(self, seen: Seen) -> None:
        """Take a report of the sound server; they keep coming if there is one."""
        self._output.see(seen)

    def step(self, now: float) -> None:
        """Move every deck to where it should be now, and report what has changed."""
        self._output.step(now)
        self._move(now)
        self._output.mind_unheard(now)
        for hand in self._hands.values():
            hand.tell(now)
        if self._shutting and all(bank.shut_down(now) for bank in self._banks.values()):
            self._shutting = False
            for bank in self._banks.values():
                bank.drop(now)
            self._report(Down(now))

    def _move(self, now: float) -> None:
        """Move both layers. While music plays, the ambience lets the sum rise only slowly."""
        music, ambience = self._banks["music"], self._banks["ambience"]
        by_hand = {each: hand.moved_db(self._moved_at, now) for each, hand in self._hands.items()}
        elapsed_s, self._moved_at = now - self._moved_at, now
        own_db = ambience.out_db
        before_db = fade.sum_db((music.out_db, own_db))
        music.step(now, hand_db=by_hand["music"])
        if music.out_db <= fade.HUSH_DB or music.rising_from_silence(now):
            ambience.step(now, hand_db=by_hand["ambience"])
            return
        most_db = before_db + fade.RISE_DB_PER_S * elapsed_s
        most_db = max(own_db, fade.less_db(most_db, music.out_db))
        ambience.step(now, most_db, by_hand["ambience"])

    def hand_db(self, now: float) -> float:
        """Return how many dB the most lowered layer stands below what this program set."""
        return min(0.0, *(hand.at(now) for hand in self._hands.values()))

    def moving(self, now: float) -> bool:
        """Whether a gain is moving or a deck is opening, so that every tick counts."""
        return (
            self._shutting
            or self._output.busy
            or any(bank.moving(now) for bank in self._banks.values())
            or any(hand.moving(now) for hand in self._hands.values())
            or any(each.moving(now) for pair in self._handed.values() for each in pair)
        )

    def next_change(self, now: float) -> float:
        """Tell when something will end, as far as is known."""
        times = [bank.next_change(now) for bank in self._banks.values()]
        times += [hand.settles_at() for hand in self._hands.values()]
        times.append(self._output.next_change(now))
        return min((time for time in times if time > now), default=inf)

    def outputs(self) -> tuple[Output, ...]:
        """List the outputs as the sound server last told them."""
        return self._output.outputs

    def position(self, token: int, now: float) -> float | None:
        """Return the seconds into its file of the playing `token`; None if it does not sound."""
        for bank in self._banks.values():
            found = bank.position(token)
            if found is not None:
                return found
        return None
