"""Seams: of plans about as good, the one whose tracks end and begin alike.

A track is one number to the cost J, but it may begin softly and end full (`Track.shape`). After the
search, places are swapped, or given another track of about the same intensity and length, where
that lowers E and leaves J as it was within `GIVES`. E is looked at first, as it is the cheaper one.
"""

from __future__ import annotations

from bisect import bisect_left

from soundscape.core.planner.cost import FREE_STEP, closing, opening
from soundscape.core.planner.index import Model
from soundscape.core.planner.timeline import Line, Walk, walk, walk_changed, walk_from

GIVES = 0.005
"""The share of J that smoother seams may cost, in all."""
ALIKE_S = 10.0
"""A track is exchanged for one whose length differs by no more."""
LIKE = 0.03
"""... and whose intensity is this near."""
NEAREST = 200
"""How many of those are looked at."""
WALKS = 300
"""Trials whose J is looked at, at most."""


class _Seams:
    """A line and how rough each of its seams is."""

    def __init__(self, model: Model, line: Line) -> None:
        self.model, self.line = model, line
        self.walk: Walk = walk(model, line)
        self.most = self.walk.j * (1 + GIVES)
        self.faults = self.walk.faults
        self.left = WALKS

    def rough(self, tracks: list[int], places: set[int]) -> float:
        """The excess steps at the seams before these places. The curve's own step is left out:
        a change within a phase hardly moves it."""
        all_tracks = self.model.tracks
        total = 0.0
        for k in places:
            if 0 < k < len(tracks):
                step = opening(all_tracks[tracks[k]]) - closing(all_tracks[tracks[k - 1]])
                total += max(0.0, abs(step) - FREE_STEP)
        return total

    def attempt(self, tracks: list[int], places: set[int]) -> bool:
        """Take the change of these places if its seams are smoother and its cost about the same."""
        seams = places | {k + 1 for k in places}
        gain = self.rough(self.line.tracks, seams) - self.rough(tracks, seams)
        if gain < 1e-6 or not self.left:
            return False
        self.left -= 1
        line = Line(self.line.legs, tracks, self.line.cuts)
        found = walk_changed(self.model, line, places, self.walk)
        if found.j > self.most or found.faults > self.faults:
            return False
        self.line, self.walk = line, walk_from(self.model, line, min(places), self.walk)
        return True


def smoothed(model: Model, line: Line) -> Line:
    """The line with smoother seams, where tracks tell how they begin and end."""
    if not any(model.tracks[j].shape for j in line.tracks):
        return line
    seams = _Seams(model, line)
    keys = [model.key[j] for j in line.tracks]
    used = set(keys) | set(model.heard_at)
    again = {key for key in keys if keys.count(key) > 1} | set(model.heard_at)
    for k in sorted(range(len(line.tracks)), key=lambda k: (-seams.rough(line.tracks, {k}), k)):
        if not seams.rough(seams.line.tracks, {k}):
            continue
        for place in (k, k - 1):
            if place < 0 or model.key[seams.line.tracks[place]] in again:
                continue
            _exchange(seams, place, used)
            _swap(seams, place, again)
    return seams.line


def _exchange(seams: _Seams, k: int, used: set[int]) -> None:
    """Try unused tracks in the place of one that is like them."""
    model, line = seams.model, seams.line
    leg, j = model.legs[line.legs[k]], line.tracks[k]
    if j not in leg.mine:
        return
    low = bisect_left(leg.own, model.xs[j] - LIKE, key=model.xs.__getitem__)
    high = bisect_left(leg.own, model.xs[j] + LIKE, key=model.xs.__getitem__)
    for i in leg.own[low:high][:NEAREST]:
        if model.key[i] in used or abs(model.lens[i] - model.lens[j]) > ALIKE_S:
            continue
        tracks = line.tracks[:]
        tracks[k] = i
        if seams.attempt(tracks, {k}):
            used.discard(model.key[j])
            used.add(model.key[i])
            return


def _swap(seams: _Seams, k: int, again: set[int]) -> None:
    """Try the places of the same leg near this one."""
    model, line = seams.model, seams.line
    a = line.tracks[k]
    for m in range(max(0, k - 6), min(len(line.tracks), k + 7)):
        b = line.tracks[m]
        if m == k or line.legs[m] != line.legs[k] or model.key[b] in again:
            continue
        tracks = line.tracks[:]
        tracks[k], tracks[m] = b, a
        if a in model.legs[line.legs[k]].mine and seams.attempt(tracks, {k, m}):
            return
