"""Taking over a session from an engine that broke off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from soundscape.clock import BootClock, FastClock
from soundscape.core.events import Asked, Entry
from soundscape.core.machine_facts import Recovered
from soundscape.core.ports import Clock
from soundscape.core.reply import Reply
from soundscape.core.session import Session
from soundscape.engine.gaps import Takeover
from soundscape.journal.reader import Journal
from soundscape.protocol import Beat, Interruption


def comeback(back: Interruption, journal: Journal, session: Session, clock: Clock) -> Takeover:
    """Say how the session goes on, from its journal and from what is known of its interruption."""
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
    # The decks ran on for as long as the engine is known to have lived after this beat.
    moved_s = max(0.0, from_s - beat.at_s)
    places = {token: place + moved_s for token, place in beat.places.items()}
    return Takeover(gap, zero, places, _answers(journal), back.device)


def _beat(back: Interruption, last: Entry) -> Beat:
    """Return the last sign of life: the journal's last line if there is no later one."""
    stamp = last.stamp
    line = Beat(stamp.boot_s, stamp.at_s, stamp.boot, stamp.wall)
    if back.beat is None:
        return line
    if back.beat.at_s >= line.at_s:
        return back.beat
    return replace(line, at_s=back.beat.at_s, places=back.beat.places)


def _gap_s(beat: Beat, clock: Clock, wall: datetime) -> float:
    """Say how long ago it was, by a clock that nobody can set if that is possible."""
    if type(clock) is BootClock and beat.boot and beat.boot == clock.boot_id():
        return max(0.0, clock.now() - beat.at)
    away_s = (wall - datetime.fromisoformat(beat.wall)).total_seconds()
    return max(0.0, away_s / clock.real_seconds(1.0))


def _answers(journal: Journal) -> dict[str, Reply]:
    """List the answers by request: a client that got none may ask again."""
    said = (entry.fact for entry in journal.entries)
    return {
        fact.request: Reply(fact.ok, fact.answer)
        for fact in said
        if isinstance(fact, Asked) and fact.request
    }
