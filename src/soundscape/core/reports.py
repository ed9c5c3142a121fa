"""How the session responds to the decks' reports: it records what was heard and repairs what went
wrong. Pure, like the director."""

from __future__ import annotations

from soundscape.core import environment, fade, music, output, seam
from soundscape.core.comeback import output_back
from soundscape.core.decision import NOTHING, Decision
from soundscape.core.director import bring_back
from soundscape.core.events import (
    AmbienceSet,
    Banned,
    Closed,
    Fact,
    Faulted,
    HeardFrom,
    HeardTo,
    Readmitted,
    Rested,
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
    OutputMoved,
    OutputRefused,
    Report,
    Silent,
    Sounding,
    VolumeSeen,
)
from soundscape.core.session import Playing, Session
from soundscape.core.track import Track

LEAST_HEARD_S = 2.0
"""Least seconds that an ambience must play. A shorter one would start again and again."""


def on_report(session: Session, report: Report, now_s: float) -> Decision:
    """Record what was heard and repair what went wrong.

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
        case OutputMoved():
            return output_back(session, OutputBack(now_s), now_s)
        case OutputRefused():
            return output.refused(session, report)
        case VolumeSeen():
            return output.moved(session, report, now_s)
        case AwakeSaid():
            return output.awake(report)


def _output_again(session: Session, now_s: float) -> Decision:
    return output_back(session, OutputBack(now_s), now_s) if session.lost else NOTHING


def _down(session: Session, now_s: float) -> Decision:
    if session.stopped_s is not None:  # The decks were told before the session was.
        return NOTHING
    if not session.closing:  # `undo` came at the very same moment.
        return bring_back(session, now_s)
    if session.closing.stays_open and session.started:
        return Decision((Stopped(now_s),))
    return Decision((Closed(session.closing.how),))


def _playing(session: Session, token: int) -> Playing | None:
    return session.playing if session.playing and session.playing.token == token else None


def _sounding(session: Session, report: Sounding, now_s: float) -> Decision:
    track: Track | None = None
    phase = session.course.phase
    playing = _playing(session, report.token)
    if playing:
        track, phase = playing.item.track, playing.item.phase
    elif report.layer == "ambience" and session.ambience.now:
        track = session.ambiences.get(session.ambience.now.name)
    if track is None:
        return NOTHING
    heard = HeardFrom(
        report.layer, report.token, track.path, track.title, phase, report.position_s, now_s
    )
    decision = Decision((heard,), replan=_off_plan(fold(session, (heard,)), report.token))
    if playing and session.failed and track.path == session.trying:
        # The drive is back, so the other files that would not open may open now.
        decision = decision.then(Decision((Readmitted(session.failed),)))
    if playing and session.ambience.stands_in and session.current is not None:
        after = fold(session, decision.facts)
        decision = decision.then(environment.phase_ambience(after, session.current))
    return decision


def _off_plan(session: Session, token: int) -> str:
    """Say why the current track no longer ends when the plan says; "" if it does."""
    playing, ends_s = _playing(session, token), session.music_ends_s()
    if playing is None or ends_s is None or seam.holds(playing.item, ends_s):
        return ""
    return "the music is not where the plan had it"


def _silent(session: Session, report: Silent, now_s: float) -> Decision:
    heard = HeardTo(report.layer, report.token, report.position_s, now_s, report.why)
    decision = Decision((heard,))
    if report.why == "end" and report.layer == "ambience":
        return decision.then(_ambience_ended(apply(session, heard), report, now_s))
    playing = _playing(session, report.token)
    if playing is None or report.why != "end" or session.closing:
        return decision
    # It ended without a seam: the file is shorter than its header says, or no next track was left.
    after = apply(session, heard)
    short_s = playing.item.track.end_s - report.position_s
    if short_s > 2.0:
        fault = Faulted(
            f"ended {short_s:.0f} s early",
            playing.item.track.path,
            "the next track comes in",
        )
        decision = decision.then(Decision((fault,)))
    if session.waits:  # It was fading into a pause: `resume` brings another one.
        return decision.then(Decision((Rested("it ended before all was silent"),)))
    return decision.then(
        music.bring_next(after, now_s, "the last one broke off", music.RETURN_FADE_S)
    )


def _ambience_ended(session: Session, report: Silent, now_s: float) -> Decision:
    """Start an ambience again that ended. A loop never ends by itself: its file is too short."""
    now = session.ambience.now
    if now is None or report.token != session.ambience.token or session.closing:
        return NOTHING
    if "ambience" in session.rest.waiting:
        return environment.begin_again(session)  # Heard once the pause ends.
    track = session.ambiences[now.name]
    if report.position_s - track.cue_in_s < LEAST_HEARD_S:
        return _ambience_failed(session, "contains no sound", report.token, now_s)
    fault = Faulted("ended too early", track.path, "starts again", report.token)
    return Decision((fault,)).then(environment.begin_again(session))


def _failed(session: Session, report: Failed, now_s: float) -> Decision:
    playing = _playing(session, report.token)
    if playing:
        track = playing.item.track
        facts: tuple[Fact, ...] = (
            Faulted(report.what, track.path, "left out; the next track comes in", report.token),
            Banned(track.path, fault=True),
        )
        after = fold(session, facts)
        why = f"{track.title} {report.what}"
        return Decision(facts).then(music.bring_next(after, now_s, why, music.RETURN_FADE_S))
    if report.layer == "ambience" and report.token == session.ambience.token:
        return _ambience_failed(session, report.what, report.token, now_s)
    return NOTHING


def _ambience_failed(session: Session, what: str, token: int, now_s: float) -> Decision:
    """Fade a failed ambience out; if nothing else was playing, bring in any other."""
    now, phase = session.ambience.now, session.current
    if now is None or phase is None:
        return NOTHING
    track = session.ambiences[now.name]
    was = session.ambience
    facts: tuple[Fact, ...] = (
        Faulted(what, track.path, "no ambience for now", token),
        Banned(track.path, fault=True),
        AmbienceSet("", fade.SILENT_DB, token, was.by_cue and was.stands_in),
    )
    off: tuple[Action, ...] = (FadeOut("ambience", environment.AMBIENCE_FADE_S),)
    decision = Decision(facts, off)
    alone = session.playing is None and not phase.silence and not session.closing
    after = fold(session, facts)
    known = [each for each in session.ambiences.values() if each.path not in after.failed]
    if alone and known:
        return decision.then(environment.stand_in(after))
    if alone and session.retry_at_s is None:
        again = Rested("no ambience is left", now_s + music.AGAIN_S)
        return decision.then(Decision((again,)))
    return decision
