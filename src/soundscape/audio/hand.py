"""Hand: a layer's volume as somebody else has put it, under everything that this program wants.

A deck's gain goes to its player through a `Handed`, which adds what the hand has done. What comes
from outside is taken over before the next gain is written, so that no fade ever writes against it;
what becomes of it then is decided elsewhere.
"""

from __future__ import annotations

from soundscape.audio.player import Look, Player
from soundscape.core import fade
from soundscape.core.fade import Ramp
from soundscape.core.ports import Reporter, VolumeSeen
from soundscape.core.track import Layer

SETTLED_S = 0.6
"""A volume that has not moved for this long has come to rest, and is told."""

UNMUTED_S = 8.0
"""What was muted from outside comes back up over this."""

MOST_DB = 18.0
"""libVLC's volume ends at 200 %, which is this."""


class Hand:
    """Where one layer's volume stands against where this program has it, in dB.

    `knob_db` is where the whole output stood in the beginning, if streams and output share one
    volume (flat volumes): full for a deck is then that, and no more. It is 0 elsewhere.
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
        """What it adds to every gain, in dB, the knob apart."""
        return self._ramp.at(now)

    def glide(self, to_db: float, seconds: float, now: float) -> None:
        """Put it right, or where it was before."""
        self._ramp = Ramp.path(now, [(max(seconds, fade.SHORTEST_S), to_db)], self._ramp.at(now))

    def moved_db(self, before: float, now: float) -> float:
        """How far this program itself has moved it since: what of the pace it has used up."""
        return self._ramp.at(now) - self._ramp.at(before)

    def put(self, db: float, now: float) -> None:
        """Somebody has moved it there."""
        self._ramp = Ramp.flat(min(max(db, fade.SILENT_DB), MOST_DB))
        self._moved_at = now

    def mute(self, muted: bool, now: float) -> None:
        """Somebody has muted it, or lets it sound again; the next stream begins like this one."""
        self.muted = muted
        self._moved_at = now

    def tell(self, now: float) -> None:
        """Report what has come to rest."""
        if self._moved_at is None or now - self._moved_at < SETTLED_S:
            return
        at, self._moved_at = self._moved_at, None
        knob = self.knob_db is not None
        self._report(VolumeSeen(self._layer, self._ramp.at(now), self.muted, at, knob))

    def moving(self, now: float) -> bool:
        """Whether it is on its way."""
        return now <= self._ramp.end_s

    def settles_at(self) -> float:
        """When something will have to be told; infinity where nothing will."""
        return float("inf") if self._moved_at is None else self._moved_at + SETTLED_S


class Handed:
    """A `Player` under a hand: gains go down to it with what the hand adds."""

    def __init__(self, player: Player, hand: Hand) -> None:
        self._player = player
        self._hand = hand
        self._own_db = fade.SILENT_DB
        self._now = 0.0
        self._muted = self._hushed = False
        self._unmuted = Ramp.flat(0.0)

    def start(self, path: str, offset_s: float, muted: bool = False) -> None:
        """Open a file, silently; muted, where somebody has muted the layer."""
        self._muted = muted or self._hand.muted
        self._hushed = self._muted or self._hand.output_muted
        self._unmuted = Ramp.flat(fade.SILENT_DB if self._hushed else 0.0)
        self._player.start(path, offset_s, self._muted)

    def set_gain(self, db: float) -> None:
        """Set the gain that this program wants."""
        self._own_db = db
        silent = db <= fade.MUTE_DB
        full_db = self._without_hand() + self._hand.at(self._now)
        self._player.set_gain(fade.SILENT_DB if silent else max(full_db, fade.SILENT_DB))

    def _without_hand(self) -> float:
        return self._own_db + self._unmuted.at(self._now) + (self._hand.knob_db or 0.0)

    def freeze(self) -> None:
        """Stop where it is and wait."""
        self._player.freeze()

    def thaw(self) -> None:
        """Go on from where it waits."""
        self._player.thaw()

    def stop(self) -> None:
        """Stop, and let the file go."""
        self._player.stop()

    def look(self, now: float) -> Look:
        """What it is doing; what came from outside is handed on."""
        self._now = now
        look = self._player.look(now)
        without_db = self._without_hand()
        # Against silence nothing can be told; and it stays silent, whatever the hand does.
        if look.outside_db is not None and without_db > fade.MUTE_DB:
            self._hand.put(look.outside_db - without_db, now)
        if look.muted != self._muted:
            self._muted = look.muted
            self._hand.mute(look.muted, now)
        hushed = look.muted or self._hand.output_muted
        if hushed != self._hushed:
            self._hushed = hushed
            # While nobody hears it, it is taken down, so that it comes up from nothing later.
            silent = Ramp.flat(fade.SILENT_DB)
            back = fade.from_nothing(now, fade.SILENT_DB, UNMUTED_S)
            self._unmuted = silent if hushed else back
        return look

    def ends_at(self, now: float) -> float:
        """When it will have ended, where that is known; else infinity."""
        return self._player.ends_at(now)

    def moving(self, now: float) -> bool:
        """Whether it is on its way up after a mute."""
        return now <= self._unmuted.end_s
