"""Deck: one player with what it plays, its part in a seam, and its own fade."""

from __future__ import annotations

from dataclasses import dataclass, field

from soundscape.audio.player import Look, Player
from soundscape.core import fade
from soundscape.core.fade import Ramp
from soundscape.core.ports import Play

OPEN_PATIENCE_S = 1.2
"""A file that has not begun to move by then will not open."""

HEARD_PATIENCE_S = 3.0
"""A deck that moves, and whose sound has reached no output for so long, is not heard."""

STALL_S = 1.0
"""A deck that has not moved for this long has stalled (libVLC's time moves in steps of 0.3 s)."""

FULL = Ramp.flat(1.0)
OPEN = Ramp.flat(0.0)


@dataclass(slots=True)
class Deck:
    """One player. `share` is its progress 0..1 into (`coming`) or out of a seam.

    `own` is its own fade in dB: up from nothing where it starts alone, down where it is let go.
    `hushed`: it was told as no longer heard when somebody muted it.
    `gain_db` is what its player was given last, and `out_db` the same without the loudness match;
    `loud_at` is when it was last more than nothing.
    """

    player: Player
    play: Play | None = None
    asked_at: float = 0.0
    rolling_at: float | None = None
    rolling_from_s: float = 0.0
    reported: bool = False
    hushed: bool = False
    frozen: bool = False
    leaving: bool = False
    letting_go: bool = False
    share: Ramp = FULL
    own: Ramp = OPEN
    seen: Look = field(default_factory=lambda: Look("idle"))
    seen_at: float = 0.0
    moved_at: float = 0.0
    heard_at: float = 0.0
    loud_at: float = 0.0
    gain_db: float = fade.SILENT_DB
    out_db: float = fade.SILENT_DB

    @property
    def busy(self) -> bool:
        """Whether it holds a file."""
        return self.play is not None

    def start(self, play: Play, now: float, *, quiet_round: bool = False) -> None:
        """Open a file, silently. A `quiet_round` of a loop is not reported as heard anew."""
        self.play = play
        self.asked_at = self.moved_at = self.heard_at = now
        self.rolling_at = None
        self.reported = quiet_round
        self.frozen = self.leaving = self.letting_go = self.hushed = False
        self.share, self.own = Ramp.flat(0.0), OPEN
        self.seen = Look("opening", play.offset_s)
        self.gain_db = self.out_db = fade.SILENT_DB
        self.player.set_gain(fade.SILENT_DB)
        self.player.start(play.track.file, play.offset_s)

    def roll(self, now: float) -> None:
        """It moves, from here on: since when and from where it is heard is counted from this."""
        self.rolling_at, self.rolling_from_s = now, self.seen.position_s
        self.loud_at = now

    def clear(self) -> None:
        """Stop, and let the file go."""
        self.player.stop()
        self.play = None
        self.gain_db = self.out_db = fade.SILENT_DB
        self.seen = Look("idle")

    def look(self, now: float) -> Look:
        """Ask the player; remember when it last moved."""
        before = self.seen
        self.seen, self.seen_at = self.player.look(now), now
        if self.seen.position_s != before.position_s or self.frozen:
            self.moved_at = now
        if self.gain_db > fade.MUTE_DB:
            self.loud_at = now
        if self.seen.heard or self.rolling_at is None or self.frozen:
            self.heard_at = now
        return self.seen

    def heard_until(self, now: float) -> tuple[float, float]:
        """When it was last heard, at most `now`, and where in its file that was.

        A fade is over for the ear before it is for the ramp, where other lines took it down too.
        """
        until = now if self.gain_db > fade.MUTE_DB else min(now, self.loud_at)
        return until, max(self.seen.position_s - (self.seen_at - until), self.rolling_from_s)

    def stalled(self, now: float) -> bool:
        """Whether it should move and does not."""
        return self.seen.state == "rolling" and now - self.moved_at > STALL_S

    def failed_to_open(self, now: float) -> bool:
        """Whether its file will not open."""
        if self.seen.state == "failed":
            return True
        return self.rolling_at is None and (
            self.seen.state == "ended" or now - self.asked_at > OPEN_PATIENCE_S
        )

    def unheard(self, now: float) -> bool:
        """Whether it moves, and nothing of it has reached an output for too long."""
        return self.busy and now - self.heard_at > HEARD_PATIENCE_S

    def seam_db(self, now: float) -> float:
        """Gain of its part in the seam: equal power."""
        outgoing, incoming = fade.equal_power(self.share.at(now))
        return outgoing if self.leaving else incoming

    def forward_db(self, now: float, level_db: float, trim_db: float) -> float:
        """What it should put out of a matched track with its part in a seam, fades left out.

        Level and lift end at the track's headroom. What is softened comes off what is heard, not
        off what the headroom would not have let through anyway.
        """
        if self.play is None or self.rolling_at is None:
            return fade.SILENT_DB
        track = self.play.track
        up_db = min(level_db + max(trim_db, 0.0), fade.OVER_COMFORT_DB)
        up_db = min(up_db, track.headroom_db - track.match_db)
        return up_db + min(trim_db, 0.0) + self.seam_db(now)

    def put(self, out_db: float) -> None:
        """Put out a matched track at this gain, under the headroom whatever happens."""
        if self.play is None:
            return
        if self.rolling_at is None:
            out_db = fade.SILENT_DB
        track = self.play.track
        gain_db = min(track.match_db + out_db, track.headroom_db)
        self.out_db = gain_db - track.match_db
        self.gain_db = gain_db
        self.player.set_gain(gain_db)
