"""What holds in any storm: each rule tells where it was broken, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Set
from itertools import pairwise
from math import log10

from storm import TICK_S, Heard, Watched

from soundscape.core import fade
from soundscape.core.events import (
    Asked,
    Chosen,
    Closed,
    Faulted,
    HeardFrom,
    HeardTo,
    Planned,
    Resumed,
)
from soundscape.core.fold import apply, fold
from soundscape.core.session import Session, open_session

FLOOR = 10.0 ** ((-50.0 + 23.0) / 10.0)
"""-50 dBFS of a track at -23 LUFS: below it a change startles nobody."""

HUSH = 10.0 ** ((fade.HUSH_DB + fade.RISE_FROM_SILENCE_DB_PER_S * TICK_S) / 10.0) * 1.01
"""The power every rise from nothing has after its first tick."""

NOTHING = 1e-10
"""Where no deck of a layer is open, or all are down."""

COMING_BACK_S = 30.0
"""How long a rise from silence may take: with the slowest lines, from nothing to the level."""

ON_PLAN_S = 0.5
"""How far a seam may be from its plan, where nobody gave a cue and no file was at fault."""

QUIET_S = 14.0
"""How long nothing may sound that nobody chose: a bad file, another, and the slow way up."""


def _db(power: float) -> float:
    return 10.0 * log10(max(power, 1e-12))


def _steps(heard: list[Heard]) -> Iterator[tuple[Heard, Heard]]:
    """Pairs of moments next to each other, and at least a tick apart."""
    before = heard[0]
    for after in heard[1:]:
        if after.at_s - before.at_s >= TICK_S * 0.99:
            yield before, after
            before = after


def _joining(before: Heard, after: Heard) -> float:
    """The power of what comes out of nothing between two moments, and is but a hush yet."""
    layers = ((before.music, after.music), (before.ambience, after.ambience))
    return sum(new for old, new in layers if old < NOTHING and new < HUSH)


def limits(watched: Watched) -> list[str]:
    """The summed output of matched tracks against arcs.md's numbers."""
    found = list(watched.broken)
    most = 10.0 ** (fade.OVER_COMFORT_DB / 10.0)
    excuses = [at_s for at_s, _ in watched.excused]
    for before, after in _steps(watched.heard):
        seconds = after.at_s - before.at_s
        if after.music > most * 1.001:
            found.append(f"{after.at_s:.1f}: music at {_db(after.music):+.2f} dB over comfort")
        # A layer that begins with a hush is not heard to come: only what rises is a rise.
        began = before.both + _joining(before, after)
        change = _db(max(after.both, FLOOR)) - _db(max(began, FLOOR))
        if change > 0.0:
            back = any(at <= after.at_s <= at + COMING_BACK_S for at in excuses)
            plays = before.music > FLOOR
            most_db = fade.RISE_DB_PER_S if plays and not back else fade.RISE_FROM_SILENCE_DB_PER_S
            kind = "rise" if plays and not back else "rise from silence"
            if change > most_db * seconds + 0.02:
                found.append(f"{after.at_s:.1f}: {kind} of {change:.2f} dB in {seconds:.2f} s")
        elif (
            -change > fade.FALL_DB_PER_S * seconds + 0.05
            and not any(at - 0.2 <= after.at_s <= at + 2.0 for at in watched.cut)
            # A seam into a track that its peaks keep far down: the limit of peaks comes first.
            and not any(before.at_s <= at <= after.at_s for at in watched.full)
        ):
            found.append(f"{after.at_s:.1f}: fall of {-change:.2f} dB in {seconds:.2f} s")
    return found


def never_silent(watched: Watched) -> list[str]:
    """Nothing sounds only where that was chosen, or where nothing is left that could."""
    found = []
    last_s = watched.heard[-1].at_s
    for since_s, until_s, session in watched.silent_since:
        seconds = min(until_s, last_s) - since_s
        if seconds > QUIET_S and (session.ambiences or _has_music(watched, session)):
            name = session.current.name if session.current else ""
            found.append(f"{since_s:.1f}: silent for {seconds:.1f} s in {name}")
    return found


def _has_music(watched: Watched, session: Session) -> bool:
    storm, phase = watched.storm, session.current
    bad = storm.gone | set(storm.short_s) | session.banned
    lists = phase.playlists if phase else ()
    return any(t.path not in bad for name in lists for t in storm.pools[name])


def time_goes_on(watched: Watched) -> list[str]:
    """The journal's times never go back, and tokens only grow."""
    found = []
    for one, two in pairwise(watched.entries):
        if two.stamp.at_s < one.stamp.at_s:
            found.append(f"line {two.n} is stamped {two.stamp.at_s}, after {one.stamp.at_s}")
    tokens = [fact.token for fact in watched.facts if isinstance(fact, Chosen)]
    if tokens != sorted(set(tokens)):
        found.append(f"tokens {tokens}")
    return found


def no_mistakes(watched: Watched) -> list[str]:
    """The engine met nothing it did not expect, and the journal is whole."""
    found = [
        f"internal: {fact.what}"
        for fact in watched.facts
        if isinstance(fact, Faulted) and fact.what.startswith("internal error")
    ]
    if not isinstance(watched.facts[-1], Closed):
        found.append(f"ends with {watched.facts[-1]}")
    return found


def facts_are_all(watched: Watched) -> list[str]:
    """The journal alone folds to the session that the engine had."""
    storm = watched.storm
    opened = watched.facts[0]
    again = fold(open_session(opened, storm.pools, storm.ambiences), watched.facts)  # type: ignore[arg-type]
    return [] if again == watched.session else ["the journal folds to another session"]


def heard_once(watched: Watched) -> list[str]:
    """No track comes again while an unheard one is left that the phase may play and that no later
    phase is planned to play. What a cue or a gap had taken away may come back."""
    storm, opened = watched.storm, watched.facts[0]
    session = open_session(opened, storm.pools, storm.ambiences)  # type: ignore[arg-type]
    found, heard = [], set[str]()
    for fact in watched.facts:
        if isinstance(fact, Chosen):
            track, back = fact.item.track, session.back
            again = fact.reason == "taken back" or (back is not None and track is back.track)
            left = _unheard(session, fact.item.phase, heard) if track.path in heard else []
            if left and not again:
                at = f"{fact.item.start_s:.1f}: {track.title} comes again in {fact.item.phase}"
                found.append(f"{at}, {left} unheard")
        elif isinstance(fact, HeardFrom):
            heard.add(fact.path)
        session = apply(session, fact)
    return found


def _unheard(session: Session, phase: int, heard: Set[str]) -> list[str]:
    """What the phase's own playlists have that nobody has heard, and no later phase waits for."""
    later = {item.track.path for item in session.upcoming() if item.phase > phase}
    out = heard | session.banned | later
    lists = session.arc.phases[phase].playlists
    own = [t for name in lists for t in session.pools.get(name, ())]
    return sorted({t.title for t in own if t.path not in out})


def plan_is_kept(watched: Watched) -> list[str]:
    """What comes next by the plan comes when the plan has it: whatever moves the music (a cue, a
    fault, the end of a silence) has the rest planned anew."""
    storm, opened = watched.storm, watched.facts[0]
    session = open_session(opened, storm.pools, storm.ambiences)  # type: ignore[arg-type]
    found, moved = [], False
    for fact in watched.facts:
        if isinstance(fact, Planned):
            moved = False
        elif isinstance(fact, Chosen):
            item, ahead = fact.item, session.upcoming()[:1]
            by_plan = ahead and (ahead[0].track, ahead[0].phase) == (item.track, item.phase)
            if by_plan and not moved:
                late_s = item.start_s - ahead[0].start_s
                # What is cut while it still comes up is left to come up first.
                now = session.playing
                up_s = now.item.start_s + now.fade_s if now and now.item.cut else 0.0
                comes_up = late_s > 0.0 and item.start_s <= up_s + ON_PLAN_S
                if abs(late_s) > ON_PLAN_S + storm.late_s and not comes_up:
                    at = f"{item.start_s:.1f}: {item.track.title}"
                    found.append(f"{at} comes {late_s:+.1f} s off its plan")
        elif isinstance(fact, Asked | Faulted | Resumed) or (
            isinstance(fact, HeardTo) and fact.layer == "music" and fact.why != "seam"
        ):
            moved = True
        session = apply(session, fact)
    return found


RULES = (
    limits, never_silent, time_goes_on, no_mistakes, facts_are_all, heard_once, plan_is_kept
)  # fmt: skip


def broken(watched: Watched) -> list[str]:
    """Every rule that a storm has broken, and where."""
    return [f"{rule.__name__}: {each}" for rule in RULES for each in rule(watched)]
