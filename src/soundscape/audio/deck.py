"""One player with what it plays, its part in a seam, and its own fade."""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Deck:
    """One player. `share` is its progress 0..1 into a seam, or out of it while `leaving`.

    `own` is its own fade in dB: up from nothing where it starts alone, down where it is let go.
    `hushed`: it was told as no longer heard when somebody muted it.
    `gain_db` is what its player was given last, and `out_db` the same without the loudness match;
    `forward_was_db` is what it should put out by its layer's lines and its seam, as of then;
    `loud_at` is when it was last more than nothing. `opening_s`, `still_s` and `unheard_s` are for
    how long it was seen to open, not to move, and not to be heard. `doomed`: it was told as
    stalled, and plays on until another has come; `dry`: it fades out on the last that was read.
    """

    player: Player
    play: Play | None = None
    opening_s: float = 0.0
    rolling_at: float | None = None
    rolling_from_s: float = 0.0
    reported: bool = False
    hushed: bool = False
    frozen: bool = False
    leaving: bool = False
    letting_go: bool = False
    doomed: bool = False
    dry: bool = False
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
        return self.play is not None

    def start(self, play: Play, now: float, *, quiet_round: bool = False) -> None:
        """Open a file silently. A `quiet_round` of a loop is not reported as heard again."""
        self.play = play
        self.seen_at = self.loud_at = now
        self.opening_s = self.still_s = self.unheard_s = 0.0
        self.rolling_at = None
        self.reported = quiet_round
        self.frozen = self.leaving = self.letting_go = self.hushed = False
        self.doomed = self.dry = False
        self.share, self.own = Ramp.flat(0.0), OPEN
        self.seen = PlayerReading("opening", play.offset_s)
        self.gain_db = self.out_db = self.forward_was_db = fade.SILENT_DB
        self.player.set_gain(fade.SILENT_DB)
        self.player.start(play.track.file, play.offset_s)

    def roll(self, now: float) -> None:
        """Note that it moves: what is heard counts from now and from here."""
        self.rolling_at, self.rolling_from_s = now, self.seen.position_s
        self.loud_at = now

    def clear(self) -> None:
        """Stop, and release the file."""
        self.player.stop()
        self.play = None
        self.gain_db = self.out_db = fade.SILENT_DB
        self.seen = PlayerReading("idle")

    def look(self, now: float) -> PlayerReading:
        """Ask the player for its state; remember when it last moved."""
        before, looked_s = self.seen, min(now - self.seen_at, LOOKED_S)
        self.seen, self.seen_at = self.player.look(now), now
        moved = self.seen.position_s != before.position_s or self.frozen
        self.still_s = 0.0 if moved or self.rolling_at is None else self.still_s + looked_s
        self.opening_s += looked_s
        if self.gain_db > fade.MUTE_DB:
            self.loud_at = now
        heard = self.seen.heard or self.rolling_at is None or self.frozen
        self.unheard_s = 0.0 if heard else self.unheard_s + looked_s
        return self.seen

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
        if self.seen.state == "failed":
            return True
        if self.rolling_at is not None:
            return False
        patience_s = WAKING_S if other.goes_on_s > MEANWHILE_S else OPEN_PATIENCE_S
        if trusted and not other.busy:
            patience_s = MEANWHILE_S
        return self.opening_s > patience_s or self.seen.state == "ended"

    @property
    def goes_on_s(self) -> float:
        """Seconds that it can go on, by its file and by its disk."""
        if self.play is None or self.rolling_at is None or self.letting_go or self.frozen:
            return 0.0
        return min(self.play.track.duration_s - self.seen.position_s, self.seen.left_s)

    @property
    def unheard(self) -> bool:
        """Whether it moves and has not reached an output for too long."""
        return self.busy and self.unheard_s > HEARD_PATIENCE_S

    def gone_in_s(self, now: float) -> float:
        """Return the seconds until a seam or a fade ends it; infinity if there is none."""
        ends_s = [self.share.end_s] if self.leaving else []
        ends_s += [self.own.end_s] if self.letting_go else []
        return min(ends_s, default=inf) - now

    def run_dry(self, now: float) -> None:
        """Fade out on what is left."""
        self.dry = self.letting_go = True
        self.own = fade.to_nothing(now, self.own.at(now), max(self.seen.left_s - 0.5, 0.0))

    def stay(self, now: float) -> None:
        """Come back from half-way out of a seam, because its successor has failed.

        A deck that is let go still goes.
        """
        if self.letting_go:
            return
        kept_db = self.seam_db(now)
        self.leaving, self.share = False, FULL
        start_db = max(self.own.at(now) + kept_db, fade.SILENT_DB)
        self.own = fade.from_nothing(now, start_db, fade.CUE_CROSSFADE_S)

    def seam_db(self, now: float) -> float:
        """Return the gain in dB of its part in the seam, at equal power."""
        outgoing, incoming = fade.equal_power(self.share.at(now))
        return outgoing if self.leaving else incoming

    def forward_db(self, now: float, level_db: float, trim_db: float) -> float:
        """Return the wanted output in dB of a matched track with its part in a seam, without fades.

        Level and lift end at the track's headroom. A `soften` lowers what is heard, not gain that
        the headroom would have withheld anyway.
        """
        if self.play is None or self.rolling_at is None:
            return fade.SILENT_DB
        track = self.play.track
        up_db = min(level_db + max(trim_db, 0.0), fade.OVER_COMFORT_DB)
        up_db = min(up_db, track.headroom_db - track.match_db)
        return up_db + min(trim_db, 0.0) + self.seam_db(now)

    def put(self, out_db: float) -> None:
        """Set a matched track to this gain, always within the headroom."""
        if self.play is None:
            return
        if self.rolling_at is None:
            out_db = fade.SILENT_DB
        track = self.play.track
        gain_db = min(track.match_db + out_db, track.headroom_db)
        self.out_db = gain_db - track.match_db
        self.gain_db = gain_db
        self.player.set_gain(gain_db)
