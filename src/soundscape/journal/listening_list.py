"""The listening list: what was heard, by title and in order, for people to take home.

It contains no cue, mark, time of day or code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soundscape.journal.story import Heard, Story

LEAST_HEARD_S = 30.0
"""Least seconds for a track to be listed: whoever sent it away sooner did not want it."""

FEWEST, MOST = 3, 5
"""Fewest and most tracks of an integration soundtrack, if the session had as many."""


@dataclass(frozen=True, slots=True)
class ListedTrack:
    """A track of the list: `heard_s` seconds of it were heard in all, first at `first_s`."""

    path: str
    title: str
    artist: str
    heard_s: float
    first_s: float


class _Listening:
    """The stretches of each track, in the order of their first."""

    def __init__(self, story: Story) -> None:
        self.of: dict[str, list[Heard]] = {}
        for heard in sorted(story.heard, key=lambda each: each.from_s):
            if heard.layer == "music":
                self.of.setdefault(heard.path, []).append(heard)

    def pieces(self) -> list[ListedTrack]:
        return [
            ListedTrack(
                path, each[0].title, each[0].artist, sum(map(_length_s, each)), each[0].from_s
            )
            for path, each in self.of.items()
        ]

    def at(self, at_s: float) -> str:
        """Return the path of the newest music at that time; "" before the first."""
        begun = [
            (h.from_s, path) for path, each in self.of.items() for h in each if h.from_s <= at_s
        ]
        return max(begun)[1] if begun else ""


def listening(story: Story) -> tuple[ListedTrack, ...]:
    """List all tracks that were heard for a while, once each, in order."""
    return tuple(each for each in _Listening(story).pieces() if each.heard_s >= LEAST_HEARD_S)


def around_marks(story: Story) -> tuple[ListedTrack, ...]:
    """Choose the 3 to 5 tracks around the marks, in order; none if nothing was marked.

    Tracks that sounded at a mark come first; of more than five, those with most marks, then those
    heard longest. If there are fewer than three, those nearest in time to a mark are added.
    """
    heard = _Listening(story)
    count: dict[str, int] = {}
    for mark in story.marks:
        if path := heard.at(mark.at_s):
            count[path] = count.get(path, 0) + 1
    if not count:
        return ()
    pieces = heard.pieces()
    by_worth = sorted(pieces, key=lambda each: (-count.get(each.path, 0), -each.heard_s))
    chosen = [each for each in by_worth if each.path in count][:MOST]
    near = sorted(
        (each for each in pieces if each.path not in count and each.heard_s >= LEAST_HEARD_S),
        key=lambda each: _away_s(heard.of[each.path], [mark.at_s for mark in story.marks]),
    )
    chosen += near[: max(0, FEWEST - len(chosen))]
    return tuple(sorted(chosen, key=lambda each: each.first_s))


def _length_s(heard: Heard) -> float:
    """Return the seconds known to have been heard; what still sounds counts as long enough."""
    return LEAST_HEARD_S if heard.to_s is None else heard.to_s - heard.from_s


def _away_s(stretches: Sequence[Heard], marks_s: Sequence[float]) -> float:
    """Return the seconds from the nearest mark to the nearest stretch."""
    return min(
        max(0.0, each.from_s - mark_s, mark_s - (each.from_s if each.to_s is None else each.to_s))
        for each in stretches
        for mark_s in marks_s
    )
