"""What the session does by itself: begin, change phase, change track.

Pure, like the cues: each function takes the session and `now_s` (seconds from its start) and
answers with a `Decision`. The engine asks `next_due_s` how long it may sleep, and `due` when the
time has come.
"""

from __future__ import annotations

from dataclasses import replace

from soundscape.core import fade
from soundscape.core.arc import Ambience, Phase
from soundscape.core.decision import NOTHING, Decision
from soundscape.core.events import (
    AmbienceSet,
    Anchored,
    ArcOver,
    Chosen,
    Closed,
    Closing,
    Fact,
    Faulted,
    PhaseEntered,
    Rested,
    Resumed,
    Started,
)
from soundscape.core.fold import fold
from soundscape.core.plan import PlanItem
from soundscape.core.planner import pick
from soundscape.core.ports import (
    FadeOut,
    Glide,
    Play,
    Shut,
    Thaw,
)
from soundscape.core.session import Session

LEAD_S = 0.4
"""A seam is asked for this much before it is due: a deck takes a moment to open its file."""

AMBIENCE_FADE_S = 8.0
FIRST_FADE_S = 12.0
RETURN_FADE_S = 8.0
"""Up from nothing where a track broke off: quicker than a start, slower than the limit."""

LET_GO_S = 24.0
"""How long music that fades into a pause takes to go for good: both fades together stay gentle."""

UNDO_STOP_S = 60.0
"""For so long after `stop` the session can be brought back; then its journal is closed."""

NEAR_S = 60.0
"""A last track that ends this close to a phase without music may end by itself."""


def begin(session: Session) -> Decision:
    """The session's zero: the first phase, its ambience and its first track, from nothing."""
    first = next(i for i, phase in enumerate(session.arc.phases) if not phase.booster)
    started = Decision((Started(),))
    return started.then(enter(fold(session, started.facts), first, 0.0, "the session begins"))


def enter(
    session: Session, index: int, now_s: float, reason: str, since_s: float | None = None
) -> Decision:
    """Phase `index` begins now: its level, its ambience, and music where none plays yet.

    It counts from `since_s` where that is given: a dose may have been taken some minutes ago.
    """
    phase = session.arc.phases[index]
    started_s = now_s if since_s is None else since_s
    ends_s = None if phase.open_ended else started_s + phase.length_s
    facts: list[Fact] = [PhaseEntered(index, started_s, ends_s, reason)]
    if session.zero_s is None and session.current is not None and session.current.until == "dose":
        facts.append(Anchored(started_s))
    after = fold(session, facts)
    seconds = phase.crossfade_s if session.started and session.playing else fade.SHORTEST_S
    decision = Decision(tuple(facts), (Glide("music", "level", after.level_db, seconds),))
    decision = decision.then(_phase_ambience(after, phase))
    after = fold(session, decision.facts)
    if not phase.playlists:
        return decision.then(rest(after, phase, f"{phase.name} has no music"))
    if after.playing is None and not after.waits:
        decision = decision.then(bring_next(after, now_s))
    return decision


def wake(session: Session, now_s: float) -> Decision:
    """What waited comes back from nothing; music where none is left that could."""
    facts = (Resumed(fade.RESUME_S),)
    thaw = Thaw(session.waiting, fade.RESUME_S)
    decision = Decision(facts, (thaw,), replan="resumed")
    after = fold(session, facts)
    if after.playing is None and after.current and after.current.playlists:
        decision = decision.then(bring_next(after, now_s))
    return decision


def drop(session: Session, reason: str) -> Decision:
    """What waits is let go: something else comes in at `resume`."""
    if session.playing is None:
        return NOTHING
    return Decision((Rested(reason),), (FadeOut("music", LET_GO_S),))


def bring_back(session: Session, now_s: float) -> Decision:
    """All decks were stopped: what they played comes back from nothing, from where it was."""
    decision = NOTHING
    if session.ambience is not None:
        gone = fold(session, (AmbienceSet("", fade.SILENT_DB, session.tokens, False),))
        by_cue = session.ambience_by_cue
        decision = set_ambience(gone, session.ambience, by_cue=by_cue)
    after = fold(session, decision.facts)
    playing, phase = session.playing, session.current
    if playing is not None:
        offset_s = max(playing.position_s, playing.item.offset_s)
        item = replace(playing.item, offset_s=offset_s, cut=False)
        back = bring_in(after, item, now_s, fade.RESUME_S, "taken back")
    elif phase is not None and phase.playlists and not session.waits:
        back = bring_next(after, now_s)
    else:
        back = NOTHING
    return decision.then(back)


def rest(session: Session, phase: Phase, reason: str) -> Decision:
    """The music layer falls silent and stays so."""
    if session.playing is None:
        return NOTHING
    if session.waits:
        return drop(session, reason)
    seconds = max(phase.crossfade_s, fade.PAUSE_S)
    return Decision((Rested(reason),), (FadeOut("music", seconds),))


def _phase_ambience(session: Session, phase: Phase) -> Decision:
    if session.ambience_by_cue:
        return NOTHING
    wanted = phase.ambience if phase.ambience and phase.ambience.name != "off" else None
    return set_ambience(session, wanted, by_cue=False)


def set_ambience(session: Session, wanted: Ambience | None, *, by_cue: bool) -> Decision:
    """Cross to another ambience, move its level, or let it go."""
    now = session.ambience
    if wanted == now and by_cue == session.ambience_by_cue:
        return NOTHING
    if wanted is None:
        facts = (AmbienceSet("", fade.SILENT_DB, session.tokens, by_cue),)
        return Decision(facts, (FadeOut("ambience", AMBIENCE_FADE_S),))
    seconds = AMBIENCE_FADE_S if now else fade.SHORTEST_S
    glide = Glide("ambience", "level", wanted.level_db, seconds)
    if now and now.name == wanted.name:
        token = session.ambience_token
        return Decision((AmbienceSet(wanted.name, wanted.level_db, token, by_cue),), (glide,))
    token = session.tokens + 1
    track = session.ambiences[wanted.name]
    play = Play("ambience", token, track, track.cue_in_s, AMBIENCE_FADE_S, loop=True)
    return Decision((AmbienceSet(wanted.name, wanted.level_db, token, by_cue),), (glide, play))


def next_item(session: Session, now_s: float, phase: int | None = None) -> PlanItem | None:
    """The track that comes next in a phase (this one by default).

    The plan's own where it fits; in a phase that goes on past its plan, or for a jump the plan
    did not foresee, the best unheard one at this point of the curve.
    """
    wanted = session.phase if phase is None else phase
    on_time = phase is None and not session.open_ended
    for item in session.upcoming():
        if item.track.path in session.never or item.phase < wanted:
            continue
        if item.phase == wanted or (on_time and _music_all_the_way(session, item.phase)):
            return item
        break
    so_far = replace(session.so_far(now_s), phase=wanted)
    if wanted != session.phase:
        ends_s = now_s + session.arc.phases[wanted].length_s
        so_far = replace(so_far, phase_started_s=now_s, phase_ends_s=ends_s, shift=0.0)
    found = pick(session.music_arc, session.pools, so_far, wanted, session.seed)
    if found is None:
        return None
    track = found.track
    return PlanItem(wanted, track, now_s, now_s + track.length_s, track.cue_in_s, found.reason)


def _music_all_the_way(session: Session, phase: int) -> bool:
    """Whether every phase from the next up to `phase` has music, so that a seam may reach it."""
    between = session.arc.phases[session.phase + 1 : phase + 1]
    return all(each.playlists or each.booster for each in between)


def crossfade_s(session: Session, item: PlanItem) -> float:
    """How long the seam into an item takes: its phase's crossfade, a third of it at most."""
    return min(session.arc.phases[item.phase].crossfade_s, item.track.length_s / 3)


def bring_in(session: Session, item: PlanItem, now_s: float, fade_s: float, why: str) -> Decision:
    """Start an item now, across what plays or up from nothing."""
    moved = replace(
        item,
        start_s=now_s,
        end_s=item.end_s if item.cut else now_s + item.track.end_s - item.offset_s,
    )
    token = session.tokens + 1
    return Decision(
        (Chosen(token, moved, fade_s, why),),
        (Play("music", token, item.track, item.offset_s, fade_s),),
    )


def bring_next(
    session: Session, now_s: float, why: str = "", fade_s: float | None = None
) -> Decision:
    """Start whatever comes next; where nothing is left, rest and say so."""
    item = next_item(session, now_s)
    if item is None:
        facts: tuple[Fact, ...] = (
            Faulted("no music is left for this phase", done="the ambience goes on alone"),
            Rested("no music is left"),
        )
        return Decision(facts)
    if fade_s is None:
        fade_s = crossfade_s(session, item) if session.playing else FIRST_FADE_S
    planned = any(item.track.path == planned.track.path for planned in session.plan.items)
    decision = bring_in(session, item, now_s, fade_s, why or item.reason)
    return replace(decision, replan="" if planned else "music outside the plan")


def _seam_due_s(session: Session) -> float | None:
    """When the next track has to begin to come in."""
    phase, playing = session.current, session.playing
    ends_s = session.music_ends_s()
    if phase is None or playing is None or ends_s is None or session.waits or session.no_output:
        return None
    following = session.upcoming()
    after = following[0] if following else None
    if after is None or session.open_ended:
        fade_s = min(phase.crossfade_s, playing.item.track.length_s / 3)
    else:
        fade_s = crossfade_s(session, after)
    track = playing.item.track
    faded_s = min(ends_s, playing.ends_s - (track.end_s - track.faded_s))
    return max(faded_s - fade_s - LEAD_S, playing.at_s)


def next_due_s(session: Session) -> float | None:
    """When `due` has to be asked next; None while only a cue or a deck can move the session."""
    if not session.started or session.closed:
        return None
    if session.closing:
        return None if session.stopped_s is None else session.stopped_s + UNDO_STOP_S
    times = (session.phase_ends_s, session.silence_ends_s, _seam_due_s(session))
    return min((time for time in times if time is not None), default=None)


def due(session: Session, now_s: float) -> Decision:
    """What the time asks for, one thing at a time: a new phase, the arc's end, the next track."""
    if not session.started or session.closed:
        return NOTHING
    if session.closing:
        over = session.stopped_s is not None and session.stopped_s + UNDO_STOP_S <= now_s
        return Decision((Closed(session.closing),)) if over else NOTHING
    if session.phase_ends_s is not None and session.phase_ends_s <= now_s:
        return _phase_over(session, now_s)
    if session.silence_ends_s is not None and session.silence_ends_s <= now_s:
        return wake(session, now_s)
    seam_s = _seam_due_s(session)
    if seam_s is not None and seam_s <= now_s:
        return _seam(session, now_s)
    return NOTHING


def catch_up(session: Session, now_s: float) -> Decision:
    """All phases whose time is up already, one after the other, until one is still going on."""
    decision = NOTHING
    while session.phase_ends_s is not None and session.phase_ends_s <= now_s:
        over = _phase_over(session, now_s)
        session = fold(session, over.facts)
        decision = decision.then(over)
    return decision


def _phase_over(session: Session, now_s: float) -> Decision:
    following = session.following()
    if following is not None:
        # It counts from where the last one ended, however late anybody looked.
        return enter(session, following, now_s, "its time has come", session.phase_ends_s)
    if session.end_with_arc:
        return Decision((ArcOver(), Closing("arc", fade.END_S)), (Shut(fade.END_S),))
    return Decision((ArcOver(),), replan="the arc is over and its last phase goes on")


def _seam(session: Session, now_s: float) -> Decision:
    following = session.following()
    ends_s, boundary_s = session.music_ends_s(), session.phase_ends_s
    if following is not None and ends_s is not None and boundary_s is not None:
        ahead = session.arc.phases[following]
        if not ahead.playlists and boundary_s - ends_s < NEAR_S:
            return Decision((Rested(f"the last track before {ahead.name}, which has no music"),))
    return bring_next(session, now_s)
