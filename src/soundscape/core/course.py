"""The course of a session: where its phases lie as it stands now, and the curve through them.

For drawing: past phases as they were entered, later ones as they would follow now.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from soundscape.core.arc import Phase
from soundscape.core.session import Session

Point = tuple[float, float]
"""Seconds from the session's start, and the intensity wanted there, 0 to 1."""


@dataclass(frozen=True, slots=True)
class CoursePhase:
    """A phase at its place, in seconds from the session's start.

    An `open_ended` phase lasts until somebody ends it, and is drawn as long as it was planned for.
    `curve` is empty for a phase without music.
    """

    name: str
    from_s: float
    to_s: float
    open_ended: bool
    cap: float
    curve: tuple[Point, ...]


def course(session: Session, now_s: float) -> tuple[CoursePhase, ...]:
    """List all phases in order: those already entered, the current one, those to come."""
    phases = session.arc.phases
    legs: list[CoursePhase] = []
    entered = session.entered
    for (index, from_s), (_, to_s) in pairwise(entered):
        legs.append(_leg(phases[index], from_s, to_s, from_s))
    current = session.current
    at_s = 0.0
    if current is not None:
        from_s = entered[-1][1] if entered else session.course.started_s
        at_s = max(_ends_s(session, current, now_s), from_s)
        legs.append(_current(session, current, from_s, at_s, now_s))
    for index in session.ahead():
        phase = phases[index]
        legs.append(_leg(phase, at_s, at_s + phase.length_s, at_s))
        at_s += phase.length_s
    return tuple(legs)


def _ends_s(session: Session, phase: Phase, now_s: float) -> float:
    """Return when the current phase would end, as far as that is known, in seconds."""
    if session.course.held is not None:
        return now_s + session.course.held.left_s
    if session.course.ends_s is not None:
        return session.course.ends_s
    planned_s = session.course.started_s + phase.length_s
    return now_s if session.course.over else max(now_s, planned_s)


def _current(
    session: Session, phase: Phase, from_s: float, to_s: float, now_s: float
) -> CoursePhase:
    """Return the current phase. In a hold its curve stands still, and would go on from now."""
    held = session.course.held
    started_s = session.course.started_s
    if held is None or not phase.playlists:
        return _leg(phase, from_s, to_s, started_s, until_said=session.open_ended)
    since_s = min(max(started_s + held.elapsed_s, from_s), now_s)
    before = _points(phase, from_s, since_s, started_s)
    after = _points(phase, now_s, to_s, now_s - held.elapsed_s)
    return CoursePhase(phase.name, from_s, to_s, True, phase.cap, (*before, *after))


def _leg(
    phase: Phase, from_s: float, to_s: float, zero_s: float, *, until_said: bool = False
) -> CoursePhase:
    curve = _points(phase, from_s, to_s, zero_s) if phase.playlists else ()
    return CoursePhase(phase.name, from_s, to_s, phase.open_ended or until_said, phase.cap, curve)


def _points(phase: Phase, from_s: float, to_s: float, zero_s: float) -> tuple[Point, ...]:
    """Return the points of the phase's curve, which counts from `zero_s`, between two moments."""
    turns = (zero_s + x * phase.length_s for x, _ in phase.curve.points)
    moments = [from_s, *(each for each in turns if from_s < each < to_s), to_s]
    return tuple((each, phase.target(each - zero_s)) for each in moments)
