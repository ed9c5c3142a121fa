"""Mixer: gain lines, seams and fades over two decks a layer. Knows no sound library.

A deck's gain is a sum in dB: loudness match, level and trim, pause, close, its part in a seam, its
own fade. Every line has one ramp, reversible half-way from where it is; how fast they may move the
sum is held in `soundscape.audio.pace`. A seam begins when the incoming deck is seen to
move, so that a file that will not open costs no silence: the outgoing one has not begun to fade.

What somebody else does to a layer's volume lies under all of this, in its `Hand`. Where the output
goes, everything is let go of, and nothing opens before a trial has shown that an output takes
sound again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf

from soundscape.audio.bank import Bank
from soundscape.audio.hand import SETTLED_S, Hand, Handed
from soundscape.audio.moving import Moving
from soundscape.audio.outlet import Outlet, Seen
from soundscape.audio.player import LOOKED_S, Player
from soundscape.core import fade
from soundscape.core.ports import (
    Action,
    Clear,
    Down,
    FadeOut,
    Freeze,
    Glide,
    MoveOutput,
    Mute,
    NoOutput,
    Output,
    OutputAgain,
    Play,
    Reopen,
    Reporter,
    Shut,
    Thaw,
    VolumeSeen,
)
from soundscape.core.track import LAYERS, Layer

TRIAL_S = 2.0
"""How long a trial may take to be heard."""

AWAY_S = 5.0
"""Seconds that a server which is back is given to find its outputs again: radio links are slow."""

BETWEEN_TRIALS_S = 3.0
"""How long a trial that was not heard is waited after."""


class Trial:
    """Tries whether an output takes sound, again and again, with a player of its own.

    `silence` is the path of a file that holds nothing but digital silence.
    """

    def __init__(
        self, player: Player, silence: str, aim: Callable[[str], None] = lambda _: None
    ) -> None:
        self._player = player
        self._aim = aim
        self.failures = 0
        self._silence = silence
        self._began: float | None = None
        self._looked_at = self._tried_s = 0.0
        self._next_at = 0.0

    def aim(self, device: str) -> None:
        """From here on that output is tried; "" is the default one."""
        self.stop()
        self._aim(device)
        self.failures, self._next_at = 0, 0.0

    def passed(self, outlet: Outlet, now: float, device: str) -> bool:
        """Go on trying; whether sound has just gone out there."""
        if not outlet.promising(now, device):
            self.stop()
            return False
        if self._began is None:
            if now >= self._next_at:
                self._player.set_gain(fade.SILENT_DB)
                self._player.start(self._silence, 0.0)
                self._began, self._next_at = now, now + BETWEEN_TRIALS_S
                self._looked_at, self._tried_s = now, 0.0
            return False
        self._tried_s += min(now - self._looked_at, LOOKED_S)
        self._looked_at = now
        done = self._player.look(now).heard and outlet.takes(self._began, device)
        if done or self._tried_s > TRIAL_S:
            self.failures += not done
            self.stop()
        if done:
            self._next_at = now
        return done

    @property
    def trying(self) -> bool:
        """Whether it is on its way."""
        return self._began is not None

    def stop(self) -> None:
        """Let go of the player."""
        if self._began is not None:
            self._player.stop()
            self._began = None


class Mixer:
    """Carries actions out on the players it is given, and reports what became of them.

    One thread calls it: `do` with an action, then `step` again and again, at the latest at
    `next_change`, and every `TICK_S` while something moves.
    """

    def __init__(
        self,
        players: Mapping[Layer, Sequence[Player]],
        report: Reporter,
        trial: Trial | None = None,
        aim: Callable[[str], None] = lambda _: None,
        outlet: Outlet | None = None,
    ) -> None:
        """`aim` has the players open their next file on an output."""
        self._report = report
        self._trial = trial
        self._hands = {layer: Hand(layer, report) for layer in LAYERS}
        self._handed = {
            layer: [Handed(player, self._hands[layer]) for player in players[layer]]
            for layer in LAYERS
        }
        self._banks = {layer: Bank(layer, self._handed[layer], report) for layer in LAYERS}
        self._outlet = outlet or Outlet()
        self._moving = Moving(self._banks.values(), self._outlet, trial, aim, report)
        self._lost = self._told_gone = False
        self._gone_since: float | None = None
        self._output: Seen | None = None
        self._output_moved_at: float | None = None
        self._shutting = False
        self._moved_at = 0.0

    def do(self, action: Action, now: float) -> None:
        """Begin an action."""
        match action:
            case Play():
                self._banks[action.layer].play(action)
            case FadeOut():
                self._banks[action.layer].let_go(action.seconds, now)
            case Glide(line="hand"):
                self._hands[action.layer].glide(action.to_db, action.seconds, now)
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
            case MoveOutput():
                self._moving.begin(action, now, lost=self._lost)
                if not self._moving.on_its_way:
                    self._new_output()
            case Mute():
                self._hands[action.layer].muted = True
            case Clear():
                self.clear()

    def clear(self) -> None:
        """Cut and forget everything; from here on all is as it was in the beginning."""
        self._shutting = False
        if self._moving.forget():
            self._new_output()
        for bank in self._banks.values():
            bank.mute()
        for bank in self._banks.values():
            bank.forget()

    def see(self, seen: Seen) -> None:
        """What the sound server says; comes again and again, where there is one."""
        self._outlet.see(seen)
        if not seen.up:
            return
        if self._output is None:
            if seen.flat:
                for hand in self._hands.values():
                    hand.knob_db = min(fade.volume_to_db(seen.volume), 0.0)
            # Full, and not muted: only what differs from that is worth telling.
            self._output = Seen(seen.at, volume=seen.volume)
        moved = not seen.flat and abs(seen.volume - self._output.volume) > 0.005
        if moved or seen.muted != self._output.muted:
            self._output, self._output_moved_at = seen, seen.at
        for layer in LAYERS:
            self._banks[layer].output_muted = self._hands[layer].output_muted = seen.muted

    def step(self, now: float) -> None:
        """Bring every deck to where it should be now, and report what has changed."""
        self._mind_output(now)
        self._move(now)
        if not self._lost and any(bank.unheard for bank in self._banks.values()):
            self._lose("no output takes it", now)
        for hand in self._hands.values():
            hand.tell(now)
        if self._shutting and all(bank.shut_down(now) for bank in self._banks.values()):
            self._shutting = False
            for bank in self._banks.values():
                bank.drop(now)
            self._report(Down(now))

    def _move(self, now: float) -> None:
        """The ambience gives way: while music plays, what it adds lets the sum rise slowly."""
        music, ambience = self._banks["music"], self._banks["ambience"]
        by_hand = {each: hand.moved_db(self._moved_at, now) for each, hand in self._hands.items()}
        elapsed_s, self._moved_at = now - self._moved_at, now
        own_db = ambience.out_db
        before_db = fade.sum_db((music.out_db, own_db))
        music.step(now, hand_db=by_hand["music"])
        if music.out_db <= fade.HUSH_DB or music.rising_from_silence(now):
            ambience.step(now, hand_db=by_hand["ambience"])
            return
        most_db = before_db + fade.RISE_DB_PER_S * elapsed_s
        most_db = max(own_db, fade.less_db(most_db, music.out_db))
        ambience.step(now, most_db, by_hand["ambience"])

    def hand_db(self, now: float) -> float:
        """How far the layer that was turned down most stands under where this program has it."""
        return min(0.0, *(hand.at(now) for hand in self._hands.values()))

    def _mind_output(self, now: float) -> None:
        if self._output_moved_at is not None and now - self._output_moved_at >= SETTLED_S:
            at, self._output_moved_at = self._output_moved_at, None
            seen = self._output
            if seen is not None:
                self._report(VolumeSeen("output", fade.volume_to_db(seen.volume), seen.muted, at))
        if self._lost:
            self._moving.mind_trials(now)
            self._find(now)
            self._mind_gone(now)
            return
        if self._moving.step(now):
            self._new_output()
        plays = any(bank.plays for bank in self._banks.values())
        what = self._outlet.trouble(now, plays)
        if what:
            self._lose(what, now)

    def _lose(self, what: str, now: float) -> None:
        heard_until = self._outlet.last_taken(now)
        self._lost = True
        for bank in self._banks.values():
            bank.output = False
            bank.lose(heard_until, now)
        self._told_gone, self._gone_since = self._outlet.gone, None
        self._tell_lost(what, heard_until)
        self._outlet.lost()
        self._moving.hurry()

    def _tell_lost(self, what: str, heard_until: float) -> None:
        gone, port = self._outlet.gone, self._outlet.pulled
        elsewhere = self._outlet.elsewhere if gone else ()
        self._report(NoOutput(what, heard_until, gone, port, elsewhere))

    def _mind_gone(self, now: float) -> None:
        """A server may come back without the chosen output: that is another loss, told once."""
        if not self._lost or self._told_gone or not self._outlet.gone:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        elif now - self._gone_since >= AWAY_S:
            self._told_gone = True
            self._tell_lost(self._outlet.trouble(now, plays=False), self._outlet.last_taken(now))

    def _new_output(self) -> None:
        """Its volume is its own, and nobody has moved it yet."""
        self._output = self._output_moved_at = None
        for hand in self._hands.values():
            hand.knob_db = None

    def _find(self, now: float) -> None:
        found = (
            self._trial.passed(self._outlet, now, self._moving.device)
            if self._trial
            else self._outlet.promising(now, self._moving.device)
        )
        if found:
            self._lost = False
            for bank in self._banks.values():
                bank.output = True
            self._report(OutputAgain(now))

    def moving(self, now: float) -> bool:
        """Whether a gain is on its way or a deck is opening, so that every tick counts."""
        return (
            self._shutting
            or self._moving.on_its_way
            or (self._trial is not None and self._trial.trying)
            or any(bank.moving(now) for bank in self._banks.values())
            or any(hand.moving(now) for hand in self._hands.values())
            or any(each.moving(now) for pair in self._handed.values() for each in pair)
        )

    def next_change(self, now: float) -> float:
        """When something will have come to its end, as far as is known now."""
        times = [bank.next_change(now) for bank in self._banks.values()]
        times += [hand.settles_at() for hand in self._hands.values()]
        if self._moving.on_its_way:
            times.append(now + fade.SHORTEST_S)
        if self._output_moved_at is not None:
            times.append(self._output_moved_at + SETTLED_S)
        return min((time for time in times if time > now), default=inf)

    def outputs(self) -> tuple[Output, ...]:
        """The outputs there are, as the sound server told last."""
        seen = self._outlet.seen
        return () if seen is None else seen.outputs

    def position(self, token: int, now: float) -> float | None:
        """Seconds into its file of what `token` names; None where it does not sound."""
        for bank in self._banks.values():
            found = bank.position(token, now)
            if found is not None:
                return found
        return None
