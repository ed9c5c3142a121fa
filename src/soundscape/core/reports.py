"""How the session responds to the decks' reports: it records what was heard and repairs what went
wrong. Pure, like the director."""

from __future__ import annotations

from soundscape.core import environment, events, fade, music, ports, seam
from soundscape.core.comeback import output_back
from soundscape.core.decision import NOTHING, Decision
from soundscape.core.director import bring_back
from soundscape.core.events import Fact
from soundscape.core.fold import apply, fold
from soundscape.core.machine_facts import OutputBack, OutputChosen, OutputLost, VolumeMoved
from soundscape.core.ports import Action, Report
from soundscape.core.session import Playing, Session
from soundscape.core.track import Track

LEAST_HEARD_S = 2.0
"""Least seconds that an ambience must play. A shorter one would start again and again."""

PUT_RIGHT_DOWN_S = 4.0
"""Least seconds in which a volume that was changed from outside glides back."""


def on_report(session: Session, report: Report, now_s: float) -> Decision:
    """Record what was heard and repair what went wrong.

    `now_s` is when it happened (`report.at`), in seconds from the session's start.
    """
    match report:
        case ports.Sounding():
            return _sounding(session, report, now_s)
        case ports.Silent():
            return _silent(session, report, now_s)
        case ports.Failed():
            return _failed(session, report, now_s)
        case ports.Down():
            return _down(session, now_s)
        case ports.NoOutput():
            return _lost(session, report, now_s)
        case ports.OutputAgain():
            return _output_again(session, now_s)
        case ports.OutputMoved():
            return output_back(session, OutputBack(now_s), now_s)
        case ports.OutputRefused():
            return _refused(session, report)
        case ports.VolumeSeen():
            return volume_moved(session, report, now_s)


def _output_again(session: Session, now_s: float) -> Decision:
    return output_back(session, OutputBack(now_s), now_s) if session.lost else NOTHING


def _down(session: Session, now_s: float) -> Decision:
    if session.stopped_s is not None:  # The decks were told before the session was.
        return NOTHING
    if not session.closing:  # `undo` came at the very same moment.
        return bring_back(session, now_s)
    if session.closing.stays_open and session.started:
        return Decision((events.Stopped(now_s),))
    return Decision((events.Closed(session.closing.how),))


def _playing(session: Session, token: int) -> Playing | None:
    return session.playing if session.playing and session.playing.token == token else None


def _sounding(session: Session, report: ports.Sounding, now_s: float) -> Decision:
    track: Track | None = None
    phase = session.course.phase
    playing = _playing(session, report.token)
    if playing:
        track, phase = playing.item.track, playing.item.phase
    elif report.layer == "ambience" and session.ambience.now:
        track = session.ambiences.get(session.ambience.now.name)
    if track is None:
        return NOTHING
    heard = events.HeardFrom(
        report.layer, report.token, track.path, track.title, phase, report.position_s, now_s
    )
    decision = Decision((heard,), replan=_off_plan(fold(session, (heard,)), report.token))
    if playing and session.failed and track.path == session.trying:
        # The drive is back, so the other files that would not open may open now.
        decision = decision.then(Decision((events.Readmitted(session.failed),)))
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


def _silent(session: Session, report: ports.Silent, now_s: float) -> Decision:
    heard = events.HeardTo(report.layer, report.token, report.position_s, now_s, report.why)
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
        fault = events.Faulted(
            f"ended {short_s:.0f} s early",
            playing.item.track.path,
            "the next track comes in",
        )
        decision = decision.then(Decision((fault,)))
    if session.waits:  # It was fading into a pause: `resume` brings another one.
        return decision.then(Decision((events.Rested("it ended before all was silent"),)))
    return decision.then(
        music.bring_next(after, now_s, "the last one broke off", music.RETURN_FADE_S)
    )


def _ambience_ended(session: Session, report: ports.Silent, now_s: float) -> Decision:
    """Start an ambience again that ended. A loop never ends by itself: its file is too short."""
    now = session.ambience.now
    if now is None or report.token != session.ambience.token or session.closing:
        return NOTHING
    if "ambience" in session.rest.waiting:
        return environment.begin_again(session)  # Heard once the pause ends.
    track = session.ambiences[now.name]
    if report.position_s - track.cue_in_s < LEAST_HEARD_S:
        return _ambience_failed(session, "contains no sound", report.token, now_s)
    fault = events.Faulted("ended too early", track.path, "starts again", report.token)
    return Decision((fault,)).then(environment.begin_again(session))


def _failed(session: Session, report: ports.Failed, now_s: float) -> Decision:
    playing = _playing(session, report.token)
    if playing:
        track = playing.item.track
        facts: tuple[Fact, ...] = (
            events.Faulted(
                report.what, track.path, "left out; the next track comes in", report.token
            ),
            events.Banned(track.path, fault=True),
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
        events.Faulted(what, track.path, "no ambience for now", token),
        events.Banned(track.path, fault=True),
        events.AmbienceSet("", fade.SILENT_DB, token, was.by_cue and was.stands_in),
    )
    off: tuple[Action, ...] = (ports.FadeOut("ambience", environment.AMBIENCE_FADE_S),)
    decision = Decision(facts, off)
    alone = session.playing is None and not phase.silence and not session.closing
    after = fold(session, facts)
    known = [each for each in session.ambiences.values() if each.path not in after.failed]
    if alone and known:
        return decision.then(environment.stand_in(after))
    if alone and session.retry_at_s is None:
        again = events.Rested("no ambience is left", now_s + music.AGAIN_S)
        return decision.then(Decision((again,)))
    return decision


def _lost(session: Session, report: ports.NoOutput, at_s: float) -> Decision:
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
    facts = (
        events.Faulted(f"no sound: {report.what}", done=done),
        OutputLost(what, at_s, report.port),
    )
    if report.gone and when_gone == "default" and not session.closing:
        return Decision((*facts, OutputChosen("")), (ports.MoveOutput("", fade.SHORTEST_S),))
    return Decision(facts)


def _refused(session: Session, report: ports.OutputRefused) -> Decision:
    """Say that a requested output is not accepting sound."""
    name = report.device or "the default output"
    done = "`output NAME` tries another" if session.lost else "the music stays where it is"
    fault = events.Faulted(f"{name} accepts no sound", done=done)
    back = session.device == report.device and not session.lost
    stays = (OutputChosen(report.stays),) if back else ()
    return Decision((*stays, fault))


def volume_moved(session: Session, report: ports.VolumeSeen, at_s: float) -> Decision:
    """Leave a volume that was changed from outside, or glide it back, as the facilitator chose.

    The whole output's volume and any mute are always left: whoever turned them meant it.
    """
    if report.of == "output" or report.knob or not _to_put_right(session, report.stands_db):
        fact = VolumeMoved(report.of, report.stands_db, report.muted, "left", at_s)
        return Decision((fact,))
    pace = fade.RISE_DB_PER_S if report.stands_db < 0.0 else fade.FALL_DB_PER_S
    seconds = max(abs(report.stands_db) / pace, PUT_RIGHT_DOWN_S)
    facts = (VolumeMoved(report.of, 0.0, report.muted, "put right", at_s),)
    return Decision(facts, (ports.Glide(report.of, "hand", 0.0, seconds),))


def _to_put_right(session: Session, stands_db: float) -> bool:
    outside = session.opened.outside
    if outside == "keep" or abs(stands_db) < fade.NOTICED_DB:
        return False
    return stands_db > 0.0 or outside == "restore"
