"""The cues of level and mode: soften, lift, restore, talk, reflect."""

from __future__ import annotations

from soundscape.core import environment, fade
from soundscape.core.arc import Mode
from soundscape.core.cues.row import Answer, Args, Now, later
from soundscape.core.decision import Decision, Refusal
from soundscape.core.events import ModeSet, Shifted, Trimmed
from soundscape.core.fold import apply
from soundscape.core.ports import Glide
from soundscape.core.session import Session
from soundscape.core.words import number

GENTLER = -0.12
FULLER = 0.08
SHIFT_MOST = 0.4
"""How far the cues move the wanted intensity, each time and in all."""

TRIM_LEAST_DB = -40.0
GIVEN_LEAST_DB = 0.25
"""A lift smaller than this would not be heard: it is refused, with the reason."""


def soften(session: Session, args: Args, now: Now) -> Answer:
    """Softer now, and gentler music from here on."""
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
        f"softer by {number(db)} dB over {number(seconds)} s; gentler from here on{later(session)}",
        replan="softened",
    )


def lift(session: Session, args: Args, now: Now) -> Answer:
    """Louder, as far as comfort and the track's peaks allow, and fuller music."""
    asked = float(args["db"] or 0.0)
    # As if at comfort level at least: what is given under the voices is kept when they cease.
    over = fade.OVER_COMFORT_DB - max(session.level_db, 0.0) - session.trim_db
    room, why = over, "that is the most over comfort"
    if session.playing:
        track = session.playing.item.track
        # What was softened comes off what is heard (`Deck.forward_db`), so that much is there.
        peak = track.headroom_db - track.match_db - session.level_db
        peak = max(peak, 0.0) - session.trim_db if session.trim_db < 0.0 else peak - session.trim_db
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
        + later(session),
        replan="lifted",
    )


def restore(session: Session, args: Args, now: Now) -> Answer:
    """Slowly back to what the arc says."""
    if session.trim_db == 0.0 and session.shift == 0.0:
        return Refusal("already at the arc's own level and curve; `soften`, `lift` leave it")
    seconds = max(fade.RESUME_S, abs(session.trim_db) * 2.0)
    return Decision(
        (Trimmed(0.0, seconds), Shifted(0.0)),
        (Glide("music", "trim", 0.0, seconds),),
        f"back to the arc's own level over {number(seconds)} s, and to its curve{later(session)}",
        replan="restored",
    )


def talk(session: Session, args: Args, now: Now) -> Answer:
    """Under the voices."""
    if session.mode == "talk":
        return Refusal("already under the voices; `reflect` comes back, `soften` goes further down")
    return _to_mode(session, "talk", fade.TALK_S)


def reflect(session: Session, args: Args, now: Now) -> Answer:
    """Music forward again."""
    if session.mode == "reflect":
        return Refusal("music is forward already; `talk` goes under the voices")
    return _to_mode(session, "reflect", fade.REFLECT_S)


def _to_mode(session: Session, mode: Mode, seconds: float) -> Decision:
    fact = ModeSet(mode)
    after = apply(session, fact)
    to_db = after.level_db
    seconds = max(seconds, (to_db - session.level_db) / fade.RISE_DB_PER_S)
    level = f"{number(to_db + session.trim_db)} dB"
    where = f"under the voices, at {level}," if mode == "talk" else f"back to {level}"
    return Decision(
        (fact,),
        (
            Glide("music", "level", to_db, seconds),
            *environment.follow_mode(session, after, seconds),
        ),
        f"{where} over {number(seconds)} s{later(session)}",
    )
