"""The channel of one layer: its two decks, its gain lines, and the seam between the decks."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Literal

from soundscape.audio.deck import DRY_S, FULL, LEAVE_S, LOOP_FADE_S, Deck
from soundscape.audio.player import Player
from soundscape.audio.slew_limit import LayerGain, SlewLimit, put_out_db
from soundscape.core import fade, seam
from soundscape.core.fade import Ramp
from soundscape.core.ports import Failed, Glide, Line, Play, Reporter, Silent, Sounding
from soundscape.core.track import Layer

HURRY_S = 1.5
"""Seconds that the rest of a seam takes when the next one waits; the summed power stays."""

Why = Literal["seam", "end", "frozen", "faded", "fault", "muted", "moved"]


class Channel:
    """The two decks of one layer; `front` is the one that was brought in last."""

    def __init__(self, layer: Layer, players: Sequence[Player], report: Reporter) -> None:
        self._layer: Layer = layer
        self._report = report
        self._decks = (Deck(players[0]), Deck(players[1]))
        self.output = True
        self.output_muted = False
        self.forget()

    def forget(self) -> None:
        """Stop both decks without a report; all lines are as at the beginning."""
        for deck in self._decks:
            if deck.busy:
                deck.clear()
        self._front = 0
        self.away = Ramp.flat(0.0)
        self._waiting: Play | None = None
        self._lines: dict[Line, Ramp] = {
            line: Ramp.flat(0.0) for line in ("level", "trim", "pause", "close")
        }
        self._pace = SlewLimit()
        self._urgent = self._freezing = self._frozen = False
        self._trusted = True

    def mute(self) -> None:
        """Silence both decks at once."""
        for deck in self._decks:
            if deck.busy:
                deck.player.set_gain(fade.SILENT_DB)

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
        for deck in self._decks:
            if deck.busy and deck.rolling_at is None:  # Nobody has heard it yet.
                self._stop(deck, now, "faded")
            elif deck.busy and not deck.letting_go:
                deck.own = fade.to_nothing(now, deck.own.at(now), seconds)
                deck.letting_go = True

    def freeze(self, seconds: float, now: float) -> None:
        """Fade to silence, then pause the decks."""
        if self._frozen or self._freezing:
            return
        self._lines["pause"] = fade.to_nothing(now, self._lines["pause"].at(now), seconds)
        self._freezing = True

    def thaw(self, seconds: float, now: float) -> None:
        """Fade in from silence; a fade-out under way turns round where it is."""
        if self._frozen:
            for deck in self._decks:
                if deck.busy and deck.frozen:
                    deck.player.thaw()
                    deck.frozen = False
                    deck.still_s = 0.0
                    deck.reported = False
                    deck.roll(now)
        self._frozen = self._freezing = False
        self._lines["pause"] = fade.from_nothing(now, self._lines["pause"].at(now), seconds)

    def shut(self, seconds: float, now: float) -> None:
        """Fade everything out; nothing more comes in before a `reopen`."""
        self._waiting = None
        self._urgent = seconds <= fade.STOP_S
        start = self._lines["close"].at(now)
        if seconds <= fade.CUT_S:
            self._lines["close"] = fade.Ramp.path(now, [(fade.SHORTEST_S, fade.SILENT_DB)], start)
        else:
            self._lines["close"] = fade.to_nothing(now, start, seconds)

    def reopen(self, seconds: float, now: float) -> None:
        """Reverse the closing fade. If nothing is left to come back, what comes in next has a fade
        of its own."""
        self._urgent = False
        line = self._lines["close"]
        sounding = any(deck.busy for deck in self._decks)
        back = fade.from_nothing(now, line.at(now), seconds) if sounding else Ramp.flat(0.0)
        self._lines["close"] = back

    def shut_down(self, now: float) -> bool:
        """Whether the closing fade is complete. If nothing sounds, a `stop` is complete at once. An
        `end` still takes its time, in which `undo` can undo it."""
        silent = all(not deck.busy or deck.frozen for deck in self._decks)
        return (self._urgent and silent) or now >= self._lines["close"].end_s

    def drop(self, now: float) -> None:
        """Stop whatever is left."""
        self._waiting = None
        for deck in self._decks:
            if deck.busy:
                self._stop(deck, now, "faded")

    def lose(self, heard_until: float, now: float, why: Why = "fault") -> None:
        """Release everything: the output is gone, and was heard until then. What was paused is
        released too; the core must bring everything in again."""
        self._waiting = None
        told: set[int] = set()
        for deck in self._decks:
            if deck.play is None:
                continue
            if deck.reported and not deck.frozen and deck.play.token not in told:
                told.add(deck.play.token)
                at, position_s = deck.heard_until(max(heard_until, deck.rolling_at or heard_until))
                self._report(Silent(self._layer, deck.play.token, position_s, at, why))
            deck.clear()
            deck.frozen = False

    @property
    def plays(self) -> bool:
        """Whether any deck should be heard."""
        return any(
            deck.busy and deck.rolling_at is not None and not deck.frozen for deck in self._decks
        )

    @property
    def unheard(self) -> bool:
        """Whether a deck moves while libVLC says that no output accepts its sound."""
        return any(deck.unheard for deck in self._decks)

    # The tick.

    def step(self, now: float, most_db: float = inf, hand_db: float = 0.0) -> None:
        """Look at both decks, start what waits, and move the gains to a sum of at most `most_db`.
        Restoring an external volume has already moved them by `hand_db`."""
        for deck in self._decks:
            if deck.busy:
                deck.look(now)
                self._mind(deck, now)
        self._loop(now)
        self._begin_waiting(now)
        lines = {line: ramp.at(now) for line, ramp in self._lines.items()}
        fade_db = lines["pause"] + lines["close"] + self.away.at(now)
        wanted = LayerGain(lines["level"], lines["trim"], fade_db, self._urgent)
        self._pace.move(self._decks, wanted, now, most_db, hand_db)
        if self._freezing and max(deck.gain_db for deck in self._decks) <= fade.MUTE_DB:
            self._freeze_now(now)

    @property
    def out_db(self) -> float:
        """The sum of both decks in dB, for matched tracks."""
        return put_out_db(self._decks)

    def rising_from_silence(self, now: float) -> bool:
        """Whether a start, a `resume` or an undone closing is fading in."""
        ramps = [self._lines["pause"], self._lines["close"], self.away]
        ramps += [deck.own for deck in self._decks if deck.busy and not deck.letting_go]
        return any(ramp.at(now) < ramp.target for ramp in ramps)

    def _mind(self, deck: Deck, now: float) -> None:
        play, seen = deck.play, deck.seen
        if play is None or deck.frozen:
            return
        muted = self.output_muted or seen.muted
        if deck.rolling_at is None and seen.state == "rolling":
            deck.roll(now)
            self._begin_seam(deck, play, now)
        self._mind_disk(deck, play, now)
        if deck.failed_to_open(self._other(deck), trusted=self._trusted):
            self._fail(deck, now, "will not open")
        elif seen.state == "ended":
            self._stop(deck, now, "seam" if deck.leaving else "end")
        elif deck.stalled:
            self._fail(deck, now, "stalled")
        elif deck.reported and muted:
            self._silent(deck, now, "muted")
            deck.reported, deck.hushed = False, True
        elif deck.rolling_at is not None and seen.heard and not deck.reported and not muted:
            if deck.hushed:
                deck.hushed = False
                deck.roll(now)
            deck.reported = self._trusted = True
            self._report(Sounding(self._layer, play.token, deck.rolling_from_s, deck.rolling_at))
        elif deck.leaving and now >= deck.share.end_s:
            self._pace.let_tail_go(deck.out_db)
            self._stop(deck, now, "seam")
        elif deck.letting_go and (now >= deck.own.end_s or deck.gain_db <= fade.MUTE_DB):
            self._stop(deck, now, "faded")

    def _mind_disk(self, deck: Deck, play: Play, now: float) -> None:
        """Ask for another track if a deck's disk is slow, while the deck can still play."""
        left_s, other = deck.seen.left_s, self._other(deck)
        if left_s < LEAVE_S and not (deck.doomed or deck.leaving or deck.letting_go):
            deck.doomed, self._trusted = True, False
            self._report(Failed(self._layer, play.token, "stalled", now))
        if left_s < DRY_S and not deck.dry and deck.gone_in_s(now) > left_s:
            deck.run_dry(now)
            if other.busy and other.leaving:
                other.stay(now)

    def _begin_seam(self, deck: Deck, play: Play, now: float) -> None:
        other = self._other(deck)
        if other.busy and other.rolling_at is not None and not other.letting_go:
            # A file that was slow to open gets the rest of the outgoing one's time.
            left_s = seam.left_s(other.play.track, other.seen.position_s) if other.play else 0.0
            left_s = min(left_s, other.seen.left_s)
            seconds = min(seam.crossfade_s(play.fade_s, inf, play.track.length_s), left_s)
            progress = Ramp.path(now, [(max(seconds, fade.SHORTEST_S), 1.0)], 0.0)
            # If the outgoing one is itself still fading in, both go on up together.
            deck.share, deck.own = progress, other.own
            other.share, other.leaving = progress, True
        else:
            deck.share = FULL
            deck.own = fade.from_nothing(now, fade.SILENT_DB, play.fade_s)

    def _begin_waiting(self, now: float) -> None:
        if self._waiting is None or self._frozen or self._freezing or not self.output:
            return
        if self._lines["close"].target < 0.0:  # While closing, nothing comes in unless undone.
            return
        opening = next((d for d in self._decks if d.busy and d.rolling_at is None), None)
        if opening is not None:  # Nobody has heard it yet: the newer request takes its deck.
            opening.clear()
        free = next((index for index, deck in enumerate(self._decks) if not deck.busy), None)
        if free is None:
            self._hurry(now)
            return
        self._front = free
        self._decks[free].start(self._waiting, now)
        self._waiting = None

    def _hurry(self, now: float) -> None:
        """Shorten the seam or the fade-out, because both decks are taken."""
        for deck in self._decks:
            left_s = deck.share.end_s - now
            if deck.share.target == 1.0 and left_s > HURRY_S:
                deck.share = Ramp.path(now, [(HURRY_S, 1.0)], deck.share.at(now))

    def _loop(self, now: float) -> None:
        deck = self._decks[self._front]
        play = deck.play
        if play is None or not play.loop or deck.frozen or deck.rolling_at is None:
            return
        if deck.doomed:
            return
        other = self._other(deck)
        if self._waiting or other.busy or deck.leaving or deck.letting_go:
            return
        if deck.round_left_s <= 0.0:
            _, fade_s = seam.round_at_s(play.track, LOOP_FADE_S)
            again = Play(play.layer, play.token, play.track, play.track.cue_in_s, fade_s, loop=True)
            self._front = 1 - self._front
            other.start(again, now, quiet_round=True)

    def _freeze_now(self, now: float) -> None:
        # Music that nobody can hear must not play on: it waits where it was last heard.
        self._freezing, self._frozen = False, True
        self._lines["pause"] = Ramp.flat(fade.SILENT_DB)
        for deck in self._decks:
            if not deck.busy:
                continue
            if deck.leaving or deck.letting_go or deck.rolling_at is None:
                self._keep_wish(deck)
                self._stop(deck, now, "seam")
                self._other(deck).share = FULL
                continue
            deck.player.freeze()
            if deck.reported:
                self._silent(deck, now, "frozen")
            deck.frozen = True

    def _keep_wish(self, deck: Deck) -> None:
        # A requested track that has not sounded yet comes in after the thaw. The next round of a
        # loop does not: the paused deck opens it again.
        play, other = deck.play, self._other(deck).play
        if play is None or deck.rolling_at is not None or deck.letting_go or self._waiting:
            return
        if other is None or other.token != play.token:
            self._waiting = play

    # Ends.

    def _stop(self, deck: Deck, now: float, why: Why) -> None:
        other = self._other(deck)
        if deck.reported and not self._goes_on(deck) and not deck.frozen:
            self._silent(deck, now, why)
        deck.clear()
        if other.busy and not other.leaving:
            self._front = self._index(other)
            if other.rolling_at is not None and not other.letting_go:
                self._carry_alone(other, now)

    def _goes_on(self, deck: Deck) -> bool:
        """Whether the other deck plays the same track: another round of a loop."""
        other = self._other(deck).play
        return deck.play is not None and other is not None and other.token == deck.play.token

    def _carry_alone(self, deck: Deck, now: float) -> None:
        """Continue without the partner, up from the present gain at a gentle rate."""
        share_db = deck.seam_db(now)
        deck.share = FULL
        if share_db < -0.1:
            start = max(deck.own.at(now) + share_db, fade.SILENT_DB)
            deck.own = fade.from_nothing(now, start, fade.CUE_CROSSFADE_S)

    def _fail(self, deck: Deck, now: float, what: Literal["will not open", "stalled"]) -> None:
        play, other = deck.play, self._other(deck)
        self._trusted = False  # Until a file sounds again, little time is spent on one.
        if self._goes_on(deck):
            other.doomed = True  # It was its next round.
        elif deck.reported:
            self._silent(deck, now, "fault")
        deck.clear()
        if other.busy:
            self._front = 1 - self._index(deck)
            if other.leaving:
                other.stay(now)
        if play is not None and not deck.doomed:
            self._report(Failed(self._layer, play.token, what, now))

    def _silent(self, deck: Deck, now: float, why: Why) -> None:
        if deck.play is not None:
            at, position_s = deck.heard_until(now)
            self._report(Silent(self._layer, deck.play.token, position_s, at, why))

    # Gains and times.

    def moving(self, now: float) -> bool:
        """Whether a gain is moving or a deck is opening."""
        return (
            (self._waiting is not None and not self._frozen)
            or self._pace.held
            or any(now <= ramp.end_s for ramp in (*self._lines.values(), self.away))
            or any(self._deck_moving(deck, now) for deck in self._decks)
        )

    def _deck_moving(self, deck: Deck, now: float) -> bool:
        return deck.busy and (
            self._deck_opening(deck) or now <= deck.share.end_s or now <= deck.own.end_s
        )

    def _deck_opening(self, deck: Deck) -> bool:
        muted = deck.seen.muted or self.output_muted
        return deck.rolling_at is None or not (deck.reported or muted)

    def next_change(self, now: float) -> float:
        """Tell when the next ramp, seam, round of a loop or file will end."""
        times = [ramp.end_s for ramp in (*self._lines.values(), self.away)]
        for deck in self._decks:
            if deck.play is None:
                continue
            times += [deck.share.end_s, deck.own.end_s, deck.player.ends_at(now)]
            if self._deck_opening(deck):
                times.append(now + fade.SHORTEST_S)
            if deck.play.loop and deck.rolling_at is not None and not deck.frozen:
                times.append(deck.seen_at + max(deck.round_left_s, fade.CUT_S))
        if (self._waiting is not None and not self._frozen) or self._pace.held:
            times.append(now + fade.SHORTEST_S)
        return min((time for time in times if time > now), default=inf)

    def position(self, token: int, now: float) -> float | None:
        """Return the seconds into its file of the playing `token`."""
        for deck in self._decks:
            if deck.play is not None and deck.play.token == token and deck.rolling_at is not None:
                return deck.seen.position_s
        return None

    def _other(self, deck: Deck) -> Deck:
        return self._decks[1 - self._index(deck)]

    def _index(self, deck: Deck) -> int:
        return 0 if deck is self._decks[0] else 1
