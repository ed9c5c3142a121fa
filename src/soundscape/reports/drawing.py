"""Where everything stands in the report's picture: plain numbers, for the template to write down.

The picture is `WIDTH` wide; x is time, from the session's start or from the plan's, whichever was
earlier. From top to bottom: the phases as planned and as played, intensity, level, talk, ambience,
cues and marks, the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from soundscape.core.words import clock, plain
from soundscape.drawing.scene import Point, Scene, Step
from soundscape.drawing.words import decibels, hours, ticks
from soundscape.journal.story import Story

WIDTH, LEFT, RIGHT = 1180.0, 92.0, 20.0
PLANNED_Y, PLAYED_Y, BAND = 8.0, 38.0, 26.0
CURVE_TOP, CURVE_BOTTOM = 76.0, 316.0
LEVEL_TOP, LEVEL_BOTTOM = 334.0, 404.0
LEVEL_HIGH_DB, LEVEL_LOW_DB = 6.0, -36.0
TALK_Y, AMBIENCE_Y, STRIP = 416.0, 444.0, 20.0
CUES_Y, MARKS_Y, TIME_Y = 486.0, 512.0, 534.0
HEIGHT = 556.0

MOST_TIMES = 13
LETTER = 6.4
"""About how wide a letter of the picture's text is."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with words in it, as far as they fit. `ref` is its line of the table."""

    x: float
    y: float
    width: float
    height: float
    words: str = ""
    about: str = ""
    ref: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that happened at a moment."""

    x: float
    kind: str
    words: str
    about: str
    ref: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The picture. `wanted` and `planned` are lines of the curve as it was played and as it was
    planned, `level` and `planned_level` those of the level, all as SVG's points."""

    planned: tuple[Box, ...]
    played: tuple[Box, ...]
    bars: tuple[Box, ...]
    quiets: tuple[Box, ...]
    wanted: tuple[str, ...]
    planned_curve: tuple[str, ...]
    level: tuple[str, ...]
    planned_level: tuple[str, ...]
    talk: tuple[Box, ...]
    ambience: tuple[Box, ...]
    cues: tuple[Sign, ...]
    marks: tuple[Sign, ...]
    times: tuple[tuple[float, str], ...]
    grid: tuple[tuple[float, str], ...]
    dose_x: float | None


class _Axis:
    """Seconds to x."""

    def __init__(self, from_s: float, to_s: float) -> None:
        self.from_s, self.to_s = from_s, max(to_s, from_s + 1.0)

    def __call__(self, at_s: float) -> float:
        share = (at_s - self.from_s) / (self.to_s - self.from_s)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0.0), 1.0), 2)

    def box(self, from_s: float, to_s: float, y: float, height: float, **more: str) -> Box:
        x, end = self(from_s), self(to_s)
        return Box(x, y, round(max(end - x, 0.5), 2), height, **more)


def drawing(story: Story, heard: Scene, planned: Scene, shift_s: float) -> Drawing:
    """Lay out a session: its story, its scene as played, and the plan's, `shift_s` later.

    The plan is moved so that both count from the same dose.
    """
    first_s = min(0.0, shift_s)
    axis = _Axis(first_s, max(heard.end_s, planned.end_s + shift_s))
    dose_s = heard.dose_s
    return Drawing(
        planned=tuple(
            _phase(axis, s.name, s.start_s + shift_s, s.end_s + shift_s, PLANNED_Y)
            for s in planned.stretches
        ),
        played=tuple(
            _phase(axis, s.name, s.start_s, s.end_s, PLAYED_Y, f"phase-{n}")
            for n, s in enumerate(heard.stretches, 1)
        ),
        bars=tuple(_bars(axis, story, heard.end_s)),
        quiets=tuple(
            axis.box(
                quiet.start_s,
                quiet.end_s,
                CURVE_TOP,
                CURVE_BOTTOM - CURVE_TOP,
                words=quiet.words,
                about=f"{quiet.words}, {clock(quiet.start_s)} to {clock(quiet.end_s)}",
                kind="chosen" if quiet.chosen else "unchosen",
            )
            for quiet in heard.quiets
        ),
        wanted=tuple(_curve(axis, curve, 0.0) for curve in heard.curves),
        planned_curve=tuple(_curve(axis, curve, shift_s) for curve in planned.curves),
        level=tuple(_levels(axis, heard.steps_of("level_db"), 0.0)),
        planned_level=tuple(_levels(axis, planned.steps_of("level_db"), shift_s)),
        talk=tuple(_talk(axis, heard.steps_of("mode"))),
        ambience=tuple(_ambience(axis, heard.steps_of("ambience"))),
        cues=tuple(_cues(axis, story)),
        marks=tuple(_marks(axis, story)),
        times=tuple((axis(tick), hours(tick)) for tick in ticks(axis.to_s, MOST_TIMES)),
        grid=tuple((_intensity_y(n / 5), f"{n / 5:.1f}") for n in range(6)),
        dose_x=None if dose_s is None else axis(dose_s),
    )


def _phase(axis: _Axis, name: str, from_s: float, to_s: float, y: float, ref: str = "") -> Box:
    about = f"{name}, {clock(from_s)} to {clock(to_s)}"
    box = axis.box(from_s, to_s, y, BAND, about=about, ref=ref)
    return Box(box.x, y, box.width, BAND, _fitting(name, box.width), about, ref)


def _bars(axis: _Axis, story: Story, end_s: float) -> Iterator[Box]:
    for n, heard in enumerate(story.heard, 1):
        if heard.layer != "music":
            continue
        to_s = end_s if heard.to_s is None else heard.to_s
        top = _intensity_y(heard.intensity or 0.0)
        box = axis.box(heard.from_s, to_s, top, CURVE_BOTTOM - top)
        title = plain(heard.title)
        artist = f", {plain(heard.artist)}" if heard.artist else ""
        about = f"{title}{artist}, {clock(heard.from_s)} to {clock(to_s)}"
        # Titles are written upright along the bar, where one is wide enough for a line of them.
        words = _fitting(title, CURVE_BOTTOM - CURVE_TOP) if box.width >= 11 else ""
        yield Box(box.x, top, box.width, box.height, words, about, f"heard-{n}")


def _cues(axis: _Axis, story: Story) -> Iterator[Sign]:
    for n, cue in enumerate(story.cues, 1):
        if cue.name == "mark" and cue.ok:
            continue
        kind = "cue" if cue.ok else "refused"
        about = f"{cue.name} at {clock(cue.at_s)}: {plain(cue.answer)}"
        yield Sign(axis(cue.at_s), kind, cue.name, about, f"cue-{n}")
    for n, fault in enumerate(story.faults, 1):
        about = f"fault at {clock(fault.at_s)}: {plain(fault.what)}"
        yield Sign(axis(fault.at_s), "fault", "!", about, f"fault-{n}")


def _marks(axis: _Axis, story: Story) -> Iterator[Sign]:
    for mark in story.marks:
        whose = f" for {mark.person}" if mark.person else ""
        about = f"mark {mark.mark}{whose} at {clock(mark.at_s)}"
        words = f"{mark.mark}{mark.person}"
        yield Sign(axis(mark.at_s), "mark", words, about, f"mark-{mark.mark}")


def _talk(axis: _Axis, steps: Iterable[Step]) -> Iterator[Box]:
    for step in steps:
        if step.mode == "talk":
            about = f"under the voices, {clock(step.start_s)} to {clock(step.end_s)}"
            box = axis.box(step.start_s, step.end_s, TALK_Y, STRIP, about=about)
            yield Box(box.x, TALK_Y, box.width, STRIP, _fitting("talk", box.width), about)


def _ambience(axis: _Axis, steps: Iterable[Step]) -> Iterator[Box]:
    for step in steps:
        if step.ambience:
            level = decibels(step.ambience_db)
            about = f"{step.ambience} at {level}, {clock(step.start_s)} to {clock(step.end_s)}"
            box = axis.box(step.start_s, step.end_s, AMBIENCE_Y, STRIP)
            words = _fitting(step.ambience, box.width)
            yield Box(box.x, AMBIENCE_Y, box.width, STRIP, words, about)


def _curve(axis: _Axis, curve: Sequence[Point], shift_s: float) -> str:
    return " ".join(f"{axis(at_s + shift_s)},{_intensity_y(value)}" for at_s, value in curve)


def _levels(axis: _Axis, steps: Iterable[Step], shift_s: float) -> Iterator[str]:
    """Unbroken lines of the level; where no music is meant there is none."""
    line: list[str] = []
    for step in steps:
        if step.level_db is None:
            if line:
                yield " ".join(line)
            line = []
            continue
        y = level_y(step.level_db)
        line += [f"{axis(step.start_s + shift_s)},{y}", f"{axis(step.end_s + shift_s)},{y}"]
    if line:
        yield " ".join(line)


def _intensity_y(value: float) -> float:
    return round(CURVE_BOTTOM - (CURVE_BOTTOM - CURVE_TOP) * min(max(value, 0.0), 1.0), 2)


def level_y(level_db: float) -> float:
    """Where a level in dB stands in the picture."""
    share = (min(max(level_db, LEVEL_LOW_DB), LEVEL_HIGH_DB) - LEVEL_LOW_DB) / (
        LEVEL_HIGH_DB - LEVEL_LOW_DB
    )
    return round(LEVEL_BOTTOM - (LEVEL_BOTTOM - LEVEL_TOP) * share, 2)


def _fitting(words: str, room: float) -> str:
    """As many letters as fit into so much room."""
    most = int((room - 6.0) / LETTER)
    if len(words) <= most:
        return words
    return f"{words[: most - 1].rstrip()}…" if most >= 4 else ""
