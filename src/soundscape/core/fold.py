"""How a fact changes a session.

`apply` knows no cue by name, so that a journal replays without any cue's code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from soundscape.core import events, machine_facts, seam
from soundscape.core.arc import Ambience
from soundscape.core.events import Fact
from soundscape.core.plan import PlanItem
from soundscape.core.session import (
    ASPECTS,
    FOLLOWED,
    AmbienceState,
    Course,
    Ending,
    Past,
    Playing,
    Rest,
    Session,
)
from soundscape.core.track import LAYERS

MOST_PAST = 20
"""Most cues that can be undone, one after the other."""

MOST_CRASHES = 5
"""Most crashes that are remembered: so many within a minute are too many."""


def fold(session: Session, facts: Iterable[Fact]) -> Session:
    """Apply facts in order."""
    for fact in facts:
        session = apply(session, fact)
    return session


def apply(session: Session, fact: Fact) -> Session:
    """Return the session after a fact. Total: any fact may follow any other."""
    course, doses = session.course, session.doses
    match fact:
        case events.Opened():
            return session
        case events.Planned():
            return _planned(session, fact)
        case events.Started():
            zero_s = None if session.arc.has_dose else 0.0
            return replace(session, started=True, doses=replace(doses, zero_s=zero_s))
        case events.Asked():
            return _asked(session, fact)
        case events.Undone():
            return _undone(session, fact)
        case events.Stopped():
            how = session.closing.how if session.closing else "stop"
            return replace(session, closing=Ending(how, fact.at_s))
        case events.PhaseEntered():
            return _entered(session, fact)
        case events.PhaseMoved():
            over = course.over and fact.ends_s is None
            moved = replace(course, started_s=fact.started_s, ends_s=fact.ends_s, over=over)
            return replace(session, course=moved)
        case events.Held():
            return replace(session, course=replace(course, held=fact, ends_s=None))
        case events.Released():
            return replace(session, course=replace(course, held=None))
        case events.ArcOver():
            return replace(session, course=replace(course, over=True, ends_s=None))
        case events.Anchored():
            return replace(session, doses=replace(doses, zero_s=fact.zero_s))
        case events.Dosed():
            return replace(session, doses=replace(doses, given=(*doses.given, fact)))
        case events.Boosted():
            return replace(session, booster=True)
        case events.ModeSet():
            own = session.current.mode if session.current else None
            return replace(session, mode_by_cue=None if fact.mode == own else fact.mode)
        case events.Trimmed():
            return replace(session, trim_db=fact.trim_db)
        case events.Shifted():
            return replace(session, shift=fact.shift)
        case events.Paused():
            held_back = (*session.rest.waiting, *fact.layers)
            layers = tuple(each for each in LAYERS if each in held_back)
            return replace(session, rest=Rest("pause", layers))
        case events.Silenced():
            return replace(session, rest=Rest("silence", LAYERS, fact.ends_s))
        case events.Resumed():
            return replace(session, rest=Rest())
        case events.Chosen():
            return _chosen(session, fact)
        case events.Rested():
            return replace(session, playing=None, back=None, retry_at_s=fact.again_s)
        case events.Banned():
            return _banned(session, fact)
        case events.Readmitted():
            return _readmitted(session, fact)
        case events.Marked():
            # A mark's cue comes just before it.
            at_s = session.last_cue.at_s if session.last_cue else 0.0
            return replace(session, marks=(*session.marks, (at_s, fact)))
        case events.AmbienceSet():
            now = Ambience(fact.name, fact.level_db) if fact.name else None
            ambience = AmbienceState(now, fact.by_cue, fact.stands_in, fact.token)
            return replace(session, ambience=ambience, tokens=max(session.tokens, fact.token))
        case events.HeardFrom():
            return _heard_from(session, fact)
        case events.HeardTo():
            return _heard_to(session, fact)
        case events.Faulted():
            return replace(session, faults=session.faults + 1, last_fault=fact)
        case machine_facts.Suspended() | machine_facts.Recovered():
            if isinstance(fact, machine_facts.Recovered) and fact.crash:
                crashes = (*session.crashes, fact)[-MOST_CRASHES:]
                session = replace(session, crashes=crashes)
            return apply(session, events.Faulted(fact.what, done="came back"))
        case events.Closing():
            down_s = session.closing.down_s if session.closing else None
            return replace(session, closing=Ending(fact.how, down_s))
        case events.Closed():
            return replace(session, closed=fact.reason or "closed")
        case machine_facts.OutputLost():
            return replace(session, lost=fact)
        case machine_facts.OutputBack():
            return replace(session, lost=None)
        case machine_facts.OutputChosen():
            lost = replace(session.lost, port="") if session.lost else None
            return replace(session, device=fact.device, lost=lost)
        case machine_facts.VolumeMoved():
            return replace(session, volumes={**session.volumes, fact.of: fact})
        case machine_facts.KeptAwake():
            return replace(session, awake=fact)


def _entered(session: Session, fact: events.PhaseEntered) -> Session:
    """Enter a phase. It has its own curve and ends a hold.

    A mode set by cue stays only if it keeps the music under the voices: nothing gets louder by
    itself.
    """
    phases = session.arc.phases
    own = phases[fact.phase].mode if 0 <= fact.phase < len(phases) else None
    under = session.mode_by_cue == "talk" and own != "talk"
    # A dose some minutes ago lets its phase begin before anybody was in it.
    at_s = max(fact.started_s, session.last_cue.at_s if session.last_cue else 0.0, 0.0)
    return replace(
        session,
        course=Course(fact.phase, fact.started_s, fact.ends_s),
        entered=(*(each for each in session.entered if each[1] < at_s), (fact.phase, at_s)),
        shift=0.0,
        retry_at_s=None,
        back=None,
        mode_by_cue="talk" if under else None,
    )


def _planned(session: Session, fact: events.Planned) -> Session:
    """Take a new plan. It may end the current track earlier, or let it go on."""
    playing, items = session.playing, fact.plan.items
    if playing is not None and items and items[0].track.path == playing.item.track.path:
        kept = replace(playing.item, end_s=items[0].end_s, cut=items[0].cut)
        playing = replace(playing, item=kept)
        return replace(session, plan=fact.plan, cursor=1, playing=playing)
    return replace(session, plan=fact.plan, cursor=0)


def _chosen(session: Session, fact: events.Chosen) -> Session:
    item = fact.item
    heard = tuple(path for path in session.heard if path != item.track.path)
    return replace(
        session,
        tokens=max(session.tokens, fact.token),
        retry_at_s=None,
        back=None,
        heard=(*heard, item.track.path),
        playing=Playing(
            token=fact.token,
            item=item,
            fade_s=fact.fade_s,
            ends_s=item.start_s + seam.plays_s(item.track, item.offset_s),
        ),
        cursor=_behind(session, item),
    )


def _behind(session: Session, item: PlanItem) -> int:
    """Count the plan's items that are behind once this one comes in.

    The count moves to the item's own place ahead in the plan, and stays if it is not there.
    """
    for place in range(session.cursor, len(session.plan.items)):
        ahead = session.plan.items[place]
        if (ahead.track.path, ahead.phase) == (item.track.path, item.phase):
            return place + 1
    return session.cursor


def _banned(session: Session, fact: events.Banned) -> Session:
    others = tuple(path for path in session.failed if path != fact.path)
    failed = (*others, fact.path) if fact.fault else others
    return replace(session, banned=session.banned | {fact.path}, failed=failed)


def _readmitted(session: Session, fact: events.Readmitted) -> Session:
    return replace(
        session,
        banned=session.banned - set(fact.paths),
        failed=tuple(path for path in session.failed if path not in fact.paths),
        trying=fact.paths[0] if session.playing is None else "",
    )


def _heard_from(session: Session, fact: events.HeardFrom) -> Session:
    others = tuple(each for each in session.sounding if each.token != fact.token)
    session = replace(session, sounding=(*others, fact), lost=None)
    playing = session.playing
    if playing is None or fact.token != playing.token:
        return session
    # The end of the file counts: decks start late, and a pause moves it.
    left_s = seam.plays_s(playing.item.track, fact.position_s)
    return replace(
        session,
        trying="",
        playing=replace(
            playing,
            sounds=True,
            position_s=fact.position_s,
            at_s=fact.at_s,
            ends_s=fact.at_s + left_s,
        ),
    )


def _heard_to(session: Session, fact: events.HeardTo) -> Session:
    left = tuple(each for each in session.sounding if each.token != fact.token)
    session = replace(session, sounding=left)
    playing = session.playing
    if playing is None or fact.token != playing.token:
        return session
    ends_s = None if fact.why == "frozen" else playing.ends_s
    stands = replace(
        playing, sounds=False, position_s=fact.position_s, at_s=fact.at_s, ends_s=ends_s
    )
    return replace(session, playing=stands)


def _asked(session: Session, fact: events.Asked) -> Session:
    """Keep the state from before a cue: the cue's other facts follow this one."""
    session = replace(session, last_cue=fact)
    if not fact.ok or not fact.changed:
        return session
    before = replace(session, past=())
    past = Past(fact.cue, fact.at_s, fact.changed, before, fact.phase, fact.token)
    return replace(session, past=(*session.past, past)[-MOST_PAST:])


def _undone(session: Session, fact: events.Undone) -> Session:
    if not session.past:
        return session
    *rest, past = session.past
    # Changes that decks must follow have facts of their own, and are not among these.
    fields = [ASPECTS[each] for each in fact.changed if each in ASPECTS and each not in FOLLOWED]
    back = {field: getattr(past.before, field) for field in fields}
    if "banned" in back:  # No cue sent away what failed, so none brings it back.
        back["banned"] = past.before.banned - set(past.before.failed) | set(session.failed)
    return replace(session, past=tuple(rest), back=fact.back or session.back, **back)
