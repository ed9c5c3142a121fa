"""What the planner knows of the pools alone: the tracks by number, made once for many plans.

A session is planned anew at every cue, always from the same pools. To sort and number 10,000 tracks
takes longer than to mend a plan, so the last pools' shelf is kept. It is not changed once it is
made, and what has been heard or banned is no part of it: a plan is the same with and without.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from zlib import crc32

from soundscape.core.arc import Phase
from soundscape.core.avoid import avoiding, over_cap, sings, sound, sounds
from soundscape.core.planner.cost import artist_key
from soundscape.core.seam import plays_s
from soundscape.core.track import Pools, Track

SHORTEST_S = 3.0
"""Anything shorter is a sound, not a track."""


def unit(seed: int, path: str) -> float:
    """A number in 0..1 that depends on the seed and the path alone, in any process."""
    h = crc32(path.encode("utf-8", "surrogatepass"), seed & 0xFFFFFFFF)
    h = ((h ^ (h >> 16)) * 0x85EBCA6B + seed) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return (h ^ (h >> 16)) / 2**32


class Shelf:
    """Tracks of an arc's playlists as lists by number, which rises with the intensity.

    `key` tells music apart: two numbers of one key are the same music. `places` are the keys by
    what makes tracks the same (`avoid.sound`), `same_as` that by path. `ids` are a playlist's
    numbers, `by_path` a path's, `first_of` is a key's first one.
    """

    def __init__(self, pools: Pools, names: tuple[str, ...]) -> None:
        self.same_as = sounds(pools)
        each_pool = {id(pool): pool for name in names for pool in (pools.get(name, ()),)}
        variants: dict[str, list[Track]] = {}
        for pool in each_pool.values():
            for track in pool:
                known = variants.get(track.path)
                if known is None:
                    if track.length_s >= SHORTEST_S:
                        variants[track.path] = [track]
                elif not any(track is each or track == each for each in known):
                    known.append(track)
        tracks = [track for known in variants.values() for track in known]
        tracks.sort(key=lambda track: (track.intensity, track.path))
        self.tracks = tracks
        self.xs = [track.intensity for track in tracks]
        self.lens = [plays_s(track) for track in tracks]
        self.places: dict[str, int] = {}
        for known in variants.values():
            self.places.setdefault(sound(known[0]), len(self.places))
        self.key = [self.places[sound(track)] for track in tracks]
        self.artist_ids: dict[str, int] = {"": 0}
        of = self.artist_ids
        self.artists = [of.setdefault(artist_key(track.artist), len(of)) for track in tracks]
        self.by_path: dict[str, list[int]] = {}
        for i, track in enumerate(tracks):
            self.by_path.setdefault(track.path, []).append(i)
        numbers = {at: self._numbers(pool) for at, pool in each_pool.items()}
        self.ids = {name: numbers[id(pools.get(name, ()))] for name in names}
        self.first_of = {self.key[i]: i for i in range(len(tracks) - 1, -1, -1)}
        self._kinds: dict[tuple[object, ...], tuple[list[int], set[int]]] = {}
        self._by_length: dict[tuple[object, ...], list[int]] = {}

    def _numbers(self, pool: tuple[Track, ...]) -> list[int]:
        """A playlist's numbers, in rising order."""
        found = set()
        for track in pool:
            same = self.by_path.get(track.path)
            if same and track.length_s >= SHORTEST_S:
                one = len(same) == 1
                found.add(same[0] if one else next(i for i in same if self.tracks[i] == track))
        return sorted(found)

    def allowed(self, phase: Phase, ids: Iterable[int]) -> list[int]:
        """Those of the tracks that the phase does not avoid, voices among them, under its cap."""
        avoid, tracks = avoiding(phase.avoid), self.tracks
        if phase.cap < 1.0:
            ids = [i for i in ids if not over_cap(tracks[i], phase)]
        plain = [i for i in ids if tracks[i].voice != "voice" or not sings(tracks[i], phase)]
        return [i for i in plain if not avoid(tracks[i])] if avoid else plain

    def own(self, phase: Phase) -> tuple[list[int], set[int]]:
        """What a phase's own playlists have for it, in rising order and as a set."""
        kind = _kind(phase)
        if kind not in self._kinds:
            ids = set().union(*(self.ids[name] for name in phase.playlists))
            every = self.allowed(phase, sorted(ids))
            self._kinds[kind] = every, set(every)
        return self._kinds[kind]

    def by_length(self, phase: Phase) -> list[int]:
        """The same from the shortest track to the longest."""
        kind = _kind(phase)
        if kind not in self._by_length:
            self._by_length[kind] = sorted(self.own(phase)[0], key=self.lens.__getitem__)
        return self._by_length[kind]


def _kind(phase: Phase) -> tuple[object, ...]:
    """What makes two phases take the same tracks."""
    return phase.playlists, phase.avoid, phase.voice, phase.cap


class _Same:
    """Pools and playlists as a key: equal where the pools are the very same."""

    def __init__(self, pools: Pools, names: tuple[str, ...]) -> None:
        self.pools, self.names = pools, names
        self.parts = tuple(pools.items())

    def __hash__(self) -> int:
        return hash((self.names, tuple((name, id(pool)) for name, pool in self.parts)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Same)
            and self.names == other.names
            and len(self.parts) == len(other.parts)
            and all(
                a == b and one is two
                for (a, one), (b, two) in zip(self.parts, other.parts, strict=True)
            )
        )


def shelf_of(pools: Pools, names: tuple[str, ...]) -> Shelf:
    """The shelf of an arc's playlists; the last one again where the pools are the very same."""
    return _made(_Same(pools, names))


@lru_cache(maxsize=1)
def _made(of: _Same) -> Shelf:
    return Shelf(dict(of.parts), of.names)
