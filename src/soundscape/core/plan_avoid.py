"""What may be played in a phase and what is the same music, and the seed's say in a choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zlib import crc32

from soundscape.core.arc import Phase
from soundscape.core.track import Pools, Track


def unit(seed: int, path: str) -> float:
    """A number in 0..1 that depends on the seed and the path alone, in any process."""
    h = crc32(path.encode("utf-8", "surrogatepass"), seed & 0xFFFFFFFF)
    h = ((h ^ (h >> 16)) * 0x85EBCA6B + seed) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return (h ^ (h >> 16)) / 2**32


def sound(track: Track) -> str:
    """What makes two tracks the same music: the piece, the key of the sound, else the path."""
    return track.piece or track.key or track.path


def sounds(pools: Pools) -> dict[str, str]:
    """The sound of each path that has a copy or may have one; a path that is missing is its own."""
    return {t.path: sound(t) for pool in _each_once(pools) for t in pool if t.piece or t.key}


def _each_once(pools: Mapping[str, tuple[Track, ...]]) -> Iterable[tuple[Track, ...]]:
    return {id(pool): pool for pool in pools.values()}.values()


def sings(track: Track, phase: Phase) -> bool:
    """Whether somebody sings or speaks in the track and the phase does not want that."""
    return track.voice == "voice" and not phase.voice


def over_cap(track: Track, phase: Phase) -> bool:
    """Whether the track is fuller than the phase may ever be."""
    return track.intensity > phase.cap


class Avoid:
    """The `avoid` list of a phase: `tag:x`, `artist:x`, `track:x`, or a bare word for all three.

    Case does not count. A tag matches whole or by its value (`church` matches `genre:church`), an
    artist whole or as whole words of the name, a track by title, path, file name or stem.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self.tags: set[str] = set()
        self.artists: set[str] = set()
        self.titles: set[str] = set()
        for entry in entries:
            kind, colon, word = entry.partition(":")
            kinds = {"tag": self.tags, "artist": self.artists, "track": self.titles}
            named = kinds.get(kind.strip().casefold()) if colon else None
            value = (word if named is not None else entry).strip().casefold()
            if value:
                for words in (self.tags, self.artists, self.titles) if named is None else (named,):
                    words.add(value)

    def __bool__(self) -> bool:
        return bool(self.tags or self.artists or self.titles)

    def __call__(self, track: Track) -> bool:
        """Whether the track is to be avoided."""
        if self.tags:
            for tag in track.tags:
                whole = tag.casefold()
                if whole in self.tags or whole.partition(":")[2] in self.tags:
                    return True
        if self.artists:
            name = track.artist.strip().casefold()
            if name in self.artists or any(f" {each} " in f" {name} " for each in self.artists):
                return True
        if self.titles:
            path = track.path.casefold()
            file = path.replace("\\", "/").rpartition("/")[2]
            names = (track.title.strip().casefold(), path, file, file.rpartition(".")[0])
            return not self.titles.isdisjoint(names)
        return False
