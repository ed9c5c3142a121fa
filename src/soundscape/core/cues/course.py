"""Cues of the session's course: transition, next, hold, release, extend, shorten, dose, booster,
mark, end, stop."""

from __future__ import annotations

from dataclasses import replace

from soundscape.core import director, fade, music
from soundscape.core.cues.row import Answer, Args, Now, later, unknown_person
from soundscape.core.decision import Decision, Refusal
from soundscape.core.errors import nearest
from soundscape.core.events import (
    Anchored,
    Banned,
    Boosted,
    Closed,
    Closing,
    Dosed,
    Fact,
    Held,
    Marked,
    PhaseMoved,
    Released,
)
from soundscape.core.fold import fold
from soundscape.core.names import canonical
from soundscape.core.ports import Shut
from soundscape.core.session import Session
from soundscape.core.text import clock, lasting, number, quoted

LEAST_LEFT_S = 15.0
"""Shortest rest of a phase that `shorten` leaves, in seconds. `transition` ends a phase at once."""

MOST_LEFT_H = 12
"""Most hours a phase may have ahead. More is a typing slip, and planning days ahead delays cues."""


def transition(session: Session, args: Args, now: Now) -> Answer:
    """Move to the next phase, or to the named one."""
    name = str(args["phase"] or "")
    phases = session.arc.phases
    index = session.following() if not name else _phase_named(session, name)
    if index is None and not name:
        last = phases[session.course.phase]
        other = "`next` changes the track, " if last.playlists else ""
        return Refusal(f"{last.name} is the last phase; {other}`end` closes the session")
    if index is None:
        names = ", ".join(phase.name for phase in phases)
        hint = nearest(name, [phase.name for phase in phases])
        return Refusal(f"this arc has no phase `{name}`; {hint or 'its phases are ' + names}")
    if index == session.course.phase:
        other = "`next` changes the track" if phases[index].playlists else _onward(session)
        return Refusal(f"already in {phases[index].name}; {other}")
    decision = replace(director.enter(session, index, now.s, "by cue"), replan="a new phase")
    after = fold(session, decision.facts)
    phase = phases[index]
    under = (
        "; the music stays under the voices until `reflect`" if after.mode_by_cue == "talk" else ""
    )
    if not phase.playlists:
        return replace(decision, answer=f"moving to {phase.name}, which has no music{under}")
    if session.waits:
        dropped = decision.then(music.drop(after, f"`transition`: {phase.name}"))
        return replace(dropped, answer=f"moving to {phase.name}{under}{later(session)}")
    answer = f"crossfading to {phase.name} over {number(fade.CUE_CROSSFADE_S)} s"
    brought = decision
    if session.playing is not None and after.playing is not None:
        item = music.next_item(after, now.s, index)
        if item is None or item.track.path == after.playing.item.track.path:
            return replace(decision, answer=f"{answer}; no other music is left for it{under}")
        why = f"`transition`: {phase.name}"
        brought = decision.then(music.bring_in(after, item, now.s, fade.CUE_CROSSFADE_S, why))
    item_now = fold(session, brought.facts).playing
    title = quoted(item_now.item.track.title) if item_now else "no music"
    return replace(brought, answer=f"{answer}, with {title}{under}")


def _phase_named(session: Session, name: str) -> int | None:
    """Find the phase of that name (exact spelling first), else the next phase of that stage."""
    wanted = canonical(name)
    phases = session.arc.phases
    by_name = [i for i, phase in enumerate(phases) if canonical(phase.name) == wanted]
    by_name.sort(key=lambda i: phases[i].name != name)
    here = session.course.phase
    by_stage = [i for i, phase in enumerate(phases) if phase.stage == wanted and i > here]
    return next(iter(by_name + by_stage), None)


def _onward(session: Session) -> str:
    """Name the cue that leaves this phase: `transition`, or `end` in the last phase."""
    last = session.following() is None
    return "`end` closes the session" if last else "`transition` goes to the next phase"


def next_track(session: Session, args: Args, now: Now) -> Answer:
    """Crossfade to another track of this phase."""
    playing = session.playing
    here = playing.item if playing else session.back
    if here is None and session.waits and session.current and session.current.playlists:
        return Refusal("`resume` brings in another track anyway")
    if here is None:
        return Refusal(f"no music plays in this phase; {_onward(session)}")
    old = here.track
    facts = (Banned(old.path),) if args["never"] else ()
    after = replace(fold(session, facts), back=None)
    item = music.next_item(after, now.s, session.course.phase)
    if item is None or item.track.path == old.path:
        return Refusal(f"this phase has no other track left; `soften` works, {_onward(session)}")
    kept_out = f"; {quoted(old.title)} stays out of this session" if args["never"] else ""
    if session.waits:
        dropped = Decision(facts).then(music.drop(session, "`next`"))
        answer = f"another track comes in{kept_out}{later(session)}"
        return replace(dropped, answer=answer, replan="another track")
    brought = music.bring_in(after, item, now.s, fade.CUE_CROSSFADE_S, "`next`")
    return replace(
        Decision(facts).then(brought),
        answer=f"crossfading to {quoted(item.track.title)} over {number(fade.CUE_CROSSFADE_S)} s"
        f"{kept_out}",
        replan="another track",
    )


def hold(session: Session, args: Args, now: Now) -> Answer:
    """Stay in this phase, with fresh music at this intensity."""
    phase = session.current
    if session.course.held:
        return Refusal("already held; `release` lets the phase go on")
    if session.course.over:
        return Refusal("the arc is over and its last phase goes on until `end`")
    if phase is None or session.course.ends_s is None:
        name = phase.name if phase else "it"
        return Refusal(f"{name} has no set end and stays anyway; {_onward(session)}")
    fact = Held(session.elapsed_s(now.s), max(0.0, session.course.ends_s - now.s))
    return Decision(
        (fact,),
        answer=f"holding {phase.name} at this intensity until `release` or `transition`",
        replan="held",
    )


def release(session: Session, args: Args, now: Now) -> Answer:
    """End the hold: the phase goes on from where it was held."""
    held, phase = session.course.held, session.current
    if held is None or phase is None:
        return Refusal("nothing is held; `hold` keeps the session in a phase")
    moved = PhaseMoved(now.s - held.elapsed_s, now.s + held.left_s, "released")
    return Decision((Released(), moved), answer=f"{phase.name} goes on", replan="released")


def extend(session: Session, args: Args, now: Now) -> Answer:
    """Make this phase longer; later phases move with it."""
    return _stretch(session, float(args["minutes"] or 0.0) * 60.0, now)


def shorten(session: Session, args: Args, now: Now) -> Answer:
    """Make this phase shorter; later phases move with it."""
    return _stretch(session, -float(args["minutes"] or 0.0) * 60.0, now)


def _stretch(session: Session, by_s: float, now: Now) -> Answer:
    phase = session.current
    held, ends_s = session.course.held, session.course.ends_s
    if phase is None:
        return Refusal("no phase has begun")
    if held:
        left_s = held.left_s
    elif ends_s is not None:
        left_s = ends_s - now.s
    elif session.course.over and by_s > 0:
        left_s = 0.0
    else:
        return Refusal(f"{phase.name} has no set end; {_onward(session)}")
    if left_s + by_s < LEAST_LEFT_S:
        left = number(max(0.0, left_s) / 60.0)
        return Refusal(f"{phase.name} has only {left} min left; {_onward(session)} now")
    if by_s > 0 and left_s + by_s > MOST_LEFT_H * 3600.0:
        left = number(left_s / 60.0)
        return Refusal(
            f"{phase.name} has {left} min left and can have at most {MOST_LEFT_H} h; `hold` keeps "
            "it for as long as you want"
        )
    minutes = number(abs(by_s) / 60.0)
    which = "longer" if by_s > 0 else "shorter"
    answer = f"{phase.name} is {minutes} min {which}"
    if held:
        held = Held(held.elapsed_s, left_s + by_s)
        after = number(held.left_s / 60.0)
        return Decision((held,), answer=f"{answer}; {after} min are left after `release`")
    moved = PhaseMoved(session.course.started_s, now.s + left_s + by_s, which)
    return Decision((moved,), answer=answer, replan=f"{which} by {minutes} min")


def dose(session: Session, args: Args, now: Now) -> Answer:
    """Record that the medicine was taken. Arc time counts from then."""
    person = str(args["person"] or "")
    if unknown := unknown_person(session, person):
        return unknown
    zero_s, wrong = _when(args, now)
    if wrong:
        return Refusal(wrong)
    corrects = args["ago"] is not None or args["at"] is not None
    before = [each for each in session.doses.given if not person or each.person in ("", person)]
    if before and not corrects:
        at = now.moments.name(before[-1].at_s)
        return Refusal(
            f"a dose is already recorded at {at}; `dose --ago MIN` corrects it, `booster` or "
            "`extend` makes the session longer"
        )
    dosed = Dosed(zero_s, person)
    follows = session.arc.follows
    if person and follows and person != follows:
        return Decision((dosed,), answer=f"dose recorded for {person}; the arc follows {follows}")
    whose = f" for {person}" if person else ""
    taken = f"dose{whose} at {now.moments.name(zero_s)}"
    phases = session.arc.phases
    phase = session.current
    following = session.following()
    if phase is not None and phase.until == "dose" and following is not None:
        moved = director.enter(session, following, now.s, "by `dose`", zero_s)
    else:
        facts: list[Fact] = [Anchored(zero_s)]
        by_s = zero_s - (session.doses.zero_s or 0.0)
        if session.course.ends_s is not None:
            # Nothing goes back: a phase that began too early for this dose stays, and lasts longer.
            started_s = min(session.course.started_s + by_s, now.s)
            facts.append(PhaseMoved(started_s, session.course.ends_s + by_s, "from the dose"))
        moved = Decision(tuple(facts))
    decision = Decision((dosed,)).then(moved)
    decision = decision.then(director.catch_up(fold(session, decision.facts), now.s))
    after = fold(session, decision.facts)
    if after.closing or (after.course.over and not session.course.over):
        return Refusal(
            f"a {taken} would put all of the arc in the past; `transition` goes to a phase"
        )
    name = phases[after.course.phase].name if after.course.phase != session.course.phase else ""
    where = f": moving to {name}" if name else "; the arc counts from then"
    return replace(decision, answer=f"{taken}{where}{later(session)}", replan="the dose")


def _when(args: Args, now: Now) -> tuple[float, str]:
    """Find when the dose was taken, in seconds from the session's start, or the reason why not."""
    ago, at = args["ago"], args["at"]
    if ago is not None and at is not None:
        return 0.0, "give either `--ago MIN` or `--at HH:MM`, not both"
    if at is None:
        return now.s - float(ago or 0.0) * 60.0, ""
    at_s = now.moments.last(str(at))
    if at_s is None:
        return 0.0, f"`{at}` is not a time of day; write it as HH:MM, or use `--ago MIN`"
    if now.s - at_s > LONGEST_AGO_S:
        ago = f"{at} was last {lasting(now.s - at_s)} ago"
        return 0.0, f"{ago}, too long ago for a dose; `--ago MIN` counts back from now"
    return at_s, ""


LONGEST_AGO_S = 6 * 3600.0
"""Most seconds a dose may lie in the past. More is a slip of the tongue or of the clock."""


def booster(session: Session, args: Args, now: Now) -> Answer:
    """Add the arc's booster phases."""
    phases = session.arc.phases
    boosters = [index for index, phase in enumerate(phases) if phase.booster]
    if not boosters:
        return Refusal("this arc has no booster phase; `extend MIN` makes this phase longer")
    if session.booster:
        return Refusal("the booster is already in the arc; `extend MIN` makes a phase longer")
    ahead = [phases[index] for index in boosters if index > session.course.phase]
    if not ahead:
        return Refusal("the arc is already past its booster; `extend MIN` makes this phase longer")
    minutes = number(sum(phase.length_s for phase in ahead) / 60.0)
    before = phases[max(0, boosters[0] - 1)].name
    return Decision(
        (Boosted(),),
        answer=f"the booster adds {minutes} min after {before}, never more intense than before",
        replan="the booster",
    )


def mark(session: Session, args: Args, now: Now) -> Answer:
    """Mark this moment."""
    person = str(args["person"] or "")
    if unknown := unknown_person(session, person):
        return unknown
    newest = session.last_mark + 1
    where = session.current.name if session.current else "before the start"
    whose = f" for {person}" if person else ""
    return Decision(
        (Marked(newest, person, str(args["note"] or "")),),
        answer=f"mark {newest}{whose} at {clock(now.s)}, {where}",
    )


def end(session: Session, args: Args, now: Now) -> Answer:
    """Fade everything out, then close the session."""
    if session.stopped_s is not None:
        return Decision((Closed("stop"),), answer="the session was stopped and is now closed")
    if session.closing and session.closing.stays_open:
        return Refusal("the session is already stopping; `stop` again cuts at once")
    seconds = float(args["seconds"] or 0.0)
    if not session.started:
        return Decision((Closing("end", 0.0),), (Shut(0.0),), "session closed before it began")
    how = f"everything fades out over {number(seconds)} s, then the journal closes"
    if not session.sounding:
        how = f"everything stays silent, and the journal closes in {number(seconds)} s"
    return Decision((Closing("end", seconds),), (Shut(seconds),), f"closing: {how}")


def stop(session: Session, args: Args, now: Now) -> Answer:
    """Fade everything out within 1.5 s; said again, cut."""
    if session.stopped_s is not None:
        left = number(session.stopped_s + director.UNDO_STOP_S - now.s)
        return Refusal(
            f"already silent; within {left} s `undo` brings the sound back, or `end` closes the "
            "session"
        )
    cut = session.closing is not None and session.closing.stays_open
    seconds = fade.CUT_S if cut else fade.STOP_S
    answer = "sound cut" if cut else f"everything fades out in {number(seconds)} s"
    if not session.started:
        answer = "session called off before it began"
    return Decision((Closing("stop", seconds),), (Shut(seconds),), answer)
