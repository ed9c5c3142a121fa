"""Smooth seams: of plans about as good, the one whose tracks end and begin alike.

A track is one number to the cost J, but it may begin softly and end full (`Track.shape`). So tracks
of a phase change places, or give way to one of about the same intensity and length, where that
lowers E and leaves J as it was within `GIVES`.
"""

from __future__ import annotations

from bisect import bisect_left

from soundscape.core.planner.cost import FREE_STEP, closing, opening
from soundscape.core.planner.index import Model
from soundscape.core.planner.timeline import Line, walk

GIVES = 0.005
"""The share of J that smoother seams may cost, in all."""
ALIKE_S, LIKE = 10.0, 0.03
"""How far length and intensity of a track may be from those of the one it replaces."""
NEAREST, AROUND = 200, 6
"""How many of those are looked at, and how far tracks change places."""
WALKS = 80
"""Changes whose J is looked at, at most."""


def improved(model: Model, line: Line) -> Line:
    """The line with smoother seams, where tracks tell how they begin and end."""
    shaped = any(model.tracks[j].shape for j in line.tracks)
    return _Seams(model, line).smooth() if shaped else line


class _Seams:
    """A line, and the most that its changes may cost."""

    def __init__(self, model: Model, line: Line) -> None:
        self.model, self.line = model, line
        found = walk(model, line)
        self.most, self.faults, self.left = found.j * (1 + GIVES), found.faults, WALKS
        keys = [model.key[j] for j in line.tracks]
        self.used = set(keys) | set(model.heard_at)
        # What is heard again has its turn, which another order would change.
        self.again = {key for key in keys if keys.count(key) > 1} | set(model.heard_at)

    def smooth(self) -> Line:
        """The line after all changes, the roughest seams first."""
        count = len(self.line.tracks)
        for k in sorted(range(count), key=lambda k: (-self._rough(self.line.tracks, {k}), k)):
            for place in (k, k - 1):
                if place >= 0 and self._rough(self.line.tracks, {k}):
                    self._change(place)
        return self.line

    def _rough(self, tracks: list[int], places: set[int]) -> float:
        """The excess steps at the seams before these places. The curve's own step is left out:
        a change within a phase hardly moves it."""
        known, total = self.model.tracks, 0.0
        for k in places:
            if 0 < k < len(tracks):
                step = opening(known[tracks[k]]) - closing(known[tracks[k - 1]])
                total += max(0.0, abs(step) - FREE_STEP)
        return total

    def _change(self, k: int) -> None:
        """Put an unused track at a place, or let its track change places with one around it."""
        model, line = self.model, self.line
        leg, j = model.legs[line.legs[k]], line.tracks[k]
        if j not in leg.mine or model.key[j] in self.again:
            return
        low, high = (
            bisect_left(leg.own, model.xs[j] + off, key=model.xs.__getitem__)
            for off in (-LIKE, LIKE)
        )
        for i in leg.own[low:high][:NEAREST]:
            if model.key[i] not in self.used and abs(model.lens[i] - model.lens[j]) <= ALIKE_S:
                tracks = line.tracks[:]
                tracks[k] = i
                if self._take(tracks, {k}):
                    self.used ^= {model.key[i], model.key[j]}
                    return
        for m in range(max(0, k - AROUND), min(len(line.tracks), k + AROUND + 1)):
            i = line.tracks[m]
            if (
                m != k
                and line.legs[m] == line.legs[k]
                and i in leg.mine
                and (model.key[i] not in self.again)
            ):
                tracks = line.tracks[:]
                tracks[k], tracks[m] = i, j
                if self._take(tracks, {k, m}):
                    return

    def _take(self, tracks: list[int], places: set[int]) -> bool:
        """Take a change of these places if its seams are smoother and its cost about the same."""
        seams = places | {k + 1 for k in places}
        gain = self._rough(self.line.tracks, seams) - self._rough(tracks, seams)
        if gain < 1e-6 or not self.left:
            return False
        self.left -= 1
        line = Line(self.line.legs, tracks, self.line.cuts)
        found = walk(self.model, line)
        if found.j > self.most or found.faults > self.faults:
            return False
        self.line = line
        return True
