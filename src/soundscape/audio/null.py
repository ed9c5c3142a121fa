"""The null decks: silent and clocked, for rehearsal, for machines without sound, and for tests.

They do not record calls. They hold every caller to the rules of a deck, and raise `AssertionError`
if one is broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path

from soundscape.audio.mixer import Mixer
from soundscape.audio.player import PlayerReading, PlayerState
from soundscape.core import fade
from soundscape.core.ports import Action, Clock, Output, Reporter
from soundscape.core.track import LAYERS, Layer

OUTPUTS = (Output("null", "the null decks"), Output("null-2", "other null decks"))

GAIN_MOST_DB = 18.0
"""The gain in dB of libVLC's highest volume, 200 %."""


class NullPlayer:
    """A player that makes no sound and keeps time.

    It decodes nothing: `lengths` maps a path to the length of its file in seconds.
    """

    def __init__(self, clock: Clock, lengths: Mapping[str, float]) -> None:
        self._clock = clock
        self._lengths = lengths
        self._state: PlayerState = "idle"
        self._length_s = inf
        self._from_s = 0.0
        self._since = 0.0
        self.gain_db: float | None = None
        self._muted = False

    def start(self, path: str, offset_s: float, muted: bool = False) -> None:
        """Play from `offset_s`; a missing or empty file fails as it would on a real player."""
        assert self._state == "idle", "a deck is started twice"
        assert self.gain_db is not None, "a deck is started before its gain is set"
        assert self.gain_db <= fade.MUTE_DB, "a deck is started aloud"
        assert offset_s >= 0.0, "a deck is started before the beginning of its file"
        self._state = "rolling" if self._is_whole(path) else "failed"
        self._length_s = self._lengths.get(path, inf)
        self._from_s, self._since = offset_s, self._clock.now()
        self._muted = muted

    def _is_whole(self, path: str) -> bool:
        try:
            return Path(path).stat().st_size > 0
        except OSError:
            return False

    def set_gain(self, db: float) -> None:
        """Remember the gain."""
        assert db <= GAIN_MOST_DB, f"a gain of {db:.1f} dB is more than a deck can give"
        self.gain_db = db

    def freeze(self) -> None:
        """Pause where it is."""
        assert self._state in ("rolling", "ended"), "a deck is frozen that does not play"
        self._from_s = self._position_s(self._clock.now())
        self._state = "frozen"

    def thaw(self) -> None:
        """Go on."""
        assert self._state == "frozen", "a deck is thawed that does not wait"
        self._state, self._since = "rolling", self._clock.now()

    def stop(self) -> None:
        """Stop."""
        assert self._state != "idle", "a deck is stopped that holds no file"
        self._state = "idle"

    def look(self, now: float) -> PlayerReading:
        """Return the state; it is always heard at once."""
        position_s = self._position_s(now)
        if self._state == "rolling" and position_s >= self._length_s:
            self._state, self._from_s = "ended", self._length_s
        return PlayerReading(self._state, position_s, heard=True, muted=self._muted)

    def ends_at(self, now: float) -> float:
        """Return when its file ends."""
        return self._since + self._length_s - self._from_s if self._state == "rolling" else inf

    def _position_s(self, now: float) -> float:
        if self._state != "rolling":
            return self._from_s
        return min(self._from_s + max(now - self._since, 0.0), self._length_s)


class NullDecks:
    """The `Decks` without sound and without a thread: the engine drives them with `advance`."""

    make_player: type[NullPlayer] = NullPlayer

    def __init__(self, report: Reporter, clock: Clock) -> None:
        self._clock = clock
        self._lengths: dict[str, float] = {}
        self.players: dict[Layer, tuple[NullPlayer, NullPlayer]] = {
            layer: (self.make_player(clock, self._lengths), self.make_player(clock, self._lengths))
            for layer in LAYERS
        }
        self.mixer = Mixer(self.players, report)

    def do(self, action: Action) -> None:
        """Start an action at once."""
        track = getattr(action, "track", None)
        if track is not None:
            self._lengths[track.file] = track.duration_s
        now = self._clock.now()
        self.mixer.do(action, now)
        self.mixer.step(now)

    def hush(self) -> None:
        """Do nothing: they are silent."""

    def advance(self, now: float) -> None:
        """Carry on up to `now`."""
        self.mixer.step(now)

    def late_s(self) -> float:
        """Return 0: they have no thread."""
        return 0.0

    def next_wake(self, now: float) -> float:
        """Tell when something ends."""
        return self.mixer.next_change(now)

    def outputs(self) -> tuple[Output, ...]:
        """Return two outputs, so that a move can be rehearsed."""
        return OUTPUTS

    def position(self, token: int) -> float | None:
        """Return the seconds into its file of the playing `token`."""
        return self.mixer.position(token, self._clock.now())

    def close(self) -> None:
        """Do nothing: there is nothing to release."""
