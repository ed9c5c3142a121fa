"""Cues of what is heard: soften, lift, restore, talk, reflect, pause, resume, silence, ambience,
output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from soundscape.core import director, environment, fade
from soundscape.core.arc import DEFAULT_AMBIENCE_LEVEL_DB, Ambience, Mode
from soundscape.core.cues.row import Answer, Args, Now, later
from soundscape.core.decision import Decision, Refusal
from soundscape.core.errors import nearest
from soundscape.core.events import ModeSet, Paused, Shifted, Silenced, Trimmed
from soundscape.core.fold import apply
from soundscape.core.machine_facts import OutputChosen
from soundscape.core.names import canonical, named
from soundscape.core.ports import Freeze, Glide, MoveOutput, Output
from soundscape.core.session import Session
from soundscape.core.text import number
from soundscape.core.track import LAYERS, Layer

GENTLER = -0.12
FULLER = 0.08
SHIFT_MOST = 0.4
"""How far cues move the wanted intensity: `soften` and `lift` each time, and both in all."""

TRIM_LEAST_DB = -40.0
GIVEN_LEAST_DB = 0.25
"""Smallest lift in dB that is given. A smaller one would not be heard and is refused instead."""

DEFAULT = "default"
"""The word that chooses the sound server's default output."""


def soften(session: Session, args: Args, now: Now) -> Answer:
    """Turn the music down, and choose gentler music from here on."""
    db = float(args["db"] or 0.0)
    to_db = session.trim_db - db
    if to_db < TRIM_LEAST_DB:
        down = number(-session.trim_db)
        return Refusal(
            f"already {down} dB softer; `pause` fades to silence, `restore` brings the level back"
        )
    shift = max(session.shift + GENTLER, -SHIFT_MOST)
    seconds = max(fade.SOFTEN_S, 1.0 + (db - fade.SOFTEN_AT_ONCE_DB) / fade.FALL_DB_PER_S)
    return Decision(
        (Trimmed(to_db, seconds), Shifted(shift)),
        (Glide("music", "trim", to_db, seconds, "soften"),),
        f"softer by {number(db)} dB over {number(seconds)} s; gentler from here on{later(session)}",
        replan="softened",
    )


def lift(session: Session, args: Args, now: Now) -> Answer:
    """Turn the music up as far as comfort and the track's peaks allow, and choose fuller music."""
    asked = float(args["db"] or 0.0)
    # Counts as if at least at comfort level: a lift given under the voices stays after `reflect`.
    over = fade.OVER_COMFORT_DB - max(session.level_db, 0.0) - session.trim_db
    room, why = over, "this is the highest level over comfort"
    if session.playing:
        track = session.playing.item.track
        # `soften` lowers what is heard (`Deck.forward_db`), so that much headroom is there again.
        peak = track.headroom_db - track.match_db - session.level_db
        peak = max(peak, 0.0) - session.trim_db if session.trim_db < 0.0 else peak - session.trim_db
        if peak < room:
            room, why = peak, "the track's peaks allow no more"
    db = min(asked, room)
    if db < GIVEN_LEAST_DB:
        return Refusal(f"cannot go louder: {why}; you can turn up the room's amplifier")
    to_db = session.trim_db + db
    seconds = max(fade.LIFT_S, db / fade.RISE_DB_PER_S)
    short = f" (not {number(asked)} dB: {why})" if db < asked - 0.05 else ""
    return Decision(
        (Trimmed(to_db, seconds), Shifted(min(session.shift + FULLER, SHIFT_MOST))),
        (Glide("music", "trim", to_db, seconds),),
        f"louder by {number(db)} dB over {number(seconds)} s{short}; fuller from here on"
        + later(session),
        replan="lifted",
    )


def restore(session: Session, args: Args, now: Now) -> Answer:
    """Return slowly to the arc's own level and curve."""
    if session.trim_db == 0.0 and session.shift == 0.0:
        return Refusal(
            "already at the arc's own level and curve; `soften` or `lift` changes the level"
        )
    seconds = max(fade.RESUME_S, abs(session.trim_db) * 2.0)
    return Decision(
        (Trimmed(0.0, seconds), Shifted(0.0)),
        (Glide("music", "trim", 0.0, seconds),),
        f"back to the arc's own level and curve over {number(seconds)} s{later(session)}",
        replan="restored",
    )


def talk(session: Session, args: Args, now: Now) -> Answer:
    """Take the music under the voices."""
    if session.mode == "talk":
        return Refusal(
            "already under the voices; `reflect` brings the music forward, `soften` turns it down"
        )
    return _to_mode(session, "talk", fade.TALK_S)


def reflect(session: Session, args: Args, now: Now) -> Answer:
    """Bring the music forward again."""
    if session.mode == "reflect":
        return Refusal("the music is already forward; `talk` takes it under the voices")
    return _to_mode(session, "reflect", fade.REFLECT_S)


def _to_mode(session: Session, mode: Mode, seconds: float) -> Decision:
    fact = ModeSet(mode)
    after = apply(session, fact)
    to_db = after.level_db
    seconds = max(seconds, (to_db - session.level_db) / fade.RISE_DB_PER_S)
    level = f"{number(to_db + session.trim_db)} dB"
    where = "goes under the voices," if mode == "talk" else "comes forward"
    return Decision(
        (fact,),
        (
            Glide("music", "level", to_db, seconds),
            *environment.follow_mode(session, after, seconds),
        ),
        f"the music {where} to {level} over {number(seconds)} s{later(session)}",
    )


def pause(session: Session, args: Args, now: Now) -> Answer:
    """Fade the music out and let it wait where it is; with `all` the ambience too."""
    layers: tuple[Layer, ...] = LAYERS if args["all"] else ("music",)
    seconds = fade.PAUSE_S
    if session.rest.kind == "silence":
        # The silence goes on, but nothing ends it by itself any more.
        facts = (Paused(0.0, LAYERS),)
        return Decision(facts, answer="the silence now lasts until `resume`")
    if set(layers) <= set(session.rest.waiting):
        return Refusal("already paused; `resume` brings the music back")
    what = "everything waits where it is" if args["all"] else "the music waits where it is"
    if session.playing is None and not (args["all"] and session.ambience.now):
        what = "no music comes in before `resume`"
        if session.ambience.now:
            what = f"{what}; `pause --all` or `silence` fades the ambience too"
        return Decision((Paused(seconds, layers),), (Freeze(layers, seconds),), what)
    return Decision(
        (Paused(seconds, layers),),
        (Freeze(layers, seconds),),
        f"fading to silence over {number(seconds)} s; {what}",
    )


def resume(session: Session, args: Args, now: Now) -> Answer:
    """Fade in from nothing, from where the music waited."""
    if not session.waits:
        return Refusal("nothing is paused; `lift` or `restore` makes the music louder")
    answer = f"fading in from nothing over {number(fade.RESUME_S)} s"
    return replace(director.wake(session, now.s), answer=answer)


def silence(session: Session, args: Args, now: Now) -> Answer:
    """Silence music and ambience on purpose, for some minutes or until `resume`."""
    minutes = args["minutes"]
    if session.rest.kind == "silence" and minutes is None and session.rest.ends_s is None:
        return Refusal("already silent; `resume` brings the music back")
    ends_s = None if minutes is None else now.s + float(minutes) * 60.0
    until = "`resume`" if ends_s is None else f"{now.moments.name(ends_s)} or `resume`"
    if session.rest.kind == "silence":
        return Decision((Silenced(0.0, ends_s),), answer=f"silent until {until}")
    return Decision(
        (Silenced(fade.PAUSE_S, ends_s),),
        (Freeze(LAYERS, fade.PAUSE_S),),
        f"fading to silence over {number(fade.PAUSE_S)} s; silent until {until}",
    )


def ambience(session: Session, args: Args, now: Now) -> Answer:
    """Crossfade to another ambience, or fade it out."""
    asked_for = str(args["name"])
    now_playing = session.ambience.now
    name = named(asked_for, session.ambiences) or canonical(asked_for)
    if name == "off":
        if now_playing is None:
            return Refusal("no ambience is playing; `ambience NAME` brings one in")
        decision = environment.set_ambience(session, None, by_cue=True)
        return replace(decision, answer=f"{now_playing.name} fades out")
    if name not in session.ambiences:
        known = sorted(session.ambiences)
        hint = nearest(name, known) or f"the library has {', '.join(known) or 'none'}"
        return Refusal(f"no ambience is called `{asked_for}`; {hint}")
    if now_playing and now_playing.name == name:
        return Refusal(f"{name} is already playing; `ambience off` fades it out")
    like = now_playing or (session.current.ambience if session.current else None)
    level_db = like.level_db if like else DEFAULT_AMBIENCE_LEVEL_DB
    decision = environment.set_ambience(session, Ambience(name, level_db), by_cue=True)
    waits = later(session) if "ambience" in session.rest.waiting else ""
    return replace(
        decision, answer=f"{name} fades in over {number(environment.AMBIENCE_FADE_S)} s{waits}"
    )


def output(session: Session, args: Args, now: Now) -> Answer:
    """Fade out, move to the named output, and fade in there."""
    wanted = str(args["device"])
    if not now.outputs:
        return Refusal(
            "this sound system does not list its outputs; `recover --device` chooses one"
        )
    found = _found(wanted, now.outputs)
    if found is None:
        return Refusal(f"no output is called `{wanted}`; {_hint(wanted, now.outputs)}")
    if session.device == found.name and not session.lost:
        if found.name and not found.current:
            return Refusal(f"already on the way: {found.about} takes over once this one is silent")
        return Refusal(f"{found.about} is already chosen; `devices` lists the outputs")
    facts = (OutputChosen(found.name),)
    down, up = number(fade.PAUSE_S), number(fade.RESUME_S)
    how = f"fading out over {down} s, then in over {up} s"
    if session.lost:
        how = f"fading in over {up} s once it accepts sound"
    elif session.waits:
        how = "heard at `resume`"
    return Decision(
        facts, (MoveOutput(found.name, fade.PAUSE_S),), f"moving to {found.about}: {how}"
    )


def _found(wanted: str, outputs: Sequence[Output]) -> Output | None:
    """Find the output of that name, or the only one with that description."""
    wanted = canonical(wanted)
    if wanted == DEFAULT:
        return Output("", "the default output")
    named = [each for each in outputs if canonical(each.name) == wanted]
    named = named or [each for each in outputs if canonical(each.about) == wanted]
    return named[0] if len(named) == 1 else None


def _hint(wanted: str, outputs: Sequence[Output]) -> str:
    names = [each.name for each in outputs]
    return nearest(wanted, [*names, DEFAULT]) or f"the outputs are {', '.join(names)}"
