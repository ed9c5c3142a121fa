"""One piece of music in several files is heard once."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.planner.planner import plan
from soundscape.core.track import Track
from soundscape.library.pieces import one_piece_each


def track(path: str, title: str = "Lamp", artist: str = "Bo", length_s: float = 300.0) -> Track:
    return Track(path, title, length_s, 0.3, artist=artist, voice="instrumental", key=f"k{path}")


def pieces(*tracks: Track) -> list[set[str]]:
    """Which paths are taken to be one piece."""
    pools, count = one_piece_each({"all": tracks})
    found: dict[str, set[str]] = {}
    for each in pools["all"]:
        if each.piece:
            found.setdefault(each.piece, set()).add(each.path)
    assert count == len(found)
    return sorted(found.values(), key=sorted)


def test_a_copy_in_another_format_is_the_same_piece() -> None:
    """The same artist and title, however written, and as long but for what codecs add."""
    copy = track("/b.m4a", title=" lamp", artist="BO", length_s=301.5)
    assert pieces(track("/a.flac"), copy, track("/c.ogg", title="Lantern")) == [
        {"/a.flac", "/b.m4a"}
    ]


def test_what_only_shares_a_name_is_another_piece() -> None:
    """A longer version, another artist, and files that have no name to go by stay themselves."""
    assert pieces(track("/a"), track("/b", length_s=360.0)) == []
    assert pieces(track("/a"), track("/b", artist="Ada")) == []
    assert pieces(track("/a", artist=""), track("/b", artist="")) == []
    assert pieces(track("/a", title=" "), track("/b", title="")) == []


def test_a_copy_that_the_key_knows_needs_no_more() -> None:
    """The same sound under two paths is one piece already."""
    assert pieces(track("/a"), replace(track("/b"), key="k/a")) == []


def test_a_plan_plays_one_file_of_a_piece() -> None:
    """Both playlists hold the piece that suits best, in two formats: it is played in one phase, and
    the other takes what suits next."""
    formats = [
        replace(track(f"/{n}.{kind}", title=f"Piece {n}"), intensity=0.3 + 0.1 * n)
        for kind in ("flac", "m4a")
        for n in range(3)
    ]
    pools, _ = one_piece_each({"one": tuple(formats[:3]), "two": tuple(formats[3:])})
    phases = (
        Phase("onset", "onset", 290.0, Curve.spread((0.3,)), ("one",)),
        Phase("peak", "peak", 290.0, Curve.spread((0.3,)), ("two",)),
    )
    titles = [item.track.title for item in plan(Arc("An arc", phases), pools, 1).items]
    assert len(titles) == 2
    assert set(titles) == {"Piece 0", "Piece 1"}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(60, 70)), max_size=12))
def test_lengths_within_a_piece_never_lie_far_apart(rows: list[tuple[str, float]]) -> None:
    """For any lengths: two files of one piece differ by two seconds at most."""
    tracks = [track(f"/{n}", title=title, length_s=s) for n, (title, s) in enumerate(rows)]
    by_path = {each.path: each for each in tracks}
    for group in pieces(*tracks):
        lengths = [by_path[path].duration_s for path in group]
        assert max(lengths) - min(lengths) <= 2.0
        assert len({by_path[path].title for path in group}) == 1
