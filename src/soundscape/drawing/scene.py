"""What a picture shows, before anybody decides how it is drawn. Pure values.

`scene` is that of a plan, `arc_scene` that of an arc; `soundscape.drawing.played` makes one of a
session. Both the page (SVG, PNG) and the terminal draw a `Scene`, so they never tell two stories.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any, Literal, TypeVar

from soundscape.core import seam
from soundscape.core.arc import Arc, Mode, Phase
from soundscape.core.plan import PhaseSpan, Plan, PlanItem, phase_spans
from soundscape.core.planner.cost import has_music, target_of
from soundscape.core.text import clock, lasting, plain
from soundscape.core.track import Voice

SHORTEST_GAP_S = 1.0
"""What is without music for a shorter time is rounding, not a silence."""

Point = tuple[float, float]
"""A moment in seconds from the session's start, and the intensity wanted there, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A track at its place: seconds from the session's start, intensity 0 to 1.

    `number` counts from 1. `fade_in_s` and `fade_out_s` are how long it overlaps its neighbours,
    0 where it has none there. `shape` is the intensity of its first, middle and last third. `ref`
    is where on its own page it is told of, here as elsewhere; "" for nowhere.
    """

    number: int
    title: str
    artist: str
    start_s: float
    end_s: float
    fade_in_s: float
    fade_out_s: float
    intensity: float
    shape: tuple[float, float, float] | None
    cut: bool
    voice: Voice
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSpan:
    """A time in which mode, level and ambience stay as they are.

    `level_db` is what its music is played at, None without music. `ambience` names the layer
    under it, "" for none, and `ambience_db` is that one's level.
    """

    start_s: float
    end_s: float
    mode: Mode | None = None
    level_db: float | None = None
    ambience: str = ""
    ambience_db: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch(LevelSpan):
    """A phase at its place. `lasting` is for reading ("40 min", "until dose (10 min)").

    `mode` is None for a phase as it was played, where cues may have changed all that a step tells:
    there the scene's steps tell it. `cap` is the intensity that no music of it may exceed, 1 for
    none.
    """

    name: str
    lasting: str
    cap: float = 1.0
    ref: str = ""

    @property
    def about(self) -> str:
        """How long and in which mode; without music only talk says anything."""
        tells = self.mode and (self.level_db is not None or self.mode == "talk")
        return f"{self.lasting}, {self.mode}" if tells else self.lasting


@dataclass(frozen=True, slots=True)
class CuePoint:
    """What somebody said at a moment: a cue, one that was refused, one that the rehearsal said
    itself (`prompted`), or a mark; or a fault. `about` is what was answered."""

    at_s: float
    kind: Literal["cue", "refused", "prompted", "mark", "fault"]
    words: str
    about: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time without music: a silence somebody chose, or else (`chosen` false) want of music."""

    start_s: float
    end_s: float
    chosen: bool
    words: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be drawn. `curves` are unbroken lines of the intensity that is wanted.

    `about` says in a few words what this is a picture of. `end_s` is where the arc ends; a last
    bar may run on past it. `dose_s` is where the arc waits for the dose, None where it does not.
    `planned` is the plan that a session is compared with, in the session's time. `now_s` is the
    present of a session that runs.
    """

    name: str
    about: str
    end_s: float
    stretches: tuple[Stretch, ...]
    curves: tuple[tuple[Point, ...], ...]
    bars: tuple[Bar, ...] = ()
    quiets: tuple[Quiet, ...] = ()
    dose_s: float | None = None
    warnings: tuple[str, ...] = ()
    steps: tuple[LevelSpan, ...] = ()
    moments: tuple[CuePoint, ...] = ()
    planned: Scene | None = None
    now_s: float | None = None

    @property
    def played(self) -> bool:
        """Whether this is a session as it was played, not one that is planned."""
        return any(stretch.mode is None for stretch in self.stretches)

    @property
    def caps(self) -> tuple[Stretch, ...]:
        """Where no music may exceed an intensity; neighbours with the same cap are one."""
        return tuple(each for each in merged(self.stretches, "cap") if each.cap < 1.0)

    def steps_of(self, *what: str) -> tuple[LevelSpan, ...]:
        """The steps of some of their values; of a session as it was played, neighbours that are
        the same in them are one."""
        return tuple(merged(self.steps, *what)) if self.played else self.steps

    @property
    def runs_on_s(self) -> float:
        """How long the last track goes on past the end of the arc."""
        return max(0.0, max((bar.end_s for bar in self.bars), default=0.0) - self.end_s)


def scene(arc: Arc, plan: Plan) -> Scene:
    """What there is to draw of a plan made for this arc."""
    drawn = _scene(arc, plan)
    count = len(plan.items)
    tracks = f"{count} track{'s' * (count != 1)}"
    return replace(drawn, about=f"{clock(drawn.end_s)}, {tracks}, seed {plan.seed}")


def arc_scene(arc: Arc) -> Scene:
    """What there is to draw of an arc, whatever music it may be played with."""
    drawn = _scene(arc, Plan(spans=phase_spans(arc, None)))
    chosen = tuple(quiet for quiet in drawn.quiets if quiet.chosen)
    return replace(drawn, quiets=chosen)


def _scene(arc: Arc, plan: Plan) -> Scene:
    end_s = max((span.end_s for span in plan.spans), default=0.0)
    stretches = tuple(_stretch(arc, span) for span in plan.spans)
    dose = [span.end_s for span in plan.spans if arc.phases[span.index].until == "dose"]
    return Scene(
        name=plain(arc.name),
        about=clock(end_s),
        end_s=end_s,
        stretches=stretches,
        bars=tuple(bars_of(plan.items)),
        curves=tuple(_curves(arc, plan)),
        quiets=tuple(_quiets(arc, plan)),
        dose_s=dose[0] if dose else None,
        warnings=tuple(plain(warning.text) for warning in plan.warnings),
        steps=stretches,
    )


def later(drawn: Scene, seconds: float) -> Scene:
    """The phases, steps and curves of a scene so much later, to compare another with."""
    stretches = tuple(
        replace(each, start_s=each.start_s + seconds, end_s=each.end_s + seconds)
        for each in drawn.stretches
    )
    return replace(
        drawn,
        end_s=drawn.end_s + seconds,
        stretches=stretches,
        steps=stretches,
        curves=tuple(tuple((at_s + seconds, x) for at_s, x in curve) for curve in drawn.curves),
    )


Kept = TypeVar("Kept", bound=Any)


def merged(parts: Iterable[Kept], *what: str) -> Iterator[Kept]:
    """Neighbours that are the same in these as one, which has the rest of the first; each has an
    `end_s`."""
    for _, group in groupby(parts, attrgetter(*what)):
        first, *rest = group
        yield replace(first, end_s=rest[-1].end_s) if rest else first


def at(curve: tuple[Point, ...], moment: float) -> float:
    """The wanted intensity at a moment within the curve."""
    place = bisect_right(curve, moment, key=lambda point: point[0])
    if place == 0:
        return curve[0][1]
    if place == len(curve):
        return curve[-1][1]
    (t0, v0), (t1, v1) = curve[place - 1], curve[place]
    return v0 + (v1 - v0) * (moment - t0) / (t1 - t0)


def _stretch(arc: Arc, span: PhaseSpan) -> Stretch:
    phase = arc.phases[span.index]
    planned = lasting(span.end_s - span.start_s)
    layer = phase.ambience if phase.ambience and phase.ambience.name != "off" else None
    return Stretch(
        name=plain(span.name),
        start_s=span.start_s,
        end_s=span.end_s,
        lasting=_open(phase, planned),
        mode=phase.mode,
        level_db=phase.output_level_db + arc.level_db if has_music(phase) else None,
        ambience=plain(layer.name) if layer else "",
        ambience_db=layer.level_db if layer else 0.0,
        cap=phase.cap if has_music(phase) else 1.0,
    )


def _open(phase: Phase, planned: str) -> str:
    """How long a phase lasts; an open-ended one is drawn as long as it was planned for."""
    if not phase.open_ended:
        return planned
    return f"until {'dose' if phase.until == 'dose' else 'a cue'} ({planned})"


def bars_of(items: Sequence[PlanItem]) -> Iterator[Bar]:
    """The bars of tracks in order, each leaning as far as it overlaps its neighbours."""
    for place, item in enumerate(items):
        fade_in_s = seam.overlap_s(items[place - 1], item) if place else 0.0
        fade_out_s = seam.overlap_s(item, items[place + 1]) if place + 1 < len(items) else 0.0
        half_s = (item.end_s - item.start_s) / 2
        track = item.track
        yield Bar(
            number=place + 1,
            title=plain(track.title) or "(no title)",
            artist=plain(track.artist),
            start_s=item.start_s,
            end_s=item.end_s,
            fade_in_s=min(fade_in_s, half_s),
            fade_out_s=min(fade_out_s, half_s),
            intensity=track.intensity,
            shape=track.shape,
            cut=item.cut,
            voice=track.voice,
        )


def _curves(arc: Arc, plan: Plan) -> Iterator[tuple[Point, ...]]:
    """The wanted intensity, as the planner weighs it, over the phases that ask for music."""
    wanted = [span for span in plan.spans if has_music(arc.phases[span.index])]
    line: list[Point] = []
    for start, end, low, high in target_of(wanted, arc, None).parts:
        if line and line[-1][0] < start:
            yield tuple(line)
            line = []
        if not line or line[-1] != (start, low):
            line.append((start, low))
        line.append((end, high))
    if line:
        yield tuple(line)


def _quiets(arc: Arc, plan: Plan) -> Iterator[Quiet]:
    """Where nothing plays, phase by phase."""
    for span in plan.spans:
        phase = arc.phases[span.index]
        if phase.silence:
            words = "silence"
        elif not has_music(phase):
            words = "ambience alone"
        else:
            words = "no music"
        heard = [(item.start_s, item.end_s) for item in plan.items]
        for start, end in without(heard, span.start_s, span.end_s):
            yield Quiet(start, end, not has_music(phase), words)


def without(taken: Iterable[Point], start: float, end: float) -> Iterator[Point]:
    """What of a stretch of time none of the taken ones (from, to) covers, long enough to tell."""
    inside = [(a, b) for a, b in taken if a < end and start < b]
    edges = sorted([(start, start), *inside, (end, end)])
    heard = start
    for (_, one_end), (two_start, _) in pairwise(edges):
        heard = max(heard, one_end)
        if min(two_start, end) - heard >= SHORTEST_GAP_S:
            yield heard, min(two_start, end)


def hours(seconds: float) -> str:
    """A moment of the session as H:MM."""
    whole = round(seconds / 60)
    return f"{whole // 60}:{whole % 60:02d}"


STEPS_S = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


def ticks(length_s: float, most: int) -> list[float]:
    """Round moments from 0 to `length_s`, evenly apart: at most `most` of them, or else only 0."""
    for step in STEPS_S:
        count = int(length_s // step) + 1
        if count <= most:
            return [float(step * i) for i in range(count)]
    return [0.0]
