"""Ways to break the playing of a session, each the kind of mistake that a check is there to find.

Each public function breaks the process that calls it: it replaces what the decks look up as they
play.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import replace
from math import cos, pi, sin
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulsectl

from soundscape.audio import deck, mixer, vlc_player
from soundscape.core import fade
from soundscape.core.fade import Ramp

AT_ONCE_S = 0.02


def _hold_nothing() -> None:
    """Nor does anything further down hold what a fade asks for."""

    def broken(before: float, wanted: float, *limits: float) -> float:
        return wanted

    fade.paced = broken


def no_fade_up() -> None:
    """What starts or comes back is there at once."""

    def broken(now: float, start: float, seconds: float, to: float = 0.0) -> Ramp:
        return Ramp.path(now, [(AT_ONCE_S, to)], start)

    fade.from_nothing = broken
    _hold_nothing()


def hurried_fade_up() -> None:
    """What starts or comes back takes 3 s, and no limit holds it."""

    def broken(now: float, start: float, seconds: float, to: float = 0.0) -> Ramp:
        return Ramp.path(now, [(0.1, fade.HUSH_DB), (2.9, to)], start)

    fade.from_nothing = broken
    _hold_nothing()


def no_fade_down() -> None:
    """What pauses or stops is gone at once."""

    def broken(now: float, start: float, seconds: float) -> Ramp:
        return Ramp.path(now, [(AT_ONCE_S, fade.SILENT_DB)], start)

    fade.to_nothing = broken
    _hold_nothing()


def hurried_fade_down() -> None:
    """A pause takes 2 s."""
    right = fade.to_nothing

    def broken(now: float, start: float, seconds: float) -> Ramp:
        return right(now, start, seconds / 4)

    fade.to_nothing = broken
    _hold_nothing()


def leaking_fade_down() -> None:
    """What should be silent is only low, and nothing waits."""

    def broken(now: float, start: float, seconds: float) -> Ramp:
        return Ramp.path(now, [(seconds, -50.0)], start)

    fade.to_nothing = broken


def soften_at_once() -> None:
    """`soften` is a step."""

    def broken(now: float, start: float, to: float) -> Ramp:
        return Ramp.path(now, [(AT_ONCE_S, to)], start)

    fade.soften = broken
    _hold_nothing()


def no_limit_on_rises() -> None:
    """Levels rise in a fifth of the time, and nothing holds their sum."""
    right = fade.glide

    def broken(now: float, start: float, to: float, seconds: float) -> Ramp:
        return right(now, start, to, seconds if to < start else seconds / 5)

    fade.glide = broken
    _hold_nothing()


def wrong_volume_law() -> None:
    """libVLC's volume taken for a share of the amplitude; it is the cube root of that."""

    def broken(db: float) -> int:
        return 0 if db <= fade.MUTE_DB else min(round(100.0 * 10.0 ** (db / 20.0)), 200)

    vlc_player.to_percent = broken


def swapped_decks() -> None:
    """In a seam each deck gets the other's gain."""

    def broken(self: Any, now: float) -> float:
        share = self.share.at(now)
        _, incoming = fade.equal_power(1.0 - share if now < self.share.end_s else share)
        return incoming

    deck.Deck.seam_db = broken


def straight_seam() -> None:
    """A seam straight in amplitude: it dips by 3 dB."""

    def broken(progress: float) -> tuple[float, float]:
        progress = min(max(progress, 0.0), 1.0)
        return fade.gain_to_db(1.0 - progress), fade.gain_to_db(progress)

    fade.equal_power = broken


def gap_in_the_seam() -> None:
    """The old one is gone before the new one comes."""

    def broken(progress: float) -> tuple[float, float]:
        angle = min(max(progress, 0.0), 1.0) * pi
        if angle < pi / 2:
            return fade.gain_to_db(cos(angle)), fade.SILENT_DB
        return fade.SILENT_DB, fade.gain_to_db(sin(angle - pi / 2))

    fade.equal_power = broken
    _hold_nothing()


def hurried_seam() -> None:
    """A seam takes a third of its time."""
    right = deck.Deck.come_in

    def broken(self: Any, other: Any, now: float) -> None:
        self.play = replace(self.play, fade_s=self.play.fade_s / 3)
        right(self, other, now)

    deck.Deck.come_in = broken


def dropouts() -> None:
    """While a gain moves it is nothing for a tick, again and again."""
    right = vlc_player.VlcPlayer.set_gain
    calls = 0

    def broken(self: Any, db: float) -> None:
        nonlocal calls
        calls += 1
        right(self, fade.SILENT_DB if calls % 40 == 0 else db)

    vlc_player.VlcPlayer.set_gain = broken


def overshoot() -> None:
    """For the first half second a deck plays at its full volume."""
    right = vlc_player.VlcPlayer.set_gain
    calls: dict[int, int] = {}

    def broken(self: Any, db: float) -> None:
        calls[self._round] = calls.get(self._round, 0) + 1
        right(self, 0.0 if 2 < calls[self._round] < 50 else db)

    vlc_player.VlcPlayer.set_gain = broken


def far_too_loud() -> None:
    """Everything is 24 dB up."""

    def broken(db: float) -> int:
        return 0 if db <= fade.MUTE_DB else round(100.0 * 10.0 ** ((db + 24.0) / 60.0))

    vlc_player.to_percent = broken


def hung_decks() -> None:
    """Once the file that HANG names is there the decks' thread does not come back."""
    right = mixer.Mixer.step

    def broken(self: Any, now: float) -> None:
        with suppress(FileNotFoundError):
            Path(os.environ["HANG"]).unlink()  # The next engine's are well.
            threading.Event().wait()
        right(self, now)

    mixer.Mixer.step = broken


def with_a_jack() -> None:
    """Every output has a port, whose name is in the file that JACK names. No sink that can be made
    without a sound card has any; all else that the server says is its own."""
    right = pulsectl.Pulse.sink_list

    def ported(self: Any) -> Any:
        sinks = right(self)
        name = Path(os.environ["JACK"]).read_text()
        for sink in sinks:
            sink.port_active = SimpleNamespace(name=name, description=name)
        return sinks

    pulsectl.Pulse.sink_list = ported
