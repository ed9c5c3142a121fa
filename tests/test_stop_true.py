"""`stop` reaches the decks though the loop is busy, and decks that hang give no beat."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from house import PATIENCE_S
from test_audio_mixer import Hand
from test_clocks import pool
from test_guard import playing

from soundscape.audio.null import NullDecks
from soundscape.core.events import Closing, Stopped
from soundscape.core.planner.planner import plan
from soundscape.core.track import Track
from soundscape.engine import loop as engines
from soundscape.engine.gaps import DECKS_LATE_S, LOOK_S, SuspendDetector

__all__ = ["pool"]


class Told(NullDecks):
    """Null decks that tell when they are told to be silent past the loop."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self.hushed = threading.Event()

    def hush(self) -> None:
        self.hushed.set()


def test_stop_does_not_wait_for_a_plan(
    pool: tuple[Track, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the loop searches a plan, on however slow a machine, `stop` reaches the decks; it is
    journaled, and answered, when the loop comes to it."""
    planning, done = threading.Event(), threading.Event()

    def slow(*words: Any) -> Any:
        planning.set()
        done.wait(PATIENCE_S)
        return plan(*words)

    made: list[Told] = []

    def make(*words: Any) -> NullDecks:
        made.append(Told(*words))
        return made[0]

    with playing(pool, make=make) as played:
        monkeypatch.setattr(engines, "plan", slow)
        played.engine.cue("extend", ["5"]).result(PATIENCE_S)
        assert planning.wait(PATIENCE_S)
        reply = played.engine.cue("stop", [])
        assert made[0].hushed.wait(PATIENCE_S)
        assert not reply.done()
        done.set()
        assert reply.result(PATIENCE_S).ok
        assert len(played.facts(Closing)) == 1


def test_a_loop_that_comes_to_it_tells_the_decks_once(pool: tuple[Track, ...]) -> None:
    """Nothing is told past a loop that is not busy: the decks get one way down, and it is told as
    one stop."""
    made: list[Told] = []

    def make(*words: Any) -> NullDecks:
        made.append(Told(*words))
        return made[0]

    with playing(pool, make=make) as played:
        assert played.engine.cue("stop", []).result(PATIENCE_S).ok
        assert not made[0].hushed.wait(2 * engines.URGENT_PATIENCE_S)
        assert len(played.facts(Stopped)) <= 1


class Still(Hand):
    """A clock of a machine that never slept."""

    def asleep(self) -> float:
        return 0.0


class Late(NullDecks):
    """Decks with a thread that has not turned for so long."""

    late = 0.0

    def late_s(self) -> float:
        return self.late


def test_decks_that_do_not_turn_give_no_beat() -> None:
    """The decks are a part of the heartbeat: an engine whose decks hang is followed by another."""
    clock = Still()
    decks, suspends = Late(lambda report: None, clock), SuspendDetector(clock)
    for late_s, beats in ((0.0, True), (DECKS_LATE_S + 0.1, False), (0.0, True)):
        clock.time += 2 * LOOK_S
        decks.late = late_s
        assert suspends.remember(_nothing(), decks) is beats


def _nothing() -> Any:
    """A session in which nothing sounds."""

    class Nothing:
        sounding = ()

    return Nothing()
