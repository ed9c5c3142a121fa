"""The timeline of a sequence of tracks, and what it costs.

A sequence says which track comes at which place, for which leg, and at which legs' start the track
before is cut. `walk` says when each track starts and ends. The search, the plan that is handed out
and every trial of a change go through it, so that no two of them disagree on a fade.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

from soundscape.core.planner.cost import (
    A_WEIGHT,
    ARTISTS_BACK,
    FREE_STEP,
    K_WEIGHT,
    L_WEIGHT,
    S_WEIGHT,
)
from soundscape.core.planner.index import END, MUSIC, Leg, Model
from soundscape.core.seam import crossfade_s

FAULT = 0.5
"""What one thing that must not be adds to the cost of a trial."""


@dataclass(slots=True)
class Line:
    """Which track at which place. `cuts` holds legs whose start cuts the track before."""

    legs: list[int]
    tracks: list[int]
    cuts: set[int] = field(default_factory=set)


class Walk:
    """Where the tracks of a line lie, and what it costs.

    `starts` are those of its places, `ends` too, but led by that of what plays. `faults` counts
    what must not be, and `faulty` are the legs in which it is.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.starts: list[float] = []
        self.ends: list[float] = []
        self.faults, self.faulty = 0.0, set[int]()
        self._square = self._time = self._off = self._cut = self._steps = 0.0
        self._again = self._pairs = self._places = 0
        # The newest track: where it starts and ends, its number and its leg.
        self._start = self._end = 0.0
        self._track, self._leg = -1, -1
        # Intensity and mean curve of the one before it, where they touch.
        self._before: tuple[float, float] | None = None
        self._artists = [*model.before[::-1]]
        item = model.playing_item()
        if item is not None and model.playing is not None:
            self._leg = model.playing_leg()
            self._newest(model.playing, item.start_s, item.end_s)

    @property
    def j(self) -> float:
        """The cost J, and what the faults add to it."""
        j = sqrt(self._square / self._time) if self._time > 0 and self._square > 0 else 0.0
        count = len(self.model.legs) or 1
        j += (S_WEIGHT * self._off + K_WEIGHT * self._cut) / 60 / count
        j += A_WEIGHT * self._again / max(1, self._places)
        j += L_WEIGHT * self._steps / max(1, self._pairs)
        return j + FAULT * self.faults

    def add(self, track: int, place: int, cut: bool) -> None:
        """The next track, for the leg at this place, whose start may cut the track before."""
        model = self.model
        leg = model.legs[place]
        if self._track < 0:
            start = model.first_s if place == 0 else leg.start
            self._fault(place, place)
        else:
            start = self._next_start(leg, model.lens[track], cut)
            if model.key[track] == model.key[self._track] and not model.alone(leg):
                self._fault(1, place)
            self._fault(max(0, place - self._leg - 1), place)
        self.starts.append(start)
        self._leg = place
        self._newest(track, start, start + model.lens[track])

    def finish(self) -> None:
        """The music ends with the newest track."""
        if self._track < 0:
            self._fault(len(self.model.legs), 0)
            return
        leg = self.model.legs[self._leg] if self._leg >= 0 else None
        if leg is not None:
            self._fall_silent(leg)
        self._close(leg, self._end, touching=False)
        self._fault(max(0, len(self.model.legs) - self._leg - 1), self._leg)

    def _newest(self, track: int, start: float, end: float) -> None:
        artist = self.model.artists[track]
        self._again += bool(artist) and artist in self._artists[-ARTISTS_BACK:]
        self._artists.append(artist)
        self._places += 1
        self._track, self._start, self._end = track, start, end

    def _fault(self, count: float, place: int) -> None:
        if count:
            self.faults += count
            self.faulty |= {self._leg, place}

    def _next_start(self, leg: Leg, length: float, cut: bool) -> float:
        """End the newest track as the next one, of this leg and length, comes in; where it does."""
        model = self.model
        before = model.legs[self._leg] if self._leg >= 0 else None
        was = min(model.lens[self._track], self._end - self._start)
        if leg is before:
            start = self._end - crossfade_s(leg.fade, was, length)
            if start >= leg.end or start > leg.last_start + leg.fade:
                self._fault(1 + (start - leg.last_start) / 60, leg.place)
        elif before is None or before.block == leg.block:
            fade = min(crossfade_s(leg.fade, was, length), (leg.end - leg.start) / 2)
            edge = max(leg.start, model.now)
            start = self._end - fade
            if before is None and start < model.first_s:
                start = model.first_s
            late = start > edge + leg.late
            if not self.starts and (late or cut):
                # What plays has only just begun: it gets a whole seam all the same.
                edge = max(edge, self._start + 2 * fade)
            if start > edge and (late or cut):
                fade = max(0.0, min(fade, (edge - self._start) / 2))
                start = edge
                self._cut_off(edge + fade)
            elif before is not None:
                self._off += abs(start - edge)
                if edge - start > leg.early:
                    self._fault(1 + (edge - start - leg.early) / 60, leg.place)
        else:
            self._fall_silent(before)
            start = leg.start
        touching = before is None or before.block == leg.block
        if touching and start < model.now:  # Less is left of what plays than a seam takes.
            start = model.now
        touching = touching and start <= self._end
        self._close(before, min(start, self._end), touching)
        return start

    def _fall_silent(self, leg: Leg) -> None:
        """End the newest track where no music follows its leg."""
        was = min(self.model.lens[self._track], self._end - self._start)
        fade = min(crossfade_s(leg.fade, was, was), leg.quiet)
        edge = leg.block_end
        if leg.follows == MUSIC:
            self._fault(1, leg.place)
        elif leg.follows != END and self._end > edge + fade:
            self._cut_off(edge + fade)
        else:
            self._off += abs(self._end - fade - edge)
            short = edge - self._end - (0.0 if leg.follows == END else fade)
            if short > 1e-6:
                self._fault(1 + short / 60, leg.place)

    def _cut_off(self, at: float) -> None:
        if self._end > at:
            self._cut += self._end - at
            self._end = at

    def _close(self, leg: Leg | None, until: float, touching: bool) -> None:
        """The newest track was the newest one until then, when one that touches it comes in."""
        self.ends.append(self._end)
        if leg is not None:
            self._fault(self._end <= leg.start, leg.place)
            until = min(until, leg.block_end)
        since = max(self._start, self.model.t0)
        d = until - since
        if d <= 0:
            self._before = None
            return
        _, area, square = self.model.target.between(since, until)
        x = self.model.xs[self._track]
        self._square += x * x * d - 2 * x * area + square
        self._time += d
        if self._before is not None:
            self._pairs += 1
            step = abs(x - self._before[0]) - abs(area / d - self._before[1])
            self._steps += max(0.0, step - FREE_STEP)
        self._before = (x, area / d) if touching else None


def walk(model: Model, line: Line) -> Walk:
    """Lay a line out."""
    found = Walk(model)
    for track, place in zip(line.tracks, line.legs, strict=True):
        found.add(track, place, place in line.cuts)
    found.finish()
    return found
