"""The score: what a session may play, stored beside its journal as it was at the start.

With it a session can be replanned and recovered even if the library has changed since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from soundscape.core.errors import JournalError
from soundscape.core.track import Pools, Track
from soundscape.journal.encryption import read_kept, write_kept

SCORE_NAME = "score.json"


@dataclass(frozen=True, slots=True)
class Score:
    """Pools by playlist name as the arc writes it, ambiences by name."""

    pools: Pools
    ambiences: Mapping[str, Track]


def write_score(folder: Path, score: Score) -> None:
    """Write the score of a session, each track once."""
    tracks: dict[str, int] = {}
    rows: list[Track] = []

    def row(track: Track) -> int:
        key = repr(track)
        if key not in tracks:
            tracks[key] = len(rows)
            rows.append(track)
        return tracks[key]

    data = {
        "pools": {name: [row(track) for track in pool] for name, pool in score.pools.items()},
        "ambiences": {name: row(track) for name, track in score.ambiences.items()},
        "tracks": [asdict(track) for track in rows],
    }
    write_kept(folder / SCORE_NAME, json.dumps(data, ensure_ascii=False))


def read_score(folder: Path) -> Score:
    """Read the score of a session. Raises `JournalError` if it is missing or damaged."""
    from pydantic import TypeAdapter

    path = folder / SCORE_NAME
    try:
        data = json.loads(read_kept(path))
        tracks = TypeAdapter(tuple[Track, ...]).validate_python(data["tracks"])
        return Score(
            {name: tuple(tracks[i] for i in pool) for name, pool in data["pools"].items()},
            {name: tracks[i] for name, i in data["ambiences"].items()},
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise JournalError(f"{path}: the session's tracks cannot be read: {error}") from None
