"""One player with what it plays, its part in a seam, and its own fade.

A deck is in one state (`DeckState`); these are all the ways from one to another:

| state | meaning | left for |
|-|-|-|
| IDLE | holds no file | OPENING by `start` |
| OPENING | opens a file, silently | PLAYING by `come_in`, as soon as its file moves |
| PLAYING | plays on, alone or on its way into a seam | LEAVING by `leave`, LET_GO by `let_go` |
| LEAVING | on its way out of a seam | PLAYING by `carry_on`, if its successor fails; LET_GO |
| LET_GO | fades to nothing, and never comes back | |

Every state ends in IDLE by `clear`: at the file's end or failure, when a seam or fade is over, or
when the output is lost. A pause is the channel's: a paused deck keeps its state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from math import inf

from soundscape.audio.player import LOOKED_S, Player, PlayerReading
from soundscape.core import fade, seam
from soundscape.core.fade import Ramp
from soundscape.core.ports import Play

OPEN_PATIENCE_S = 1.2
"""Seconds within which a file must begin to move when time is short."""

WAKING_S = 30.0
"""Seconds within which a file must begin to move, whatever else plays."""

MEANWHILE_S = 12.0
"""Seconds for which the other deck must be able to go on, enough for another file and the seam. If
nothing plays, a file gets as many seconds to open: a disk needs some ten to wake up, and any other
file may well be on the same disk."""

HEARD_PATIENCE_S = 3.0
"""Seconds after which a deck that moves without reaching an output counts as unheard."""

BEGIN_S = 2.5
"""Seconds that a deck which has just begun may wait for its output to wake up."""

BEGUN_S = 1.0
"""Seconds after which a deck has begun: the clock carries a position on for 0.6 s."""

STALL_S = 1.0
"""Seconds without movement after which a deck has stalled. (libVLC's time moves in 0.3 s steps.)"""

LEAVE_S = 12.0
"""A deck with a slow disk is replaced when it can play on for less than so many seconds: enough to
open another file and to cross over."""

DRY_S = 6.5
"""Seconds left at which a deck that nothing replaces fades out, within the limit for a fall."""

LOOP_FADE_S = 6.0
"""Seconds of an ambience's crossfade with itself, or a third of its length if that is less."""

FULL = Ramp.flat(1.0)
OPEN = Ramp.flat(0.0)


class DeckState(Enum):
    """What a deck is doing; the module's table has the transitions."""

    IDLE = auto()
    OPENING = auto()
    PLAYING = auto()
    LEAVING = auto()
    LET_GO = auto()


class Told(Enum):
    """What was last reported of a deck: nothing, that it is heard, or that somebody muted it."""

    NOTHING = auto()
    HEARD = auto()
    MUTED = auto()


class Supply(Enum):
    """How a deck's disk keeps up. `SLOW`: another track was asked for, and the deck plays on until
    that has come. `DRY`: it fades out on the last bytes that were read."""

    GOOD = auto()
    SLOW = auto()
    DRY = auto()


@dataclass(slots=True)
class Deck:
    """One player. `share` is its part of the power in a seam: it rises from 0 to 1 on the way in,
    and falls from 1 to 0 on the way out.

    `own` is its own fade in dB: up from nothing where it starts alone, down where it is let go.
    `gain_db` is what its player was given last, and `out_db` the same without the loudness match;
    `forward_was_db` is what it should put out by its layer's lines and its seam, as of then;
    `loud_at` is when it was last more than nothing. It is heard from `rolling_from_s` in its file
    since `rolling_at`. `opening_s`, `still_s` and `unheard_s` are for how long it was seen to open,
    not to move, and not to be heard.
    """

    player: Player
    play: Play | None = None
    state: DeckState = DeckState.IDLE
    told: Told = Told.NOTHING
    supply: Supply = Supply.GOOD
    opening_s: float = 0.0
    rolling_at: float = 0.0
    rolling_from_s: float = 0.0
    share: Ramp = FULL
    own: Ramp = OPEN
    seen: PlayerReading = field(default_factory=lambda: PlayerReading("idle"))
    seen_at: float = 0.0
    still_s: float = 0.0
    unheard_s: float = 0.0
    loud_at: float = 0.0
    gain_db: float = fade.SILENT_DB
    out_db: float = fade.SILENT_DB
    forward_was_db: float = fade.SILENT_DB

    @property
    def busy(self) -> bool:
        """Whether it holds a file."""
        return self.state is not DeckState.IDLE

    @property
    def moves(self) -> bool:
        """Whether its file has begun to move."""
        return self.state not in (DeckState.IDLE, DeckState.OPENING)

    @property
    def plays_on(self) -> bool:
        """Whether it plays, nothing takes it out, and its disk keeps up."""
        return self.state is DeckState.PLAYING and self.supply is Supply.GOOD

    @property
    def going_out(self) -> bool:
        """Whether its part in a seam falls, also while it is let go in the middle of one."""
        return self.share.target == 0.0

    # Transitions.

    def start(self, play: Play, now: float, *, quiet_round: bool = False) -> None:
        """Open a file silently. A `quiet_round` of a loop is not reported as heard again."""
        self.play, self.state = play, DeckState.OPENING
        self.told = Told.HEARD if quiet_round else Told.NOTHING
        self.supply = Supply.GOOD
        self.seen_at = self.loud_at = now
        self.opening_s = self.still_s = self.unheard_s = self.rolling_at = 0.0
        self.share, self.own = FULL, OPEN
        self.seen = PlayerReading("opening", play.offset_s)
        self.gain_db = self.out_db = self.forward_was_db = fade.SILENT_DB
        self.player.set_gain(fade.SILENT_DB)
        self.player.start(play.track.file, play.offset_s)

    def roll(self, now: float) -> None:
        """Note that it moves, for the first time or again: it is heard from now and from here."""
        if self.state is DeckState.OPENING:
            self.state = DeckState.PLAYING
        self.rolling_at, self.rolling_from_s = now, self.seen.position_s
        self.loud_at, self.still_s = now, 0.0

    def come_in(self, other: Deck, now: float) -> None:
        """Begin to be heard: across what the `other` deck plays, or else from silence."""
        play = self.play
        if play is None:
            return
        self.roll(now)
        if other.play is None or other.state not in (DeckState.PLAYING, DeckState.LEAVING):
            self.own = fade.from_nothing(now, fade.SILENT_DB, play.fade_s)
            return
        # A file that was slow to open gets the rest of the outgoing one's time.
        left_s = min(seam.left_s(other.play.track, other.seen.position_s), other.seen.left_s)
        seconds = min(seam.crossfade_s(play.fade_s, inf, play.track.length_s), left_s)
        seconds = max(seconds, fade.SHORTEST_S)
        # If the outgoing one is itself still fading in, both go on up together.
        self.share, self.own = Ramp.path(now, [(seconds, 1.0)], 0.0), other.own
        other.leave(seconds, now)

    def leave(self, seconds: float, now: float) -> None:
        """Go out of a seam."""
        self.state, self.share = DeckState.LEAVING, Ramp.path(now, [(seconds, 0.0)], 1.0)

    def carry_on(self, now: float) -> None:
        """Go on without the partner in the seam: up from the present gain, at a gentle rate."""
        share_db = self.seam_db(now)
        self.state, self.share = DeckState.PLAYING, FULL
        if share_db < -0.1:
            start_db = max(self.own.at(now) + share_db, fade.SILENT_DB)
            self.own = fade.from_nothing(now, start_db, fade.CUE_CROSSFADE_S)

    def let_go(self, seconds: float, now: float) -> None:
        """Fade to nothing from the present gain."""
        self.state, self.own = DeckState.LET_GO, fade.to_nothing(now, self.own.at(now), seconds)

    def run_dry(self, now: float) -> None:
        """Fade out on what is left."""
        self.supply = Supply.DRY
        self.let_go(max(self.seen.left_s - 0.5, 0.0), now)

    def clear(self) -> None:
        """Stop, and release the file."""
        self.player.stop()
        self.play, self.state = None, DeckState.IDLE
        self.gain_db = self.out_db = fade.SILENT_DB
        self.seen = PlayerReading("idle")

    # What is seen of it.

    def look(self, now: float) -> None:
        """Ask the player for its state; count for how long it has not moved or was not heard."""
        before, looked_s = self.seen, min(now - self.seen_at, LOOKED_S)
        self.seen, self.seen_at = self.player.look(now), now
        still = self.moves and self.seen.position_s == before.position_s
        self.still_s = self.still_s + looked_s if still else 0.0
        self.opening_s += looked_s
        if self.gain_db > fade.MUTE_DB:
            self.loud_at = now
        heard = self.seen.heard or not self.moves or self.seen.state == "frozen"
        self.unheard_s = 0.0 if heard else self.unheard_s + looked_s

    @property
    def round_left_s(self) -> float:
        """Seconds until a loop must open its file again."""
        if self.play is None:
            return inf
        at_s, _ = seam.round_at_s(self.play.track, LOOP_FADE_S)
        return at_s - fade.CUT_S - self.seen.position_s

    def heard_until(self, now: float) -> tuple[float, float]:
        """Return when it was last heard, at most `now`, and where in its file that was.

        If other lines lower the gain too, a fade is inaudible before its ramp ends.
        """
        until = now if self.gain_db > fade.MUTE_DB else min(now, self.loud_at)
        return until, max(self.seen.position_s - (self.seen_at - until), self.rolling_from_s)

    @property
    def stalled(self) -> bool:
        """Whether it should move and does not."""
        begun = self.seen.position_s - self.rolling_from_s > BEGUN_S
        patience_s = STALL_S if begun else BEGIN_S
        return self.seen.state == "rolling" and self.still_s > patience_s

    def failed_to_open(self, other: Deck, *, trusted: bool = False) -> bool:
        """Whether its file will not open. A sleeping disk gets time while the `other` deck can go
        on long enough, or, if nothing plays, while files are `trusted` to open."""
        if self.state is not DeckState.OPENING:
            return False
        patience_s = WAKING_S if other.goes_on_s > MEANWHILE_S else OPEN_PATIENCE_S
        if trusted and not other.busy:
            patience_s = MEANWHILE_S
        return self.opening_s > patience_s or self.seen.state in ("failed", "ended")

    @property
    def goes_on_s(self) -> float:
        """Seconds that it can go on, by its file and by its disk."""
        if self.play is None or self.state not in (DeckState.PLAYING, DeckState.LEAVING):
            return 0.0
        return min(self.play.track.duration_s - self.seen.position_s, self.seen.left_s)

    @property
    def unheard(self) -> bool:
        """Whether it moves and has not reached an output for too long."""
        return self.busy and self.unheard_s > HEARD_PATIENCE_S

    def faded(self, now: float) -> bool:
        """Whether its own fade has come to nothing."""
        return now >= self.own.end_s or self.gain_db <= fade.MUTE_DB

    def outlasts_disk(self, now: float) -> bool:
        """Whether its last bytes are near and no seam or fade ends it before them."""
        if self.supply is Supply.DRY or self.seen.left_s >= DRY_S:
            return False
        ends_s = [self.share.end_s] if self.going_out else []
        ends_s += [self.own.end_s] if self.state is DeckState.LET_GO else []
        return min(ends_s, default=inf) - now > self.seen.left_s

    # Gains.

    def seam_db(self, now: float) -> float:
        """Return the gain in dB of its part in the seam, at equal power."""
        _, incoming = fade.equal_power(self.share.at(now))
        return incoming

    def forward_db(self, now: float, level_db: float, trim_db: float) -> float:
        """Return the wanted output in dB of a matched track with its part in a seam, without fades.

        Level and lift end at the track's headroom. A `soften` lowers what is heard, not gain that
        the headroom would have withheld anyway.
        """
        if self.play is None or not self.moves:
            return fade.SILENT_DB
        track = self.play.track
        up_db = min(level_db + max(trim_db, 0.0), fade.OVER_COMFORT_DB)
        up_db = min(up_db, track.headroom_db - track.match_db)
        return up_db + min(trim_db, 0.0) + self.seam_db(now)

    def put(self, out_db: float) -> None:
        """Set a matched track to this gain, always within the headroom."""
        if self.play is None:
            return
        if not self.moves:
            out_db = fade.SILENT_DB
        track = self.play.track
        gain_db = min(track.match_db + out_db, track.headroom_db)
        self.out_db = gain_db - track.match_db
        self.gain_db = gain_db
        self.player.set_gain(gain_db)
