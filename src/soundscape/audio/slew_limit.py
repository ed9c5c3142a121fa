"""The slew limit: how fast the sum of one layer may change. The only module that holds it.

All gains here are those of matched tracks: 0 dB is the comfort level. A channel's lines, seams and
fades say where its decks should be. Their sum rises and falls within the limits of
`soundscape.core.fade`. Both decks move alike, so that a seam keeps its shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

from soundscape.audio.deck import Deck, DeckState
from soundscape.core import fade

SETTLED_DB = 0.01
"""Least difference in dB that counts as held back."""


class SlewLimit:
    """The sum of a channel, tick by tick. `held` says that it has not reached its goal yet."""

    def __init__(self) -> None:
        self._forward_db = fade.SILENT_DB
        self._tail_db = fade.SILENT_DB
        self._at = 0.0
        self.held = False

    def let_tail_go(self, out_db: float) -> None:
        """Count the last sum of an outgoing deck into the fall: its seam ends in this tick."""
        self._tail_db = out_db

    def move(
        self,
        decks: Sequence[Deck],
        now: float,
        *,
        level_db: float,
        trim_db: float,
        fade_db: float,
        urgent: bool,
        most_db: float,
        external_db: float,
    ) -> None:
        """Set each deck's gain by the channel's lines, with a sum of at most `most_db`. `fade_db`
        is pause, close and move together.

        An `urgent` way down has no limit. Restoring an external volume has meanwhile moved them by
        `external_db`, which uses up some of the limit.
        """
        elapsed_s, self._at = now - self._at, now
        before_db = fade.sum_db((put_out_db(decks), self._tail_db))
        self._tail_db = fade.SILENT_DB
        up = max(external_db, 0.0) / elapsed_s if elapsed_s > 0.0 else 0.0
        down = max(-external_db, 0.0) / elapsed_s if elapsed_s > 0.0 else 0.0
        own_db = {id(deck): deck.own.at(now) for deck in decks}
        there = {id(deck): deck.forward_db(now, level_db, trim_db) for deck in decks}
        for deck in decks:
            if deck.state is DeckState.LET_GO:  # It follows its layer's lines down, and never up.
                there[id(deck)] = min(there[id(deck)], deck.forward_was_db)
        # Level, lift and seams: slowly up. What is let go goes its own way down.
        staying = [deck for deck in decks if deck.state is not DeckState.LET_GO] or list(decks)
        forward_db = fade.sum_db(there[id(deck)] for deck in staying)
        audible = before_db > fade.HUSH_DB
        slow_db = forward_db
        if audible:
            rise = max(fade.RISE_DB_PER_S - up, 0.0)
            slow_db = fade.paced(self._forward_db, forward_db, elapsed_s, rise)
        self._forward_db = slow_db
        for deck in staying:
            there[id(deck)] += slow_db - forward_db
        # All together: the limits for a rise from silence and for any fall.
        sum_db = fade.sum_db(there[id(deck)] + own_db[id(deck)] for deck in decks)
        sum_db += fade_db
        rise_from_db = max(before_db, fade.HUSH_DB)
        out_db = fade.paced(
            rise_from_db,
            sum_db,
            elapsed_s,
            max(fade.RISE_FROM_SILENCE_DB_PER_S - up, 0.0),
            inf if urgent or not audible else max(fade.FALL_DB_PER_S - down, 0.0),
        )
        out_db = min(out_db, most_db)
        self.held = forward_db - slow_db > SETTLED_DB or abs(out_db - sum_db) > SETTLED_DB
        for deck in decks:
            deck.forward_was_db = there[id(deck)]
            deck.put(there[id(deck)] + own_db[id(deck)] + fade_db + out_db - sum_db)


def put_out_db(decks: Iterable[Deck]) -> float:
    """Return the sum of the decks in dB."""
    return fade.sum_db(deck.out_db for deck in decks)
