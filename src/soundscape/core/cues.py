"""The table of cues: what the facilitator can say, and what each one decides.

A new cue is one row: a function here, its parameters, a row in `CUES`. Command line, control
port, help and docs are derived from the table. A cue's function is pure: it takes the session,
its arguments and `now_s` (seconds from the session's start), and answers with a `Decision`, or
with a `Refusal` that says why and names the nearest thing that would work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from soundscape.core import director, fade
from soundscape.core.arc import DEFAULT_AMBIENCE_LEVEL_DB, Ambience
from soundscape.core.cue_words import Flag, Number, Param, Text
from soundscape.core.decision import Decision, Refusal
from soundscape.core.errors import nearest
from soundscape.core.events import (
    Asked,
    Banned,
    Closing,
    Marked,
    Paused,
    Resumed,
    Shifted,
    Trimmed,
    Value,
)
from soundscape.core.ports import Freeze, Glide, Shut, Thaw
from soundscape.core.session import Session, fold
from soundscape.core.words import clock, number, quoted

Args = Mapping[str, Value]
Answer = Decision | Refusal

GENTLER = -0.12
FULLER = 0.08
SHIFT_MOST = 0.4
"""How far the cues move the wanted intensity, each time and in all."""

TRIM_LEAST_DB = -40.0
GIVEN_LEAST_DB = 0.25
"""A lift smaller than this would not be heard: it is refused, with the reason."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One row of the table.

    `urgent` cues act within 100 ms even where the journal cannot be written in time. A cue is
    refused while the music is paused, while the session closes, or before it has begun, unless
    its row allows it.
    """

    name: str
    help: str
    decide: Callable[[Session, Args, float], Answer]
    params: tuple[Param, ...] = ()
    urgent: bool = False
    when_paused: bool = True
    when_closing: bool = False
    when_waiting: bool = False

    @property
    def usage(self) -> str:
        """The cue and its parameters, as they are typed."""
        return " ".join([self.name, *(param.usage for param in self.params)])


def _paused_note(session: Session) -> str:
    return " (paused: heard at `resume`)" if session.paused else ""


def _soften(session: Session, args: Args, now_s: float) -> Answer:
    db = float(args["db"] or 0.0)
    to_db = session.trim_db - db
    if to_db < TRIM_LEAST_DB:
        down = number(-session.trim_db)
        return Refusal(f"already {down} dB down; `pause` fades to silence, `restore` comes back")
    shift = max(session.shift + GENTLER, -SHIFT_MOST)
    seconds = max(fade.SOFTEN_S, 1.0 + (db - fade.SOFTEN_AT_ONCE_DB) / fade.FALL_DB_PER_S)
    return Decision(
        (Trimmed(to_db, seconds), Shifted(shift)),
        (Glide("music", "trim", to_db, seconds, "soften"),),
        f"softer by {number(db)} dB over {number(seconds)} s; gentler from here on"
        + _paused_note(session),
        replan="softened",
    )


def _lift(session: Session, args: Args, now_s: float) -> Answer:
    asked = float(args["db"] or 0.0)
    over = fade.OVER_COMFORT_DB - session.level_db - session.trim_db
    room, why = over, "that is the most over comfort"
    if session.playing:
        track = session.playing.item.track
        peak = track.headroom_db - track.match_db - session.level_db - session.trim_db
        if peak < room:
            room, why = peak, "the track's peaks allow no more"
    db = min(asked, room)
    if db < GIVEN_LEAST_DB:
        return Refusal(f"no louder: {why}; the knob of the room's amplifier still works")
    to_db = session.trim_db + db
    seconds = max(fade.LIFT_S, db / fade.RISE_DB_PER_S)
    short = f" of {number(asked)}: {why}" if db < asked - 0.05 else ""
    return Decision(
        (Trimmed(to_db, seconds), Shifted(min(session.shift + FULLER, SHIFT_MOST))),
        (Glide("music", "trim", to_db, seconds),),
        f"louder by {number(db)} dB over {number(seconds)} s{short}; fuller from here on"
        + _paused_note(session),
        replan="lifted",
    )


def _restore(session: Session, args: Args, now_s: float) -> Answer:
    if session.trim_db == 0.0 and session.shift == 0.0:
        return Refusal("already at the arc's own level and curve")
    seconds = max(fade.RESUME_S, abs(session.trim_db) * 2.0)
    return Decision(
        (Trimmed(0.0, seconds), Shifted(0.0)),
        (Glide("music", "trim", 0.0, seconds),),
        f"back to the arc's own level over {number(seconds)} s, and to its curve"
        + _paused_note(session),
        replan="restored",
    )


def _pause(session: Session, args: Args, now_s: float) -> Answer:
    if session.paused:
        return Refusal("already paused; `resume` brings the music back")
    return Decision(
        (Paused(fade.PAUSE_S),),
        (Freeze(("music",), fade.PAUSE_S),),
        f"fading to silence over {number(fade.PAUSE_S)} s; the music waits where it is",
    )


def _resume(session: Session, args: Args, now_s: float) -> Answer:
    if not session.paused:
        return Refusal("not paused; `lift` or `restore` make it louder")
    facts = (Resumed(fade.RESUME_S),)
    decision = Decision(
        facts,
        (Thaw(("music",), fade.RESUME_S),),
        f"back over {number(fade.RESUME_S)} s from nothing",
        replan="resumed",
    )
    after = fold(session, facts)
    if after.playing is None and after.current and after.current.playlists:
        return decision.then(director.bring_next(after, now_s))
    return decision


def _transition(session: Session, args: Args, now_s: float) -> Answer:
    name = str(args["phase"] or "")
    phases = session.arc.phases
    index = session.following() if not name else _phase_named(session, name)
    if index is None and not name:
        last = phases[session.phase].name
        return Refusal(f"{last} is the last phase; `next` changes the track, `end` closes")
    if index is None:
        names = ", ".join(phase.name for phase in phases)
        hint = nearest(name, [phase.name for phase in phases])
        return Refusal(f"no phase `{name}` in this arc; {hint or 'it has ' + names}")
    if index == session.phase:
        return Refusal(f"already in {phases[index].name}; `next` changes the track")
    decision = replace(director.enter(session, index, now_s, "by cue"), replan="a new phase")
    after = fold(session, decision.facts)
    phase = phases[index]
    answer = f"to {phase.name} over {number(fade.CUE_CROSSFADE_S)} s"
    if not phase.playlists:
        return replace(decision, answer=f"to {phase.name}, which has no music")
    brought = decision
    if session.playing is not None and after.playing is not None:
        item = director.next_item(after, now_s, index)
        if item is None or item.track.path == after.playing.item.track.path:
            return replace(decision, answer=f"{answer}; no other music is left for it")
        brought = decision.then(
            director.bring_in(after, item, now_s, fade.CUE_CROSSFADE_S, f"`transition`: {name}")
        )
    item_now = fold(session, brought.facts).playing
    title = quoted(item_now.item.track.title) if item_now else "no music"
    return replace(brought, answer=f"{answer}, with {title}")


def _phase_named(session: Session, name: str) -> int | None:
    """The phase of that name, or the next one of that stage; case does not matter."""
    wanted = name.casefold()
    phases = session.arc.phases
    by_name = [i for i, phase in enumerate(phases) if phase.name.casefold() == wanted]
    by_stage = [i for i, phase in enumerate(phases) if phase.stage == wanted and i > session.phase]
    return next(iter(by_name + by_stage), None)


def _next(session: Session, args: Args, now_s: float) -> Answer:
    playing = session.playing
    if playing is None:
        return Refusal("no music plays in this phase; `transition` goes to the next one")
    old = playing.item.track
    facts = (Banned(old.path),) if args["never"] else ()
    after = fold(session, facts)
    item = director.next_item(after, now_s, session.phase)
    if item is None or item.track.path == old.path:
        return Refusal("no other track is left for this phase; `soften` or `transition` still work")
    brought = director.bring_in(after, item, now_s, fade.CUE_CROSSFADE_S, "`next`")
    kept_out = f"; {quoted(old.title)} stays out of this session" if args["never"] else ""
    return replace(
        Decision(facts).then(brought),
        answer=f"{quoted(item.track.title)} over {number(fade.CUE_CROSSFADE_S)} s{kept_out}",
        replan="another track",
    )


def _mark(session: Session, args: Args, now_s: float) -> Answer:
    person = str(args["person"] or "")
    if person and session.persons and person not in session.persons:
        return Refusal(f"no person `{person}` in this arc; it has {', '.join(session.persons)}")
    mark = session.marks + 1
    where = session.current.name if session.current else "before the start"
    whose = f" for {person}" if person else ""
    return Decision(
        (Marked(mark, person, str(args["note"] or "")),),
        answer=f"mark {mark}{whose} at {clock(now_s)}, {where}",
    )


def _ambience(session: Session, args: Args, now_s: float) -> Answer:
    name = str(args["name"])
    if name == "off":
        if session.ambience is None:
            return Refusal("no ambience sounds; `ambience NAME` brings one in")
        decision = director.set_ambience(session, None, by_cue=True)
        return replace(decision, answer=f"{session.ambience.name} fades out")
    if name not in session.ambiences:
        known = sorted(session.ambiences)
        hint = nearest(name, known) or f"there is {', '.join(known) or 'none in the library'}"
        return Refusal(f"no ambience `{name}`; {hint}")
    if session.ambience and session.ambience.name == name:
        return Refusal(f"{name} sounds already; `ambience off` lets it go")
    level_db = session.ambience.level_db if session.ambience else DEFAULT_AMBIENCE_LEVEL_DB
    phase = session.current
    if session.ambience is None and phase and phase.ambience:
        level_db = phase.ambience.level_db
    decision = director.set_ambience(session, Ambience(name, level_db), by_cue=True)
    return replace(decision, answer=f"{name} over {number(director.AMBIENCE_FADE_S)} s")


def _end(session: Session, args: Args, now_s: float) -> Answer:
    if session.closing == "stop":
        return Refusal("already stopping")
    seconds = float(args["seconds"] or 0.0)
    if not session.started:
        return Decision((Closing("end", 0.0),), (Shut(0.0),), "closed before it began")
    return Decision(
        (Closing("end", seconds),),
        (Shut(seconds),),
        f"closing: down over {number(seconds)} s, then the journal is closed",
    )


def _stop(session: Session, args: Args, now_s: float) -> Answer:
    cut = session.closing == "stop"
    seconds = fade.CUT_S if cut else fade.STOP_S
    return Decision(
        (Closing("stop", seconds),),
        (Shut(seconds),),
        "cut" if cut else f"everything down in {number(seconds)} s",
    )


_DB = Number("db", "how many dB", default=fade.SOFTEN_DB, least=0.5, most=20.0)

CUES: dict[str, Cue] = {
    cue.name: cue
    for cue in (
        Cue(
            "soften",
            "softer at once, and gentler music from here on; again = further",
            _soften,
            (_DB,),
            urgent=True,
        ),
        Cue(
            "lift",
            "louder over 8 s, and fuller music; at most 3 dB at a time",
            _lift,
            (replace(_DB, default=fade.LIFT_DB, most=fade.LIFT_MOST_DB),),
        ),
        Cue("restore", "slowly back to the arc's own level and curve", _restore),
        Cue("pause", "fade to silence over 8 s; the music waits where it is", _pause, urgent=True),
        Cue("resume", "back over 12 s from nothing, from where it waited", _resume),
        Cue(
            "transition",
            "crossfade into the next phase, or the named one",
            _transition,
            (Text("phase", "a phase's name or stage", optional=True),),
            when_paused=False,
        ),
        Cue(
            "next",
            "crossfade to another track of this phase",
            _next,
            (Flag("never", "keep the old track out of this session for good"),),
            when_paused=False,
        ),
        Cue(
            "mark",
            "point at this moment",
            _mark,
            (
                Text("note", "a few words, kept apart", optional=True, rest=True, apart=True),
                Text("person", "whose moment: a letter", option=True, optional=True, letter=True),
            ),
            when_closing=True,
        ),
        Cue(
            "ambience",
            "change the environment layer, or let it go",
            _ambience,
            (Text("name", "an ambience of the library, or off"),),
        ),
        Cue(
            "end",
            "the closing: fade out, close the journal",
            _end,
            (Number("seconds", "how long the fade takes", fade.END_S, least=8.0, most=600.0),),
            when_closing=True,
            when_waiting=True,
        ),
        Cue(
            "stop",
            "everything down in 1.5 s, at once; said twice it cuts",
            _stop,
            urgent=True,
            when_closing=True,
            when_waiting=True,
        ),
    )
}


def decide(session: Session, cue: Cue, args: Args, now_s: float) -> Answer:
    """A cue's answer; what was asked and answered leads its facts.

    A refusal changes nothing; it is journaled by the caller with `asked`.
    """
    if session.closed:
        return Refusal("the session is over")
    if not session.started and not cue.when_waiting:
        return Refusal("the session has not begun; `stop` calls it off")
    if session.closing and not cue.when_closing:
        return Refusal("the session is closing; `stop` ends it at once")
    if session.paused and not cue.when_paused:
        return Refusal(f"paused; `resume` first, then `{cue.name}`")
    answer = cue.decide(session, args, now_s)
    if isinstance(answer, Refusal):
        return answer
    return replace(answer, facts=(asked(cue, args, answer), *answer.facts))


def asked(cue: Cue, args: Args, answer: Answer) -> Asked:
    """The fact that a cue was given, and what was answered."""
    given = {name: value for name, value in args.items() if value not in (None, "", False)}
    if isinstance(answer, Refusal):
        return Asked(cue.name, given, False, answer.reason)
    return Asked(cue.name, given, True, answer.answer)
