"""How fast the sum may change, whatever lines, seams and files meet in it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from test_audio_mixer import TICK_S, Room, _play, _rates

from soundscape.core import fade
from soundscape.core.ports import FadeOut, Freeze, Glide, Play, Silent, Thaw
from soundscape.core.track import Track


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that are there: the null decks look for them."""
    folder = tmp_path_factory.mktemp("files")
    for name in "abc":
        (folder / name).write_bytes(b"x")
    return folder


def both(room: Room, seconds: float) -> list[float]:
    """The summed level of music and ambience, tick by tick."""
    levels = []
    for _ in range(round(seconds / TICK_S)):
        room.run(TICK_S)
        levels.append(fade.sum_db((room.level(), room.level("ambience"))))
    return levels


def test_what_is_softened_comes_off_what_is_heard(files: Path) -> None:
    """A quiet, peaky track whose match is more than its headroom lets through is softer at once."""
    room = Room()
    room.do(_play(files, "a", 1, loudness_lufs=-33.0, true_peak_dbtp=-1.0))
    before = room.run(14.0)[-1]
    room.do(Glide("music", "trim", -4.0, 6.0, "soften"))
    assert room.run(1.0)[-1] == pytest.approx(before - 2.0, abs=0.1)
    assert room.run(6.0)[-1] == pytest.approx(before - 4.0)


def test_a_seam_to_a_track_with_more_headroom_rises_slowly(files: Path) -> None:
    """Where the outgoing track was kept down by its peaks, the next is no louder at once."""
    room = Room()
    room.do(_play(files, "a", 1, true_peak_dbtp=9.0))
    assert room.run(14.0)[-1] == pytest.approx(-10.0)
    room.do(_play(files, "b", 2, 6.0))
    levels = room.run(16.0)
    assert _rates(levels, -100.0)[0] <= fade.RISE_DB_PER_S + 1e-6
    assert levels[-1] == pytest.approx(0.0)


def test_what_is_let_go_rises_with_no_line(files: Path) -> None:
    """A track that fades out while its layer's level goes up, as into a louder phase without music,
    only falls, however soft it is by then."""
    room = Room()
    room.do(Glide("music", "level", -10.0, 0.02), _play(files, "a", 1))
    room.run(14.0)
    room.do(FadeOut("music", 8.0))
    levels = room.run(5.0)
    room.do(Glide("music", "level", 6.0, 1.0))
    levels += room.run(4.0)
    assert all(after <= before + 1e-9 for before, after in pairwise(levels))
    assert levels[-1] <= fade.MUTE_DB


def test_falls_that_meet_fall_no_faster_than_one(files: Path) -> None:
    """Under the voices, softer and into a pause at the same moment: 10 dB a second at most."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(Glide("music", "level", -18.0, 5.0), Glide("music", "trim", -12.0, 6.0, "soften"))
    room.do(Freeze(("music",), fade.PAUSE_S))
    levels = room.run(9.0)
    assert _rates(levels, fade.HUSH_DB)[1] > fade.FALL_DB_PER_S - 0.5
    assert _rates(levels, fade.HUSH_DB)[1] <= fade.FALL_DB_PER_S + 1e-6
    assert levels[-1] == fade.SILENT_DB


def test_the_end_of_a_seam_is_a_part_of_the_fall_that_it_meets(files: Path) -> None:
    """A pause fades through the end of a seam, into a track that its peaks keep far down: what
    the outgoing deck still put out is gone with that tick, and all together fall no faster."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(_play(files, "b", 2, 4.0, true_peak_dbtp=12.0))
    room.run(2.5)
    room.do(Freeze(("music",), fade.PAUSE_S))
    levels, tick_s = [room.level()], 5 * TICK_S  # Late ticks leave more of it to the last one.
    for _ in range(20):
        room.clock.time += tick_s
        room.decks.advance(room.clock.time)
        levels.append(room.level())
    assert [each.why for each in room.reports if isinstance(each, Silent)] == ["seam"]
    falls = [before - after for before, after in pairwise(levels)]
    assert max(falls) == pytest.approx(fade.FALL_DB_PER_S * tick_s)


def test_ambience_over_soft_music_lets_the_sum_rise_slowly(files: Path) -> None:
    """While music plays under the voices, a louder ambience comes in at 1 dB a second in sum."""
    room = Room()
    room.do(Glide("music", "level", -18.0, 0.1), _play(files, "a", 1))
    room.run(14.0)
    rain = Track(str(files / "b"), "rain", 60.0, 0.0)
    room.do(Play("ambience", 2, rain, 0.0, 8.0, loop=True))
    levels = both(room, 30.0)
    assert _rates(levels, -100.0)[0] <= fade.RISE_DB_PER_S + 1e-6
    assert levels[-1] == pytest.approx(0.07, abs=0.05)


def test_what_follows_a_start_goes_on_up_with_it(files: Path) -> None:
    """Another track, asked for while the first comes up from nothing, comes up no faster."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(2.0)
    room.do(_play(files, "b", 2, 6.0))
    levels = room.run(14.0)
    pace = (0.0 - fade.HUSH_DB) / (12.0 - fade.SHORTEST_S)
    assert _rates(levels, fade.HUSH_DB)[0] == pytest.approx(pace, abs=0.1)
    assert levels[-1] == pytest.approx(0.0)


def test_a_layer_that_is_let_go_brings_nothing_more_in(files: Path) -> None:
    """A file still opening when its layer is let go is never heard."""
    room = Room()
    room.do(_play(files, "a", 1))
    room.run(14.0)
    room.do(_play(files, "b", 2, 6.0), FadeOut("music", 8.0))
    levels = room.run(30.0)
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == fade.SILENT_DB


@pytest.mark.parametrize("into_s", [0.5, 1.5, 3.0, 5.0])
def test_a_loop_that_is_let_go_while_it_crosses_comes_up_no_more(
    files: Path, into_s: float
) -> None:
    """Whichever of its two decks is gone first, the other one goes on down."""
    room = Room()
    track = Track(str(files / "a"), "rain", 30.0, 0.0, loudness_lufs=-9.0)
    room.do(Glide("ambience", "level", -14.0, 0.1))
    room.do(Play("ambience", 1, track, 0.0, 8.0, loop=True))
    room.run(22.6 + into_s)  # A round begins 6 s before it can be faded no more.
    room.do(FadeOut("ambience", 8.0))
    levels = both(room, 20.0)
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] <= fade.MUTE_DB


def test_a_pause_while_a_loop_crosses_does_not_end_it(files: Path) -> None:
    """Frozen in the middle of a round's crossfade, an ambience goes on for ever after all."""
    room = Room()
    track = Track(str(files / "a"), "rain", 30.0, 0.0)
    room.do(Play("ambience", 1, track, 0.0, 8.0, loop=True))
    room.run(20.0)
    room.do(Freeze(("ambience",), fade.PAUSE_S))
    room.run(20.0)
    room.do(Thaw(("ambience",), fade.RESUME_S))
    room.run(90.0)
    assert room.level("ambience") == pytest.approx(0.0, abs=0.01)
    assert not any(isinstance(r, Silent) and r.why == "end" for r in room.reports)
