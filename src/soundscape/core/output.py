"""What the session does when the output goes, or is turned up or down from outside.

Pure, like the director: each function takes the session and answers with a `Decision`.
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
"""How long a volume that was turned up from outside takes back down, where the limit allows."""


def lost(session: Session, report: NoOutput, at_s: float) -> Decision:
    """Nothing is heard any more: say so. What sounded waits where it was last heard. It is said
    again once only the chosen output is away, which needs another way on."""
    if session.no_output and not report.gone:
        return NOTHING
    done = "" if session.closing else "it waits where it was last heard, and comes back softly"
    what = report.what
    if report.gone and session.when_gone == "ask":
        elsewhere = report.elsewhere[0] if report.elsewhere else "NAME"
        what = f"{what}; `output {elsewhere}` goes on there"
    facts = (Faulted(f"no sound: {report.what}", done=done), OutputLost(what, at_s, report.port))
    if report.gone and session.when_gone == "default" and not session.closing:
        return Decision((*facts, OutputChosen("")), (MoveOutput("", fade.SHORTEST_S),))
    return Decision(facts)


def refused(session: Session, report: OutputRefused) -> Decision:
    """An output that was asked for takes no sound."""
    name = report.device or "the default output"
    if session.no_output:
        return Decision((Faulted(f"{name} takes no sound", done="`output NAME` tries another"),))
    fault = Faulted(f"{name} takes no sound", done="the music stays where it is")
    stays = (OutputChosen(report.stays),) if session.device == report.device else ()
    return Decision((*stays, fault))


def moved(session: Session, report: VolumeSeen, at_s: float) -> Decision:
    """Somebody's hand on a volume: left, or put right softly, as the facilitator chose.

    The whole output's own knob is always left, and so is a mute: whoever turned it meant it.
    """
    if report.of == "output" or report.knob or not _to_put_right(session, report.stands_db):
        fact = VolumeMoved(report.of, report.stands_db, report.muted, "left", at_s)
        return Decision((fact,))
    pace = fade.RISE_DB_PER_S if report.stands_db < 0.0 else fade.FALL_DB_PER_S
    seconds = max(abs(report.stands_db) / pace, PUT_RIGHT_DOWN_S)
    facts = (VolumeMoved(report.of, 0.0, report.muted, "put right", at_s),)
    return Decision(facts, (Glide(report.of, "hand", 0.0, seconds),))


def _to_put_right(session: Session, stands_db: float) -> bool:
    if session.outside == "keep" or abs(stands_db) < fade.NOTICED_DB:
        return False
    return stands_db > 0.0 or session.outside == "restore"


def volume_words(moved: VolumeMoved) -> str:
    """A volume that somebody else moved, said to a person."""
    whose = "the output" if moved.of == "output" else f"the {moved.of}"
    if moved.muted:
        return f"{whose} was muted from outside"
    if moved.of == "output":
        return f"the output's volume was set to {fade.db_to_volume(moved.stands_db):.0%}"
    if moved.done == "put right":
        return f"{whose}'s volume was turned from outside"
    if abs(moved.stands_db) < fade.NOTICED_DB:
        return f"{whose} is at its own volume again"
    if moved.stands_db <= fade.MUTE_DB:
        return f"{whose} was turned down to nothing from outside"
    which = "down" if moved.stands_db < 0.0 else "up"
    return f"{whose} was turned {which} by {number(abs(moved.stands_db))} dB from outside"


def awake(report: AwakeSaid) -> Decision:
    """Whether the machine is kept awake."""
    return Decision((KeptAwake(report.by, report.refused),))
