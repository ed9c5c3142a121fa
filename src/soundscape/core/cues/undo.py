"""The cue `undo`: undoes the last cue, and repeated, the one before it.

The `Asked` fact tells what a cue changed; `undo` needs no knowledge of the cue itself. Values go
back as they were, and the sound follows gently. Time that has passed since stays passed.
"""

from __future__ import annotations

from dataclasses import replace

from soundscape.core import director, environment, fade, music
from soundscape.core.cues.row import Answer, Args, Now
from soundscape.core.decision import NOTHING, Decision, Refusal
from soundscape.core.events import Fact, Paused, PhaseEntered, Silenced, Undone
from soundscape.core.fold import fold
from soundscape.core.machine_facts import OutputChosen
from soundscape.core.plan import PlanItem
from soundscape.core.ports import Action, Freeze, Glide, Line, MoveOutput, Reopen
from soundscape.core.session import FOLLOWED, Past, Session
from soundscape.core.text import number, quoted

LEAST_LEFT_S = 20.0
"""Least seconds of a track that must be left for `undo` to bring it back."""


REFUSED_S = 10.0
"""Seconds after a refused cue in which `undo` may be meant for that cue."""


def undo(session: Session, args: Args, now: Now) -> Answer:
    """Undo the last cue."""
    if not session.past:
        return Refusal("there is nothing to undo")
    past, last = session.past[-1], session.last_cue
    refused = last is not None and not last.ok and now.s - last.at_s < REFUSED_S
    if last and refused and last.cue != "undo" and not session.closing:
        return Refusal(
            f"`{last.cue}` was refused and changed nothing; `undo` again undoes `{past.cue}`"
        )
    if session.closing and "closing" not in past.changed:
        return Refusal("the arc is over, and the session closes by itself; `stop` ends it at once")
    if "course" in past.changed and session.course.phase != past.phase and not session.closing:
        return Refusal(f"the phase that `{past.cue}` changed is over; `transition` goes to another")
    copied = tuple(aspect for aspect in past.changed if aspect not in FOLLOWED)
    facts: list[Fact] = []
    was = past.before.course
    if "course" in copied and was.phase != session.course.phase:
        facts.append(PhaseEntered(was.phase, was.started_s, was.ends_s, "taken back"))
    facts.append(Undone(past.cue, copied, _waiting(session, past)))
    after = fold(session, facts)
    decision = Decision(tuple(facts), _lines(session, after))
    for step in (_reopened, _at_rest, _ambience, _track, _output):
        decision = decision.then(step(fold(session, decision.facts), past, session, now.s))
    replan = "" if set(past.changed) <= {"mark", "mode", "ambience", "output"} else "taken back"
    title = _title(session, fold(session, decision.facts))
    return replace(decision, answer=f"`{past.cue}` is undone{title}", replan=replan)


def _lines(session: Session, after: Session) -> tuple[Action, ...]:
    """Return glides of level and trim to their earlier values, within the limit for a rise."""
    moved: tuple[tuple[Line, float, float], ...] = (
        ("trim", session.trim_db, after.trim_db),
        ("level", session.level_db, after.level_db),
    )
    return (
        *(
            Glide("music", line, to, max(fade.SOFTEN_S, (to - was) / fade.RISE_DB_PER_S))
            for line, was, to in moved
            if was != to
        ),
        *environment.follow_mode(session, after, fade.REFLECT_S),
    )


def _reopened(session: Session, past: Past, now: Session, now_s: float) -> Decision:
    """Reopen a session that was closing: reverse the fade, or start again if all was silent."""
    if "closing" not in past.changed or not now.closing:
        return NOTHING
    if now.stopped_s is None:
        return Decision((), (Reopen(fade.RESUME_S),))
    return Decision((), (Reopen(fade.SHORTEST_S),)).then(director.bring_back(session, now_s))


def _at_rest(session: Session, past: Past, now: Session, now_s: float) -> Decision:
    was = past.before.rest
    if "rest" not in past.changed:
        return NOTHING
    if not was.waiting:
        return director.wake(session, now_s) if session.waits else NOTHING
    seconds = fade.PAUSE_S
    fact: Fact = Paused(seconds, was.waiting)
    if was.kind == "silence":
        fact = Silenced(seconds, was.ends_s)
    freeze = Freeze(was.waiting, seconds)
    return Decision((fact,), () if session.waits else (freeze,))


def _ambience(session: Session, past: Past, now: Session, now_s: float) -> Decision:
    if "ambience" not in past.changed:
        return NOTHING
    was = past.before.ambience
    return environment.set_ambience(session, was.now, by_cue=was.by_cue, stands_in=was.stands_in)


def _track(session: Session, past: Past, now: Session, now_s: float) -> Decision:
    """Bring back the track that a cue sent away, if its successor is still playing.

    A phase with music always gets some again; a phase without music gets none.
    """
    phase, playing = session.current, now.playing
    if "track" not in past.changed or session.waits or now.closing or phase is None:
        return NOTHING
    if not phase.playlists:
        return music.rest(session, phase, "taken back")
    if playing is not None and playing.token != past.token:
        return NOTHING
    back = _left(past, session)
    if back is not None:
        return music.bring_in(session, back, now_s, fade.CUE_CROSSFADE_S, "taken back")
    return NOTHING if playing is not None else music.bring_next(session, now_s)


def _output(session: Session, past: Past, now: Session, now_s: float) -> Decision:
    if "output" not in past.changed:
        return NOTHING
    device = past.before.device
    return Decision((OutputChosen(device),), (MoveOutput(device, fade.PAUSE_S),))


def _waiting(session: Session, past: Past) -> PlanItem | None:
    """Return the track that a cue sent away during a pause; it comes back at `resume`."""
    if "track" not in past.changed or session.playing is not None or not session.waits:
        return None
    return _left(past, session)


def _left(past: Past, session: Session) -> PlanItem | None:
    """Return what played before the cue, from where it was left; None if little of it is left."""
    was = past.before.playing
    if was is None or was.item.track.path in session.banned:
        return None
    position_s = was.position_s + (past.at_s - was.at_s if was.sounds else 0.0)
    if position_s > was.item.track.end_s - LEAST_LEFT_S:
        return None
    return replace(was.item, offset_s=position_s, cut=False)


def _title(session: Session, after: Session) -> str:
    """Say in a few words what the person will hear."""
    if session.closing and after.waits:
        return ": silent as before, until `resume`"
    if session.closing:
        return f": fading in over {number(fade.RESUME_S)} s from where it was"
    if after.waits != session.waits:
        return ": fading in from nothing" if session.waits else ": silent again"
    if after.back:
        return f": {quoted(after.back.track.title)} comes back with `resume`"
    if after.playing and (session.playing is None or session.playing.token != after.playing.token):
        return f": {quoted(after.playing.item.track.title)} comes back"
    return ""
