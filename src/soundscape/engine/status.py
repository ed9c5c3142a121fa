"""The status of a session, as `status --json` prints it and the screens show it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from soundscape.core.course import course
from soundscape.core.cues.row import Moments, place
from soundscape.core.events import Faulted
from soundscape.core.ports import JournalHealth, Output
from soundscape.core.session import Session
from soundscape.journal.encryption import holds_any
from soundscape.protocol import Status, TrackStatus


def state_of(session: Session) -> str:
    """Return the first that holds of ended, paused, silent, held, waiting, playing."""
    if session.closed or session.closing:
        return "ended"
    if session.rest.kind == "pause":
        return "paused"
    phase = session.current
    if session.rest.kind == "silence" or (phase is not None and phase.silence):
        return "silent"
    if session.course.held:
        return "held"
    if not session.started or (phase is not None and phase.open_ended):
        return "waiting"
    return "playing"


def describe(
    session: Session,
    now_s: float,
    position_s: float | None,
    journal: JournalHealth,
    begins: str | None,
    moments: Moments,
    supervisor: int,
    begins_at: str | None = None,
    outputs: Sequence[Output] = (),
) -> Status:
    """Describe the session as plain data. Times are in seconds.

    `phase_ends_s` counts from the start; `phase_ends_at` is what the wall clock shows then.
    `private` forbids showing what plays to other programs, because of the arc or because the
    session is encrypted. `place` goes back with a cue as what its giver saw.
    """

    def named(at_s: float | None) -> str | None:
        return None if at_s is None else moments.name(at_s)

    def left_s(at_s: float | None) -> float | None:
        return None if at_s is None else max(0.0, at_s - now_s)

    phase = session.current
    playing = session.playing
    upcoming = session.upcoming()
    track: TrackStatus | None = None
    if playing is not None:
        track = {
            "path": playing.item.track.path,
            "title": playing.item.track.title,
            "artist": playing.item.track.artist,
            "intensity": playing.item.track.intensity,
            "position_s": position_s,
            "ends_s": session.music_ends_s(),
            "sounds": playing.sounds,
        }
    last = session.last_cue
    return {
        "session": session.opened.code,
        "arc": session.arc.name,
        "private": session.arc.private or holds_any(),
        "state": state_of(session),
        "paused": session.rest.kind == "pause",
        "held": session.course.held is not None,
        "silent": session.rest.kind == "silence" or bool(phase and phase.silence),
        "silenced": session.rest.kind == "silence",
        "closing": session.closing.how if session.closing else "",
        "stopped": session.stopped_s is not None,
        "begins": begins,
        "begins_at": begins_at or (begins and begins[11:16]),
        "phase": phase.name if phase else None,
        "stage": phase.stage if phase else None,
        "until": phase.until if phase else None,
        "mode": session.mode,
        "cap": phase.cap if phase and phase.cap < 1 else None,
        "now_s": now_s,
        "arc_s": session.arc_s(now_s) if session.started else None,
        "phase_started_s": session.course.started_s,
        "phase_ends_s": session.course.ends_s,
        "phase_ends_at": named(session.course.ends_s),
        "phase_left_s": left_s(session.course.ends_s),
        "arc_ends_s": session.arc_ends_s(),
        "arc_ends_at": named(session.arc_ends_s()),
        "arc_left_s": left_s(session.arc_ends_s()),
        "silence_ends_at": named(session.rest.ends_s),
        "arc_over": session.course.over,
        "level_db": session.level_db + session.trim_db,
        "trim_db": session.trim_db,
        "track": track,
        "next": upcoming[0].track.title if upcoming else None,
        "ambience": session.ambience.now.name if session.ambience.now else None,
        "ambiences": sorted(session.ambiences),
        "persons": list(session.opened.persons),
        "phases": [each.name for each in session.arc.phases],
        "course": [asdict(leg) for leg in course(session, now_s)],
        "marks": session.last_mark,
        "marked": [{"at_s": at_s, "person": mark.person} for at_s, mark in session.marks],
        "doses": [
            {"person": person, "at_s": at_s}
            for person, at_s in {dose.person: dose.at_s for dose in session.doses.given}.items()
        ],
        "place": place(session),
        "last_cue": {"name": last.cue, "ok": last.ok, "answer": last.answer} if last else None,
        "health": {
            "journal": journal.state,
            "journal_waiting": journal.waiting,
            "faults": session.faults,
            "last_fault": _told(session.last_fault),
            "sound": None if playing is None else playing.sounds,
            "output": session.lost.what if session.lost else "takes sound",
            "device": session.device or "default",
            "volumes": [{**asdict(each), "said": each.told()} for each in session.volumes.values()],
            "awake": asdict(session.awake) if session.awake else None,
        },
        "outputs": [asdict(each) for each in outputs],
        "pids": {"supervisor": supervisor, "engine": os.getpid()},
    }


def _told(fault: Faulted | None) -> str | None:
    """Say what went wrong, with the name of the file concerned if there is one."""
    if fault is None or not fault.where:
        return fault.what if fault else None
    return f"{Path(fault.where).name}: {fault.what}"
