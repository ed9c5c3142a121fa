"""The music layer: which track comes next, when, and what happens if none is left.

Pure, like the director. When a playlist is used up, near neighbours follow, then the tracks heard
longest ago (`planner.pick`). After that the ambience plays alone. Every minute the session looks
for music again, including files that would not open.
"""

from __future__ import annotations

from dataclasses import replace

from soundscape.core import environment, fade, seam
from soundscape.core.arc import Phase
from soundscape.core.decision import NOTHING, Decision
from soundscape.core.events import Chosen, Fact, Faulted, Readmitted, Rested
from soundscape.core.fold import fold
from soundscape.core.plan import PlanItem
from soundscape.core.planner.pick import pick
from soundscape.core.ports import Action, FadeOut, Play
from soundscape.core.seam import Seam
from soundscape.core.session import Session
from soundscape.core.track import Track

FIRST_FADE_S = 12.0
RETURN_FADE_S = 8.0
"""Fade-in in seconds after a track ended too early: quicker than a start, within the limit."""

LET_GO_S = 24.0
"""Seconds that paused music takes to fade out for good. The pause fades too: together both stay
gentle."""

EARLY_S = 30.0
"""Seconds before its time that the next phase's first track may come in when another ends early."""

SOONEST_S = 1.0
"""Least seconds between the request for a track and the next seam."""

AGAIN_S = 60.0
"""Seconds after which the session looks for music again when none was left."""


def drop(session: Session, reason: str) -> Decision:
    """Drop what is paused; something else comes in at `resume`."""
    if session.playing is None and session.back is None:
        return NOTHING
    actions = () if session.playing is None else (FadeOut("music", LET_GO_S),)
    return Decision((Rested(reason),), actions)


def rest(session: Session, phase: Phase, reason: str) -> Decision:
    """Fade the music out and leave the layer silent."""
    if session.playing is None:
        return NOTHING
    if session.waits:
        return drop(session, reason)
    seconds = max(phase.crossfade_s, fade.PAUSE_S)
    return Decision((Rested(reason),), (FadeOut("music", seconds),))


def next_item(session: Session, now_s: float, phase: int | None = None) -> PlanItem | None:
    """Choose the track that comes next in a phase (this one by default).

    First comes what an undone cue had sent away, then the plan's own item if it fits. If the phase
    goes on past its plan, or a jump was not planned, the best unheard track for this point of the
    curve comes. A cue gives `phase`. If the plan would then repeat a track, a track that the plan
    kept for later may come instead.
    """
    wanted = session.course.phase if phase is None else phase
    back = session.back
    here = wanted == session.course.phase
    if back is not None and here and back.track.path not in session.banned:
        return back
    planned = _planned(session, now_s, wanted, on_time=phase is None and not session.open_ended)
    if planned is not None and (phase is None or planned.track.path not in session.heard):
        return planned
    so_far = replace(session.so_far(now_s), phase=wanted)
    if not here:
        ends_s = now_s + session.arc.phases[wanted].length_s
        so_far = replace(so_far, phase_started_s=now_s, phase_ends_s=ends_s, shift=0.0)
    seed = session.opened.seed
    found = pick(session.music_arc, session.pools, so_far, wanted, seed)
    if found is None or (planned is not None and found.rung != "playlist"):
        return planned
    return _unplanned(wanted, found.track, now_s, found.reason)


def _unplanned(phase: int, track: Track, now_s: float, reason: str) -> PlanItem:
    return PlanItem(phase, track, now_s, now_s + seam.plays_s(track), track.cue_in_s, reason)


def _planned(session: Session, now_s: float, wanted: int, *, on_time: bool) -> PlanItem | None:
    """Return the plan's next item for a phase; with `on_time` also for one about to begin."""
    for item in session.upcoming():
        if item.track.path in session.banned or item.phase < wanted:
            continue
        its_time = on_time and item.start_s - now_s < EARLY_S
        if item.phase == wanted or (its_time and _music_all_the_way(session, item.phase)):
            return item
        break
    return None


def _music_all_the_way(session: Session, phase: int) -> bool:
    """Whether every phase from the next up to `phase` has music, so that a seam may reach it."""
    between = session.arc.phases[session.course.phase + 1 : phase + 1]
    return all(each.playlists or each.booster for each in between)


def _following(session: Session) -> PlanItem | None:
    """Return the plan's next item while the session follows its plan, else None.

    An open-ended phase plays its own music first.
    """
    item = next(iter(session.upcoming()), None)
    own = item is not None and (item.phase == session.course.phase or not session.open_ended)
    return item if own else None


def _seam_into(session: Session, item: PlanItem | None) -> Seam | None:
    """Return the seam from the current track to `item`, or to an unknown one if `item` is None.

    Returns None if nothing is playing, or if it is paused.
    """
    playing, phase, ends_s = session.playing, session.current, session.music_ends_s()
    if playing is None or phase is None or ends_s is None:
        return None
    if item is None:
        return seam.free(playing.item, ends_s, phase.crossfade_s)
    if item is _following(session):
        over = seam.planned(playing.item, item, ends_s)
        if over is not None:
            return over
    wanted_s = session.arc.phases[item.phase].crossfade_s
    return seam.free(playing.item, ends_s, wanted_s, seam.plays_s(item.track, item.offset_s))


def bring_in(session: Session, item: PlanItem, now_s: float, fade_s: float, why: str) -> Decision:
    """Start an item now, across the current track or from nothing.

    A planned item keeps the plan's end, so that the session can tell whether it is still on plan.
    """
    ends_s = now_s + seam.plays_s(item.track, item.offset_s)
    planned = item.cut or item in session.upcoming()
    moved = replace(item, start_s=now_s, end_s=item.end_s if planned else ends_s)
    token = session.tokens + 1
    return Decision(
        (Chosen(token, moved, fade_s, why),),
        (Play("music", token, item.track, item.offset_s, fade_s),),
    )


def bring_next(
    session: Session, now_s: float, why: str = "", fade_s: float | None = None
) -> Decision:
    """Start what comes next; if nothing is left, rest and say so."""
    item = next_item(session, now_s)
    if item is None:
        return _nothing_left(session, now_s)
    if fade_s is None:
        over = _seam_into(session, item)
        fade_s = over.fade_s if over else FIRST_FADE_S
    # A track that the plan kept for later also counts as outside the plan: without a replan it
    # would come twice.
    planned = item in session.upcoming()
    decision = bring_in(session, item, now_s, fade_s, why or item.reason)
    return replace(decision, replan="" if planned else "music outside the plan")


def _nothing_left(session: Session, now_s: float) -> Decision:
    """Fade the music out and leave the ambience alone; bring one in if none is playing."""
    alone = session.ambience.now is not None
    done = "the ambience plays alone" if alone else "music is tried again every minute"
    facts: list[Fact] = [Rested("no music is left", now_s + AGAIN_S)]
    if session.retry_at_s is None and not session.trying:
        facts.insert(0, Faulted("no music is left for this phase", done=done))
    actions: tuple[Action, ...] = ()
    if session.playing is not None and session.playing.sounds:
        last = session.playing.item
        wanted_s = session.arc.phases[last.phase].crossfade_s
        fade_s = seam.crossfade_s(wanted_s, seam.plays_s(last.track), seam.plays_s(last.track))
        actions = (FadeOut("music", fade_s),)
    rested = Decision(tuple(facts), actions)
    if session.retry_at_s is not None and session.ambience.by_cue:
        return rested  # A cue sent the stand-in away, so silence is wanted.
    return rested.then(environment.stand_in(fold(session, facts)))


def try_again(session: Session, now_s: float) -> Decision:
    """Look for music again: the curve may have moved on, or a drive may be back.

    Of the files that would not open it tries the one that failed longest ago. If that one plays,
    all are readmitted.
    """
    phase = session.current
    if phase is None or not phase.playlists:
        return _ambience_again(session, now_s)
    if next_item(session, now_s) is not None:
        return bring_next(session, now_s)
    own = {t.path: t for name in phase.playlists for t in session.pools.get(name, ())}
    path = next((path for path in session.failed if path in own), "")
    if not path:
        return bring_next(session, now_s)
    track = own[path]
    facts = (Readmitted((path,)),)
    item = _unplanned(session.course.phase, track, now_s, "")
    tried = bring_in(fold(session, facts), item, now_s, FIRST_FADE_S, "its file is tried again")
    return Decision(facts).then(tried)


def _ambience_again(session: Session, now_s: float) -> Decision:
    """Look again for an ambience in a phase that has nothing else."""
    if session.ambience.now is not None or session.ambience.by_cue:
        return Decision((Rested("the phase has no music"),))
    facts = (Rested("no ambience is left", now_s + AGAIN_S),)
    return Decision(facts).then(environment.stand_in(fold(session, facts)))


def seam_due_s(session: Session) -> float | None:
    """Tell when the next track has to begin, in seconds from the session's start."""
    playing, over = session.playing, _seam_into(session, _following(session))
    if playing is None or over is None or session.waits or session.lost:
        return None
    # If the plan cuts a track that has just come in, it first fades in fully. Otherwise it and
    # its successors would replace each other within the same instant.
    begun_s = playing.item.start_s + (playing.fade_s if playing.item.cut else SOONEST_S)
    return max(over.starts_s, playing.at_s, begun_s)
