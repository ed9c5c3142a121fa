"""What the session does when the output is lost, or when something else changes the volume.

Pure, like the director: each function takes the session and returns a `Decision`.
"""

from __future__ import annotations

from soundscape.core import fade
from soundscape.core.decision import NOTHING, Decision
from soundscape.core.events import Faulted
from soundscape.core.output_facts import KeptAwake, OutputChosen, OutputLost, VolumeMoved
from soundscape.core.ports import (
    AwakeSaid,
    Glide,
    MoveOutput,
    NoOutput,
    OutputRefused,
    VolumeSeen,
)
from soundscape.core.session import Session
from soundscape.core.words import number

PUT_RIGHT_DOWN_S = 4.0
"""Least seconds in which a volume that was changed from outside glides back."""


def lost(session: Session, report: NoOutput, at_s: float) -> Decision:
    """Nothing is heard any more: say so. What sounded waits where it was last heard. It is said
    again once only the chosen output is away, which needs another way on."""
    if session.lost and not report.gone:
        return NOTHING
    done = "" if session.closing else "playback waits where it was and comes back softly"
    what = report.what
    when_gone = session.opened.when_gone
    if report.gone and when_gone == "ask":
        elsewhere = report.elsewhere[0] if report.elsewhere else "NAME"
        what = f"{what}; `output {elsewhere}` continues there"
    facts = (Faulted(f"no sound: {report.what}", done=done), OutputLost(what, at_s, report.port))
    if report.gone and when_gone == "default" and not session.closing:
        return Decision((*facts, OutputChosen("")), (MoveOutput("", fade.SHORTEST_S),))
    return Decision(facts)


def refused(session: Session, report: OutputRefused) -> Decision:
    """Say that a requested output is not accepting sound."""
    name = report.device or "the default output"
    if session.lost:
        return Decision((Faulted(f"{name} accepts no sound", done="`output NAME` tries another"),))
    fault = Faulted(f"{name} accepts no sound", done="the music stays where it is")
    stays = (OutputChosen(report.stays),) if session.device == report.device else ()
    return Decision((*stays, fault))


def moved(session: Session, report: VolumeSeen, at_s: float) -> Decision:
    """Leave a volume that was changed from outside, or glide it back, as the facilitator chose.

    The whole output's volume and any mute are always left: whoever turned them meant it.
    """
    if report.of == "output" or report.knob or not _to_put_right(session, report.stands_db):
        fact = VolumeMoved(report.of, report.stands_db, report.muted, "left", at_s)
        return Decision((fact,))
    pace = fade.RISE_DB_PER_S if report.stands_db < 0.0 else fade.FALL_DB_PER_S
    seconds = max(abs(report.stands_db) / pace, PUT_RIGHT_DOWN_S)
    facts = (VolumeMoved(report.of, 0.0, report.muted, "put right", at_s),)
    return Decision(facts, (Glide(report.of, "hand", 0.0, seconds),))


def _to_put_right(session: Session, stands_db: float) -> bool:
    outside = session.opened.outside
    if outside == "keep" or abs(stands_db) < fade.NOTICED_DB:
        return False
    return stands_db > 0.0 or outside == "restore"


def volume_words(moved: VolumeMoved) -> str:
    """Say in words that something outside this program changed a volume."""
    whose = "the output" if moved.of == "output" else f"the {moved.of}"
    if moved.muted:
        return f"{whose} was muted from outside"
    if moved.of == "output":
        return f"the output's volume was set to {fade.db_to_volume(moved.stands_db):.0%}"
    if moved.done == "put right":
        return f"{whose}'s volume was changed from outside"
    if abs(moved.stands_db) < fade.NOTICED_DB:
        return f"{whose} is back at its own volume"
    if moved.stands_db <= fade.MUTE_DB:
        return f"{whose} was turned down to nothing from outside"
    which = "down" if moved.stands_db < 0.0 else "up"
    return f"{whose} was turned {which} by {number(abs(moved.stands_db))} dB from outside"


def awake(report: AwakeSaid) -> Decision:
    """Record whether the machine is kept awake."""
    return Decision((KeptAwake(report.by, report.refused),))
