"""One piece of music in several files: an album bought twice, a copy in another format.

The key of the sound knows a copy that was moved or tagged anew, but not the same recording through
another codec. Two files of one artist and title that last as long are taken to be one piece: heard
twice in a session it would be a mistake, and a second piece of the same name and length is rare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from soundscape.core.names import canonical, people
from soundscape.core.track import Pools, Track

SAME_LENGTH_S = 2.0
"""What codecs add at both ends, and headers round."""


def one_piece_each(pools: Mapping[str, tuple[Track, ...]]) -> tuple[Pools, int]:
    """The pools with `Track.piece` set where several files hold one piece, and of how many pieces
    there is more than one file."""
    by_name: dict[tuple[str, str], dict[str, Track]] = {}
    for pool in pools.values():
        for track in pool:
            name = (" ".join(sorted(people(track.artist))), canonical(track.title))
            if all(name):
                by_name.setdefault(name, {})[track.path] = track
    piece: dict[str, str] = {}
    count = 0
    for tracks in by_name.values():
        for group in _as_long(tracks.values()):
            if len({track.key or track.path for track in group}) > 1:
                count += 1
                piece |= dict.fromkeys((track.path for track in group), group[0].path)
    if not piece:
        return pools, 0
    return {
        name: tuple(
            replace(track, piece=piece[track.path]) if track.path in piece else track
            for track in pool
        )
        for name, pool in pools.items()
    }, count


def _as_long(tracks: Iterable[Track]) -> Iterable[list[Track]]:
    """Groups of two and more whose lengths lie close together."""
    group: list[Track] = []
    for track in sorted(tracks, key=lambda each: (each.duration_s, each.path)):
        if group and track.duration_s - group[0].duration_s > SAME_LENGTH_S:
            yield group
            group = []
        group.append(track)
    yield group
