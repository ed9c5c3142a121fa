"""A mistake of ours costs the step that it is in, and nothing else: the engine's loop goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from house import until
from test_clocks import ARC, pool

from soundscape.audio.null import NullDecks
from soundscape.clock import FastClock
from soundscape.core import reports
from soundscape.core.errors import SoundscapeError
from soundscape.core.events import Entry, Fact, Faulted, Opened, PhaseEntered, Planned, Stamp
from soundscape.core.fold import fold
from soundscape.core.machine_facts import Recovered
from soundscape.core.planner.planner import plan
from soundscape.core.ports import Action, Glide, Reporter
from soundscape.core.session import open_session
from soundscape.core.track import Track
from soundscape.engine import loop as engines
from soundscape.engine import status
from soundscape.engine.gaps import Takeover
from soundscape.engine.loop import Engine
from soundscape.engine.rehearsal import MemoryJournal

__all__ = ["pool"]

SPEED = 1000.0


def wrong(*_: Any, **__: Any) -> Any:
    """Anything that fails by a mistake of ours."""
    raise KeyError("a mistake of ours")


@dataclass
class Played:
    """An engine in a thread of its own, with its journal in memory."""

    engine: Engine
    journal: MemoryJournal
    thread: threading.Thread

    def facts(self, kind: type[Fact]) -> list[Any]:
        """The journal's facts of a kind so far."""
        return [entry.fact for entry in self.journal.entries if isinstance(entry.fact, kind)]

    def mistakes(self) -> list[str]:
        """What it has told of mistakes of its own."""
        return [fault.what for fault in self.facts(Faulted) if "internal error" in fault.what]


@contextmanager
def playing(
    pool: tuple[Track, ...],
    journal: MemoryJournal | None = None,
    make: Callable[[Reporter, FastClock], NullDecks] = NullDecks,
    before: Sequence[Entry] = (),
) -> Iterator[Played]:
    """A session at a thousand times its speed: its first phase lasts under a second. It comes back
    from the entries `before`, where there are any."""
    clock, journal = FastClock(SPEED), journal or MemoryJournal()
    opened = Opened("testtest", ARC, 1, "test", "null")
    pools, ambiences = {"all": pool}, {"rain": replace(pool[0], duration_s=60.0)}
    facts = [opened, Planned(plan(ARC, pools, 1), "opens"), *(entry.fact for entry in before)]
    comeback = Takeover(Recovered("broke off", 1.0, 2.0, "", "", ""), 0.0) if before else None
    made = Engine(
        fold(open_session(opened, pools, ambiences), facts),
        lambda report: make(report, clock),
        journal,
        clock,
        comeback=comeback,
    )
    thread = threading.Thread(target=made.run, name="engine", daemon=True)
    thread.start()
    try:
        yield Played(made, journal, thread)
    finally:
        for _ in range(2):
            made.cue("stop", [])
        until(lambda: not thread.is_alive() or made.cue("end", []).result(5).ok)
        thread.join(20)


def test_a_status_that_cannot_be_told_costs_itself_alone(
    pool: tuple[Track, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every asker is answered, however many ask again and again; meanwhile phases change, cues are
    obeyed, and the mistake is told once."""
    monkeypatch.setattr(status, "describe", wrong)
    over = threading.Event()
    refused: list[str] = []

    def ask(played: Played) -> None:
        while not over.is_set():
            with pytest.raises(SoundscapeError, match="not available") as raised:
                played.engine.status().result(20)
            refused.append(str(raised.value))

    with playing(pool) as played:
        askers = [threading.Thread(target=ask, args=(played,), daemon=True) for _ in range(3)]
        for each in askers:
            each.start()
        until(lambda: len(played.facts(PhaseEntered)) >= 2, "for the next phase")
        assert played.engine.cue("soften", []).result(20).ok
        over.set()
        for each in askers:
            each.join(20)
    assert len(refused) > 10
    assert played.mistakes() == ["internal error: KeyError in a message (StatusAsked)"]


@pytest.mark.parametrize("what", ["a cue", "a report"])
def test_a_bad_message_costs_that_message(
    pool: tuple[Track, ...], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Whoever gave it is told; the next one is obeyed, and time goes on."""
    with playing(pool) as played, monkeypatch.context() as patch:
        if what == "a cue":
            patch.setattr(engines, "decide", wrong)
            reply = played.engine.cue("soften", []).result(20)
            assert (reply.ok, reply.answer) == (False, engines.FAILED_INSIDE)
        else:
            patch.setattr(reports, "on_report", wrong)
            assert played.engine.cue("next", []).result(20)
            until(played.mistakes, "for the mistake")
        patch.undo()
        assert played.engine.cue("soften", []).result(20).ok
        before = len(played.facts(PhaseEntered))
        until(lambda: len(played.facts(PhaseEntered)) > before, "for the next phase")
    assert played.mistakes()


def test_facts_that_cannot_be_journaled_do_not_stop_the_music(pool: tuple[Track, ...]) -> None:
    """The journal is optional to the sound: what could not be written is obeyed, and said."""

    class Broken(MemoryJournal):
        def append(self, stamp: Stamp, facts: Sequence[Fact]) -> Any:
            if any(fact.type == "trimmed" for fact in facts):
                wrong()
            return super().append(stamp, facts)

    with playing(pool, Broken()) as played:
        reply = played.engine.cue("soften", []).result(20)
        assert reply.ok
        assert not reply.written
        assert played.engine.status().result(20)["trim_db"] == -4.0
        until(lambda: len(played.facts(PhaseEntered)) >= 2, "for the next phase")


def test_an_action_that_fails_keeps_no_other_from_the_decks(pool: tuple[Track, ...]) -> None:
    """Of the actions of one decision each goes to the decks by itself."""
    done: list[Action] = []

    class Decks(NullDecks):
        def do(self, action: Action) -> None:
            if isinstance(action, Glide):
                wrong()
            done.append(action)
            super().do(action)

    with playing(pool, make=Decks) as played:
        until(lambda: played.engine.status().result(20)["health"]["sound"], "for music")
    assert done
    assert "internal error: KeyError in the action Glide" in played.mistakes()


def test_a_flood_of_messages_does_not_stop_the_time(pool: tuple[Track, ...]) -> None:
    """After a hundred messages the time has its turn, whatever else waits."""
    over = threading.Event()
    with playing(pool) as played:

        def again(_: object) -> None:
            if not over.is_set():
                played.engine.status().add_done_callback(again)

        again(None)  # Each answer brings the next question: the inbox is never empty.
        until(lambda: len(played.facts(PhaseEntered)) >= 2, "for the next phase")
        over.set()


def test_an_engine_that_cannot_come_back_as_it_was_plays_all_the_same(
    pool: tuple[Track, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in coming back would meet the next engine too, and the one after it."""
    with playing(pool) as first:
        until(lambda: first.engine.status().result(20)["health"]["sound"], "for music")
        entries = list(first.journal.entries)
    monkeypatch.setattr(engines, "come_back", wrong)
    with playing(pool, before=entries) as played:
        until(lambda: played.engine.status().result(20)["health"]["sound"], "for music")
        assert played.mistakes() == ["internal error: KeyError in coming back"]
