"""How a fact changes a session.

`apply` knows no cue by name, so that a journal replays without any cue's code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from soundscape.core import seam
from soundscape.core.arc import Ambience
from soundscape.core.events import (
    AmbienceSet,
    Anchored,
    ArcOver,
    Asked,
    Banned,
    Boosted,
    Chosen,
    Closed,
    Closing,
    Dosed,
    Fact,
    Faulted,
    HeardFrom,
    HeardTo,
    Held,
    Marked,
    ModeSet,
    Opened,
    Paused,
    PhaseEntered,
    PhaseMoved,
    Planned,
    Readmitted,
    Recovered,
    Released,
    Rested,
    Resumed,
    Shifted,
    Silenced,
    Started,
    Stopped,
    Suspended,
    Trimmed,
    Undone,
)
from soundscape.core.output_facts import (
    KeptAwake,
    OutputBack,
    OutputChosen,
    OutputLost,
    VolumeMoved,
)
from soundscape.core.plan import PlanItem
from soundscape.core.session import ASPECTS, Past, Playing, Session
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
    match fact:
        case Started():
            zero = None if session.arc.has_dose else 0.0
            return replace(session, started=True, zero_s=zero)
        case Planned():
            return _planned(session, fact)
        case Asked():
            return _asked(session, fact)
        case Undone():
            return _undone(session, fact)
        case Stopped():
            return replace(session, stopped_s=fact.at_s)
        case PhaseEntered():
            return _entered(session, fact)
        case PhaseMoved():
            over = session.over and fact.ends_s is None
            return replace(
                session, phase_started_s=fact.started_s, phase_ends_s=fact.ends_s, over=over
            )
        case Held():
            return replace(session, held=fact, phase_ends_s=None)
        case Released():
            return replace(session, held=None)
        case ArcOver():
            return replace(session, over=True, phase_ends_s=None)
        case Anchored():
            return replace(session, zero_s=fact.zero_s)
        case Dosed():
            return replace(session, doses=(*session.doses, fact))
        case Boosted():
            return replace(session, booster=True)
        case ModeSet():
            own = session.current.mode if session.current else None
            return replace(session, mode_by_cue=None if fact.mode == own else fact.mode)
        case Trimmed():
            return replace(session, trim_db=fact.trim_db)
        case Shifted():
            return replace(session, shift=fact.shift)
        case Paused():
            layers = tuple(each for each in LAYERS if each in (*session.waiting, *fact.layers))
            return replace(
                session, paused=True, silenced=False, silence_ends_s=None, waiting=layers
            )
        case Silenced():
            return replace(
                session, paused=False, silenced=True, silence_ends_s=fact.ends_s, waiting=LAYERS
            )
        case Resumed():
            return replace(session, paused=False, silenced=False, silence_ends_s=None, waiting=())
        case Chosen():
            return _chosen(session, fact)
        case Rested():
            return replace(session, playing=None, back=None, again_s=fact.again_s)
        case Banned():
            return _banned(session, fact)
        case Readmitted():
            return _readmitted(session, fact)
        case Marked():
            return _marked(session, fact)
        case AmbienceSet():
            return replace(
                session,
                ambience=Ambience(fact.name, fact.level_db) if fact.name else None,
                ambience_by_cue=fact.by_cue,
                ambience_stands_in=fact.stands_in,
                ambience_token=fact.token,
                tokens=max(session.tokens, fact.token),
            )
        case HeardFrom():
            return _heard_from(session, fact)
        case HeardTo():
            return _heard_to(session, fact)
        case Faulted():
            return replace(session, faults=session.faults + 1, last_fault=fact)
        case Suspended():
            return apply(session, Faulted(fact.what, done="came back"))
        case Recovered():
            if fact.crash:
                crashes = (*session.crashes, fact)[-MOST_CRASHES:]
                session = replace(session, crashes=crashes)
            return apply(session, Faulted(fact.what, done="came back"))
        case Closing():
            return replace(session, closing=fact.how)
        case Closed():
            return replace(session, closed=fact.reason or "closed")
        case OutputLost():
            return replace(session, no_output=fact.what, lost_port=fact.port)
        case OutputBack():
            return replace(session, no_output="", lost_port="")
        case OutputChosen():
            return replace(session, device=fact.device, lost_port="")
        case VolumeMoved():
            return replace(session, volumes={**session.volumes, fact.of: fact})
        case KeptAwake():
            return replace(session, awake=fact)
        case Opened():
            return session


def _entered(session: Session, fact: PhaseEntered) -> Session:
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
        phase=fact.phase,
        entered=(*(each for each in session.entered if each[1] < at_s), (fact.phase, at_s)),
        phase_started_s=fact.started_s,
        phase_ends_s=fact.ends_s,
        shift=0.0,
        over=False,
        held=None,
        again_s=None,
        back=None,
        mode_by_cue="talk" if under else None,
    )


def _marked(session: Session, fact: Marked) -> Session:
    """Add a mark at the time of its cue, which comes just before."""
    at_s = session.last_cue.at_s if session.last_cue else 0.0
    return replace(
        session,
        marks=max(session.marks, fact.mark),
        marked=(*session.marked, (at_s, fact.person)),
    )


def _planned(session: Session, fact: Planned) -> Session:
    """Take a new plan. It may end the current track earlier, or let it go on."""
    playing, items = session.playing, fact.plan.items
    if playing is not None and items and items[0].track.path == playing.item.track.path:
        kept = replace(playing.item, end_s=items[0].end_s, cut=items[0].cut)
        playing = replace(playing, item=kept)
        return replace(session, plan=fact.plan, cursor=1, playing=playing)
    return replace(session, plan=fact.plan, cursor=0)


def _chosen(session: Session, fact: Chosen) -> Session:
    item = fact.item
    heard = tuple(path for path in session.heard if path != item.track.path)
    return replace(
        session,
        tokens=max(session.tokens, fact.token),
        again_s=None,
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


def _banned(session: Session, fact: Banned) -> Session:
    others = tuple(path for path in session.failed if path != fact.path)
    failed = (*others, fact.path) if fact.fault else others
    return replace(session, never=session.never | {fact.path}, failed=failed)


def _readmitted(session: Session, fact: Readmitted) -> Session:
    return replace(
        session,
        never=session.never - set(fact.paths),
        failed=tuple(path for path in session.failed if path not in fact.paths),
        trying=fact.paths[0] if session.playing is None else "",
    )


def _heard_from(session: Session, fact: HeardFrom) -> Session:
    others = tuple(each for each in session.sounding if each.token != fact.token)
    session = replace(session, sounding=(*others, fact), no_output="")
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


def _heard_to(session: Session, fact: HeardTo) -> Session:
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


def _asked(session: Session, fact: Asked) -> Session:
    """Keep the state from before a cue: the cue's other facts follow this one."""
    session = replace(session, last_cue=fact)
    if not fact.ok or not fact.changed:
        return session
    before = replace(session, past=())
    past = Past(fact.cue, fact.at_s, fact.changed, before, fact.phase, fact.token)
    return replace(session, past=(*session.past, past)[-MOST_PAST:])


def _undone(session: Session, fact: Undone) -> Session:
    if not session.past:
        return session
    *rest, past = session.past
    # Changes that decks must follow have facts of their own, and are not among these.
    fields = (field for aspect in fact.changed for field in ASPECTS.get(aspect, ()))
    back = {field: getattr(past.before, field) for field in fields if field != "music_token"}
    if "never" in back:  # No cue sent away what failed, so none brings it back.
        back["never"] = past.before.never - set(past.before.failed) | set(session.failed)
    return replace(session, past=tuple(rest), back=fact.back or session.back, **back)
