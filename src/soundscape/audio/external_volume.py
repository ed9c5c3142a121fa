"""A layer's external volume: what something else did to it, below everything this program wants.

A deck's gain reaches its player through an `OffsetPlayer`, which adds the external change. A change
from outside is taken over before the next gain is written, so that no fade ever works against it.
The core decides what happens next.
"""

from __future__ import annotations

from soundscape.audio.player import Player, PlayerReading
from soundscape.core import fade
from soundscape.core.fade import Ramp
from soundscape.core.ports import Reporter, VolumeSeen
from soundscape.core.track import Layer

SETTLED_S = 0.6
"""Seconds without movement after which a volume has come to rest and is reported."""

UNMUTED_S = 8.0
"""Seconds of the fade-in after somebody unmutes."""

MOST_DB = 18.0
"""The gain in dB of libVLC's highest volume, 200 %."""


class ExternalVolume:
    """One layer's volume relative to what this program set, in dB.

    If streams and output share one volume (flat volumes), `knob_db` is where the whole output stood
    at the beginning, which then is full gain for a deck. Otherwise it is 0.
    """

    def __init__(self, layer: Layer, report: Reporter) -> None:
        self._layer: Layer = layer
        self._report = report
        self._ramp = Ramp.flat(0.0)
        self._moved_at: float | None = None
        self.muted = False
        self.output_muted = False
        self.knob_db: float | None = None

    def at(self, now: float) -> float:
        """Return what it adds to every gain, in dB, without the knob."""
        return self._ramp.at(now)

    def glide(self, to_db: float, seconds: float, now: float) -> None:
        """Glide the external change back to 0, or to an earlier value."""
        self._ramp = Ramp.path(now, [(max(seconds, fade.SHORTEST_S), to_db)], self._ramp.at(now))

    def moved_db(self, before: float, now: float) -> float:
        """Return how far this program itself has moved it since; that uses up slew limit."""
        return self._ramp.at(now) - self._ramp.at(before)

    def put(self, db: float, now: float) -> None:
        """Take over where somebody has moved it."""
        self._ramp = Ramp.flat(min(max(db, fade.SILENT_DB), MOST_DB))
        self._moved_at = now

    def mute(self, muted: bool, now: float) -> None:
        """Take over a mute or unmute; the next stream begins the same way."""
        self.muted = muted
        self._moved_at = now

    def tell(self, now: float) -> None:
        """Report a change that has come to rest."""
        if self._moved_at is None or now - self._moved_at < SETTLED_S:
            return
        at, self._moved_at = self._moved_at, None
        knob = self.knob_db is not None
        self._report(VolumeSeen(self._layer, self._ramp.at(now), self.muted, at, knob))

    def moving(self, now: float) -> bool:
        """Whether it is gliding."""
        return now <= self._ramp.end_s

    def settles_at(self) -> float:
        """Tell when something will have to be reported; infinity if nothing will."""
        return float("inf") if self._moved_at is None else self._moved_at + SETTLED_S


class OffsetPlayer:
    """A `Player` under an external volume, which is added to its gains."""

    def __init__(self, player: Player, external: ExternalVolume) -> None:
        self._player = player
        self._external = external
        self._own_db = fade.SILENT_DB
        self._now = 0.0
        self._muted = self._hushed = False
        self._unmuted = Ramp.flat(0.0)

    def start(self, path: str, offset_s: float, muted: bool = False) -> None:
        """Open a file silently; muted if somebody has muted the layer."""
        self._muted = muted or self._external.muted
        self._hushed = self._muted or self._external.output_muted
        self._unmuted = Ramp.flat(fade.SILENT_DB if self._hushed else 0.0)
        self._player.start(path, offset_s, self._muted)

    def set_gain(self, db: float) -> None:
        """Set the gain that this program wants."""
        self._own_db = db
        silent = db <= fade.MUTE_DB
        full_db = self._without_external() + self._external.at(self._now)
        self._player.set_gain(fade.SILENT_DB if silent else max(full_db, fade.SILENT_DB))

    def _without_external(self) -> float:
        return self._own_db + self._unmuted.at(self._now) + (self._external.knob_db or 0.0)

    def freeze(self) -> None:
        """Pause where it is."""
        self._player.freeze()

    def thaw(self) -> None:
        """Go on from where it was paused."""
        self._player.thaw()

    def stop(self) -> None:
        """Stop, and release the file."""
        self._player.stop()

    def look(self, now: float) -> PlayerReading:
        """Return the player's state; pass changes from outside on."""
        self._now = now
        look = self._player.look(now)
        without_db = self._without_external()
        # During silence a change cannot be measured, and the player stays silent anyway.
        if look.outside_db is not None and without_db > fade.MUTE_DB:
            self._external.put(look.outside_db - without_db, now)
        if look.muted != self._muted:
            self._muted = look.muted
            self._external.mute(look.muted, now)
        hushed = look.muted or self._external.output_muted
        if hushed != self._hushed:
            self._hushed = hushed
            # While muted it is taken down, so that it fades in from silence later.
            silent = Ramp.flat(fade.SILENT_DB)
            back = fade.from_nothing(now, fade.SILENT_DB, UNMUTED_S)
            self._unmuted = silent if hushed else back
        return look

    def ends_at(self, now: float) -> float:
        """Tell when it will have ended if that is known, else infinity."""
        return self._player.ends_at(now)

    def moving(self, now: float) -> bool:
        """Whether it is fading in after a mute."""
        return now <= self._unmuted.end_s
