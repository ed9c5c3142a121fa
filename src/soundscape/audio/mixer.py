"""Mixer: gain lines, seams and fades over two decks a layer. Knows no sound library.

A deck's gain is a sum in dB: loudness match, level and trim (whose sum may rise by no more than
1 dB a second while music plays), pause, close, its part in a seam, its own fade. Every line has
one ramp, reversible half-way from where it is. A seam begins when the incoming deck is seen to
move, so that a file that will not open costs no silence: the outgoing one has not begun to fade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

from soundscape.audio.bank import Bank
from soundscape.audio.player import Player
from soundscape.core.ports import (
    Action,
    Clear,
    Down,
    FadeOut,
    Freeze,
    Glide,
    Play,
    Reopen,
    Reporter,
    Shut,
    Thaw,
)
from soundscape.core.track import LAYERS, Layer


class Mixer:
    """Carries actions out on the players it is given, and reports what became of them.

    One thread calls it: `do` with an action, then `step` again and again, at the latest at
    `next_change`, and every `TICK_S` while something moves.
    """

    def __init__(self, players: Mapping[Layer, Sequence[Player]], report: Reporter) -> None:
        self._report = report
        self._banks = {layer: Bank(layer, players[layer], report) for layer in LAYERS}
        self._shutting = False

    def do(self, action: Action, now: float) -> None:
        """Begin an action."""
        match action:
            case Play():
                self._banks[action.layer].play(action)
            case FadeOut():
                self._banks[action.layer].let_go(action.seconds, now)
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
            case Clear():
                self.clear()

    def clear(self) -> None:
        """Cut and forget everything; from here on all is as it was in the beginning."""
        self._shutting = False
        for bank in self._banks.values():
            bank.mute()
        for bank in self._banks.values():
            bank.forget()

    def step(self, now: float) -> None:
        """Bring every deck to where it should be now, and report what has changed."""
        for bank in self._banks.values():
            bank.step(now)
        if self._shutting and all(bank.shut_down(now) for bank in self._banks.values()):
            self._shutting = False
            for bank in self._banks.values():
                bank.drop(now)
            self._report(Down(now))

    def moving(self, now: float) -> bool:
        """Whether a gain is on its way or a deck is opening, so that every tick counts."""
        return self._shutting or any(bank.moving(now) for bank in self._banks.values())

    def next_change(self, now: float) -> float:
        """When something will have come to its end, as far as is known now."""
        return min((bank.next_change(now) for bank in self._banks.values()), default=inf)

    def position(self, token: int, now: float) -> float | None:
        """Seconds into its file of what `token` names; None where it does not sound."""
        for bank in self._banks.values():
            found = bank.position(token, now)
            if found is not None:
                return found
        return None
