"""Cues of level and mode: soften, lift, restore, talk, reflect."""

from __future__ import annotations

from soundscape.core import environment, fade
from soundscape.core.arc import Mode
from soundscape.core.cues.row import Answer, Args, Now, later
from soundscape.core.decision import Decision, Refusal
from soundscape.core.events import ModeSet, Shifted, Trimmed
from soundscape.core.fold import apply
from soundscape.core.ports import Glide
from soundscape.core.session import Session
from soundscape.core.text import number

GENTLER = -0.12
FULLER = 0.08
SHIFT_MOST = 0.4
"""How far cues move the wanted intensity: `soften` and `lift` each time, and both in all."""

TRIM_LEAST_DB = -40.0
GIVEN_LEAST_DB = 0.25
"""Smallest lift in dB that is given. A smaller one would not be heard and is refused instead."""


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
        return Refusal(f"no louder: {why}; the room's amplifier can still be turned up")
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
    where = f"music under the voices, at {level}," if mode == "talk" else f"music back to {level}"
    return Decision(
        (fact,),
        (
            Glide("music", "level", to_db, seconds),
            *environment.follow_mode(session, after, seconds),
        ),
        f"{where} over {number(seconds)} s{later(session)}",
    )
