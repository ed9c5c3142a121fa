"""Cue sheets as other programs write them: one long file becomes its tracks."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_fixtures import encode, music, tag, tone
from mutagen.flac import FLAC, CueSheet, CueSheetTrack, CueSheetTrackIndex

from soundscape.core.arc import Arc, Curve, Phase
from soundscape.core.track import part_of
from soundscape.library.catalog import gather, scan
from soundscape.library.playlists.cuesheet import read_sheet
from soundscape.library.playlists.load import read_playlist
from soundscape.library.playlists.members import members_of
from soundscape.library.playlists.seek import Folders

RATE = 44_100

EAC = """REM GENRE "Ambient"
REM DATE 2001
PERFORMER "Ann Reed"
TITLE "Still Water"
FILE "C:\\Rips\\Still Water.wav" WAVE
  TRACK 01 AUDIO
    TITLE "Morning"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Noon"
    PERFORMER "Bo Lind"
    INDEX 00 00:04:00
    INDEX 01 00:05:37
  TRACK 03 AUDIO
    TITLE "Night"
    INDEX 01 00:10:00
"""


def long_file(path: Path) -> Path:
    """Fifteen seconds: three tones, each softer than the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = np.concatenate([tone(5.0, db=db) for db in (-20.0, -26.0, -32.0)], axis=1)
    return encode(path, path.suffix[1:], sound)


def listed(folder: Path) -> list[tuple[str, float, float | None]]:
    found = Folders().walk(folder)
    assert found.faults == ()
    parts = [(Path(f.file).name, part_of(f.path)) for f in found.files]
    return [(name, round(part.start_s, 3), part.stop_s) for name, part in parts]


def test_the_tracks_of_a_long_file(tmp_path: Path) -> None:
    """The file that was encoded after the sheet was written is found, and is its tracks: their
    titles and people are the sheet's, their loudness their own; the file itself is none of them."""
    long_file(tmp_path / "lib/Still Water.flac")
    (tmp_path / "lib/Still Water.cue").write_text(EAC)
    result = scan([tmp_path / "lib"], tmp_path / "index.db")
    assert result.left_out == ()
    assert [(t.title, t.artist) for t in result.tracks] == [
        ("Morning", "Ann Reed"),
        ("Noon", "Bo Lind"),
        ("Night", "Ann Reed"),
    ]
    morning, noon, night = result.tracks
    assert (morning.cue_in_s, morning.end_s) == (0.0, 4.0)  # the gap is nobody's
    assert noon.cue_in_s == pytest.approx(5 + 37 / 75, abs=0.001)
    assert (noon.end_s, night.end_s) == (10.0, pytest.approx(15.0, abs=0.1))
    assert morning.loudness_lufs - night.loudness_lufs == pytest.approx(12.0, abs=0.5)
    assert {"album:still water", "genre:ambient", "artist:bo lind"} <= set(noon.tags)
    again = scan([tmp_path / "lib"], tmp_path / "index.db")
    assert (again.measured, again.read, again.tracks) == (0, 0, result.tracks)


def test_encodings_ends_of_lines_and_small_letters(tmp_path: Path) -> None:
    """A sheet comes in UTF-8 with a mark, UTF-16, Windows-1252, with any ends of lines."""
    text = EAC.replace("Noon", "Jólanótt").replace("TRACK", "Track").replace("INDEX", "index")
    for name, data in {
        "mark": text.encode("utf-8-sig"),
        "wide": text.encode("utf-16"),
        "old": text.replace("\n", "\r\n").encode("cp1252"),
        "mac": text.replace("\n", "\r").encode(),
    }.items():
        folder = tmp_path / name
        music(folder / "Still Water.flac")
        (folder / "x.CUE").write_bytes(data)
        says = [dict(found.says)["title"] for found in Folders().walk(folder).files]
        assert says == ["Morning", "Jólanótt", "Night"], name


def test_several_files_and_gaps_that_lie_in_the_file_before(tmp_path: Path) -> None:
    """Each FILE has its own times and is found in any spelling; one that holds one track stays as
    it is."""
    for name in ("side a.flac", "si\u0301de b.flac", "bonus.flac"):
        music(tmp_path / name)
    (tmp_path / "album.cue").write_text(
        'FILE "side a.flac" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n'
        "TRACK 02 AUDIO\nINDEX 01 10:00:00\nTRACK 03 AUDIO\nINDEX 00 20:00:00\n"
        'FILE "S\u00cdDE B.FLAC" WAVE\nINDEX 01 00:00:00\nTRACK 04 AUDIO\nINDEX 01 100:30:00\n'
        "FILE bonus.flac WAVE\nTRACK 05 AUDIO\nINDEX 01 00:00:00\n"
    )
    assert listed(tmp_path) == [
        ("bonus.flac", 0.0, None),
        ("side a.flac", 0.0, 600.0),
        ("side a.flac", 600.0, None),
        ("si\u0301de b.flac", 0.0, 6030.0),
        ("si\u0301de b.flac", 6030.0, None),
    ]


def test_a_track_without_its_first_index_is_kept() -> None:
    """It begins at its gap, or the first at the file's start; nothing of the file is dropped."""
    sheet = """FILE "a.flac" WAVE
        TRACK 01 AUDIO
        TRACK 02 AUDIO
        INDEX 00 01:00:00
        TRACK 03 AUDIO
        INDEX 01 02:00:00"""
    assert [cut.start_s for cut in read_sheet(sheet.splitlines())] == [0.0, 60.0, 120.0]


def test_a_sheet_names_composers() -> None:
    """`SONGWRITER`, and Foobar's `REM COMPOSER`, are words that an avoid of an artist meets."""
    sheet = """SONGWRITER "Ann Reed"
        TRACK 01 AUDIO
        INDEX 01 00:00:00
        TRACK 02 AUDIO
        REM COMPOSER "Bo Lind"
        INDEX 01 01:00:00"""
    cuts = read_sheet(sheet.splitlines())
    assert [cut.says["composer"] for cut in cuts] == ["Ann Reed", "Bo Lind"]


def test_data_tracks_and_a_sheet_called_after_its_file(tmp_path: Path) -> None:
    """A data track is no music; `album.flac.cue` and a sheet with another name inside are meant."""
    music(tmp_path / "album.flac")
    (tmp_path / "album.flac.cue").write_text(
        'FILE "CDImage.ape" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n'
        "TRACK 02 AUDIO\nINDEX 01 01:00:00\nTRACK 03 MODE1/2352\nINDEX 01 02:00:00\n"
    )
    assert listed(tmp_path) == [("album.flac", 0.0, 60.0), ("album.flac", 60.0, 120.0)]


def test_a_sheet_finds_its_file_in_any_spelling(tmp_path: Path) -> None:
    """A disk that was written by a Mac has accents apart; the sheet has them in one letter."""
    music(tmp_path / unicodedata.normalize("NFD", "Été – Face A.flac"))
    sheet = f'FILE "{unicodedata.normalize("NFC", "été - Face A.wav")}" WAVE\n'
    sheet += "TRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 01:00:00\n"
    (tmp_path / "a.cue").write_text(sheet, "utf-8")
    assert [start for _, start, _ in listed(tmp_path)] == [0.0, 60.0]


def test_a_sheet_finds_a_file_that_is_a_link(tmp_path: Path) -> None:
    """By the name the link has beside the sheet; also where the file was reached before, by its
    own; and where the sheet, or the folder of both, is the link."""
    store, lib = tmp_path / "store", tmp_path / "lib"
    for folder, name in ((store, "4711.flac"), (lib / "a", "one.flac"), (lib / "c", "three.flac")):
        music(folder / name)
    sheet = "TRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 01:00:00\n"
    for name, named in (("b/1.cue", "Side A"), ("b/2.cue", "Side B"), ("away/3.cue", "three")):
        path = tmp_path / "lib" / name if name.startswith("b") else tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'FILE "{named}.wav" WAVE\n{sheet}')
    (lib / "b/Side A.flac").symlink_to(store / "4711.flac")
    (lib / "b/Side B.flac").symlink_to(lib / "a/one.flac")
    (lib / "c/3.cue").symlink_to(tmp_path / "away/3.cue")
    (tmp_path / "linked").symlink_to(lib)
    expected = [("4711.flac", 0.0), ("4711.flac", 60.0), ("one.flac", 0.0), ("one.flac", 60.0)]
    expected += [("three.flac", 0.0), ("three.flac", 60.0)]
    for folder in (lib, tmp_path / "linked"):
        assert sorted((name.split("#")[0], start) for name, start, _ in listed(folder)) == expected


def test_a_sheet_that_cuts_nothing_here_is_told(tmp_path: Path) -> None:
    """A sheet without its file, and one that is none, are faults; what is there stays whole."""
    music(tmp_path / "a.flac")
    (tmp_path / "gone.cue").write_text(EAC)
    (tmp_path / "none.cue").write_text("not a sheet\n")
    found = Folders().walk(tmp_path)
    assert [file.name for file in found.files] == ["a.flac"]
    assert "`C:\\Rips\\Still Water.wav`, which is not beside it" in found.faults[0].what
    assert found.faults[1].what == "is a cue sheet without a track"


def test_lists_take_the_tracks(tmp_path: Path) -> None:
    """A pattern and a folder mean the tracks; a line that names the long file means all of it."""
    music(tmp_path / "lib/Still Water.flac")
    (tmp_path / "lib/x.cue").write_text(EAC)
    for text, expected in (("tracks: [lib/*.flac]", 3), ("folders: lib", 3)):
        (tmp_path / "list.yaml").write_text(text + "\n")
        members = members_of(read_playlist(tmp_path / "list.yaml"), (), Folders(), ())
        assert (members.faults, len(members.members)) == ([], expected)
    (tmp_path / "list.yaml").write_text("tracks: [lib/Still Water.flac]\n")
    (member,) = members_of(read_playlist(tmp_path / "list.yaml"), (), Folders(), ()).members
    assert member.found.path == member.found.file


def with_block(path: Path) -> Path:
    """A FLAC with the block of tracks and indexes that `flac --cuesheet` writes."""
    sheet = CueSheet(None)
    for number, start_s in ((1, 0), (2, 4), (3, 10)):
        track = CueSheetTrack(number, start_s * RATE)
        starts = [(0, 0), (1, 61740)] if number == 2 else [(1, 0)]  # 1 s and 30 frames
        track.indexes = [CueSheetTrackIndex(index, at) for index, at in starts]
        sheet.tracks.append(track)
    sheet.tracks.append(CueSheetTrack(170, 15 * RATE))
    file = FLAC(path)
    file.cuesheet = sheet
    file.metadata_blocks.append(sheet)
    file.save()
    return path


@pytest.mark.slow
def test_a_file_that_carries_its_sheet_is_its_tracks(tmp_path: Path) -> None:
    """In a tag or in FLAC's own block, in any form; without titles, tracks are called after the
    file and their place in it. An album's sheet in each of its tracks cuts nothing."""
    lib = tmp_path / "lib"
    tag(long_file(lib / "comment.flac"), cuesheet=EAC)
    tag(long_file(lib / "other.ogg"), cuesheet=EAC)
    tag(with_block(long_file(lib / "block.flac")), artist="Ann Reed", title="Still Water")
    tag(music(lib / "one of the album.flac", seconds=4.0), cuesheet=EAC)
    several = EAC.replace("  TRACK 03", 'FILE "next.wav" WAVE\n  TRACK 03')
    tag(long_file(lib / "one of several.flac"), cuesheet=several)
    result = scan([lib], tmp_path / "index.db")
    assert result.left_out == ()
    found = {(Path(part_of(t.path).file).name, t.title): t for t in result.tracks}
    assert sorted(found) == [
        ("block.flac", "Still Water (0:00:00)"),
        ("block.flac", "Still Water (0:00:05)"),
        ("block.flac", "Still Water (0:00:10)"),
        *[("comment.flac", title) for title in ("Morning", "Night", "Noon")],
        ("one of several.flac", "one of several"),
        ("one of the album.flac", "one of the album"),
        *[("other.ogg", title) for title in ("Morning", "Night", "Noon")],
    ]
    for noon in (found["comment.flac", "Noon"], found["block.flac", "Still Water (0:00:05)"]):
        at = 5 + 37 / 75 if noon.title == "Noon" else 5 + 30 / 75
        assert (noon.cue_in_s, noon.end_s) == (pytest.approx(at, abs=0.001), 10.0)
    assert found["comment.flac", "Morning"].end_s == 4.0
    again = scan([lib], tmp_path / "index.db")
    assert (again.measured, again.read, again.tracks) == (0, 0, result.tracks)


@pytest.mark.slow
@pytest.mark.usefixtures("short_files")
def test_playlists_take_the_tracks_that_a_file_carries(tmp_path: Path) -> None:
    """A folder, a pattern, a query and a title mean the tracks; the file's own name all of it."""
    tag(long_file(tmp_path / "lib/whole.flac"), cuesheet=EAC)
    lists = {
        "folder": "folders: ../lib",
        "pattern": "tracks: ['*.flac']",
        "query": "query: {artist: Ann Reed}",
        "named": "tracks: [whole.flac]",
    }
    for name, text in lists.items():
        path = tmp_path / f"home/playlists/{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    jspf = '{"playlist": {"track": [{"title": "Noon", "creator": "Bo Lind"}]}}'
    (path.parent / "title.jspf").write_text(jspf)
    phases = [
        Phase(name, "peak", 60.0, Curve.spread((0.5,)), (name,)) for name in (*lists, "title")
    ]
    found = gather(
        Arc("Day", tuple(phases)),
        tmp_path / "arcs/day.yaml",
        home=tmp_path / "home",
        roots=(tmp_path / "lib",),
        index_path=tmp_path / "index.db",
    )
    heard = {name: sorted(track.title for track in pool) for name, pool in found.pools.items()}
    assert heard == {
        "folder": ["Morning", "Night", "Noon"],
        "pattern": ["Morning", "Night", "Noon"],
        "query": ["Morning", "Night"],
        "named": ["whole"],
        "title": ["Noon"],
    }


@given(st.lists(st.text(max_size=40) | st.sampled_from(EAC.splitlines()), max_size=30))
def test_no_text_breaks_it(lines: list[str]) -> None:
    """Whatever stands in a sheet, its tracks have a beginning in a file of their own."""
    assert all(cut.start_s is not None and cut.start_s >= 0 for cut in read_sheet(lines))
