"""The starter music as values, without a note of it rendered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from soundscape.core.arc import Arc
from soundscape.core.track import Pools, Track
from soundscape.library.playlists.places import open_playlist
from soundscape.starter.pieces import AMBIENCES, PIECES, STARTER_ARTIST, StarterPiece

ROOT = Path(__file__).parent.parent
ARCS = tuple(sorted((ROOT / "arcs").glob("*.yaml")))


def starter_pools(
    arc: Arc, folder: Path = Path("/starter"), pieces: Sequence[StarterPiece] = PIECES
) -> tuple[Pools, dict[str, Track]]:
    """The starter catalogue as an arc's pools and ambiences, as `gather` would make them of the
    files under `folder`: each shipped playlist's query is asked of the table of pieces.

    No file is made. A rehearsal wants them to be there: `touch_starter` makes hollow ones.
    """
    names = {name for phase in arc.phases for name in phase.playlists}
    pools = {name: _asked(name, folder, pieces) for name in sorted(names)}
    ambiences = {
        name: Track(str(folder / "ambience" / f"{name}.flac"), title, seconds, 0.0)
        for name, (title, seconds) in AMBIENCES.items()
    }
    return pools, ambiences


def touch_starter(folder: Path) -> Path:
    """Files with the names of the starter music and no sound in them, which is all that the null
    decks ask for; answers the folder."""
    for kind, names in (("music", [piece.name for piece in PIECES]), ("ambience", AMBIENCES)):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / kind / f"{name}.flac").write_bytes(b"x")
    return folder


def _asked(playlist: str, folder: Path, pieces: Sequence[StarterPiece]) -> tuple[Track, ...]:
    query = open_playlist(ROOT / "playlists" / f"{playlist}.yaml").query
    assert query is not None, playlist
    found = []
    for piece in pieces:
        track = _track(piece, folder)
        name = f"music/{piece.name}.flac"
        if query.may_take(track.path, name, track.tags, track.intensity) and query.takes(track):
            found.append(track)
    return tuple(found)


def _track(piece: StarterPiece, folder: Path) -> Track:
    """What reading and measuring the piece's file would tell."""
    return Track(
        path=str(folder / "music" / f"{piece.name}.flac"),
        title=piece.title,
        duration_s=float(piece.seconds),
        intensity=piece.intensity,
        artist=STARTER_ARTIST,
        true_peak_dbtp=-12.0,
        tags=("genre:ambient", "kind:music", f"mood:{piece.kind}"),
        voice="instrumental",
    )
