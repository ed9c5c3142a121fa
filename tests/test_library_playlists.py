from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soundscape.core.errors import InputError
from soundscape.core.track import Track
from soundscape.library.arcs.load import place_of_playlist
from soundscape.library.arcs.places import shipped
from soundscape.library.playlists.forms.model import parse_point
from soundscape.library.playlists.forms.values import ListEntry
from soundscape.library.playlists.load import read_playlist
from soundscape.library.playlists.members import members_of, overridden
from soundscape.library.playlists.places import find, find_here, open_playlist, places
from soundscape.library.playlists.query import Query, Span
from soundscape.library.playlists.seek import Folders


def write(path: Path, content: str | bytes = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def faults_of(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_playlist(path)
    return [str(fault).removeprefix(f"{path}:") for fault in caught.value.faults]


FULL = """
# yaml-language-server: $schema=x
name: Deep water
about: long and dark
tracks:
  - first.ogg
  - "calm/**/*.flac"
  - {path: bell.ogg, intensity: 0.4, gain: -2 dB, cue-in: "0:03", cue-out: 1:03:10}
  - path: no.ogg
    cue-in: 12.5
    gain: 1.5
folders: drones
query: {intensity: [0.2, 0.5], tags: [Genre: Ambient, slow], without: language:en}
"""


def test_the_full_form(tmp_path: Path) -> None:
    """Everything a playlist can say is read, with the line of each entry."""
    text = FULL.replace("Genre: Ambient", '"Genre: Ambient"')
    playlist = read_playlist(write(tmp_path / "deep.yaml", text))
    assert (playlist.name, playlist.about) == ("Deep water", "long and dark")
    assert playlist.entries == (
        ListEntry("first.ogg", line=6, column=5),
        ListEntry("calm/**/*.flac", line=7, column=5),
        ListEntry("bell.ogg", 0.4, -2.0, 3.0, 3790.0, 8, 5),
        ListEntry("no.ogg", None, 1.5, 12.5, None, 9, 5),
    )
    assert [entry.name for entry in playlist.folders] == ["drones"]
    assert playlist.query == Query(0.2, 0.5, ("Genre: Ambient", "slow"), ("language:en",))


def test_all_faults_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    """Every fault of a playlist comes in one go: line, column, what was expected, nearest key."""
    path = write(
        tmp_path / "bad.yaml",
        "nam: x\n"
        "tracks:\n"
        "  - {path: a.ogg, intensty: 0.5}\n"
        "  - {path: b.ogg, intensity: 1.5, gain: loud}\n"
        "  - {intensity: 0.5}\n"
        "  - [a, b]\n"
        "  - {path: c.ogg, cue-in: 0:30, cue-out: 0:10}\n"
        "  - 5\n"
        "folders: [{a: b}]\n"
        "query: {intensity: [0.9, 0.1], tag: x}\n",
    )
    said = faults_of(path)
    assert [line.split(": ")[0] for line in said] == [
        "1:1",
        "3:19",
        "4:30",
        "4:41",
        "5:5",
        "6:5",
        "7:42",
        "8:5",
        "9:11",
        "9:12",
        "10:20",
        "10:32",
    ]
    assert "unknown key `nam`; did you mean `name`?" in said[0]
    assert "did you mean `intensity`?" in said[1]
    assert "a number from 0 to 1, not `1.5`" in said[2]
    assert "`gain`: expected a level" in said[3]
    assert "needs its `path`" in said[4]
    assert "`cue-out` must come after `cue-in`" in said[6]
    assert "two numbers from 0 to 1" in said[10]
    assert "did you mean `tags`?" in said[11]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"# nothing\n", "empty"),
        (b"name: x\n", "names no music"),
        (b"- a.ogg\n- b.ogg\n", "expected a mapping"),
        (b"just words", "expected a mapping"),
        (b"name: caf\xe9\ntracks: [a]\n", "1:10: byte 0xe9 is not UTF-8"),
        (b"tracks: [a.ogg\nname: x", "not YAML"),
        (b"tracks: a\ntracks: b\n", "`tracks` is here twice"),
        (b"a: \x01\x02", "U+0001"),
        (b"query: {}\n", "asks for nothing"),
        (b"query: [0.2, 0.5]\n", "expected a mapping with `intensity`"),
        (b"query: {intensity: 0.5}\n", "two numbers"),
        (b"tracks: [" * 2000, "deep"),
    ],
)
def test_what_is_no_playlist_is_said(content: bytes, said: str, tmp_path: Path) -> None:
    """A file that is not YAML, not UTF-8, empty or something else is one clear fault."""
    assert said in "\n".join(faults_of(write(tmp_path / "p.yaml", content)))


def test_m3u_as_real_files_have_it(tmp_path: Path) -> None:
    """Comments, a byte-order mark, Windows' line ends, back-slashes and Latin letters are read."""
    text = "#EXTM3U\r\n#EXTINF:12,Ana - Sea\r\nsea.ogg\r\n\r\ncalm\\löwe.ogg\r\n"
    for name, data in {
        "a.m3u8": b"\xef\xbb\xbf" + text.encode(),
        "b.m3u": text.encode(),
        "c.m3u": text.encode("cp1252"),
        "d.m3u8": text.encode("cp1252"),
    }.items():
        playlist = read_playlist(write(tmp_path / name, data))
        assert [(e.name, e.line) for e in playlist.entries] == [
            ("sea.ogg", 3),
            ("calm\\löwe.ogg", 5),
        ]
        write(tmp_path / "sea.ogg")
        write(tmp_path / "calm/löwe.ogg")
        found = members_of(playlist, (), Folders(), ())
        assert [m.found.name for m in found.members] == ["sea.ogg", "löwe.ogg"]


def test_addresses_in_m3u(tmp_path: Path) -> None:
    """A `file://` address is percent-decoded; one of the net is a fault and never fetched."""
    target = write(tmp_path / "two words é.ogg")
    text = f"{target.as_uri()}\nhttp://example.invalid/a.ogg\n"
    found = members_of(read_playlist(write(tmp_path / "a.m3u8", text)), (), Folders(), ())
    assert [m.found.path for m in found.members] == [str(target)]
    assert (
        "2:1: `http://example.invalid/a.ogg` is on the network; soundscape plays files only"
        in str(found.faults[0])
    )


def test_a_name_is_looked_for_in_order(tmp_path: Path) -> None:
    """Beside the arc, in `playlists/` there, beside the arc's folder, in the home, those that
    ship."""
    arc, home = tmp_path / "arcs/day.yaml", tmp_path / "home"
    where = places(arc, home)
    assert where == (
        tmp_path / "arcs",
        tmp_path / "arcs/playlists",
        tmp_path / "playlists",
        tmp_path / "home/playlists",
        shipped("playlists"),
    )
    assert find("deep", arc, home) == where[4] / "deep.yaml"
    for place in reversed(where[:4]):
        path = write(place / "deep.yaml", "tracks: [a.ogg]")
        assert find("deep", arc, home) == path
    assert find("deep.yaml", arc, home) == where[0] / "deep.yaml"
    assert find("../playlists/deep.yaml", arc, home).samefile(where[2] / "deep.yaml")
    assert find(str(where[3] / "deep"), arc, home) == where[3] / "deep.yaml"


KINDS = ["deep.yml", "deep.m3u8", "deep.m3u", "deep.xspf", "deep.pls", "deep.jspf", "deep/"]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_playlist_has_a_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A playlist of every form, and a folder, is found by its bare name, by its file's name, by a
    path from the arc, from `~`, and by its whole path."""
    path = tmp_path / "playlists" / name.rstrip("/")
    path.mkdir(parents=True) if name.endswith("/") else write(path, "tracks: [a]")
    monkeypatch.setenv("HOME", str(tmp_path))
    for written in ("deep", path.name, f"playlists/{name}", f"~/playlists/{name}", str(path)):
        assert find(written, tmp_path / "arc.yaml", tmp_path / "home") == path
        assert find_here(written, tmp_path, tmp_path / "home") == path
    arc = write(tmp_path / "arcs/deeper/arc.yaml")
    assert find(f"../../playlists/{name}", arc, tmp_path / "home").samefile(path)


def test_a_file_comes_before_a_folder_of_its_name(tmp_path: Path) -> None:
    """A playlist beside the folder it was made for is what the bare name means."""
    (tmp_path / "deep").mkdir()
    path = write(tmp_path / "deep.m3u8", "a.ogg")
    assert find("deep", tmp_path / "arc.yaml", tmp_path / "home") == path


def test_an_arc_is_not_taken_for_a_playlist(tmp_path: Path) -> None:
    """An arc that has the name of a playlist, and lies where those are looked for, is not one."""
    arc = write(tmp_path / "arcs/deep.yaml", "name: x\nphases: {}\n")
    other = write(tmp_path / "arcs/other.yaml", "phases: {}\n")
    wanted = write(tmp_path / "playlists/deep.yaml", "tracks: [a]")
    assert find("deep", arc, tmp_path / "home") == wanted
    assert find("deep", other, tmp_path / "home") == wanted


def test_an_unknown_playlist_names_the_places_and_the_nearest(tmp_path: Path) -> None:
    """What is not found says the line of the arc, where was looked, and what may be meant."""
    write(tmp_path / "playlists/tender.yaml", "tracks: [a]")
    arc = write(
        tmp_path / "arcs/day.yaml",
        "name: x\nphases:\n  a: {minutes: 1, playlist: tender}\n"
        "  b: {minutes: 1, playlists: [tender, tendre]}\n  c: {playlist: tendre}\n",
    )
    with pytest.raises(InputError) as caught:
        find("tendre", arc, tmp_path / "home")
    said = str(caught.value)
    assert said.startswith(f"{arc}:4:39: no playlist `tendre`; looked in {tmp_path}/arcs, ")
    assert f"{tmp_path}/playlists, {tmp_path}/home/playlists, " in said
    assert said.endswith("/playlists; did you mean `tender`?"), "last of all those that ship"


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "/nowhere/at/all", "~nobody-known/x", ""])
def test_names_no_system_can_have(name: str, tmp_path: Path) -> None:
    """Whatever text an arc gives, the answer is a playlist or an `InputError`."""
    with pytest.raises(InputError):
        find(name, tmp_path / "arcs/a.yaml", tmp_path / "home")


def test_files_are_looked_for_beside_the_playlist_then_in_the_library(tmp_path: Path) -> None:
    """A playlist over a library needs no absolute paths; what lies beside it comes first."""
    root = tmp_path / "music"
    write(root / "a.ogg")
    write(root / "calm/b.ogg")
    write(root / "calm/deep/c.ogg")
    beside = write(tmp_path / "lists/a.ogg")
    text = "tracks: [a.ogg, calm/b.ogg, 'calm/**/*.ogg']\nfolders: [calm/deep]\n"
    playlist = read_playlist(write(tmp_path / "lists/p.yaml", text))
    members = members_of(playlist, (root,), Folders(), ())
    assert [m.found.path for m in members.members] == [
        str(beside),
        str(root / "calm/b.ogg"),
        str(root / "calm/deep/c.ogg"),
    ]
    assert members.faults == []


def test_missing_files_are_all_listed_with_the_nearest_name(tmp_path: Path) -> None:
    """Each missing entry is a fault with its line, where was looked, and what lies near."""
    root = tmp_path / "music"
    write(root / "slow-river.ogg")
    write(root / "notes.txt")
    text = "tracks:\n - slow-rivr.ogg\n - '*.mp3'\n - notes.txt\n - calm\nfolders: [none]\n"
    (root / "calm").mkdir()
    path = write(tmp_path / "p.yaml", text)
    faults = list(map(str, members_of(read_playlist(path), (root,), Folders(), ()).faults))
    assert len(faults) == 5
    assert (
        f"{path}:2:4: no file `slow-rivr.ogg`; looked in {tmp_path}, {root}; did you" in faults[0]
    )
    assert "`slow-river.ogg`" in faults[0]
    assert "nothing matches `*.mp3`" in faults[1]
    assert "`notes.txt` is not named like an audio file" in faults[2]
    assert "`calm` is a folder, not a file" in faults[3]
    assert "no folder `none`" in faults[4]


def test_a_folder_is_a_playlist(tmp_path: Path) -> None:
    """A folder's path is a playlist of all it holds, but for ambiences."""
    for name in ("b.ogg", "a.ogg", "sub/c.ogg", "rain.ogg"):
        write(tmp_path / "calm" / name)
    playlist = open_playlist(tmp_path / "calm")
    members = members_of(playlist, (), Folders(), {str(tmp_path / "calm/rain.ogg")})
    assert [m.found.name for m in members.members] == ["a.ogg", "b.ogg", "sub/c.ogg"]


def test_overrides() -> None:
    """What a line says stands over what was measured; a cue-out behind the end is the end."""
    track = Track("/a.ogg", "A", 100.0, 0.2)
    said = overridden(track, ListEntry("a.ogg", 0.6, -3.0, 5.0, 90.0))
    assert said is not None
    assert (said.intensity, said.gain_db, said.cue_in_s, said.end_s) == (0.6, -3.0, 5.0, 90.0)
    assert overridden(track, ListEntry("a.ogg")) == track
    late = overridden(track, ListEntry("a.ogg", cue_out_s=500.0))
    assert late is not None
    assert late.end_s == 100.0
    assert overridden(track, ListEntry("a.ogg", cue_in_s=100.0)) is None


def asked(query: Query, track: Track, name: str = "", range_lu: float | None = None) -> bool:
    """Whether a query takes a track that no tag gives an intensity."""
    return query.may_take(track.path, name, track.tags, None) and query.takes(track, range_lu)


def test_queries() -> None:
    """A query takes a track with all of `tags`, one of `any`, none of `without`, one of the
    artists, albums, folders and voices, and both ends of every range."""
    track = Track(
        "/m/calm/a.ogg", "A", 300.0, 0.5, cue_in_s=60.0, tags=("genre:ambient", "artist:ana")
    )
    taken = [
        Query(0.2, 0.5),
        Query(0.5, 0.6),
        Query(tags=("genre:ambient", "ana")),
        Query(any_of=("genre:drone", "ana")),
        Query(without=("genre:drone",)),
        Query(voices=("instrumental", "unknown")),
        Query(artists=("bo", "ana")),
        Query(folders=("calm",)),
        Query(folders=("/m",)),
        Query(length=Span(240.0, 240.0)),
        Query(loudness_range=Span(0.0, 7.0)),
    ]
    assert [asked(query, track, "calm/a.ogg", 7.0) for query in taken] == [True] * len(taken)
    passed_over = [
        Query(0.2, 0.49),
        Query(0.51, 1.0),
        Query(tags=("genre:ambient", "genre:drone")),
        Query(any_of=("genre:drone", "bo")),
        Query(without=("ana",)),
        Query(voices=("instrumental",)),
        Query(artists=("bo",)),
        Query(albums=("ana",)),
        Query(folders=("cal", "calm/a.ogg")),
        Query(folders=("/n",)),
        Query(length=Span(241.0, 999.0)),
        Query(loudness_range=Span(0.0, 6.9)),
    ]
    assert not any(asked(query, track, "calm/a.ogg", 7.0) for query in passed_over)
    assert not asked(Query(loudness_range=Span(0.0, 7.0)), track)
    assert not Query(0.2, 0.5).may_take("/a", "a", (), 0.6)


def test_the_words_of_a_query(tmp_path: Path) -> None:
    """Every key of a query is read; a bad value is told at its place."""
    path = write(
        tmp_path / "p.yaml",
        "query:\n"
        "  any: [drone, 'Genre: Ambient']\n"
        "  voice: [unknown, instrumental]\n"
        "  length: [3 min, 15]\n"
        "  range: [0, 12]\n"
        "  artist: Ana  B\n"
        "  album: [One, 2]\n"
        "  folder: [calm/, /m]\n"
        "  as: {intensity: 0.3, gain: -2 dB, cue-in: 3}\n",
    )
    assert read_playlist(path).query == Query(
        any_of=("drone", "Genre: Ambient"),
        voices=("instrumental", "unknown"),
        length=Span(180.0, 900.0),
        loudness_range=Span(0.0, 12.0),
        artists=("Ana  B",),
        albums=("One", "2"),
        folders=("calm", "/m"),
        played=(("intensity", 0.3), ("gain_db", -2.0), ("cue_in_s", 3.0)),
    )
    write(
        path,
        "query:\n"
        "  voice: [instrumentl]\n"
        "  length: [15 min, 3 min]\n"
        "  range: 5\n"
        "  artist: [[a]]\n"
        "  as: {gain: loud, intensty: 3}\n",
    )
    said = faults_of(path)
    assert [line.split(": ")[0] for line in said] == [
        "2:11",
        "3:11",
        "4:10",
        "5:12",
        "6:14",
        "6:20",
    ]
    assert "expected one of `instrumental`, `voice`, `unknown`, not `instrumentl`" in said[0]
    assert "did you mean `intensity`?" in said[5]


@settings(deadline=None)
@given(st.integers(0, 100_000))
def test_points_in_a_track_read_back(tenths: int) -> None:
    """A time written as M:SS, as `s` or bare is the same number of seconds."""
    seconds = tenths / 10
    text = f"{int(seconds) // 60}:{seconds % 60:04.1f}"
    if seconds < 1000 * 60:
        assert parse_point(text) == pytest.approx(seconds)
    assert parse_point(f"{seconds} s") == pytest.approx(seconds)
    assert parse_point(seconds) == seconds


def test_the_place_of_a_playlist_in_every_form_of_an_arc(tmp_path: Path) -> None:
    """A playlist's name is found in a phase, in a list of phases and in `defaults`; an arc that
    cannot be read, or does not name it, has no place."""
    arc = write(tmp_path / "a.yaml", "phases:\n- {name: x, playlist: one}\n- {playlists: [two]}\n")
    assert place_of_playlist(arc, "one") == (2, 23)
    assert place_of_playlist(arc, "two") == (3, 16)
    assert place_of_playlist(arc, "three") is None
    write(arc, "defaults:\n  playlist: one\nphases: {x: {playlist: one}}\n")
    assert place_of_playlist(arc, "one") == (2, 13)
    assert place_of_playlist(write(arc, "a: ["), "one") is None
    assert place_of_playlist(tmp_path / "none.yaml", "one") is None


def test_what_is_no_playlist_is_told_from_one_that_is_not_there(tmp_path: Path) -> None:
    """An arc, or a file of another kind, that is named as a playlist is said to be that."""
    write(tmp_path / "day.yaml", "phases: {}\n")
    write(tmp_path / "notes.txt")
    for name, said in {
        "day": "day.yaml is an arc",
        "notes.txt": "notes.txt` is not named like a playlist",
    }.items():
        with pytest.raises(InputError, match=said):
            find_here(name, tmp_path, tmp_path / "home")


def test_overrides_of_a_pattern_a_folder_and_a_query(tmp_path: Path) -> None:
    """What a glob or folder overrides holds for each file of it; the line that names one file
    stands over that, wherever it stands."""
    for name in ("calm/a.ogg", "calm/b.ogg", "loud/c.ogg"):
        write(tmp_path / name)
    text = (
        "tracks:\n"
        "  - {glob: 'calm/*.ogg', gain: -2 dB}\n"
        "  - {folder: loud, intensity: 0.9}\n"
        "  - {path: calm/b.ogg, gain: 1 dB}\n"
        "folders: [{folder: calm, gain: 9}]\n"
    )
    members = members_of(read_playlist(write(tmp_path / "p.yaml", text)), (), Folders(), ())
    assert [(m.found.name, m.entry.gain_db, m.entry.intensity) for m in members.members] == [
        ("a.ogg", -2.0, None),
        ("b.ogg", 1.0, None),
        ("c.ogg", 0.0, 0.9),
    ]


def test_a_shape_moves_along_with_its_intensity() -> None:
    """An override of the intensity moves the measured shape by as much, within 0 to 1."""
    track = Track("/a.ogg", "A", 100.0, 0.5, shape=(0.2, 0.5, 0.8))
    said = overridden(track, ListEntry("a.ogg", 0.8))
    assert said is not None
    assert said.shape == pytest.approx((0.5, 0.8, 1.0))
    kept = overridden(track, ListEntry("a.ogg", gain_db=1.0))
    assert kept is not None
    assert kept.shape == (0.2, 0.5, 0.8)
    bare = overridden(Track("/a.ogg", "A", 100.0, 0.5), ListEntry("a.ogg", 0.8))
    assert bare is not None
    assert bare.shape is None


def test_measured_cue_points_stay_where_a_line_gives_none() -> None:
    """Silence that was found at the ends stays left out; each end can be overridden alone."""
    track = Track("/a.ogg", "A", 100.0, 0.5, cue_in_s=2.0, cue_out_s=95.0)
    for entry, ends in {
        ListEntry("a.ogg"): (2.0, 95.0),
        ListEntry("a.ogg", cue_in_s=0.0): (0.0, 95.0),
        ListEntry("a.ogg", cue_out_s=99.0): (2.0, 99.0),
        ListEntry("a.ogg", cue_out_s=500.0): (2.0, 100.0),
    }.items():
        said = overridden(track, entry)
        assert said is not None
        assert (said.cue_in_s, said.end_s) == ends
