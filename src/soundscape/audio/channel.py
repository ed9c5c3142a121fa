"""The channel of one layer: its two decks, its gain lines, and the seam between the decks.

A channel has two states that do not depend on each other. Here is how each changes:

| pause | meaning | left for |
|-|-|-|
| OFF | the decks play | FADING by `freeze` |
| FADING | the pause's fade is under way | ON, once nothing is heard; OFF by `thaw` |
| ON | the decks are paused where they were last heard, and nothing comes in | OFF by `thaw` |

| closing | meaning | left for |
|-|-|-|
| NO | new tracks come in | SOFT or AT_ONCE by `shut` |
| SOFT | an `end` fades out; nothing comes in | AT_ONCE by another `shut`; NO by `reopen` |
| AT_ONCE | the same for a `stop`, without a limit on the fall | NO by `reopen` |

`soundscape.audio.deck` has the states of a deck.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto
from math import inf
from typing import Literal

from soundscape.audio.deck import FULL, LEAVE_S, LOOP_FADE_S, Deck, DeckState, Supply, Told
from soundscape.audio.player import Player
from soundscape.audio.slew_limit import SlewLimit, put_out_db
from soundscape.core import fade, seam
from soundscape.core.fade import Ramp
from soundscape.core.ports import Failed, Glide, Line, Play, Reporter, Silent, Sounding
from soundscape.core.track import Layer

HURRY_S = 1.5
"""Seconds that the rest of a seam takes when the next one waits; the summed power stays."""

Why = Literal["seam", "end", "frozen", "faded", "fault", "muted", "moved"]


class Pause(Enum):
    """Whether a channel is paused."""

    OFF = auto()
    FADING = auto()
    ON = auto()


class Shutdown(Enum):
    """Whether a channel is closing."""

    NO = auto()
    SOFT = auto()
    AT_ONCE = auto()


class Channel:
    """The two decks of one layer."""

    def __init__(self, layer: Layer, players: Sequence[Player], report: Reporter) -> None:
        self._layer: Layer = layer
        self._report = report
        self._decks = (Deck(players[0]), Deck(players[1]))
        self.output = True
        self.output_muted = False
        self.forget()

    def forget(self) -> None:
        """Stop both decks without a report; all lines are as at the beginning."""
        for deck in self._busy():
            deck.clear()
        self.away = Ramp.flat(0.0)
        self._waiting: Play | None = None
        self._lines: dict[Line, Ramp] = {
            line: Ramp.flat(0.0) for line in ("level", "trim", "pause", "close")
        }
        self._slew_limit = SlewLimit()
        self._pause, self._closing = Pause.OFF, Shutdown.NO
        self._trusted = True

    # Actions.

    def play(self, play: Play) -> None:
        """Bring a track in as soon as a deck is free. The newest request wins."""
        self._waiting = play

    def glide(self, action: Glide, now: float) -> None:
        """Move one line from where it is."""
        start = self._lines[action.line].at(now)
        if action.shape == "soften":
            self._lines[action.line] = fade.soften(now, start, action.to_db)
        else:
            self._lines[action.line] = fade.glide(now, start, action.to_db, action.seconds)

    def let_go(self, seconds: float, now: float) -> None:
        """Fade out what plays and stop it; drop what was waiting to come in."""
        self._waiting = None
        for deck in self._busy():
            if deck.state is DeckState.OPENING:  # Nobody has heard it yet.
                self._stop(deck, now, "faded")
            elif deck.state is not DeckState.LET_GO:
                deck.let_go(seconds, now)

    def freeze(self, seconds: float, now: float) -> None:
        """Fade to silence, then pause the decks."""
        if self._pause is Pause.OFF:
            self._lines["pause"] = fade.to_nothing(now, self._lines["pause"].at(now), seconds)
            self._pause = Pause.FADING

    def thaw(self, seconds: float, now: float) -> None:
        """Fade in from silence; a fade-out under way turns round where it is."""
        if self._pause is Pause.ON:
            for deck in self._busy():
                deck.player.thaw()
                deck.roll(now)
        self._pause = Pause.OFF
        self._lines["pause"] = fade.from_nothing(now, self._lines["pause"].at(now), seconds)

    def shut(self, seconds: float, now: float) -> None:
        """Fade everything out; nothing more comes in before a `reopen`."""
        self._waiting = None
        self._closing = Shutdown.AT_ONCE if seconds <= fade.STOP_S else Shutdown.SOFT
        start = self._lines["close"].at(now)
        if seconds <= fade.CUT_S:
            self._lines["close"] = Ramp.path(now, [(fade.SHORTEST_S, fade.SILENT_DB)], start)
        else:
            self._lines["close"] = fade.to_nothing(now, start, seconds)

    def reopen(self, seconds: float, now: float) -> None:
        """Reverse the closing fade. If nothing is left to come back, what comes in next has a fade
        of its own."""
        self._closing = Shutdown.NO
        start = self._lines["close"].at(now)
        back = fade.from_nothing(now, start, seconds) if self._busy() else Ramp.flat(0.0)
        self._lines["close"] = back

    def shut_down(self, now: float) -> bool:
        """Whether the closing fade is complete. If nothing sounds, a `stop` is complete at once. An
        `end` still takes its time, in which `undo` can undo it."""
        silent = self._pause is Pause.ON or not self._busy()
        return (self._closing is Shutdown.AT_ONCE and silent) or now >= self._lines["close"].end_s

    def drop(self, now: float) -> None:
        """Stop whatever is left."""
        self._waiting = None
        for deck in self._busy():
            self._stop(deck, now, "faded")

    def lose(self, heard_until: float, now: float, why: Why = "fault") -> None:
        """Release everything: the output is gone, and was heard until then. What was paused is
        released too; the core must bring everything in again."""
        self._waiting = None
        told: set[int] = set()
        for deck in self._busy():
            if deck.play and deck.told is Told.HEARD and deck.play.token not in told:
                told.add(deck.play.token)
                self._silent(deck, max(heard_until, deck.rolling_at), why)
            deck.clear()

    @property
    def plays(self) -> bool:
        """Whether any deck should be heard."""
        return self._pause is not Pause.ON and any(deck.moves for deck in self._decks)

    @property
    def unheard(self) -> bool:
        """Whether a deck moves while libVLC says that no output accepts its sound."""
        return any(deck.unheard for deck in self._decks)

    # The tick.

    def step(self, now: float, most_db: float = inf, external_db: float = 0.0) -> None:
        """Look at both decks, start what waits, and move the gains to a sum of at most `most_db`.
        Restoring an external volume has already moved them by `external_db`."""
        for deck in self._busy():
            deck.look(now)
            if self._pause is not Pause.ON:
                self._mind(deck, now)
        if self._pause is not Pause.ON:
            self._loop(now)
        self._begin_waiting(now)
        lines = {line: ramp.at(now) for line, ramp in self._lines.items()}
        self._slew_limit.move(
            self._decks,
            now,
            level_db=lines["level"],
            trim_db=lines["trim"],
            fade_db=lines["pause"] + lines["close"] + self.away.at(now),
            urgent=self._closing is Shutdown.AT_ONCE,
            most_db=most_db,
            external_db=external_db,
        )
        if self._pause is Pause.FADING and max(d.gain_db for d in self._decks) <= fade.MUTE_DB:
            self._freeze_now(now)

    @property
    def out_db(self) -> float:
        """The sum of both decks in dB, for matched tracks."""
        return put_out_db(self._decks)

    def rising_from_silence(self, now: float) -> bool:
        """Whether a start, a `resume` or an undone closing is fading in."""
        ramps = [self._lines["pause"], self._lines["close"], self.away]
        ramps += [deck.own for deck in self._busy() if deck.state is not DeckState.LET_GO]
        return any(ramp.at(now) < ramp.target for ramp in ramps)

    def _mind(self, deck: Deck, now: float) -> None:
        """Follow one deck's file. At most one thing of a deck is reported in a tick."""
        if deck.state is DeckState.OPENING and deck.seen.state == "rolling":
            deck.come_in(self._other(deck), now)
        if deck.state is DeckState.OPENING:
            if deck.failed_to_open(self._other(deck), trusted=self._trusted):
                self._fail(deck, now, "will not open")
            return
        self._mind_disk(deck, now)
        if deck.seen.state == "failed":
            self._fail(deck, now, "will not open")
        elif deck.seen.state == "ended":
            self._stop(deck, now, "seam" if deck.going_out else "end")
        elif deck.stalled:
            self._fail(deck, now, "stalled")
        elif not self._tell(deck, now):
            self._end_fades(deck, now)

    def _tell(self, deck: Deck, now: float) -> bool:
        """Report a deck that is heard for the first time, muted or unmuted; return whether so."""
        muted = self.output_muted or deck.seen.muted
        if muted and deck.told is Told.HEARD:
            self._silent(deck, now, "muted")
            deck.told = Told.MUTED
            return True
        if muted or deck.told is Told.HEARD or deck.play is None or not deck.seen.heard:
            return False
        if deck.told is Told.MUTED:
            deck.roll(now)
        deck.told, self._trusted = Told.HEARD, True
        token = deck.play.token
        self._report(Sounding(self._layer, token, deck.rolling_from_s, deck.rolling_at))
        return True

    def _end_fades(self, deck: Deck, now: float) -> None:
        """Stop a deck whose seam or fade is over."""
        if deck.going_out and now >= deck.share.end_s:
            self._slew_limit.let_tail_go(deck.out_db)
            self._stop(deck, now, "seam")
        elif deck.state is DeckState.LET_GO and deck.faded(now):
            self._stop(deck, now, "faded")

    def _mind_disk(self, deck: Deck, now: float) -> None:
        """Ask for another track if a deck's disk is slow, while the deck can still play."""
        if deck.play and deck.plays_on and deck.seen.left_s < LEAVE_S:
            deck.supply, self._trusted = Supply.SLOW, False
            self._report(Failed(self._layer, deck.play.token, "stalled", now))
        if deck.outlasts_disk(now):
            deck.run_dry(now)
            self._keep_leaving(self._other(deck), now)

    def _begin_waiting(self, now: float) -> None:
        if self._waiting is None or not self.output:
            return
        if self._pause is not Pause.OFF or self._closing is not Shutdown.NO:
            return
        for deck in self._busy():  # Nobody has heard it yet: the newer request takes its deck.
            if deck.state is DeckState.OPENING:
                deck.clear()
        free = next((deck for deck in self._decks if not deck.busy), None)
        if free is None:
            self._hurry(now)
            return
        free.start(self._waiting, now)
        self._waiting = None

    def _hurry(self, now: float) -> None:
        """Shorten the seam, because both decks are taken."""
        for deck in self._decks:
            if deck.share.end_s - now > HURRY_S:
                deck.share = Ramp.path(now, [(HURRY_S, deck.share.target)], deck.share.at(now))

    def _loop(self, now: float) -> None:
        """Open the next round of a loop that plays alone."""
        deck = next(iter(self._busy()), None)
        if deck is None or self._waiting or self._other(deck).busy:
            return
        play = deck.play
        if play and play.loop and deck.plays_on and deck.round_left_s <= 0.0:
            _, fade_s = seam.round_at_s(play.track, LOOP_FADE_S)
            again = replace(play, offset_s=play.track.cue_in_s, fade_s=fade_s)
            self._other(deck).start(again, now, quiet_round=True)

    def _freeze_now(self, now: float) -> None:
        # Music that nobody can hear must not play on: it waits where it was last heard.
        self._pause = Pause.ON
        self._lines["pause"] = Ramp.flat(fade.SILENT_DB)
        for deck in self._busy():
            if deck.state is not DeckState.PLAYING:
                opening = deck.state is DeckState.OPENING and not self._goes_on(deck)
                if opening and not self._waiting:  # A new track comes in after the thaw.
                    self._waiting = deck.play
                self._stop(deck, now, "seam")
                self._other(deck).share = FULL
                continue
            deck.player.freeze()
            if deck.told is Told.HEARD:
                self._silent(deck, now, "frozen")
                deck.told = Told.NOTHING

    # Ends.

    def _stop(self, deck: Deck, now: float, why: Why) -> None:
        other = self._other(deck)
        if deck.told is Told.HEARD and not self._goes_on(deck):
            self._silent(deck, now, why)
        deck.clear()
        if other.state is DeckState.PLAYING:
            other.carry_on(now)

    def _goes_on(self, deck: Deck) -> bool:
        """Whether the other deck plays the same track: another round of a loop."""
        other = self._other(deck).play
        return deck.play is not None and other is not None and other.token == deck.play.token

    def _fail(self, deck: Deck, now: float, what: Literal["will not open", "stalled"]) -> None:
        play, other = deck.play, self._other(deck)
        self._trusted = False  # Until a file sounds again, little time is spent on one.
        if self._goes_on(deck):  # It was the other one's next round.
            other.supply = Supply.SLOW if other.supply is Supply.GOOD else other.supply
        elif deck.told is Told.HEARD:
            self._silent(deck, now, "fault")
        deck.clear()
        self._keep_leaving(other, now)
        if play is not None and deck.supply is Supply.GOOD:
            self._report(Failed(self._layer, play.token, what, now))

    def _keep_leaving(self, deck: Deck, now: float) -> None:
        """Bring a deck back from half-way out of a seam, because its successor has failed."""
        if deck.state is DeckState.LEAVING:
            deck.carry_on(now)

    def _silent(self, deck: Deck, until: float, why: Why) -> None:
        at, position_s = deck.heard_until(until)
        if deck.play is not None:
            self._report(Silent(self._layer, deck.play.token, position_s, at, why))

    # Gains and times.

    def moving(self, now: float) -> bool:
        """Whether a gain is moving or a deck is opening."""
        return self._every_tick or any(now <= ramp.end_s for ramp in self._ramps())

    def next_change(self, now: float) -> float:
        """Tell when the next ramp, seam, round of a loop or file will end."""
        times = [ramp.end_s for ramp in self._ramps()]
        if self._every_tick:
            times.append(now + fade.SHORTEST_S)
        for deck in self._busy():
            times.append(deck.player.ends_at(now))
            if deck.play and deck.play.loop and deck.moves and self._pause is not Pause.ON:
                times.append(deck.seen_at + max(deck.round_left_s, fade.CUT_S))
        return min((time for time in times if time > now), default=inf)

    def _ramps(self) -> Iterator[Ramp]:
        yield from (*self._lines.values(), self.away)
        for deck in self._busy():
            yield from (deck.share, deck.own)

    @property
    def _every_tick(self) -> bool:
        """Whether something goes on whose end no ramp tells."""
        if self._slew_limit.held or any(d.state is DeckState.OPENING for d in self._decks):
            return True
        if self._pause is Pause.ON:
            return False
        untold = (d for d in self._busy() if d.told is not Told.HEARD and not d.seen.muted)
        return self._waiting is not None or (not self.output_muted and any(untold))

    def position(self, token: int) -> float | None:
        """Return the seconds into its file of the playing `token`."""
        for deck in self._decks:
            if deck.play is not None and deck.play.token == token and deck.moves:
                return deck.seen.position_s
        return None

    def _busy(self) -> list[Deck]:
        """The decks that hold a file."""
        return [deck for deck in self._decks if deck.busy]

    def _other(self, deck: Deck) -> Deck:
        return self._decks[1] if deck is self._decks[0] else self._decks[0]
