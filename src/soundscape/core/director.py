"""What the session does by itself: begin, change phase, change track.

Pure, like the cues. Each function takes the session and `now_s` (seconds from its start) and
returns a `Decision`. The engine asks `next_due_s` how long it may sleep, and calls `due` when the
time has come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from soundscape.core import environment, fade, music
from soundscape.core.decision import NOTHING, Decision
from soundscape.core.events import (
    Anchored,
    ArcOver,
    Closed,
    Closing,
    Fact,
    PhaseEntered,
    Rested,
    Resumed,
    Started,
)
from soundscape.core.fold import fold
from soundscape.core.ports import Glide, Shut, Thaw
from soundscape.core.session import Session

UNDO_STOP_S = 60.0
"""Seconds after `stop` in which `undo` can bring the session back. Then its journal closes."""

NEAR_S = 60.0
"""A last track that ends within so many seconds before a phase without music ends by itself."""


def begin(session: Session) -> Decision:
    """Begin the session: the first phase, its ambience and its first track, from nothing."""
    first = next(i for i, phase in enumerate(session.arc.phases) if not phase.booster)
    started = Decision((Started(),))
    return started.then(enter(fold(session, started.facts), first, 0.0, "the session begins"))


def enter(
    session: Session, index: int, now_s: float, reason: str, since_s: float | None = None
) -> Decision:
    """Enter phase `index`: set its level and its ambience, and bring music if none is playing.

    The phase counts from `since_s` if given: a dose may have been taken some minutes ago.
    """
    phase = session.arc.phases[index]
    started_s = now_s if since_s is None else since_s
    ends_s = None if phase.open_ended else started_s + phase.length_s
    facts: list[Fact] = [PhaseEntered(index, started_s, ends_s, reason)]
    left = session.current
    if session.doses.zero_s is None and left is not None and left.until == "dose":
        facts.append(Anchored(started_s))
    after = fold(session, facts)
    seconds = phase.crossfade_s if session.started and session.playing else fade.SHORTEST_S
    decision = Decision(tuple(facts), (Glide("music", "level", after.level_db, seconds),))
    decision = decision.then(environment.phase_ambience(after, phase))
    after = fold(session, decision.facts)
    decision = decision.then(Decision((), environment.follow_mode(session, after, seconds)))
    if not phase.playlists:
        return decision.then(music.rest(after, phase, f"{phase.name} has no music"))
    if after.playing is None and not after.waits:
        decision = decision.then(music.bring_next(after, now_s))
    return decision


def wake(session: Session, now_s: float) -> Decision:
    """Bring back what was paused, from nothing; bring new music if none of it is left."""
    facts = (Resumed(fade.RESUME_S),)
    thaw = Thaw(session.rest.waiting, fade.RESUME_S)
    decision = Decision(facts, (thaw,), replan="resumed")
    after = fold(session, facts)
    if after.playing is None and after.current and after.current.playlists:
        decision = decision.then(music.bring_next(after, now_s))
    return decision


def bring_back(session: Session, now_s: float) -> Decision:
    """Bring back what all decks played before they were stopped, from nothing and where it was."""
    decision = NOTHING
    if session.ambience.now is not None:
        decision = environment.begin_again(session)
    after = fold(session, decision.facts)
    playing, phase = session.playing, session.current
    if playing is not None:
        offset_s = max(playing.position_s, playing.item.offset_s)
        item = replace(playing.item, offset_s=offset_s, cut=False)
        back = music.bring_in(after, item, now_s, fade.RESUME_S, "taken back")
    elif phase is not None and phase.playlists and not session.waits:
        back = music.bring_next(after, now_s)
    else:
        back = NOTHING
    return decision.then(back)


def _agenda(session: Session) -> list[tuple[float, Callable[[Session, float], Decision]]]:
    """List what the session will do by itself and when. Of what is due, the first comes first."""
    if not session.started or session.closed:
        return []
    if session.closing:
        over = Decision((Closed(session.closing.how),))
        down_s = session.closing.down_s
        return [] if down_s is None else [(down_s + UNDO_STOP_S, lambda session, now_s: over)]
    retry_at_s = None if session.waits or session.lost else session.retry_at_s
    agenda = (
        (session.course.ends_s, _phase_over),
        (session.rest.ends_s, wake),
        (music.seam_due_s(session), _seam),
        (retry_at_s, music.try_again),
    )
    return [(at_s, do) for at_s, do in agenda if at_s is not None]


def next_due_s(session: Session) -> float | None:
    """Tell when to ask `due` next; None while only a cue or a deck can move the session."""
    return min((at_s for at_s, _ in _agenda(session)), default=None)


def due(session: Session, now_s: float) -> Decision:
    """Do what the time asks for, one thing at a time: new phase, end of the arc, next track."""
    for at_s, do in _agenda(session):
        if at_s <= now_s:
            return do(session, now_s)
    return NOTHING


def catch_up(session: Session, now_s: float) -> Decision:
    """Enter all phases whose time is already up, in order, until one is still going on."""
    decision = NOTHING
    while session.course.ends_s is not None and session.course.ends_s <= now_s:
        over = _phase_over(session, now_s)
        session = fold(session, over.facts)
        decision = decision.then(over)
    return decision


def _phase_over(session: Session, now_s: float) -> Decision:
    following = session.following()
    if following is not None:
        # The phase counts from where the last one ended, however late the engine looked.
        return enter(session, following, now_s, "its time has come", session.course.ends_s)
    if session.opened.end_with_arc:
        return Decision((ArcOver(), Closing("arc", fade.END_S)), (Shut(fade.END_S),))
    return Decision((ArcOver(),), replan="the arc is over and its last phase goes on")


def _seam(session: Session, now_s: float) -> Decision:
    following = session.following()
    ends_s, boundary_s = session.music_ends_s(), session.course.ends_s
    if following is not None and ends_s is not None and boundary_s is not None:
        ahead = session.arc.phases[following]
        if not ahead.playlists and boundary_s - ends_s < NEAR_S:
            return Decision((Rested(f"the last track before {ahead.name}, which has no music"),))
    return music.bring_next(session, now_s)
