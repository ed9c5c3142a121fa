"""The strips of a page, one under the other over the same time: phases, chart, levels, ambience.

Each says how high it wants to be and draws itself between a top and a bottom; none knows of its
neighbours. All positions are in points.
"""

from __future__ import annotations

from dataclasses import dataclass

from soundscape.core.words import clock
from soundscape.drawing.letters import Letters
from soundscape.drawing.pen import Pen
from soundscape.drawing.scene import Bar, Moment, Scene, Step, Stretch
from soundscape.drawing.words import decibels, hours, ticks

PAD = 3.0
NAME, SMALL, TINY = 10.0, 8.0, 6.5
LINE = 11.0
UPRIGHT_MOST = 88.0
"""How high the headings of narrow phases may stand."""
RUN_ON = 0.025
"""What is shown of the time past the arc's end, where the last track runs on, as a share of it."""
TICK_ROOM = 52.0
NAMES = 50.0
"""Room for the strips' names, left of the frame."""
SHAPE_ROOM = 10.0
"""How wide a bar has to be to show its track's course."""
SAID_APART, SAID_LEAD, SAID_MOST = 9.5, 8.0, 92.0
"""Between the words of cues, above them to their time, and how long they may be."""
LOUD_DB, SOFT_DB = 6.0, -30.0
"""The range of the strip of levels; what lies beyond is drawn at its edge."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where time lies on the page: from `left` at 0 to `right` at `end_s` seconds."""

    left: float
    right: float
    end_s: float

    def x(self, seconds: float) -> float:
        """Where a moment lies; what lies beyond the frame is drawn at its edge."""
        inside = min(max(seconds, 0.0), self.end_s)
        return self.left + (self.right - self.left) * inside / self.end_s

    def between(self, start_s: float, end_s: float) -> float:
        """How much room a stretch of time has."""
        return self.x(end_s) - self.x(start_s)


def frame_for(scene: Scene, left: float, right: float) -> Frame:
    """The frame of a scene, with a little of what runs on past the arc's end."""
    shown = scene.end_s * (1 + RUN_ON) if scene.runs_on_s else scene.end_s
    return Frame(left, right, max(shown, 1.0))


# The headings: a phase's name, how long, and its mode; dark where people talk.


@dataclass(frozen=True, slots=True)
class Heading:
    """How one phase is named: in lines across or `upright`, large ones first; or not at all."""

    stretch: Stretch
    large: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    upright: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """All of them, in order."""
        return self.large + self.small

    @property
    def whole(self) -> bool:
        """Whether the name could be given in full."""
        return self.stretch.name in " ".join(self.large)


def headings(scene: Scene, frame: Frame, letters: Letters) -> tuple[tuple[Heading, ...], float]:
    """How each phase is named where it has room, and how high the strip has to be."""
    made = tuple(_heading(stretch, frame, letters) for stretch in scene.stretches)
    high = 2 * LINE + 2 * PAD
    for each in made:
        if each.upright:
            wanted = [letters.width(line, SMALL, True) for line in each.large]
            wanted += [letters.width(line, SMALL) for line in each.small]
            high = max(high, max(wanted) + 2 * PAD)
        else:
            high = max(high, len(each.lines) * LINE + 2 * PAD)
    return made, high


def _heading(stretch: Stretch, frame: Frame, letters: Letters) -> Heading:
    room = frame.between(stretch.start_s, stretch.end_s) - 2 * PAD
    about = stretch.about
    name = letters.spread(stretch.name, room, 2, NAME, True)
    more = letters.spread(about, room, 2, SMALL)
    if name and more and len(name) + len(more) <= 4:
        return Heading(stretch, tuple(name), tuple(more))
    if room < SMALL:
        return Heading(stretch)
    high = UPRIGHT_MOST - 2 * PAD
    if room < 2 * SMALL:
        line = letters.fit(f"{stretch.name}, {about}", high, SMALL, True)
        return Heading(stretch, (line,), upright=True)
    if letters.width(about, SMALL) > high:
        about = stretch.lasting
    name, more = letters.fit(stretch.name, high, SMALL, True), letters.fit(about, high, SMALL)
    return Heading(stretch, (name,), (more,), upright=True)


def draw_headings(
    pen: Pen, frame: Frame, made: tuple[Heading, ...], top: float, bottom: float
) -> None:
    """The strip of the phases' names."""
    look = pen.look
    for each in made:
        left, right = frame.x(each.stretch.start_s), frame.x(each.stretch.end_s)
        talk = each.stretch.mode == "talk"
        pen.box(left, top, right, bottom, fill=look.ink if talk else look.paper, edge=look.ink)
        colour = look.paper if talk else look.ink
        if each.upright:
            first = (left + right) / 2 - (len(each.lines) - 1) * LINE / 2
            for place, line in enumerate(each.lines):
                x = first + place * LINE
                pen.text(x, bottom - PAD, line, SMALL, bold=not place, colour=colour, upright=True)
            continue
        y = (top + bottom) / 2 - (len(each.lines) - 1) * LINE / 2
        for place, line in enumerate(each.lines):
            large = place < len(each.large)
            size = NAME if large else SMALL
            middle = (left + right) / 2
            pen.text(middle, y, line, size, side="center", bold=large, colour=colour)
            y += LINE


# The chart: what is wanted, and what is played.


def draw_chart(pen: Pen, frame: Frame, scene: Scene, top: float, bottom: float) -> None:
    """Phases as bands, tracks as bars at their intensity, the wanted curve, times without music."""
    look = pen.look

    def y(intensity: float) -> float:
        return bottom - (bottom - top) * min(max(intensity, 0.0), 1.0)

    for place, stretch in enumerate(scene.stretches):
        if place % 2 == 0:
            pen.box(frame.x(stretch.start_s), top, frame.x(stretch.end_s), bottom, fill=look.band)
    for fifth in range(6):
        pen.line(((frame.left, y(fifth / 5)), (frame.right, y(fifth / 5))), look.hair, 0.5)
        pen.text(frame.left - 4, y(fifth / 5), f"{fifth / 5:.1f}", SMALL, side="right")
    for bar in scene.bars:
        _bar(pen, frame, bar, bottom, y(bar.intensity))
    for quiet in scene.quiets:
        left, right = frame.x(quiet.start_s), frame.x(quiet.end_s)
        hatch = {"silence": "///", "paused": "--"}.get(quiet.words, "...")
        hatch = hatch if quiet.chosen else "xx"
        pen.box(left, top, right, bottom, edge=look.soft, hatch=hatch)
        _label(pen, quiet.words, left, right, (top + bottom) / 2)
    for bar in scene.bars:
        if bar.shape and frame.between(bar.start_s, bar.end_s) > SHAPE_ROOM:
            sixth = (bar.end_s - bar.start_s) / 6
            xs = (bar.start_s + sixth, bar.start_s + 3 * sixth, bar.start_s + 5 * sixth)
            points = [(frame.x(x), y(v)) for x, v in zip(xs, bar.shape, strict=True)]
            pen.line(points, look.ink, 0.7)
    for start_s, end_s, cap in scene.caps:
        pen.line(((frame.x(start_s), y(cap)), (frame.x(end_s), y(cap))), look.ink, 1.0, "--")
        pen.text(frame.x(start_s) + PAD, y(cap) - 6, f"cap {cap:g}", SMALL)
    for curve in scene.curves:
        points = [(frame.x(t), y(v)) for t, v in curve]
        pen.line(points, look.paper, 4.4)
        pen.line(points, look.curve, 2.2)
    for stretch in scene.stretches[1:]:
        x = frame.x(stretch.start_s)
        pen.line(((x, top), (x, bottom)), look.soft, 0.8, ":")
    if scene.runs_on_s:
        x = frame.x(scene.end_s)
        pen.line(((x, top), (x, bottom)), look.ink, 1.2, "--")
    pen.box(frame.left, top, frame.right, bottom, edge=look.ink)


def _bar(pen: Pen, frame: Frame, bar: Bar, bottom: float, high: float) -> None:
    """A track: its sides lean where it crosses over its neighbours, and are thick where cut."""
    high = min(high, bottom - 1.2)
    corners = [
        (frame.x(bar.start_s), bottom),
        (frame.x(bar.start_s + bar.fade_in_s), high),
        (frame.x(bar.end_s - bar.fade_out_s), high),
        (frame.x(bar.end_s), bottom),
    ]
    pen.area(corners, pen.look.bar, pen.look.bar_edge)
    if bar.cut:
        pen.line(corners[2:], pen.look.ink, 1.8)


def _label(pen: Pen, words: str, left: float, right: float, y: float) -> None:
    """Words on a patch of paper, where there is room for them: across, or upright."""
    width = pen.letters.width(words, SMALL, True)
    middle = (left + right) / 2
    if width + 4 * PAD <= right - left:
        half = width / 2 + PAD
        pen.box(middle - half, y - 7, middle + half, y + 7, fill=pen.look.paper)
        pen.text(middle, y, words, SMALL, side="center", bold=True)
    elif right - left >= SMALL + 2 * PAD:
        pen.box(
            middle - 6, y - width / 2 - PAD, middle + 6, y + width / 2 + PAD, fill=pen.look.paper
        )
        pen.text(middle, y + width / 2, words, SMALL, bold=True, upright=True)


# What lies under the chart.


def draw_levels(pen: Pen, frame: Frame, scene: Scene, top: float, bottom: float) -> None:
    """How loud each phase is, as steps with their decibels."""
    look = pen.look
    for step in scene.steps_of("level_db"):
        if step.level_db is None:
            continue
        left, right = frame.x(step.start_s), frame.x(step.end_s)
        share = (min(max(step.level_db, SOFT_DB), LOUD_DB) - SOFT_DB) / (LOUD_DB - SOFT_DB)
        y = bottom - (bottom - top) * share
        pen.box(left, y, right, bottom, fill=look.band)
        pen.line(((left, y), (right, y)), look.ink, 1.4)
        # Below a high step and above a low one, so that the step never strikes its number out.
        at = y + 7 if share > 0.5 else y - 6
        words = decibels(step.level_db)
        for each in (words, words.removesuffix(" dB")):
            if pen.letters.width(each, SMALL) <= right - left - 2:
                pen.text((left + right) / 2, at, each, SMALL, side="center")
                break
    _strip(pen, frame, "level", top, bottom)


def draw_ambience(pen: Pen, frame: Frame, scene: Scene, top: float, bottom: float) -> None:
    """Which environment lies under each phase. Phases that share one share its box."""
    steps = list(scene.steps)
    while steps:
        first = last = steps.pop(0)
        while steps and _layer(steps[0]) == _layer(first):
            last = steps.pop(0)
        if first.ambience:
            left, right = frame.x(first.start_s), frame.x(last.end_s)
            pen.box(left, top, right, bottom, fill=pen.look.band, edge=pen.look.hair)
            words, room = f"{first.ambience} {decibels(first.ambience_db)}", right - left - PAD
            if pen.letters.width(words, SMALL) > room:
                words = pen.letters.fit(first.ambience, room, SMALL)
            pen.text((left + right) / 2, (top + bottom) / 2, words, SMALL, side="center")
    _strip(pen, frame, "ambience", top, bottom)


def _layer(step: Step) -> tuple[str, float]:
    return step.ambience, step.ambience_db


def draw_modes(pen: Pen, frame: Frame, scene: Scene, top: float, bottom: float) -> None:
    """Where people talked: dark, as the heading of a phase of talk is."""
    look = pen.look
    for step in scene.steps_of("mode"):
        if step.mode == "talk":
            left, right = frame.x(step.start_s), frame.x(step.end_s)
            pen.box(left, top, right, bottom, fill=look.ink)
            if pen.letters.width("talk", SMALL) + PAD <= right - left:
                middle = (left + right) / 2
                y = (top + bottom) / 2
                pen.text(middle, y, "talk", SMALL, side="center", colour=look.paper)
    _strip(pen, frame, "talk", top, bottom)


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


def said_height(scene: Scene, letters: Letters) -> float:
    """How high the strip of cues and marks has to be for its words, which stand upright."""
    widths = [letters.width(_said(moment), SMALL) for moment in scene.moments]
    return min(max(widths, default=0.0), SAID_MOST) + SAID_LEAD + PAD if widths else 0.0


def draw_said(pen: Pen, frame: Frame, scene: Scene, top: float, bottom: float) -> None:
    """What was said when: a line from its time to its words."""
    look, letters = pen.look, pen.letters
    for moment, place in zip(scene.moments, said_places(scene, frame), strict=True):
        x = frame.x(moment.at_s)
        soft = moment.kind in ("refused", "prompted")
        colour = look.soft if soft else look.ink
        if place >= frame.left:
            pen.line(((x, top), (place, top + SAID_LEAD)), colour, 0.6)
            words = letters.fit(_said(moment), bottom - top - SAID_LEAD - PAD, SMALL)
            wide = letters.width(words, SMALL)
            bold = moment.kind == "mark"
            y = top + SAID_LEAD + wide + 1
            pen.text(place, y, words, SMALL, bold=bold, colour=colour, upright=True)
    strip_name(pen, frame, "said", (top + bottom) / 2)


def _said(moment: Moment) -> str:
    after = {"refused": ", refused", "prompted": " (rehearsal)"}.get(moment.kind, "")
    return f"{moment.words}{after}"


def _strip(pen: Pen, frame: Frame, name: str, top: float, bottom: float) -> None:
    pen.box(frame.left, top, frame.right, bottom, edge=pen.look.hair)
    strip_name(pen, frame, name, (top + bottom) / 2)


def strip_name(pen: Pen, frame: Frame, name: str, y: float) -> None:
    """What a strip shows, in the margin beside it."""
    pen.text(frame.left - NAMES, y, name, SMALL)


def draw_time(pen: Pen, frame: Frame, scene: Scene, top: float, bottom: float) -> None:
    """The session's time along the foot, with faint lines up to `top`."""
    look = pen.look
    most = int((frame.right - frame.left) // TICK_ROOM)
    moments = ticks(scene.end_s, most)
    fine = len(moments) > 1 and moments[1] < 60
    for moment in moments:
        x = frame.x(moment)
        pen.line(((x, bottom - LINE), (x, bottom - LINE + 3)), look.ink, 0.8)
        pen.text(x, bottom - 3, clock(moment) if fine else hours(moment), SMALL, side="center")
    strip_name(pen, frame, "time", bottom - 3)
