"""Cues of stillness: pause, resume, silence."""

from __future__ import annotations

from dataclasses import replace

from soundscape.core import director, fade
from soundscape.core.cues.row import Answer, Args, Now
from soundscape.core.decision import Decision, Refusal
from soundscape.core.events import Paused, Silenced
from soundscape.core.ports import Freeze
from soundscape.core.session import Session
from soundscape.core.text import number
from soundscape.core.track import LAYERS, Layer


def pause(session: Session, args: Args, now: Now) -> Answer:
    """Fade the music out and let it wait where it is; with `all` the ambience too."""
    layers: tuple[Layer, ...] = LAYERS if args["all"] else ("music",)
    seconds = fade.PAUSE_S
    if session.silenced:
        # The silence goes on, but nothing ends it by itself any more.
        facts = (Paused(0.0, LAYERS),)
        return Decision(facts, answer="the silence now lasts until `resume`")
    if set(layers) <= set(session.waiting):
        return Refusal("already paused; `resume` brings the music back")
    what = "everything waits where it is" if args["all"] else "the music waits where it is"
    if session.playing is None and not (args["all"] and session.ambience):
        what = "no music comes in before `resume`"
        if session.ambience:
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
    if session.silenced and minutes is None and session.silence_ends_s is None:
        return Refusal("already silent; `resume` brings the music back")
    ends_s = None if minutes is None else now.s + float(minutes) * 60.0
    until = "`resume`" if ends_s is None else f"{now.moments.name(ends_s)} or `resume`"
    if session.silenced:
        return Decision((Silenced(0.0, ends_s),), answer=f"silent until {until}")
    return Decision(
        (Silenced(fade.PAUSE_S, ends_s),),
        (Freeze(LAYERS, fade.PAUSE_S),),
        f"fading to silence over {number(fade.PAUSE_S)} s; silent until {until}",
    )
