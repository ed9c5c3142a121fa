"""The environment layer: which ambience plays, and when one stands in for music.

Pure, like the director. Each phase brings its own ambience. An ambience you choose by cue stays
until you choose another. It has its own level, but goes under the voices when the music does. If
nothing else is left to play, any ambience of the library stands in. The session remembers what was
wanted and returns to it with the music.
"""

from __future__ import annotations

from dataclasses import replace

from soundscape.core import fade
from soundscape.core.arc import DEFAULT_AMBIENCE_LEVEL_DB, TALK_LEVEL_DB, Ambience, Phase
from soundscape.core.decision import NOTHING, Decision
from soundscape.core.events import AmbienceSet, Faulted
from soundscape.core.ports import Action, FadeOut, Glide, Play
from soundscape.core.session import Session

AMBIENCE_FADE_S = 8.0


def phase_ambience(session: Session, phase: Phase) -> Decision:
    """Set the phase's ambience unless a cue chose another; a stand-in gives way to it."""
    by_cue = session.ambience.by_cue
    if by_cue and not session.ambience.stands_in:
        return NOTHING
    wanted = phase.ambience if phase.ambience and phase.ambience.name != "off" else None
    return set_ambience(session, None if by_cue else wanted, by_cue=by_cue)


def set_ambience(
    session: Session, wanted: Ambience | None, *, by_cue: bool, stands_in: bool = False
) -> Decision:
    """Crossfade to another ambience, change its level, or fade it out."""
    was, now = session.ambience, session.ambience.now
    if (wanted, by_cue, stands_in) == (now, was.by_cue, was.stands_in):
        return NOTHING
    if wanted is None:
        facts = (AmbienceSet("", fade.SILENT_DB, session.tokens, by_cue),)
        return Decision(facts, (FadeOut("ambience", AMBIENCE_FADE_S),) if now else ())
    seconds = AMBIENCE_FADE_S if now else fade.SHORTEST_S
    glide = Glide("ambience", "level", level_db(session, wanted), seconds)
    if now and now.name == wanted.name:
        fact = AmbienceSet(wanted.name, wanted.level_db, was.token, by_cue, stands_in)
        return Decision((fact,), (glide,))
    token = session.tokens + 1
    track = session.ambiences[wanted.name]
    play = Play("ambience", token, track, track.cue_in_s, AMBIENCE_FADE_S, loop=True)
    fact = AmbienceSet(wanted.name, wanted.level_db, token, by_cue, stands_in)
    return Decision((fact,), (glide, play))


def level_db(session: Session, ambience: Ambience) -> float:
    """Return an ambience's level in dB: its own, but under the voices no more than theirs."""
    if session.mode != "talk":
        return ambience.level_db
    return min(ambience.level_db, TALK_LEVEL_DB)


def follow_mode(before: Session, after: Session, seconds: float) -> tuple[Action, ...]:
    """Glide the ambience under the voices and back with the music, if it stays the same one."""
    was, now = before.ambience.now, after.ambience.now
    if was is None or now is None or was.name != now.name:
        return ()
    to_db = level_db(after, now)
    return () if to_db == level_db(before, was) else (Glide("ambience", "level", to_db, seconds),)


def begin_again(session: Session) -> Decision:
    """Start the interrupted ambience again from its beginning, fading in from nothing."""
    was = session.ambience
    if was.now is None:
        return NOTHING
    gone = replace(session, ambience=replace(was, now=None))
    return set_ambience(gone, was.now, by_cue=was.by_cue, stands_in=was.stands_in)


def any_ambience(session: Session) -> Ambience | None:
    """Choose an ambience when nothing else is left: the phase's, the arc's nearest, then any.

    Ambiences whose file has failed come last.
    """
    phases = session.arc.phases
    near = sorted(range(len(phases)), key=lambda i: (abs(i - max(session.course.phase, 0)), i))
    own = [phases[i].ambience for i in near]
    named = [each for each in own if each and each.name in session.ambiences]
    known = {each.name for each in named}
    named += [
        Ambience(name, DEFAULT_AMBIENCE_LEVEL_DB)
        for name in sorted(session.ambiences)
        if name not in known
    ]

    def failed(each: Ambience) -> int:
        path = session.ambiences[each.name].path
        return session.failed.index(path) + 1 if path in session.failed else 0

    return min(named, key=failed, default=None)


def stand_in(session: Session) -> Decision:
    """Bring in any ambience if none is playing, and remember what was wanted of the layer."""
    wanted = any_ambience(session)
    if session.ambience.now is not None or wanted is None:
        return NOTHING
    brought = set_ambience(session, wanted, by_cue=session.ambience.by_cue, stands_in=True)
    told = Faulted("nothing else is left to play", done=f"{wanted.name} plays alone")
    return Decision((told,)).then(brought)
