"""Kills of the engine at random moments, with cues in flight: `make soak` does two hundred."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import closing
from typing import Any

import pytest
from house import PATIENCE_S, House

from soundscape.core.errors import InputError, SoundscapeError
from soundscape.core.events import Asked
from soundscape.core.fold import fold
from soundscape.core.machine_facts import Recovered
from soundscape.core.session import Session, open_session
from soundscape.journal.reader import read_journal
from soundscape.journal.score import read_score
from soundscape.journal.verify import verify

KILLS = int(os.environ.get("SOUNDSCAPE_KILLS", "6"))
SAID = (
    *("mark",) * 6,
    *("soften 1", "lift 1", "restore", "pause", "resume", "resume", "talk", "reflect"),
    *("next", "hold", "release", "extend 1", "shorten 0.1", "transition onset", "transition peak"),
    *("ambience ocean", "ambience rain", "silence 1", "undo", "undo"),
)


class Giver(threading.Thread):
    """Says random cues, one after the other, and remembers every answer."""

    def __init__(self, house: House) -> None:
        super().__init__(daemon=True)
        self.answers: list[tuple[str, bool, str]] = []
        self.unanswered: list[str] = []
        self.quiet = threading.Lock()
        self.over = threading.Event()
        self._house = house
        self._dice = random.Random(5)

    def run(self) -> None:
        """Go on until told."""
        while not self.over.wait(self._dice.uniform(0.0, 0.06)):
            words = self._dice.choice(SAID).split()
            with self.quiet:
                try:
                    with closing(self._house.client()) as client:
                        reply = client.cue(words[0], words[1:])
                except InputError:
                    raise
                except SoundscapeError as error:
                    self.unanswered.append(str(error))
                else:
                    if reply.written:
                        self.answers.append((words[0], reply.ok, reply.answer))


def replayed(house: House) -> Session:
    """The session as its journal has it; the journal is whole."""
    journal = read_journal(house.folder())
    score = read_score(house.folder())
    assert all("cut short when the session broke off" in each for each in journal.trouble)
    assert verify(house.folder() / "journal.jsonl").breaks == ()
    opened = open_session(journal.opened, score.pools, score.ambiences)
    return fold(opened, [entry.fact for entry in journal.entries])


def same(status: dict[str, Any], session: Session) -> bool:
    """Whether a status shows that session."""
    phase = session.current
    playing = session.playing.item.track.path if session.playing else None
    return (
        (status["phase"], status["trim_db"], status["paused"], status["held"], status["marks"])
        == (
            phase.name if phase else None,
            session.trim_db,
            session.rest.kind == "pause",
            session.course.held is not None,
            session.last_mark,
        )
        and (status["track"] or {"path": None})["path"] == playing
        and status["ambience"] == (session.ambience.now.name if session.ambience.now else None)
    )


@pytest.mark.slow
def test_kills_at_random_moments_lose_no_cue(house: House) -> None:
    """Every cue that was answered as written is in the journal, in order, and none twice; after
    each kill the journal folds to the very session that goes on."""
    house.play(speed=20)
    house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    dice = random.Random(7)
    giver = Giver(house)
    giver.start()
    waits: list[float] = []
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.0, 1.2))
        engine = house.status()["pids"]["engine"]
        os.kill(engine, signal.SIGKILL)
        killed = time.monotonic()
        house.wait(lambda now, engine=engine: now["pids"]["engine"] != engine, "for the next")  # type: ignore[misc]
        waits.append(time.monotonic() - killed)
        with giver.quiet:
            # What is due by itself may change a track between the two looks: look again then.
            assert any(same(house.status(), replayed(house)) for _ in range(20))
    giver.over.set()
    giver.join(PATIENCE_S)
    house.end_now()
    house.wait_over()
    replayed(house)
    facts = [entry.fact for entry in read_journal(house.folder()).entries]
    assert sum(isinstance(fact, Recovered) for fact in facts) >= KILLS
    asked = [fact for fact in facts if isinstance(fact, Asked)]
    requests = [fact.request for fact in asked if fact.request]
    assert len(requests) == len(set(requests))
    written = iter((fact.cue, fact.ok, fact.answer) for fact in asked)
    for answer in giver.answers:
        assert answer in written, "an answer that is not in the journal, or not in its place"
    assert giver.answers
    waits.sort()
    print(
        f"{KILLS} kills, {len(giver.answers)} cues answered as written, "
        f"{len(giver.unanswered)} without an answer; back after {waits[len(waits) // 2]:.2f} s "
        f"(median), {waits[-1]:.2f} s (longest)"
    )
