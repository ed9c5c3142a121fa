"""The scene of a session as it was played, or rehearsed: read off its journal, fact by fact.

Where a plan's scene shows what is meant, this one shows what became of it: phases as they really
lay, the tracks that were heard, the intensity wanted at each moment with holds and cues in it,
mode and level as cues made them, silences and pauses, and what was said when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from soundscape.core.arc import Phase
from soundscape.core.events import Asked, Chosen, Entry, HeardFrom, HeardTo, Opened
from soundscape.core.fold import apply
from soundscape.core.plan import PlanItem
from soundscape.core.planner.cost import has_music
from soundscape.core.session import Course, Session, open_session
from soundscape.core.text import asked_words, clock, lasting, plain
from soundscape.drawing.scene import (
    CuePoint,
    LevelSpan,
    Point,
    Quiet,
    Scene,
    Stretch,
    bars_of,
    merged,
    without,
)


def played_scene(entries: Sequence[Entry], about: str) -> Scene:
    """What there is to draw of a journal's lines, the first of which opened the session.

    `about` is added to how long it was and how many tracks were heard.
    """
    opened = entries[0].fact
    assert isinstance(opened, Opened)
    end_s = max(entry.stamp.at_s for entry in entries)
    states, last = _states(opened, entries, end_s)
    items = _heard(entries, end_s)
    count = len({(item.track.path, item.offset_s) for item in items})
    dose_s = last.doses.zero_s if opened.arc.has_dose or last.doses.given else None
    return Scene(
        name=plain(opened.arc.name),
        about=f"{clock(end_s)}, {count} track{'s' * (count != 1)} heard, {about}",
        end_s=end_s,
        stretches=tuple(
            Stretch(
                start_s=s.start_s,
                end_s=s.end_s,
                name=plain(s.phase.name),
                lasting=lasting(s.end_s - s.start_s),
                cap=s.phase.cap if has_music(s.phase) else 1.0,
            )
            for s in merged(states, "course.phase")
        ),
        bars=tuple(bars_of(items)),
        curves=tuple(
            _curves(merged(states, "course.phase", "course.started_s", "course.held", "shift"))
        ),
        quiets=tuple(_quiets(states, items)),
        dose_s=dose_s if dose_s is not None and 0.0 <= dose_s <= end_s else None,
        steps=tuple(merged(states, "mode", "level_db", "ambience", "ambience_db")),
        moments=tuple(_moments(entries)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _State(LevelSpan):
    """A time in which nothing of the session changes that a picture shows.

    `quiet` is what a time without music is here, and `chosen` whether somebody wanted it.
    """

    course: Course
    phase: Phase
    shift: float
    quiet: str
    chosen: bool


def _states(opened: Opened, entries: Sequence[Entry], end_s: float) -> tuple[list[_State], Session]:
    """The session's course step by step, and the session at its end."""
    session = open_session(opened)
    states: list[_State] = []
    ends = [*(entry.stamp.at_s for entry in entries[1:]), end_s]
    for entry, until_s in zip(entries, ends, strict=True):
        session = apply(session, entry.fact)
        if session.course.phase >= 0 and entry.stamp.at_s < until_s:
            states.append(_state(session, entry.stamp.at_s, until_s))
    return states, session


def _state(session: Session, start_s: float, end_s: float) -> _State:
    phase = session.arc.phases[session.course.phase]
    music = has_music(phase) and "music" not in session.rest.waiting
    layer = session.ambience.now if "ambience" not in session.rest.waiting else None
    quiet, chosen = _quiet(session, phase)
    return _State(
        start_s=start_s,
        end_s=end_s,
        course=session.course,
        phase=phase,
        shift=session.shift,
        mode=session.mode,
        level_db=session.level_db + session.trim_db if music else None,
        ambience=plain(layer.name) if layer else "",
        ambience_db=layer.level_db if layer else 0.0,
        quiet=quiet,
        chosen=chosen,
    )


def _quiet(session: Session, phase: Phase) -> tuple[str, bool]:
    if session.rest.kind == "silence" or phase.silence or session.closing:
        return "silence", True
    if "music" in session.rest.waiting:
        return "paused", True
    if not has_music(phase):
        return "ambience alone", True
    if session.quiet_before is not None:
        return f"before {session.arc.phases[session.quiet_before].name}", True
    return "no music", False


def _heard(entries: Iterable[Entry], end_s: float) -> list[PlanItem]:
    """Each stretch of a track that was heard, as an item at its place."""
    chosen: dict[int, PlanItem] = {}
    sounding: dict[int, HeardFrom] = {}
    items: list[PlanItem] = []

    def close(token: int, to_s: float) -> None:
        begun, item = sounding.pop(token, None), chosen.get(token)
        if begun and item and to_s > begun.at_s:
            items.append(
                PlanItem(begun.phase, item.track, begun.at_s, to_s, item.offset_s, item.reason)
            )

    for entry in entries:
        match entry.fact:
            case Chosen(token=token, item=item):
                chosen[token] = item
            case HeardFrom(layer="music") as fact:
                sounding[fact.token] = fact
            case HeardTo(layer="music", token=token, at_s=at_s):
                close(token, at_s)
            case _:
                pass
    for token in list(sounding):
        close(token, end_s)
    return sorted(items, key=lambda item: item.start_s)


def _curves(states: Iterable[_State]) -> Iterator[tuple[Point, ...]]:
    """The intensity that was wanted, where music was."""
    line: list[Point] = []
    for state in merged(states, "course.phase", "course.started_s", "course.held", "shift"):
        if not has_music(state.phase):
            continue
        if line and line[-1][0] < state.start_s:
            yield tuple(line)
            line = []
        line += [
            (moment, min(max(_wanted(state, moment) + state.shift, 0.0), state.phase.cap))
            for moment in _turns(state)
        ]
    if line:
        yield tuple(line)


def _wanted(state: _State, moment: float) -> float:
    held = state.course.held
    return state.phase.target(held.elapsed_s if held else moment - state.course.started_s)


def _turns(state: _State) -> list[float]:
    """Beginning, end, and between them where the curve turns."""
    since_s, length_s = state.course.started_s, state.phase.length_s
    turns = [since_s + share * length_s for share, _ in state.phase.curve.points]
    inside = [turn for turn in turns if state.start_s < turn < state.end_s]
    return [state.start_s, *([] if state.course.held else inside), state.end_s]


def _quiets(states: Iterable[_State], items: Sequence[PlanItem]) -> Iterator[Quiet]:
    heard = [(item.start_s, item.end_s) for item in items]
    for state in merged(states, "quiet"):
        for start_s, end_s in without(heard, state.start_s, state.end_s):
            yield Quiet(start_s, end_s, state.chosen, state.quiet)


def _moments(entries: Iterable[Entry]) -> Iterator[CuePoint]:
    for entry in entries:
        fact = entry.fact
        if not isinstance(fact, Asked):
            continue
        args = {name: value for name, value in fact.args.items() if name != "note"}
        words = asked_words(fact.cue, args)
        if not fact.ok:
            yield CuePoint(entry.stamp.at_s, "refused", words)
        elif fact.by:
            yield CuePoint(entry.stamp.at_s, "prompted", words)
        else:
            yield CuePoint(entry.stamp.at_s, "mark" if fact.cue == "mark" else "cue", words)
