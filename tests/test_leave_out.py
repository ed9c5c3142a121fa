"""What one session leaves out: `--avoid`, `--avoid-file`, `--series` and `--keep-fresh`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from house import House, until
from hypothesis import given
from hypothesis import strategies as st

from soundscape.cli.app import run_app
from soundscape.core.avoid import Avoid
from soundscape.core.leave_out import HeardBefore, leave_out
from soundscape.core.track import Track


def track(name: str, artist: str = "", key: str = "", *tags: str) -> Track:
    return Track(f"/m/{name}.flac", name, 60.0, 0.5, artist=artist, key=key, tags=tags)


ANN, BO, CY = track("one", "Ann", "k1"), track("two", "Bo", "k2", "genre:church"), track("three")
POOLS = {"deep": (ANN, BO), "quiet": (BO, CY)}


def test_what_is_avoided_leaves_every_pool_and_is_counted() -> None:
    """An avoided track is in no pool any more, and the person is told how many went of which."""
    pools, notes = leave_out(POOLS, ["tag:church"], HeardBefore())
    assert pools == {"deep": (ANN,), "quiet": (CY,)}
    assert notes == (
        "playlist “deep”: left out 1 avoided of its 2 tracks; 1 remaining",
        "playlist “quiet”: left out 1 avoided of its 2 tracks; 1 remaining",
    )


def test_what_was_heard_is_known_by_path_and_by_its_sound() -> None:
    """A file that was moved since it was heard is still left out, by the key of its sound."""
    heard = HeardBefore(frozenset({"/m/three.flac"}), frozenset({"k1"}))
    pools, notes = leave_out(POOLS, [], heard)
    assert pools == {"deep": (BO,), "quiet": (BO,)}
    assert "1 recently heard" in notes[0]


def test_tracks_without_a_key_are_not_all_the_same_sound() -> None:
    """An unknown key equals nothing, not every other unknown key."""
    pools, notes = leave_out(POOLS, [], HeardBefore(frozenset(), frozenset({""})))
    assert (pools, notes) == (POOLS, ())


def test_an_emptied_playlist_is_said_to_be_empty() -> None:
    """Nobody finds out in the session that a playlist has nothing left."""
    _, notes = leave_out({"deep": (ANN,)}, ["artist:ann"], HeardBefore())
    assert notes == ("playlist “deep”: left out 1 avoided of its 1 tracks; none remaining",)


@pytest.mark.parametrize(
    ("entry", "hint"),
    [("artist:Anne", "did you mean `Ann`?"), ("track:thre", "did you mean `three`?"),
     ("tag:curch", "did you mean `church`?"), ("artist:Zappa", "")],
)  # fmt: skip
def test_an_entry_that_meets_nothing_is_said(entry: str, hint: str) -> None:
    """A misspelt entry would let the music be played: it is told, with the nearest name."""
    _, notes = leave_out(POOLS, [entry], HeardBefore())
    assert notes == (
        f"avoiding “{entry}” matches no track in this arc's playlists. {hint}".strip(),
    )


words = st.sampled_from(["ann", "Bo", "church", "one", "x"])
entries = st.lists(st.builds("{}:{}".format, st.sampled_from(["tag", "artist", "track"]), words))
tracks = st.builds(
    track, words, words, st.sampled_from(["", "k1", "k2"]), st.builds("genre:{}".format, words)
)


@given(
    st.dictionaries(words, st.lists(tracks).map(tuple)), entries,
    st.builds(HeardBefore, st.frozensets(words.map("/m/{}.flac".format)),
              st.frozensets(st.sampled_from(["k1", "k2"]))),
)  # fmt: skip
def test_nothing_unwanted_is_left_and_nothing_else_goes(
    pools: dict[str, tuple[Track, ...]], avoid: list[str], heard: HeardBefore
) -> None:
    """Exactly the avoided and the heard leave, in every pool, and the rest keeps its order."""
    kept, _ = leave_out(pools, avoid, heard)
    unwanted = Avoid(avoid)
    for name, pool in pools.items():
        assert kept[name] == tuple(t for t in pool if not unwanted(t) and not heard(t))


# As a person types it.


def planned(house: House, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[set[str], str]:
    assert run_app(["plan", str(house.arc), "--json", *words]) == 0
    out, err = capsys.readouterr()
    return {item["title"] for item in json.loads(out)["items"]}, err


def test_avoid_options_and_the_file_add_up(
    at_home: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--avoid` may be repeated, `--avoid-file` has an entry a line, with capitals and blanks as
    people write them; all are kept out."""
    everything, _ = planned(at_home, capsys)
    listed = tmp_path / "no.txt"
    listed.write_text("\ufeff# theirs\n\nTrack: Tone 1\r\n", "utf-8")
    first = sorted(everything)[0]
    rest, err = planned(
        at_home, capsys, "--avoid", f" TRACK : {first} ", "--avoid", "artist:Nobody",
        "--avoid-file", str(listed),
    )  # fmt: skip
    assert first in everything
    assert not rest & {first, "Tone 1"}
    assert "“artist:Nobody” matches no track" in err


def test_every_bad_wish_is_named_at_once(
    at_home: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad entries, bad lines of the file, a bad series: one message, exit 2, with places."""
    listed = tmp_path / "no.txt"
    listed.write_text("track:Fine\nchurch\nartst:Ann\n", "utf-8")
    code = run_app(
        ["plan", str(at_home.arc), "--avoid", "loud", "--avoid-file", str(listed),
         "--series", "Ann & Bo", "--keep-fresh", "2"]
    )  # fmt: skip
    err = capsys.readouterr().err
    assert code == 2
    for part in ("--avoid: expected", f"{listed}:2: expected", f"{listed}:3:", "`artist`?",
                 "--series: expected a word"):  # fmt: skip
        assert part in err


def test_keep_fresh_needs_a_series(at_home: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a series nobody knows whose sessions are meant: said, not ignored."""
    assert run_app(["plan", str(at_home.arc), "--keep-fresh", "1"]) == 2
    assert "--keep-fresh: needs a series" in capsys.readouterr().err


@pytest.mark.slow
def test_what_a_series_heard_stays_fresh(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next session of a series plays nothing that its last one let hear."""
    house.play("--series", "pair-7")
    until(lambda: house.facts("heard_from"), "for the first sound")
    house.end_now()
    house.wait_over()
    monkeypatch.setenv("SOUNDSCAPE_HOME", str(house.root))
    assert run_app(["log", "show", "--json"]) == 0
    story = json.loads(capsys.readouterr().out)
    heard = {row["title"] for row in story["heard"] if row["layer"] == "music"}
    assert story["series"] == "pair-7"
    assert heard
    fresh, err = planned(house, capsys, "--series", "PAIR-7", "--keep-fresh", "3")
    assert fresh
    assert not fresh & heard
    assert "recently heard" in err
    others, err = planned(house, capsys, "--series", "other", "--keep-fresh", "3")
    assert others & heard
    assert "no session of the series other" in err
