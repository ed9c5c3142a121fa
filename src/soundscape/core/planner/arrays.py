"""The model's numbers as arrays, for searches that weigh many tracks at once.

Only sums, products and comparisons of single elements are made here, and sorts that keep the order
of equals, so that every machine finds the same plan.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from soundscape.core.planner.index import END, Leg, Model
from soundscape.core.seam import SHARE

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Complex = NDArray[np.complex128]


def crossfades(wanted_s: float, length: Floats) -> Floats:
    """`seam.crossfade_s` for many lengths at once, the other track being as long as each."""
    found: Floats = np.minimum(wanted_s, length / SHARE)
    return found


class Table:
    """Tracks and the curve's integrals of a model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.x: Floats = np.array(model.xs)
        self.len: Floats = np.array(model.lens)
        self.key: Ints = np.array(model.key, dtype=np.intp)
        self.artist: Ints = np.array(model.artists, dtype=np.intp)
        # The integral of the curve as the real part, that of its square as the imaginary one: one
        # look-up for both.
        self._g: Complex = np.array(model.g1) + 1j * np.array(model.g2)
        self._d: Complex = np.array(model.d1) + 1j * np.array(model.d2)
        self._top = len(model.g1) - 2

    def at(self, t: Floats) -> Complex:
        """Both integrals at these times."""
        u = (t - self.model.t0) * self.model.inv
        i = u.astype(np.intp)
        np.minimum(np.maximum(i, 0, out=i), self._top, out=i)
        found: Complex = self._g.take(i) + self._d.take(i) * (u - i)
        return found

    def square(self, x: Floats, a: Floats, b: Floats, g: Complex) -> Floats:
        """Squared deviation, summed over the seconds from a to b; `g` are the integrals at a."""
        area = self.at(b) - g
        found: Floats = x * x * (b - a) - 2 * x * area.real + area.imag
        return found

    def exits(
        self, leg: Leg, after: Leg | None, s: Floats, length: Floats
    ) -> Iterator[tuple[Bools, Floats, Floats, Floats]]:
        """Ways to leave the leg after tracks of these lengths from s on, as `ways.exits` has
        them: whether there is one, next start, seconds charged, where the track stops counting."""
        e = s + length
        if after is None:
            fade = crossfades(min(leg.fade, leg.quiet), length)
            off = np.abs(e - fade - leg.end)
            if leg.follows == END:
                yield e >= leg.end, e, off, e
                return
            place = leg.place + 1
            then = self.model.legs[place].start if place < len(self.model.legs) else leg.end
            due = e - leg.end - fade
            yield e >= leg.end - fade, np.full(e.shape, then), np.where(due > 0, due, off), e
            return
        fade = crossfades(min(after.fade, (after.end - after.start) / 2), length)
        n, b = e - fade, after.start
        good = (e > leg.start) & (n >= b - after.early)
        yield good & (e <= b + after.late), n, np.abs(n - b), n
        short = np.minimum(fade, (b - s) / 2)
        at = np.full(e.shape, b)
        yield good & (n > b) & (short > 0), at, e - b - short, at
