"""What the session answers to what the decks say: it writes down what was heard, and puts right
what went wrong. Pure, as the director is."""

from __future__ import annotations

from soundscape.core import fade, output
from soundscape.core.comeback import output_back
from soundscape.core.decision import NOTHING, Decision
from soundscape.core.director import AMBIENCE_FADE_S, RETURN_FADE_S, bring_back, bring_next
from soundscape.core.events import (
    AmbienceSet,
    Banned,
    Closed,
    Fact,
    Faulted,
    HeardFrom,
    HeardTo,
    Stopped,
)
from soundscape.core.fold import apply, fold
from soundscape.core.output_facts import OutputBack
from soundscape.core.ports import (
    Action,
    AwakeSaid,
    Down,
    FadeOut,
    Failed,
    NoOutput,
    OutputAgain,
    Report,
    Silent,
    Sounding,
    VolumeSeen,
)
from soundscape.core.session import Playing, Session
from soundscape.core.track import Track


def on_report(session: Session, report: Report, now_s: float) -> Decision:
    """What the decks say: write down what was heard, and put right what went wrong.

    `now_s` is when it happened (`report.at`), in seconds from the session's start.
    """
    match report:
        case Sounding():
            return _sounding(session, report, now_s)
        case Silent():
            return _silent(session, report, now_s)
        case Failed():
            return _failed(session, report, now_s)
        case Down():
            return _down(session, now_s)
        case NoOutput():
            return output.lost(session, report, now_s)
        case OutputAgain():
            return _output_again(session, now_s)
        case VolumeSeen():
            return output.moved(session, report, now_s)
        case AwakeSaid():
            return output.awake(report)


def _output_again(session: Session, now_s: float) -> Decision:
    return output_back(session, OutputBack(now_s), now_s) if session.no_output else NOTHING


def _down(session: Session, now_s: float) -> Decision:
    if not session.closing:  # It was taken back at the very moment.
        return bring_back(session, now_s)
    if session.closing == "stop" and session.started:
        return Decision((Stopped(now_s),))
    return Decision((Closed(session.closing),))


def _playing(session: Session, token: int) -> Playing | None:
    return session.playing if session.playing and session.playing.token == token else None


def _sounding(session: Session, report: Sounding, now_s: float) -> Decision:
    track: Track | None = None
    phase = session.phase
    playing = _playing(session, report.token)
    if playing:
        track, phase = playing.item.track, playing.item.phase
    elif report.layer == "ambience" and session.ambience:
        track = session.ambiences.get(session.ambience.name)
    if track is None:
        return NOTHING
    heard = HeardFrom(
        report.layer, report.token, track.path, track.title, phase, report.position_s, now_s
    )
    return Decision((heard,))


def _silent(session: Session, report: Silent, now_s: float) -> Decision:
    heard = HeardTo(report.layer, report.token, report.position_s, now_s, report.why)
    decision = Decision((heard,))
    playing = _playing(session, report.token)
    if playing is None or report.why != "end" or session.waits or session.closing:
        return decision
    # It ended without a seam: its header promised more than the file holds, or nothing was left.
    after = apply(session, heard)
    short_s = playing.item.track.end_s - report.position_s
    if short_s > 2.0:
        fault = Faulted(
            f"ended {short_s:.0f} s early", playing.item.track.path, "the next comes in"
        )
        decision = decision.then(Decision((fault,)))
    return decision.then(bring_next(after, now_s, "the last one broke off", RETURN_FADE_S))


def _failed(session: Session, report: Failed, now_s: float) -> Decision:
    playing = _playing(session, report.token)
    if playing:
        track = playing.item.track
        facts: tuple[Fact, ...] = (
            Faulted(report.what, track.path, "left out; the next comes in", report.token),
            Banned(track.path),
        )
        after = fold(session, facts)
        return Decision(facts).then(
            bring_next(after, now_s, f"{track.title} {report.what}", RETURN_FADE_S)
        )
    if report.layer == "ambience" and report.token == session.ambience_token and session.ambience:
        done = Faulted(report.what, session.ambience.name, "no ambience for now", report.token)
        off: tuple[Action, ...] = (FadeOut("ambience", AMBIENCE_FADE_S),)
        return Decision((done, AmbienceSet("", fade.SILENT_DB, report.token, True)), off)
    return NOTHING
