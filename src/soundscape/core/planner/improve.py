"""Small changes to a plan that was found: artists apart, then smooth seams.

A search keeps one order of the same tracks, and may end with an artist twice in a row that another
order would keep apart. And a track is one number to the cost J, but it may begin softly and end
full (`Track.shape`). So tracks of a phase change places, or give way to one of about the same
intensity and length: where that lowers J, and then where it lowers E and leaves J as it was within
`GIVES`.
"""

from __future__ import annotations

from bisect import bisect_left

from soundscape.core.planner.cost import ARTISTS_BACK, FREE_STEP, closing, opening
from soundscape.core.planner.index import Model
from soundscape.core.planner.timeline import Line, walk, walk_changed, walk_from

GIVES = 0.005
"""The share of J that smoother seams may cost, in all."""
ALIKE_S, LIKE = 10.0, 0.03
"""How far length and intensity of a track may be from those of the one it replaces."""
NEAREST = 200
"""How many of those are looked at."""
AROUND = 6
"""How far tracks change places for a smoother seam."""
WALKS = 300
"""Changes whose J is looked at, at most."""


def improved(model: Model, line: Line) -> Line:
    """The line with artists further apart and smoother seams, where it can have them."""
    found = _Improver(model, line)
    for k in range(len(line.tracks)):
        for place in (k, *found.same_artist(k)):
            if found.same_artist(k):
                found.change(place, len(line.tracks), smoother=False)
    for k in range(len(line.tracks)):
        found.change(k, AROUND, smoother=False)
    if any(model.tracks[j].shape for j in line.tracks):
        found.most, found.left = found.walk.j * (1 + GIVES), WALKS
        order = sorted(range(len(line.tracks)), key=lambda k: (-found.rough(line.tracks, {k}), k))
        for k in order:
            for place in (k, k - 1):
                if place >= 0 and found.rough(found.line.tracks, {k}):
                    found.change(place, AROUND, smoother=True)
    return found.line


class _Improver:
    """A line, and the most that its changes may cost."""

    def __init__(self, model: Model, line: Line) -> None:
        self.model, self.line = model, line
        self.walk = walk(model, line)
        self.most, self.faults, self.left = self.walk.j, self.walk.faults, WALKS
        keys = [model.key[j] for j in line.tracks]
        self.used = set(keys) | set(model.heard_at)
        # What is heard again has its turn, which another order would change.
        self.repeats = len(self.used) < len(keys) + len(model.heard_at)

    def same_artist(self, k: int) -> list[int]:
        """The places, of the three before one, that have its artist."""
        artists, tracks = self.model.artists, self.line.tracks
        artist = artists[tracks[k]]
        return [
            m for m in range(max(0, k - ARTISTS_BACK), k) if artist and artists[tracks[m]] == artist
        ]

    def rough(self, tracks: list[int], places: set[int]) -> float:
        """The excess steps at the seams before these places. The curve's own step is left out:
        a change within a phase hardly moves it."""
        known = self.model.tracks
        total = 0.0
        for k in places:
            if 0 < k < len(tracks):
                step = opening(known[tracks[k]]) - closing(known[tracks[k - 1]])
                total += max(0.0, abs(step) - FREE_STEP)
        return total

    def change(self, k: int, around: int, smoother: bool) -> None:
        """Put an unused track at a place; or let its track change places with one around it, or
        move there."""
        model, line = self.model, self.line
        leg, j = model.legs[line.legs[k]], line.tracks[k]
        if self.repeats or j not in leg.mine:
            return
        low = bisect_left(leg.own, model.xs[j] - LIKE, key=model.xs.__getitem__)
        high = bisect_left(leg.own, model.xs[j] + LIKE, key=model.xs.__getitem__)
        # An unused one first: it leaves all the others where they are.
        for i in leg.own[low:high][:NEAREST]:
            if model.key[i] not in self.used and abs(model.lens[i] - model.lens[j]) <= ALIKE_S:
                tracks = line.tracks[:]
                tracks[k] = i
                if self._attempt(tracks, {k}, smoother):
                    self.used.discard(model.key[j])
                    self.used.add(model.key[i])
                    return
        for m in range(max(0, k - around), min(len(line.tracks), k + around + 1)):
            i = line.tracks[m]
            if m == k or line.legs[m] != line.legs[k] or i not in leg.mine:
                continue
            swapped, moved = line.tracks[:], line.tracks[:]
            swapped[k], swapped[m] = i, j
            moved.insert(m, moved.pop(k))
            between = {*range(min(k, m), max(k, m) + 1)}
            for tracks, places in ((swapped, {k, m}), (moved, between)):
                if self._attempt(tracks, places, smoother):
                    return

    def _attempt(self, tracks: list[int], places: set[int], smoother: bool) -> bool:
        """Take a change of these places that does not cost too much and is worth it."""
        if smoother:
            seams = places | {k + 1 for k in places}
            if self.rough(self.line.tracks, seams) - self.rough(tracks, seams) < 1e-6:
                return False
        if not self.left:
            return False
        self.left -= 1
        line = Line(self.line.legs, tracks, self.line.cuts)
        found = walk_changed(self.model, line, places, self.walk)
        if found.j > self.most - (0.0 if smoother else 1e-6) or found.faults > self.faults:
            return False
        self.line, self.walk = line, walk_from(self.model, line, min(places), self.walk)
        if not smoother:
            self.most = self.walk.j
        return True
