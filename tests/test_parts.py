"""Parts of a file: tracks that a list cuts out of a longer one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_fixtures import encode, tag, tone

from soundscape.core.errors import Fault
from soundscape.core.track import Part, Track, part_of
from soundscape.library.index import Index
from soundscape.library.people import Vouch
from soundscape.library.playlists.forms.values import ListEntry
from soundscape.library.playlists.load import read_playlist
from soundscape.library.playlists.members import members_of
from soundscape.library.playlists.seek import Folders, Meant, Seeker
from soundscape.library.shelf import IndexedFiles
from soundscape.library.walk import FoundFile, look


@given(
    file=st.text(min_size=1),
    start_ms=st.integers(0, 10**8),
    stop_ms=st.none() | st.integers(0, 10**8),
)
def test_a_part_and_its_name_are_the_same_thing(
    file: str, start_ms: int, stop_ms: int | None
) -> None:
    """Whatever the file is called, the part's name tells the file and both times back."""
    part = Part(file, start_ms / 1000, None if stop_ms is None else stop_ms / 1000)
    assert part_of(part.path) == (part if part.mark else part_of(file))


def test_the_whole_file_is_no_part() -> None:
    """A path without a mark, or with something else behind a `#`, is a file."""
    for path in ("/a/b.flac", "/a/#t=1.flac", "/a/b.flac#t=", "/a/b.flac#t=1,2 "):
        assert part_of(path) == Part(path)
        assert part_of(path).mark == ""


def side(folder: Path, kind: str = "flac") -> FoundFile:
    """Ten seconds at -20 dBFS, ten at -32, ten at -26, without a break."""
    folder.mkdir(parents=True, exist_ok=True)
    sound = np.concatenate([tone(10.0, db=db) for db in (-20.0, -32.0, -26.0)], axis=1)
    path = encode(folder / f"side.{kind}", kind, sound)
    found = look(str(tag(path, title="Side A", artist="Ann Reed", genre="Ambient")))
    assert isinstance(found, FoundFile)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["flac", "mp3", "ogg"])
def test_each_part_is_measured_by_itself(tmp_path: Path, kind: str) -> None:
    """A soft piece of a long file is matched as that piece, and plays from and to its own times."""
    found = side(tmp_path / "lib", kind)
    parts = [found.part(0.0, 10.0), found.part(10.0, 20.0), found.part(20.0, None)]
    with Index(tmp_path / "index.db") as index:
        shelf = IndexedFiles(index)
        shelf.measures([*parts, found])
        tracks = [shelf.track(part) for part in parts]
        again = IndexedFiles(index)
        again.measures(parts)
        assert (shelf.measured, again.measured, again.read) == (4, 0, 0)
    assert all(isinstance(track, Track) and track.file == found.path for track in tracks)
    loud, soft, middle = (track for track in tracks if isinstance(track, Track))
    assert loud.loudness_lufs - soft.loudness_lufs == pytest.approx(12.0, abs=0.3)
    assert loud.loudness_lufs - middle.loudness_lufs == pytest.approx(6.0, abs=0.3)
    assert soft.true_peak_dbtp == pytest.approx(-32.0 + 3.0, abs=0.5)
    assert (soft.cue_in_s, soft.end_s) == (pytest.approx(10.0, abs=0.05), 20.0)
    assert middle.end_s == middle.duration_s == pytest.approx(30.0, abs=0.1)
    assert loud.duration_s == pytest.approx(30.0, abs=0.1)
    assert len({track.key for track in (loud, soft, middle)}) == 3


@pytest.mark.slow
def test_a_part_is_told_by_its_own_name(tmp_path: Path) -> None:
    """What a list says of a part stands over the file's tags; the rest stays."""
    found = side(tmp_path / "lib")
    named = found.part(10.0, 20.0, (("title", "Low Water"), ("artist", "Bo Lind")))
    bare = found.part(20.0, 29.0)
    with Index(tmp_path / "index.db") as index:
        shelf = IndexedFiles(index)
        shelf.measures([named, bare])
        one, other = shelf.track(named), shelf.track(bare)
    assert isinstance(one, Track)
    assert isinstance(other, Track)
    assert (one.title, one.artist) == ("Low Water", "Bo Lind")
    assert one.tags == ("genre:ambient", "artist:bo lind")
    assert (other.title, other.artist) == ("Side A (0:00:20)", "Ann Reed")


def test_a_part_of_more_than_there_is_is_left_out(tmp_path: Path) -> None:
    """A list that cuts past the file's end is told: its times are of another file."""
    found = side(tmp_path / "lib")
    with Index(tmp_path / "index.db") as index:
        shelf = IndexedFiles(index)
        shelf.measures([found.part(25.0, 40.0), found.part(31.0, None)])
        short, beyond = shelf.track(found.part(25.0, 40.0)), shelf.track(found.part(31.0, None))
    assert isinstance(short, Fault)
    assert "5.0 s of the 15.0 s its list promises" in short.what
    assert isinstance(beyond, Fault)


@pytest.mark.slow
def test_a_vouch_of_the_file_is_one_of_its_parts(tmp_path: Path) -> None:
    """Whoever has listened to all of it has listened to each part; not the other way round."""
    found = side(tmp_path / "lib")
    part, other = found.part(10.0, 20.0), found.part(20.0, None)
    with Index(tmp_path / "index.db") as index:
        shelf = IndexedFiles(index)
        shelf.measures([found, part, other])
        keys = {f: track.key for f in (found, part) if isinstance(track := shelf.track(f), Track)}
        for vouched, heard in ((found, {found, part, other}), (part, {part})):
            vouch = Vouch(says="instrumental", on="2026-01-01")
            judging = IndexedFiles(index, vouches={keys[vouched]: vouch})
            judging.measures([found, part, other])
            assert {f for f in (found, part, other) if judging.about(f).vouched} == heard


def test_a_line_of_a_playlist_names_a_part(tmp_path: Path) -> None:
    """Parts of one file are entries of their own, in any order, and may stand beside the whole."""
    found = side(tmp_path / "lib")
    playlist = tmp_path / "lib/list.m3u8"
    playlist.write_text("side.flac#t=20,\n#EXTINF:10,Low\nside.flac#t=10.0,20.000\nside.flac\n")
    members = members_of(read_playlist(playlist), (), Folders(), ())
    assert not members.faults
    assert [each.found.path.removeprefix(found.path) for each in members.members] == [
        "#t=20.000,",
        "#t=10.000,20.000",
        "",
    ]
    sought = Seeker(tmp_path / "lib", (), Folders()).file(ListEntry("gone.flac#t=1,2"))
    assert not isinstance(sought, Meant)
