"""The cues of the arc's course: transition, next, hold, release, extend, shorten, dose, booster."""

from __future__ import annotations

from dataclasses import replace

from soundscape.core import director, fade, music
from soundscape.core.cues.row import Answer, Args, Now, later
from soundscape.core.decision import Decision, Refusal
from soundscape.core.errors import nearest
from soundscape.core.events import (
    Anchored,
    Banned,
    Boosted,
    Dosed,
    Fact,
    Held,
    PhaseMoved,
    Released,
)
from soundscape.core.fold import fold
from soundscape.core.names import canonical
from soundscape.core.session import Session
from soundscape.core.words import lasting, number, quoted

LEAST_LEFT_S = 15.0
"""A phase is not made so short that it would end at once: `transition` does that, and says so."""

MOST_LEFT_H = 12
"""Hours that a phase may have ahead: more is a slip, and a plan for days would hold up the cues."""


def transition(session: Session, args: Args, now: Now) -> Answer:
    """Into the next phase, or the named one."""
    name = str(args["phase"] or "")
    phases = session.arc.phases
    index = session.following() if not name else _phase_named(session, name)
    if index is None and not name:
        last = phases[session.phase]
        other = "`next` changes the track, " if last.playlists else ""
        return Refusal(f"{last.name} is the last phase; {other}`end` closes")
    if index is None:
        names = ", ".join(phase.name for phase in phases)
        hint = nearest(name, [phase.name for phase in phases])
        return Refusal(f"no phase `{name}` in this arc; {hint or 'it has ' + names}")
    if index == session.phase:
        other = "`next` changes the track" if phases[index].playlists else _onward(session)
        return Refusal(f"already in {phases[index].name}; {other}")
    decision = replace(director.enter(session, index, now.s, "by cue"), replan="a new phase")
    after = fold(session, decision.facts)
    phase = phases[index]
    under = "; under the voices until `reflect`" if after.mode_by_cue == "talk" else ""
    if not phase.playlists:
        return replace(decision, answer=f"to {phase.name}, which has no music{under}")
    if session.waits:
        dropped = decision.then(music.drop(after, f"`transition`: {phase.name}"))
        return replace(dropped, answer=f"to {phase.name}{under}{later(session)}")
    answer = f"to {phase.name} over {number(fade.CUE_CROSSFADE_S)} s"
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
    """The phase of that name, as it is written if there is one, or the next one of that stage."""
    wanted = canonical(name)
    phases = session.arc.phases
    by_name = [i for i, phase in enumerate(phases) if canonical(phase.name) == wanted]
    by_name.sort(key=lambda i: phases[i].name != name)
    by_stage = [i for i, phase in enumerate(phases) if phase.stage == wanted and i > session.phase]
    return next(iter(by_name + by_stage), None)


def _onward(session: Session) -> str:
    """What leaves this phase: in the last one `transition` would be refused."""
    last = session.following() is None
    return "`end` closes" if last else "`transition` goes on"


def next_track(session: Session, args: Args, now: Now) -> Answer:
    """Another track of this phase."""
    playing = session.playing
    here = playing.item if playing else session.back
    if here is None and session.waits and session.current and session.current.playlists:
        return Refusal("another track comes anyway; `resume` brings it")
    if here is None:
        return Refusal(f"no music plays in this phase; {_onward(session)}")
    old = here.track
    facts = (Banned(old.path),) if args["never"] else ()
    after = replace(fold(session, facts), back=None)
    item = music.next_item(after, now.s, session.phase)
    if item is None or item.track.path == old.path:
        return Refusal(f"no other track is left for this phase; `soften` works, {_onward(session)}")
    kept_out = f"; {quoted(old.title)} stays out of this session" if args["never"] else ""
    if session.waits:
        dropped = Decision(facts).then(music.drop(session, "`next`"))
        answer = f"another track{kept_out}{later(session)}"
        return replace(dropped, answer=answer, replan="another track")
    brought = music.bring_in(after, item, now.s, fade.CUE_CROSSFADE_S, "`next`")
    return replace(
        Decision(facts).then(brought),
        answer=f"{quoted(item.track.title)} over {number(fade.CUE_CROSSFADE_S)} s{kept_out}",
        replan="another track",
    )


def hold(session: Session, args: Args, now: Now) -> Answer:
    """Stay in this phase, with fresh music at this intensity."""
    phase = session.current
    if session.held:
        return Refusal("already held; `release` goes on from here")
    if session.over:
        return Refusal("the arc is over and its last phase goes on anyway; `end` closes")
    if phase is None or session.phase_ends_s is None:
        name = phase.name if phase else "it"
        return Refusal(f"{name} stays anyway until you say so; {_onward(session)}")
    fact = Held(session.elapsed_s(now.s), max(0.0, session.phase_ends_s - now.s))
    return Decision(
        (fact,),
        answer=f"{phase.name} stays, at this intensity, until `release` or `transition`",
        replan="held",
    )


def release(session: Session, args: Args, now: Now) -> Answer:
    """The phase goes on from where it was held."""
    held, phase = session.held, session.current
    if held is None or phase is None:
        return Refusal("nothing is held; `hold` stays in a phase")
    moved = PhaseMoved(now.s - held.elapsed_s, now.s + held.left_s, "released")
    return Decision((Released(), moved), answer=f"{phase.name} goes on", replan="released")


def extend(session: Session, args: Args, now: Now) -> Answer:
    """This phase lasts longer, and the later ones follow it."""
    return _stretch(session, float(args["minutes"] or 0.0) * 60.0, now)


def shorten(session: Session, args: Args, now: Now) -> Answer:
    """This phase ends sooner."""
    return _stretch(session, -float(args["minutes"] or 0.0) * 60.0, now)


def _stretch(session: Session, by_s: float, now: Now) -> Answer:
    phase = session.current
    ends_s = session.phase_ends_s
    if phase is None:
        return Refusal("no phase plays yet")
    if session.held:
        left_s = session.held.left_s
    elif ends_s is not None:
        left_s = ends_s - now.s
    elif session.over and by_s > 0:
        left_s = 0.0
    else:
        return Refusal(f"{phase.name} has no end that could move; {_onward(session)}")
    if left_s + by_s < LEAST_LEFT_S:
        left = number(max(0.0, left_s) / 60.0)
        return Refusal(f"only {left} min of {phase.name} are left; {_onward(session)} now")
    if by_s > 0 and left_s + by_s > MOST_LEFT_H * 3600.0:
        left = number(left_s / 60.0)
        return Refusal(
            f"{phase.name} has {left} min left, and {MOST_LEFT_H} h are the most; `hold` keeps it "
            "for as long as is wanted"
        )
    minutes = number(abs(by_s) / 60.0)
    which = "longer" if by_s > 0 else "shorter"
    answer = f"{phase.name} {minutes} min {which}"
    if session.held:
        held = Held(session.held.elapsed_s, left_s + by_s)
        after = number(held.left_s / 60.0)
        return Decision((held,), answer=f"{answer}: {after} min are left after `release`")
    moved = PhaseMoved(session.phase_started_s, now.s + left_s + by_s, which)
    return Decision((moved,), answer=answer, replan=f"{which} by {minutes} min")


def dose(session: Session, args: Args, now: Now) -> Answer:
    """The medicine was taken: arc time counts from there."""
    person = str(args["person"] or "")
    if person and session.persons and person not in session.persons:
        return Refusal(f"no person `{person}` in this arc; it has {', '.join(session.persons)}")
    zero_s, wrong = _when(args, now)
    if wrong:
        return Refusal(wrong)
    corrects = args["ago"] is not None or args["at"] is not None
    before = [each for each in session.doses if not person or each.person in ("", person)]
    if before and not corrects:
        at = now.moments.name(before[-1].at_s)
        return Refusal(
            f"`dose` was said for {at}; `dose --ago MIN` corrects it, `booster` or `extend` "
            "make the session longer"
        )
    dosed = Dosed(zero_s, person)
    follows = session.arc.follows
    if person and follows and person != follows:
        return Decision((dosed,), answer=f"noted for {person}; the arc follows {follows}")
    whose = f" for {person}" if person else ""
    taken = f"dose{whose} at {now.moments.name(zero_s)}"
    phases = session.arc.phases
    phase = session.current
    following = session.following()
    if phase is not None and phase.until == "dose" and following is not None:
        moved = director.enter(session, following, now.s, "by `dose`", zero_s)
    else:
        facts: list[Fact] = [Anchored(zero_s)]
        by_s = zero_s - (session.zero_s or 0.0)
        if session.phase_ends_s is not None:
            # A phase that should not have begun yet stays, and lasts longer: nothing goes back.
            started_s = min(session.phase_started_s + by_s, now.s)
            facts.append(PhaseMoved(started_s, session.phase_ends_s + by_s, "from the dose"))
        moved = Decision(tuple(facts))
    decision = Decision((dosed,)).then(moved)
    decision = decision.then(director.catch_up(fold(session, decision.facts), now.s))
    after = fold(session, decision.facts)
    if after.closing or (after.over and not session.over):
        return Refusal(f"{taken} would leave nothing of the arc; `transition` goes to a phase")
    name = phases[after.phase].name if after.phase != session.phase else ""
    where = f": to {name}" if name else "; the arc counts from there"
    return replace(decision, answer=f"{taken}{where}{later(session)}", replan="the dose")


def _when(args: Args, now: Now) -> tuple[float, str]:
    """When the dose was taken, in seconds from the session's start, or why that is not known."""
    ago, at = args["ago"], args["at"]
    if ago is not None and at is not None:
        return 0.0, "say either `--ago MIN` or `--at HH:MM`, not both"
    if at is None:
        return now.s - float(ago or 0.0) * 60.0, ""
    at_s = now.moments.last(str(at))
    if at_s is None:
        return 0.0, f"`{at}` is no time of day; write it as HH:MM, or `--ago MIN`"
    if now.s - at_s > LONGEST_AGO_S:
        ago = f"the last {at} was {lasting(now.s - at_s)} ago"
        return 0.0, f"{ago}, too long for this session; `--ago MIN` says it from now"
    return at_s, ""


LONGEST_AGO_S = 6 * 3600.0
"""A dose said to be longer ago than this is a slip of the tongue or of the clock."""


def booster(session: Session, args: Args, now: Now) -> Answer:
    """The arc's booster phases come too."""
    phases = session.arc.phases
    boosters = [index for index, phase in enumerate(phases) if phase.booster]
    if not boosters:
        return Refusal("this arc has no booster phase; `extend MIN` makes this phase longer")
    if session.booster:
        return Refusal("the booster is in the arc already; `extend MIN` makes a phase longer")
    ahead = [phases[index] for index in boosters if index > session.phase]
    if not ahead:
        return Refusal("the booster's place in the arc is past; `extend MIN` makes this one longer")
    minutes = number(sum(phase.length_s for phase in ahead) / 60.0)
    before = phases[max(0, boosters[0] - 1)].name
    return Decision(
        (Boosted(),),
        answer=f"{minutes} min more, after {before}; no higher than it was",
        replan="the booster",
    )
