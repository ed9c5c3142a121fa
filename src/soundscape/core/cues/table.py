"""The table of cues: what the facilitator can ask for, and what each cue decides.

To add a cue, add a function to `sound` or `course`, its parameters and a row in `CUES`. Command
line, control port, help and docs are derived from the table. A cue's function is pure. It takes the
session, its arguments and the moment, and returns a `Decision`, or a `Refusal` that says why and
names the nearest cue that works.
"""

from __future__ import annotations

from dataclasses import replace

from soundscape.core import fade, music
from soundscape.core.cues import course as cue_course
from soundscape.core.cues import sound as cue_sound
from soundscape.core.cues import undo as cue_undo
from soundscape.core.cues.row import Answer, Args, Cue, Now, already
from soundscape.core.cues.words import Flag, Number, Text
from soundscape.core.decision import NOTHING, Decision, Refusal
from soundscape.core.events import Asked
from soundscape.core.fold import fold
from soundscape.core.names import canonical
from soundscape.core.session import Session, changed

_DB = Number("db", "how many dB", default=fade.SOFTEN_DB, least=0.5, most=20.0)
_MINUTES = Number("minutes", "how many minutes", default=None, least=0.1, most=240.0)
_PERSON = Text("person", "whose moment it is: a letter", option=True, optional=True, letter=True)

CUES: dict[str, Cue] = {
    cue.name: cue
    for cue in (
        Cue(
            "soften",
            "s",
            "turn the music down now, and choose gentler music",
            cue_sound.soften,
            (_DB,),
            urgent=True,
            when_locked=True,
        ),
        Cue(
            "lift",
            "l",
            "turn the music up over 8 s, and choose fuller music",
            cue_sound.lift,
            (replace(_DB, default=fade.LIFT_DB, most=fade.LIFT_MOST_DB),),
        ),
        Cue("restore", "b", "return slowly to the arc's own level and curve", cue_sound.restore),
        Cue(
            "pause",
            "p",
            "fade to silence over 8 s; the music waits where it is",
            cue_sound.pause,
            (Flag("all", "pause the ambience too"),),
            urgent=True,
            when_locked=True,
        ),
        Cue(
            "resume",
            "r",
            "fade in over 12 s from where the music waited",
            cue_sound.resume,
            when_locked=True,
        ),
        Cue(
            "transition",
            "t",
            "crossfade to the next phase, or to a named one",
            cue_course.transition,
            (Text("phase", "a phase's name or stage", optional=True),),
            pick="phase",
            moves="phase",
        ),
        Cue(
            "next",
            "n",
            "crossfade to another track of this phase",
            cue_course.next_track,
            (Flag("never", "keep the old track out of this session for good"),),
            moves="track",
        ),
        Cue("hold", "h", "stay in this phase, with fresh music at this intensity", cue_course.hold),
        Cue("release", "g", "end the hold; the phase goes on from there", cue_course.release),
        Cue(
            "extend",
            "+",
            "make this phase longer; later phases move with it",
            cue_course.extend,
            (replace(_MINUTES, required=True),),
            key_words=("5",),
        ),
        Cue(
            "shorten",
            "-",
            "make this phase shorter; later phases move with it",
            cue_course.shorten,
            (replace(_MINUTES, required=True),),
            key_words=("5",),
        ),
        Cue(
            "talk",
            "k",
            "take the music under the voices within 5 s",
            cue_sound.talk,
            urgent=True,
            when_locked=True,
        ),
        Cue(
            "reflect",
            "f",
            "bring the music forward again over 20 s",
            cue_sound.reflect,
            when_locked=True,
        ),
        Cue(
            "silence",
            "i",
            "silence music and ambience, timed or until `resume`",
            cue_sound.silence,
            (_MINUTES,),
            pick="minutes",
        ),
        Cue(
            "dose",
            "d",
            "record the dose; the arc counts from there",
            cue_course.dose,
            (
                Text("person", "who took it: a letter", optional=True, letter=True),
                Number("ago", "how many minutes ago", None, 0.0, 240.0, option=True),
                Text("at", "the time of day", optional=True, option=True, form="HH:MM"),
            ),
            pick="person",
        ),
        Cue(
            "booster",
            "o",
            "add the arc's booster phases: longer, never more intense",
            cue_course.booster,
        ),
        Cue(
            "mark",
            "m",
            "mark this moment",
            cue_course.mark,
            (
                Text("note", "a few words, stored apart", optional=True, rest=True, apart=True),
                _PERSON,
            ),
            pick="person",
            when_locked=True,
            when_closing=True,
        ),
        Cue(
            "ambience",
            "a",
            "change the ambience, or fade it out with `off`",
            cue_sound.ambience,
            (Text("name", "an ambience from the library, or off"),),
            pick="name",
        ),
        Cue(
            "output",
            "v",
            "move the session to another output; `devices` lists them",
            cue_sound.output,
            (Text("device", "an output's name, or default", rest=True),),
            pick="device",
        ),
        Cue(
            "undo",
            "u",
            "undo the last cue; repeat it for the one before",
            cue_undo.undo,
            can_be_undone=False,
            when_closing=True,
            moves="undo",
        ),
        Cue(
            "end",
            "e",
            "fade out, then close the session",
            cue_course.end,
            (Number("seconds", "how long the fade-out takes", fade.END_S, least=8.0, most=600.0),),
            asks_twice=True,
            when_closing=True,
            when_waiting=True,
        ),
        Cue(
            "stop",
            "x",
            "fade everything out in 1.5 s; say it twice to cut",
            cue_course.stop,
            urgent=True,
            silences=True,
            when_locked=True,
            when_closing=True,
            when_waiting=True,
        ),
    )
}


def decide(session: Session, cue: Cue, args: Args, now: Now) -> Answer:
    """Answer a cue. The answer's first fact records what was asked and answered.

    If the end of the phase or of the arc moves, the answer says the new ends. A refusal changes
    nothing; the caller journals it with `asked`.
    """
    if session.closed:
        return Refusal("the session is over")
    if not session.started and not cue.when_waiting:
        return Refusal("the session has not begun; `stop` calls it off")
    if session.closing and not cue.when_closing:
        return Refusal("the session is closing; `stop` ends it at once")
    named = bool(cue.pick and args[cue.pick])
    why = "" if not cue.moves or named else already(session, cue.moves, now)
    answer = Refusal(why) if why else cue.decide(session, args, now)
    if isinstance(answer, Refusal):
        return answer
    answer = answer.then(_music_again(session, answer, now))
    answer = replace(answer, answer=answer.answer + _new_ends(session, answer, now))
    return replace(answer, facts=(_recorded(session, cue, args, answer, now), *answer.facts))


def _recorded(session: Session, cue: Cue, args: Args, answer: Decision, now: Now) -> Asked:
    """Record what was asked and answered, and what it changes, so that `undo` can undo it."""
    fact = asked(session, cue, args, answer)
    if not cue.can_be_undone:
        return fact
    after = fold(session, answer.facts)
    what = changed(session, after)
    return replace(fact, at_s=now.s, changed=what, phase=after.course.phase, token=after.tokens)


def _music_again(session: Session, answer: Decision, now: Now) -> Decision:
    """Bring music back if a cue makes a phase longer whose last track has already ended.

    A phase's last track may end by itself before a phase without music.
    """
    after = fold(session, answer.facts)
    phase = after.current
    if "course" not in changed(session, after) or phase is None or not phase.playlists:
        return NOTHING
    if after.playing is not None or after.waits or after.closing:
        return NOTHING
    return music.bring_next(after, now.s)


def _new_ends(session: Session, answer: Decision, now: Now) -> str:
    """Say the new ends of the phase and of the arc if a cue has moved them."""
    after = fold(session, answer.facts)
    phase, arc = after.course.ends_s, after.arc_ends_s()
    if (phase, arc) == (session.course.ends_s, session.arc_ends_s()) or after.current is None:
        return ""

    def told(name: str, ends_s: float) -> str:
        minutes = round((ends_s - now.s) / 60.0)
        left = f"{minutes} min" if minutes > 0 else "under 1 min"
        return f"{name} ends at {now.moments.name(ends_s)} (in {left})"

    parts = [] if phase is None else [told(after.current.name, phase)]
    if arc is not None and arc != phase:
        parts.append(told("the arc", arc))
    return f" · {', '.join(parts)}" if parts else ""


def asked(session: Session, cue: Cue, args: Args, answer: Answer) -> Asked:
    """Return the fact that a cue was given and what was answered.

    For a refused cue it leaves out any word this session does not know: it may be a person's name.
    """
    given = {name: value for name, value in args.items() if value not in (None, "", False)}
    if not isinstance(answer, Refusal):
        return Asked(cue.name, given, True, answer.answer)
    known = {
        *("off", *session.opened.persons, *session.ambiences),
        *(phase.name for phase in session.arc.phases),
    }
    known = {canonical(each) for each in known}
    reason = answer.reason
    for name, value in given.items():
        if isinstance(value, str) and canonical(value) not in known and not _harmless(cue, name):
            given[name] = "…"
            reason = reason.replace(f"`{value}`", "`…`")
    return Asked(cue.name, given, False, reason)


def _harmless(cue: Cue, name: str) -> bool:
    """Whether the value can only be a letter, or an id of words that are stored apart."""
    texts = [each for each in cue.params if isinstance(each, Text) and each.name == name]
    return any(each.letter or each.apart for each in texts)
