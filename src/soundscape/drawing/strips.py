"""The strips of a picture, one under the other over the same time: phases, chart, cues, levels.

`strips` says which a scene has and how high each is; a `Strip` draws itself between a top and a
bottom, and knows nothing of its neighbours. All positions are in points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from soundscape.core.text import clock, decibels
from soundscape.drawing.chart import draw_chart
from soundscape.drawing.letters import fit, width, wrap
from soundscape.drawing.pen import LINE, PAD, SMALL, Frame, Pen, Side
from soundscape.drawing.scene import (
    Bar,
    CuePoint,
    LevelSpan,
    Scene,
    Stretch,
    hours,
    merged,
    ticks,
)

NAME, NUMBER, NUMBER_LINE = 10.0, 7.0, 8.5
NAMES = 50.0
"""Room for the strips' names, left of the frame."""
THIN, LEVELS = 14.0, 30.0
UPRIGHT_MOST = 82.0
"""How long the names of narrow phases may be, which stand upright."""
ROWS_OF_NUMBERS = 4
SAID_APART, SAID_LEAD, SAID_MOST = 9.5, 8.0, 92.0
"""Between the words of cues, above them to their time, and how long they may be."""
LOUD_DB, SOFT_DB = 6.0, -30.0
"""The range of the strip of levels; what lies beyond is drawn at its edge."""
TICK_ROOM = 52.0


@dataclass(frozen=True, slots=True)
class Strip:
    """A strip, its height, and how it is drawn between a top and a bottom; None is for the chart,
    which takes what height there is."""

    name: str
    high: float | None
    draw: Callable[[Pen, float, float], None]


def strips(scene: Scene, frame: Frame) -> list[Strip]:
    """What a scene has to show, from the top down."""
    made: list[Strip] = []

    def add(name: str, high: float | None, draw: Callable[..., None], *more: object) -> None:
        made.append(
            Strip(name, high, lambda pen, top, bottom: draw(pen, frame, *more, top, bottom))
        )

    headings = [heading_of(stretch, frame) for stretch in scene.stretches]
    if scene.planned:
        add("planned", THIN, _draw_boxes, scene.planned.stretches, "plan", _named)
    add("", max((each.high for each in headings), default=THIN), _draw_headings, headings)
    add("", None, draw_chart, scene)
    if scene.bars:
        rows = _number_rows(scene.bars, frame)
        add("track", (max(rows.values()) + 1) * NUMBER_LINE + PAD, _draw_numbers, rows)
    if scene.moments:
        longest = max(width(_said(moment), SMALL, True) for moment in scene.moments)
        add("said", min(longest, SAID_MOST) + SAID_LEAD + PAD, _draw_said, scene)
    if scene.played:
        talks = [step for step in scene.steps_of("mode") if step.mode == "talk"]
        add("talk", THIN, _draw_boxes, talks, "talk", lambda step: ("talk",))
    add("level", LEVELS, _draw_levels, scene)
    layers = [step for step in merged(scene.steps, "ambience", "ambience_db") if step.ambience]
    if layers:
        add("ambience", THIN, _draw_boxes, layers, "layer", _layer)
    add("time", THIN, _draw_time)
    return made


def draw_strips(pen: Pen, frame: Frame, made: Iterable[Strip], top: float, chart: float) -> float:
    """Draw the strips, with a chart so high. Returns where they end."""
    for strip in made:
        bottom = top + (chart if strip.high is None else strip.high)
        strip.draw(pen, top, bottom)
        pen.text(frame.left - NAMES, (top + bottom) / 2, strip.name, SMALL)
        top = bottom
    return top


def _draw_boxes(
    pen: Pen,
    frame: Frame,
    steps: Iterable[LevelSpan],
    style: str,
    texts: Callable[..., tuple[str, ...]],
    top: float,
    bottom: float,
) -> None:
    """Boxes with the first of the texts that fits, or as much of the last as does."""
    pen.box(frame.left, top, frame.right, bottom, "frame")
    for step in steps:
        left, right = frame.x(step.start_s), frame.x(step.end_s)
        *_, last = words = texts(step)
        with pen.told(_when(words[0], step)):
            pen.box(left, top, right, bottom, style)
            room = right - left - PAD
            shown = next((each for each in words if width(each, SMALL) <= room), last)
            middle = (left + right) / 2, (top + bottom) / 2
            ink = "inverse" if style == "talk" else ""
            pen.text(*middle, fit(shown, room, SMALL), SMALL, ink, side="middle")


def _named(stretch: Stretch) -> tuple[str]:
    return (stretch.name,)


def _layer(step: LevelSpan) -> tuple[str, str]:
    return f"{step.ambience} {decibels(step.ambience_db)}", step.ambience


def _when(words: str, what: LevelSpan) -> str:
    return f"{words}, {clock(what.start_s)} to {clock(what.end_s)}"


# The phases: each with its name, how long it is, and its mode; dark where people talk.


@dataclass(frozen=True, slots=True)
class Heading:
    """How one phase is named: lines of words with their size, the first of them bold, across or
    `upright`; no lines where it is too narrow. `whole` if its name and length are in full."""

    stretch: Stretch
    lines: tuple[tuple[str, float, bool], ...] = ()
    high: float = 0.0
    upright: bool = False
    whole: bool = False


def heading_of(stretch: Stretch, frame: Frame) -> Heading:
    """How a phase is named in the room it has."""
    room = frame.x(stretch.end_s) - frame.x(stretch.start_s) - 2 * PAD
    about = stretch.about
    words = [(word, NAME, True) for word in stretch.name.split()]
    words += [(word, SMALL, False) for word in about.split()]
    names, more = wrap(stretch.name, room, NAME, True), wrap(about, room, SMALL)
    if len(names) <= 2 and len(more) <= 2 and all(width(*word) <= room for word in words):
        across = [(line, NAME, True) for line in names] + [(line, SMALL, False) for line in more]
        return Heading(stretch, tuple(across), len(across) * LINE + 2 * PAD, whole=True)
    if room < SMALL:
        return Heading(stretch)
    texts = [stretch.name]
    if room >= 2 * SMALL:
        texts.append(stretch.lasting if width(about, SMALL) > UPRIGHT_MOST else about)
    lines = [
        (fit(text, UPRIGHT_MOST, SMALL, not place), SMALL, not place)
        for place, text in enumerate(texts)
    ]
    high = max(width(line, SMALL, bold) for line, _, bold in lines) + 2 * PAD
    whole = len(lines) == 2 and stretch.name in lines[0][0]
    return Heading(stretch, tuple(lines), high, True, whole)


def _draw_headings(
    pen: Pen, frame: Frame, headings: list[Heading], top: float, bottom: float
) -> None:
    for heading in headings:
        stretch, lines = heading.stretch, heading.lines
        left, right = frame.x(stretch.start_s), frame.x(stretch.end_s)
        talk = stretch.mode == "talk"
        with pen.told(_when(stretch.name, stretch), stretch.ref):
            pen.box(left, top, right, bottom, "border talk" if talk else "heading")
            for place, (line, size, bold) in enumerate(lines):
                away = (place - (len(lines) - 1) / 2) * LINE
                x, y = (left + right) / 2, (top + bottom) / 2 + away
                if heading.upright:
                    x, y = x + away, bottom - PAD
                side: Side = "start" if heading.upright else "middle"
                style = "inverse" if talk else ""
                pen.text(x, y, line, size, style, side=side, bold=bold, upright=heading.upright)


# What lies under the chart.


def number_of(bar: Bar) -> str:
    """A track's number, with a question mark where nobody has said whether it has a voice."""
    return f"{bar.number}{'?' if bar.voice == 'unknown' else ''}"


def _number_rows(bars: Iterable[Bar], frame: Frame) -> dict[Bar, int]:
    """In which row the number of each bar has room; a bar without any is left out."""
    taken = [float("-inf")] * ROWS_OF_NUMBERS
    rows: dict[Bar, int] = {}
    for bar in bars:
        middle, half = _middle(frame, bar), width(number_of(bar), NUMBER) / 2 + 1
        free = next((i for i, right in enumerate(taken) if right <= middle - half), None)
        if free is not None:
            taken[free] = middle + half
            rows[bar] = free
    return rows


def _middle(frame: Frame, bar: Bar) -> float:
    """The middle of what is heard of a bar alone, which no neighbour shares."""
    return (frame.x(bar.start_s + bar.fade_in_s) + frame.x(bar.end_s - bar.fade_out_s)) / 2


def _draw_numbers(pen: Pen, frame: Frame, rows: dict[Bar, int], top: float, bottom: float) -> None:
    for bar, row in rows.items():
        y = top + PAD / 2 + (row + 0.5) * NUMBER_LINE
        pen.text(_middle(frame, bar), y, number_of(bar), NUMBER, side="middle")


def said_places(scene: Scene, frame: Frame) -> tuple[float, ...]:
    """Where the words of each moment stand: at its time, or as near as they can be read."""
    places: list[float] = []
    for moment in scene.moments:
        places.append(max(frame.x(moment.at_s), places[-1] + SAID_APART if places else 0.0))
    limit = frame.right - SAID_APART / 2
    for back in range(len(places) - 1, -1, -1):
        places[back] = min(places[back], limit)
        limit = places[back] - SAID_APART
    return tuple(places)


def _draw_said(pen: Pen, frame: Frame, scene: Scene, top: float, bottom: float) -> None:
    """What was said when: a line from its time to its words."""
    for moment, place in zip(scene.moments, said_places(scene, frame), strict=True):
        if place < frame.left:
            continue
        soft = moment.kind in ("refused", "prompted")
        bold = moment.kind in ("mark", "fault")
        style = {"fault": "alarm"}.get(moment.kind, f"{moment.kind} soft" if soft else moment.kind)
        words = fit(_said(moment), bottom - top - SAID_LEAD - PAD, SMALL, bold)
        about = f"{moment.words} at {clock(moment.at_s)}"
        with pen.told(f"{about}: {moment.about}" if moment.about else about, moment.ref):
            line = (frame.x(moment.at_s), top), (place, top + SAID_LEAD)
            pen.line(line, "soft-tick" if soft else "tick")
            y = top + SAID_LEAD + 1
            pen.text(place, y, words, SMALL, style, side="end", bold=bold, upright=True)


def _said(moment: CuePoint) -> str:
    after = {"refused": ", refused", "prompted": " (rehearsal)"}.get(moment.kind, "")
    return f"{moment.words}{after}"


def _draw_levels(pen: Pen, frame: Frame, scene: Scene, top: float, bottom: float) -> None:
    """How loud the music is, as steps with their decibels; dashed as it was planned."""

    def y(level_db: float) -> float:
        share = (min(max(level_db, SOFT_DB), LOUD_DB) - SOFT_DB) / (LOUD_DB - SOFT_DB)
        return bottom - (bottom - top) * share

    pen.box(frame.left, top, frame.right, bottom, "frame")
    for step in scene.steps_of("level_db"):
        if step.level_db is None:
            continue
        left, right, high = frame.x(step.start_s), frame.x(step.end_s), y(step.level_db)
        pen.box(left, high, right, bottom, "band")
        pen.line(((left, high), (right, high)), "level")
        # Below a high step and above a low one, so that the step never strikes its number out.
        at = high + 7 if high < (top + bottom) / 2 else high - 6
        words = decibels(step.level_db)
        texts = (words, words.removesuffix(" dB"))
        words = next((each for each in texts if width(each, SMALL) <= right - left - 2), "")
        pen.text((left + right) / 2, at, words, SMALL, side="middle")
    for step in scene.planned.steps if scene.planned else ():
        if step.level_db is not None:
            high = y(step.level_db)
            pen.line(((frame.x(step.start_s), high), (frame.x(step.end_s), high)), "plan")


def _draw_time(pen: Pen, frame: Frame, top: float, bottom: float) -> None:
    """The session's time along the foot."""
    moments = ticks(frame.to_s, int((frame.right - frame.x(0.0)) // TICK_ROOM))
    fine = len(moments) > 1 and moments[1] < 60
    for moment in moments:
        x = frame.x(moment)
        pen.line(((x, top), (x, top + 2.5)), "tick")
        words = clock(moment) if fine else hours(moment)
        pen.text(x, (top + bottom) / 2 + 1, words, SMALL, side="middle")
