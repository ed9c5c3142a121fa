"""Music that nobody here made: the sixteen ambient pieces of Debian's `singularity-music`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.planner.planner import plan
from soundscape.library.catalog import ScanResult, scan
from soundscape.library.measure.measured import Measured, recording_of
from soundscape.library.measure.workers import measure_many

WHOLE = bool(os.environ.get("SOUNDSCAPE_WHOLE_STARTER"))
HALF = (8, 2053.0)
MUSIC = Path("/usr/share/games/singularity/music")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MUSIC.is_dir(), reason="Debian's singularity-music is not installed"),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> ScanResult:
    """The folder as a library that was never seen before; half of it, all in `make soak`."""
    folder = tmp_path_factory.mktemp("music")
    for path in sorted(MUSIC.rglob("*.ogg"))[:: 1 if WHOLE else 2]:
        shutil.copy(path, folder)
    return scan([folder], tmp_path_factory.mktemp("home") / "library.db")


def test_every_piece_is_read_and_measured(found: ScanResult) -> None:
    """Titles, real lengths (an hour in all), loudness in the range of music; nothing left out."""
    count, length_s = (16, 3831.5) if WHOLE else HALF
    assert len(found.tracks) == count
    assert found.left_out == ()
    assert sum(track.length_s for track in found.tracks) == pytest.approx(length_s, abs=30.0)
    assert all(-35.0 < track.loudness_lufs < -5.0 for track in found.tracks)
    assert all(track.title and track.key for track in found.tracks)
    assert len({track.key for track in found.tracks}) == count


def test_nobody_knows_whether_anybody_sings(found: ScanResult) -> None:
    """Without evidence a track is unknown, not taken for instrumental."""
    assert {track.voice for track in found.tracks} == {"unknown"}


def test_their_intensities_are_told_apart(found: ScanResult) -> None:
    """Real music is spread over the scale, not heaped up at one of its ends."""
    values = sorted(track.intensity for track in found.tracks)
    assert values[-1] - values[0] > 0.3
    assert values[0] > 0.1
    assert values[-1] < 1.0


def test_they_make_a_plan_that_covers_an_arc(found: ScanResult) -> None:
    """Twenty minutes of real music follow a curve, no piece twice."""
    phases = (
        Phase("rise", "onset", 600.0, Curve.spread((0.4, 0.8)), ("all",)),
        Phase("fall", "return", 600.0, Curve.spread((0.8, 0.4)), ("all",)),
    )
    made = plan(Arc("Real", phases), {"all": found.tracks}, 1)
    paths = [item.track.path for item in made.items]
    assert len(set(paths)) == len(paths)
    assert made.items[-1].end_s >= 1200.0
    assert all(b.start_s < a.end_s for a, b in zip(made.items, made.items[1:], strict=False))


def test_the_same_files_measure_the_same_twice(found: ScanResult) -> None:
    """A second measurement gives the same key and numbers to the last digit."""
    path = found.tracks[0].path
    ((_, key, measured),) = measure_many([path])
    assert isinstance(measured, Measured)
    assert recording_of(key) == found.tracks[0].key
    assert measured.loudness_lufs == found.tracks[0].loudness_lufs
