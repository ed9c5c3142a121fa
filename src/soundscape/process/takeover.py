"""Taking a session over from an engine that broke off: what the next one is told, as a comeback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from soundscape.clock import BootClock, FastClock
from soundscape.core.events import Asked, Entry, Recovered
from soundscape.core.ports import Clock
from soundscape.core.reply import Reply
from soundscape.core.session import Session
from soundscape.engine.gaps import Takeover
from soundscape.journal.reader import Journal


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life of an engine: when, on every clock, and where its decks were.

    `at` is on the engine's clock, `at_s` counts from the session's start.
    """

    at: float
    at_s: float
    boot: str
    wall: str
    places: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Back:
    """What is known of how an engine broke off.

    `died_at` is when, on the boot clock, where its supervisor was there to see it; then it was a
    crash. `beat` is its last sign of life, where one is known; `device` an output that was asked
    for since.
    """

    what: str
    died_at: float | None = None
    beat: Mapping[str, Any] = field(default_factory=dict)
    end: bool = False
    device: str | None = None


def comeback(told: Mapping[str, Any], journal: Journal, session: Session, clock: Clock) -> Takeover:
    """How the session goes on from its journal, and from what else is known of its end."""
    back = Back(**told)
    last = journal.entries[-1]
    beat = _beat(back, last)
    now, wall = clock.now(), clock.wall()
    seen = back.died_at is not None
    if back.died_at is not None:
        died = clock.at(back.died_at) if isinstance(clock, FastClock) else back.died_at
        zero = last.stamp.boot_s - last.stamp.at_s
        from_s, gap_s = died - zero, max(0.0, now - died)
        real_s = clock.real_seconds(gap_s)
        from_wall = (wall - timedelta(seconds=real_s)).isoformat(timespec="milliseconds")
    else:
        from_s = max(last.stamp.at_s, beat.at_s)
        from_wall = beat.wall
        gap_s = _gap_s(beat, clock, wall)
        zero = now - from_s - gap_s
    if not session.started:
        from_s = gap_s = 0.0
    playing = session.playing
    gap = Recovered(
        back.what,
        round(from_s, 4),
        round(from_s + gap_s, 4),
        from_wall,
        wall.isoformat(timespec="milliseconds"),
        journal.last_hash,
        journal.torn,
        crash=seen,
        estimated=not (seen or (back.beat and beat.boot and beat.boot == clock.boot_id())),
        path=playing.item.track.path if playing else "",
    )
    # They ran on for as long as the engine is known to have lived after it saw them.
    moved_s = max(0.0, from_s - beat.at_s)
    places = {int(token): place + moved_s for token, place in beat.places.items()}
    return Takeover(gap, zero, places, _answers(journal), back.device)


def _beat(back: Back, last: Entry) -> Beat:
    """The last sign of life: the journal's last line, where there is none later."""
    stamp = last.stamp
    line = Beat(stamp.boot_s, stamp.at_s, stamp.boot, stamp.wall)
    if not back.beat:
        return line
    beat = Beat(**back.beat)
    return (
        beat
        if beat.at_s >= line.at_s
        else Beat(line.at, beat.at_s, line.boot, line.wall, beat.places)
    )


def _gap_s(beat: Beat, clock: Clock, wall: datetime) -> float:
    """How long ago it was, by a clock that nobody can set where that is possible."""
    if type(clock) is BootClock and beat.boot and beat.boot == clock.boot_id():
        return max(0.0, clock.now() - beat.at)
    away_s = (wall - datetime.fromisoformat(beat.wall)).total_seconds()
    return max(0.0, away_s / clock.real_seconds(1.0))


def _answers(journal: Journal) -> dict[str, Reply]:
    """What was answered, by request: somebody may ask again who never got it."""
    said = (entry.fact for entry in journal.entries)
    return {
        fact.request: Reply(fact.ok, fact.answer)
        for fact in said
        if isinstance(fact, Asked) and fact.request
    }
