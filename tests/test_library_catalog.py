from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from library_fixtures import FORMATS, as_nobody, encode, music, open_to_all, tone
from mutagen.flac import FLAC

from soundscape.core.arc import Ambience, Arc, Curve, Phase
from soundscape.core.errors import InputError
from soundscape.home import LIBRARY_FILE
from soundscape.library.catalog import Gathered, gather, scan
from soundscape.library.people import change_said

pytestmark = pytest.mark.usefixtures("short_files")


class House:
    """A home, an arc and the folders around them, as a test needs them."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.arc_path = folder / "arcs" / "day.yaml"
        self.index = self.home / "index.db"
        self.starter = self.home / "starter"
        self.arc_path.parent.mkdir()
        self.seen: list[tuple[str, int, int]] = []

    def playlist(self, name: str, text: str) -> Path:
        path = self.home / "playlists" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def gather(
        self,
        *playlists: str,
        ambience: tuple[str, ...] = (),
        library: str = "",
        roots: tuple[Path, ...] = (),
    ) -> Gathered:
        phases = [
            Phase(f"p{i}", "peak", 60.0, Curve.spread((0.5,)), (name,))
            for i, name in enumerate(playlists)
        ]
        phases += [
            Phase(f"a{i}", "peak", 60.0, Curve.spread((0.5,)), ambience=Ambience(name))
            for i, name in enumerate(ambience)
        ]
        arc = Arc("Day", tuple(phases), library=library)
        self.seen.clear()
        return gather(
            arc,
            self.arc_path,
            home=self.home,
            roots=roots,
            index_path=self.index,
            progress=lambda what, done, of: self.seen.append((what, done, of)),
        )

    def refused(self, *playlists: str, **more: object) -> list[str]:
        with pytest.raises(InputError) as caught:
            self.gather(*playlists, **more)  # type: ignore[arg-type]
        return [str(fault) for fault in caught.value.faults]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_every_format_becomes_a_track(house: House, tmp_path: Path) -> None:
    """A folder of every format is a pool of tracks, each with what its tags and its sound say."""
    for kind in FORMATS:
        music(tmp_path / "arcs/mix" / f"t.{kind}", seconds=2.0, title=kind, intensity="0.4")
    found = house.gather("mix")
    assert {track.title for track in found.pools["mix"]} == set(FORMATS)
    for track in found.pools["mix"]:
        assert Path(track.path).is_absolute()
        assert track.intensity == 0.4
        assert track.duration_s == pytest.approx(2.0, abs=0.15)
        assert track.loudness_lufs == pytest.approx(-17.9, abs=0.7)
        assert track.true_peak_dbtp == pytest.approx(-17.0, abs=0.8)
    assert found.left_out == ()


def test_a_playlist_over_the_starter_music_needs_no_paths(house: House) -> None:
    """Queries, names and patterns of a playlist reach the starter music in the home."""
    for name, intensity in {"low": "0.1", "mid": "0.4", "high": "0.8"}.items():
        music(house.starter / f"music/{name}.flac", intensity=intensity, kind="music")
    music(house.starter / "ambience/rain.flac", kind="ambience", intensity="0.4")
    house.playlist("asked", "query: {intensity: [0.1, 0.5], tags: [kind:music]}")
    house.playlist("named", "tracks: [high.flac, 'l*.flac']")
    house.playlist("all", "query: {intensity: [0, 1]}")
    pools = house.gather("asked", "named", "all").pools
    stems = {name: sorted(Path(t.path).stem for t in pool) for name, pool in pools.items()}
    assert stems == {
        "asked": ["low", "mid"],
        "named": ["high", "low"],
        "all": ["high", "low", "mid"],
    }


def test_a_name_of_a_query_that_nothing_has_is_told(house: House) -> None:
    """With the nearest, which may only have an accent more; beside what the query takes, and where
    it takes nothing. A tag that is missing altogether is one of many that may be."""
    music(house.starter / "music/a.flac", artist="Björk, Ann Reed", genre="Église")
    house.playlist("some", "query: {artist: [bjork, Ann Reed], any: [eglise, drone, ann reed]}")
    house.playlist("none", "query: {artist: bjork}")
    said = "no music of the library has the artist `bjork` of its query"
    found = house.gather("some")
    assert len(found.pools["some"]) == 1
    artist, word = found.left_out
    assert (artist.what, artist.do) == (said, "did you mean `Björk`?")
    assert "the tag `eglise`" in word.what
    told = house.refused("none")
    assert told[0].endswith("no track of the library answers its query")
    assert f"{said}; did you mean `Björk`?" in told[1]


def test_a_query_measures_what_no_tag_speaks_for(house: House) -> None:
    """A track without a tag INTENSITY is asked by its measured one."""
    music(house.starter / "music/still.flac", seconds=2.0)
    house.playlist("low", "query: {intensity: [0, 0.3]}")
    house.playlist("high", "query: {intensity: [0.9, 1]}")
    assert [t.title for t in house.gather("low").pools["low"]] == ["still"]
    assert "no track of the library answers its query" in house.refused("high")[0]


def test_overrides_reach_the_track(house: House, tmp_path: Path) -> None:
    """Intensity, gain and cue points of a playlist's line stand over the file's own."""
    music(tmp_path / "home/playlists/a.flac", seconds=3.0, intensity="0.2")
    line = "{path: a.flac, intensity: 0.7, gain: -3 dB, cue-in: 0.5, cue-out: '0:02'}"
    house.playlist("one", f"tracks: [{line}]")
    house.playlist("bare", "tracks: [a.flac]")
    pools = house.gather("one", "bare").pools
    (track,) = pools["one"]
    said = (track.intensity, track.gain_db, track.cue_in_s, track.end_s)
    assert said == (0.7, -3.0, 0.5, 2.0)
    assert pools["bare"][0].intensity == 0.2
    house.playlist("none", "tracks: [{path: a.flac, cue-in: 9}]")
    assert "cue points of `a.flac` leave nothing" in house.refused("none")[1]


def spoil(folder: Path) -> dict[str, str]:
    """One of every bad file a folder can hold: its name, and a word of what must be said of it."""
    (folder / "empty.mp3").touch()
    (folder / "text.mp3").write_text("words " * 500)
    encode(folder / "silent.wav", "wav", tone(2.0, db=-200.0) * 0)
    for kind in ("flac", "wav", "mp3", "ogg", "opus", "m4a", "aiff", "wma"):
        path = music(folder / f"cut.{kind}", seconds=3.0)
        os.truncate(path, path.stat().st_size // 2)
    (folder / "gone.ogg").symlink_to(folder / "nothing.ogg")
    said = {
        f"cut.{kind}": "cut short" for kind in ("flac", "wav", "mp3", "ogg", "opus", "aiff", "wma")
    }
    return said | {
        "cut.m4a": "",  # its table of contents lay at the end: it is no audio file any more
        "empty.mp3": "empty",
        "text.mp3": "no audio file",
        "silent.wav": "silent",
        "gone.ogg": "is a link to a file that is not there",
    }


@pytest.mark.slow
def test_bad_members_are_listed_and_left_out(house: House, tmp_path: Path) -> None:
    """Whatever is wrong with some files of a folder, each is named and the good ones stay."""
    folder = tmp_path / "arcs/mix"
    music(folder / "good.flac")
    bad = spoil(folder)
    for again in range(2):
        found = house.gather("mix")
        assert [track.title for track in found.pools["mix"]] == ["good"], again
        said = {Path(fault.where).name: fault.what for fault in found.left_out}
        assert said.keys() == bad.keys()
        for name, word in bad.items():
            assert word in said[name], (name, said[name])
        assert bool(house.seen) == (not again)


def test_missing_members_are_listed_with_their_line(house: House, tmp_path: Path) -> None:
    """A playlist that names missing and bad files plays the others and says where each stands."""
    music(house.home / "playlists/a.flac")
    (house.home / "playlists/text.mp3").write_text("words")
    path = house.playlist("mix", "tracks:\n- a.flac\n- b.flac\n- text.mp3\nfolders: [none]\n")
    found = house.gather("mix")
    assert len(found.pools["mix"]) == 1
    said = sorted(map(str, found.left_out))
    assert f"{path}:3:3: no file `b.flac`" in said[0]
    assert "no folder `none`" in said[1]
    assert f"no audio file this program can read; named by {path}:4" in said[2]


def test_all_that_is_named_and_bad_comes_in_one_error(house: House, tmp_path: Path) -> None:
    """Unknown and broken playlists and unknown ambiences are all told at once, with their files."""
    music(house.starter / "music/a.flac", intensity="0.5")
    music(house.starter / "ambience/ocean.flac")
    house.playlist("fine", "query: {intensity: [0, 1]}")
    broken = house.playlist("broken", "tracks: [a.flac")
    latin = house.playlist("latin", "x")
    latin.write_bytes(b"name: caf\xe9\n")
    typo = house.playlist("typo", "trakcs: [a.flac]")
    bare = house.playlist("bare", "tracks: [none.flac, none.mp3]")
    (tmp_path / "arcs/nothing").mkdir()
    said = house.refused(
        "fine", "finne", "broken", "latin", "typo", "bare", "nothing", ambience=("off", "oceam")
    )
    text = "\n".join(said)
    assert f"{house.arc_path}: no playlist `finne`" in text
    assert "did you mean `fine`?" in text
    assert f"{broken}:1:" in text
    assert f"{latin}:1:10: byte 0xe9 is not UTF-8" in text
    assert f"{typo}:1:1: unknown key `trakcs`; did you mean `tracks`?" in text
    assert f"{bare}: has no track that can be played" in text
    assert f"{bare}:1:10: no file `none.flac`" in text
    assert f"{tmp_path / 'arcs/nothing'}: has no track that can be played" in text
    assert "no ambience `oceam`" in text
    assert "did you mean `ocean`?" in text


def test_a_library_that_is_not_there_is_named(house: House, tmp_path: Path) -> None:
    """`--library` and an arc's `library:` must be folders; nothing is fallen back on."""
    music(house.starter / "music/a.flac", intensity="0.5")
    house.playlist("all", "query: {intensity: [0, 1]}")
    (tmp_path / "file").touch()
    said = house.refused("all", "none", roots=(tmp_path / "x", tmp_path / "file"))
    assert said[1:] == [f"{tmp_path}/x: no such folder", f"{tmp_path}/file: is not a folder"]
    assert "no playlist `none`" in said[0]
    assert f"library: no folder {tmp_path}/arcs/../y" in house.refused("all", library="../y")[0]


def test_which_library_is_asked(house: House, tmp_path: Path) -> None:
    """`--library`, else the arc's own, else the home's added folders and its starter music."""
    music(house.starter / "music/starter.flac", intensity="0.5")
    music(tmp_path / "own/own.flac", intensity="0.5")
    music(tmp_path / "added/added.flac", intensity="0.5")
    music(tmp_path / "given/given.flac", intensity="0.5")
    house.playlist("all", "query: {intensity: [0, 1]}")
    for folder in ("added", "unplugged"):
        change_said(house.home / LIBRARY_FILE, lambda s, f=folder: s.with_folders([tmp_path / f]))

    def titles(**more: object) -> list[str]:
        found = house.gather("all", **more)  # type: ignore[arg-type]
        return sorted(track.title for track in found.pools["all"])

    assert titles() == ["added", "starter"]
    assert "unplugged: this folder of the library is not there" in house.gather("all").warnings[0]
    assert titles(library="../own") == ["own"]
    assert titles(library="../own", roots=(tmp_path / "given",)) == ["given"]


def test_no_library_at_all_says_what_to_do(house: House) -> None:
    """A query without any library names the two ways to have one."""
    house.playlist("all", "query: {intensity: [0, 1]}")
    assert "`soundscape library starter`" in house.refused("all")[0]


def test_ambiences_by_every_name_they_have(house: House, tmp_path: Path) -> None:
    """By file name, title or path; from an `ambience` folder, or tagged; never as music."""
    lib = tmp_path / "lib"
    music(lib / "song.flac", intensity="0.5")
    music(lib / "Ambience/rain on tent.flac", title="Soft Rain")
    music(lib / "albums/forest.flac", kind="Ambience", intensity="0.5")
    music(tmp_path / "arcs/fire.flac")
    music(house.starter / "ambience/ocean.flac")
    house.playlist("all", "query: {intensity: [0, 1]}")
    wanted = ("Rain on Tent", "soft rain", "forest", "fire.flac", "ocean", "off")
    for _ in range(2):
        found = house.gather("all", "../lib", ambience=wanted, roots=(lib,))
        assert {name: Path(found.ambiences[name].path).stem for name in wanted[:-1]} == {
            "Rain on Tent": "rain on tent",
            "soft rain": "rain on tent",
            "forest": "forest",
            "fire.flac": "fire",
            "ocean": "ocean",
        }
        assert "rain on tent" in found.ambiences
        for pool in ("all", "../lib"):
            assert [track.title for track in found.pools[pool]] == ["song"]
        assert found.left_out == ()
    path = house.playlist("wet", "tracks: [Ambience/rain on tent.flac, song.flac]")
    found = house.gather("wet", roots=(lib,))
    assert [track.title for track in found.pools["wet"]] == ["song"]
    assert f"{path}:1:10: `Ambience/rain on tent.flac` is an ambience" in str(found.left_out[0])


def test_ambiences_are_at_hand_for_cues(house: House) -> None:
    """An arc that names no ambience still has them all: a cue may call for one."""
    music(house.starter / "music/a.flac", intensity="0.5")
    music(house.starter / "ambience/rain.flac")
    house.playlist("all", "query: {intensity: [0, 1]}")
    assert list(house.gather("all").ambiences) == ["rain"]


@pytest.mark.slow
def test_an_unchanged_file_is_neither_read_nor_measured_again(house: House, tmp_path: Path) -> None:
    """A second time touches only what changed since the first."""
    folder = tmp_path / "arcs/mix"
    for name in "abc":
        music(folder / f"{name}.flac", title=name)
    house.gather("mix")
    assert ("measuring", 3, 3) in house.seen
    house.gather("mix")
    assert house.seen == []
    music(folder / "b.flac", seconds=1.5, title="new")
    titles = {track.title for track in house.gather("mix").pools["mix"]}
    assert titles == {"a", "new", "c"}
    assert house.seen == [("reading tags", 1, 1), ("measuring", 1, 1)]


@pytest.mark.slow
def test_a_file_locked_since_it_was_measured_is_left_out(tmp_path: Path) -> None:
    """Losing the right to read a file is seen, though the index knows it; it is well again when the
    right is back."""
    folder, index = tmp_path / "mix", tmp_path / "index.db"
    music(folder / "a.flac")
    music(folder / "b.flac")
    open_to_all(tmp_path)
    scan([folder], index)
    index.chmod(0o644)
    (folder / "a.flac").chmod(0)
    code = (
        "from soundscape.library.catalog import scan\n"
        "r = scan([Path(sys.argv[1])], Path(sys.argv[2]))\n"
        "print([t.title for t in r.tracks], *r.left_out)"
    )
    said = as_nobody(code, folder, index)
    (folder / "a.flac").chmod(0o644)
    assert said == f"['b'] {folder}/a.flac: cannot be read: permission denied\n"
    assert len(scan([folder], index).tracks) == 2


def test_a_warm_gather_imports_next_to_nothing(house: House, tmp_path: Path) -> None:
    """With everything in the index, neither mutagen nor NumPy nor PyAV is loaded, and no child
    is started: a session starts at once, and PyAV never meets libVLC."""
    music(house.starter / "music/a.flac", intensity="0.5")
    music(house.starter / "ambience/rain.flac")
    house.playlist("all", "tracks: [a.flac]\nquery: {intensity: [0, 1]}")
    code = (
        "import sys; from pathlib import Path\n"
        "from soundscape.core.arc import Arc, Curve, Phase\n"
        "from soundscape.library.catalog import gather\n"
        "home = Path(sys.argv[1])\n"
        "arc = Arc('x', (Phase('p', 'peak', 60.0, Curve.spread((0.5,)), ('all',)),))\n"
        "found = gather(arc, home / 'arc.yaml', home=home, index_path=home / 'index.db')\n"
        "heavy = {'av', 'numpy', 'mutagen', 'multiprocessing'}\n"
        "print(len(found.pools['all']), sorted(heavy & set(sys.modules)))"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code, house.home], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert said == ["1 ['mutagen']\n", "1 []\n"]


def test_a_damaged_index_is_a_warning(house: House, tmp_path: Path) -> None:
    """What is wrong with the index is told with the result, which is whole."""
    music(tmp_path / "arcs/mix/a.flac", intensity="7")
    house.gather("mix")
    house.index.write_bytes(b"rubbish" * 999)
    found = house.gather("mix")
    assert len(found.pools["mix"]) == 1
    assert "damaged" in found.warnings[0]
    assert "INTENSITY is `7`" in found.warnings[1]


def test_scan_tells_all(tmp_path: Path) -> None:
    """A scan reads and measures everything once, sorts out ambiences, and lists what is bad."""
    folder = tmp_path / "lib"
    music(folder / 'two "words" 🌊.flac', artist="Ana", album="Sea", genre="Ambient")
    music(folder / "ambiences/rain.flac")
    bad = spoil(folder)
    index = tmp_path / "index.db"
    first, second = scan([folder], index), scan([folder, folder], index)
    assert [t.title for t in first.tracks] == ['two "words" 🌊']
    assert first.tracks[0].tags == ("artist:ana", "album:sea", "genre:ambient")
    assert [t.title for t in first.ambiences] == ["rain"]
    assert {Path(fault.where).name for fault in first.left_out} == set(bad)
    assert first.read == len(bad) - 1 + 2
    assert (second.read, second.measured) == (0, 0)
    assert (second.tracks, second.ambiences) == (first.tracks, first.ambiences)
    with pytest.raises(InputError, match="no such folder"):
        scan([tmp_path / "none"], index)


def test_a_scan_tries_again_what_a_crash_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash may have been of the moment: neither a session nor a list waits on that file, a scan
    does."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'measure' in ' '.join(sys.orig_argv):\n"
        "    import soundscape.library.measure.listen as l\n"
        "    l.listen = lambda *given: os.abort()\n"
    )
    music(tmp_path / "lib/a.flac")
    index = tmp_path / "index.db"
    with monkeypatch.context() as broken:
        broken.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
        first = scan([tmp_path / "lib"], index)
    assert "crashed" in first.left_out[0].what
    house = House(tmp_path)
    house.index = index
    assert "crashed" in "\n".join(house.refused(str(tmp_path / "lib")))
    assert house.seen == []
    assert "crashed" in scan([tmp_path / "lib"], index, ask_only=True).left_out[0].what
    assert len(scan([tmp_path / "lib"], index).tracks) == 1


def retag_unseen(path: Path, title: str) -> None:
    """As a well-known tagger does it: the new tag fits the padding, the time is put back."""
    before = path.stat()
    tags = FLAC(path)
    tags["title"] = title
    tags.save()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def test_a_file_tagged_anew_with_its_time_and_size_kept_is_noticed(tmp_path: Path) -> None:
    """The system's own time of change tells. The sound is known by its key, and not measured."""
    path = music(tmp_path / "lib/a.flac", title="Old name")
    assert scan([path.parent], tmp_path / "index.db").tracks[0].title == "Old name"
    retag_unseen(path, "New name")
    result = scan([path.parent], tmp_path / "index.db")
    assert result.tracks[0].title == "New name"
    assert (result.read, result.measured, result.recognised) == (1, 0, 1)


def test_anew_asks_the_index_nothing(tmp_path: Path) -> None:
    """What is known is read and measured again, and kept."""
    music(tmp_path / "lib/a.flac")
    for anew, expected in ((False, (1, 1)), (False, (0, 0)), (True, (1, 1)), (False, (0, 0))):
        result = scan([tmp_path / "lib"], tmp_path / "index.db", anew=anew)
        assert (result.read, result.measured) == expected


def test_a_folder_that_is_suddenly_empty_is_said(house: House, tmp_path: Path) -> None:
    """A disk that is not mounted leaves an empty folder: that is told, nothing of it is forgotten,
    and a session that had its music from there says why it has none."""
    music(tmp_path / "disk/a.flac", intensity="0.5")
    music(tmp_path / "other/b.flac", intensity="0.5")
    (tmp_path / "new").mkdir()
    house.playlist("all", "query: {intensity: [0, 1]}")
    house.playlist("disk", f"folders: {tmp_path}/disk")
    folders = [tmp_path / name for name in ("disk", "other", "new")]
    change_said(house.home / LIBRARY_FILE, lambda said: said.with_folders(folders))
    assert house.gather("all").emptied == ()
    (tmp_path / "disk").rename(tmp_path / "elsewhere")
    (tmp_path / "disk").mkdir()

    found = house.gather("all")
    assert [track.title for track in found.pools["all"]] == ["b"]
    (fault,) = found.emptied
    assert fault.where == str(tmp_path / "disk")
    assert "is empty; it held 1 file of music" in found.warnings[0]
    assert f"{tmp_path / 'disk'}: this folder" in scan(folders, house.index).warnings[0]
    assert "is empty; it held 1 file of music" in house.refused("disk")[0]

    (tmp_path / "disk").rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / "disk")
    again = scan(folders, house.index)
    assert (again.warnings, again.measured, len(again.tracks)) == ((), 0, 2)


def test_so_is_a_folder_below_that_is_suddenly_empty(tmp_path: Path) -> None:
    """A disk may belong to a folder of an added one, with albums in folders of their own. An album
    that was deleted with its folder, and one of which the cover is left, are nobody's disk."""
    lib, index = tmp_path / "lib", tmp_path / "index.db"
    for name in ("a.flac", "disk/calm/b.flac", "disk/c.flac", "gone/d.flac", "cover/e.flac"):
        music(lib / name, hz=200.0 + len(name))
    assert scan([lib], index).warnings == ()
    for name in ("disk", "gone", "cover"):
        shutil.rmtree(lib / name)
    for name in ("disk", "cover"):
        (lib / name).mkdir()
    (lib / "cover/front.jpg").touch()
    (said,) = scan([lib], index).warnings
    assert said.startswith(f"{lib}/disk: this folder of the library is empty; it held 2 files")
    assert said.endswith("taken away on purpose, remove the empty folder")
    (lib / "disk").rmdir()
    assert scan([lib], index).warnings == ()
