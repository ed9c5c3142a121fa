"""`soundscape playlist`, as a person calls it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from house import House
from library_fixtures import low_tone, tag

from soundscape.cli.app import run_app
from soundscape.library.playlists.forms.model import OVERRIDES
from soundscape.library.playlists.load import FORMS


@pytest.fixture
def desk(at_home: House, stock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with playlists over the stock's music."""
    here = tmp_path / "here"
    (here / "playlists").mkdir(parents=True)
    monkeypatch.chdir(here)
    names = sorted(path.name for path in (stock / "music").iterdir() if path.suffix == ".flac")
    (here / "playlists/soft.m3u8").write_text("\n".join(names[:3]))
    (here / "playlists/mixed.yaml").write_text(
        "name: Mixed\nabout: a bit of all\ntracks:\n"
        f"  - {{path: {names[0]}, intensity: 0.9, gain: -2 dB, cue-in: 1}}\n"
        f"  - {names[1]}\n  - gone.flac\nfolders: [none]\n"
    )
    (here / "playlists/bad.xspf").write_text("<playlist><trackList>")
    (here / "playlists/empty.yaml").write_text("tracks: [gone.flac]\n")
    monkeypatch.setenv("COLUMNS", "100")
    return here


def call(capsys: pytest.CaptureFixture[str], stock: Path, *words: str) -> tuple[int, str, str]:
    code = run_app(["playlist", *words, "--library", str(stock / "music")])
    said = capsys.readouterr()
    return code, said.out, said.err


def as_json(capsys: pytest.CaptureFixture[str], stock: Path, *words: str) -> Any:
    return json.loads(call(capsys, stock, *words, "--json")[1])


def test_show_tells_the_minutes_at_each_intensity(
    desk: Path, stock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`show` lists the tracks as they would be played, what they add up to, and how long there is
    at each intensity; what is left out is told beside it."""
    code, out, err = call(capsys, stock, "show", "mixed")
    assert code == 0
    found = as_json(capsys, stock, "show", "mixed")
    first, second = found["tracks"]
    assert (first["intensity"], first["gain_db"], first["cue_in_s"]) == (0.9, -2.0, 1.0)
    assert found["playlist"] == "Mixed"
    assert found["path"] == str(desk / "playlists/mixed.yaml")
    assert found["length_s"] == pytest.approx(first["length_s"] + second["length_s"], abs=0.01)
    assert found["intensity"] == [second["intensity"], 0.9]
    minutes = found["minutes_by_intensity"]
    assert minutes[9] == pytest.approx(first["length_s"] / 60, abs=0.001)
    assert sum(minutes) == pytest.approx(found["length_s"] / 60, abs=0.01)
    assert [fault["line"] for fault in found["left_out"]] == [6, 7]
    assert "0.9 to 1.0  █" in out
    assert f"{minutes[9]:.1f} min" in out
    assert "2 tracks" in out
    assert err.count("left out: ") == 2


def test_check_tells_all_that_is_wrong(
    desk: Path, stock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check` is exit 0 where nothing is wrong, 1 where lines lead nowhere, each with its place,
    and 2 where the file cannot be read or nothing can be played."""
    assert call(capsys, stock, "check", "soft")[0] == 0
    code, out, _ = call(capsys, stock, "check", "mixed")
    assert code == 1
    assert "mixed.yaml:6:5: no file `gone.flac`" in out
    assert "mixed.yaml:7:11: no folder `none`" in out
    assert "2 tracks can be played, 2 left out" in out
    told = as_json(capsys, stock, "check", "mixed")
    assert (told["good"], told["tracks"]) == (False, 2)
    assert [(each["line"], each["column"]) for each in told["left_out"]] == [(6, 5), (7, 11)]
    code, out, err = call(capsys, stock, "check", "bad")
    assert (code, out) == (2, "")
    assert "bad.xspf:1:22: is not XML" in err
    code, _, err = call(capsys, stock, "check", "empty")
    assert code == 2
    assert "no file `gone.flac`" in err
    code, _, err = call(capsys, stock, "check", "sfot")
    assert code == 2
    assert "did you mean `soft`?" in err


def test_check_tells_what_was_found_elsewhere(
    desk: Path, stock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is not where its line says, and was found by what its path ends in, is told."""
    name = (desk / "playlists/soft.m3u8").read_text().split("\n")[0]
    (desk / "moved.m3u").write_text(f"C:\\Music\\music\\{name}\n")
    told = as_json(capsys, stock, "check", "moved")
    assert told["good"]
    assert f"line 1: `C:\\Music\\music\\{name}` is taken to be {stock}/music/{name}" in "\n".join(
        told["notes"]
    )


def test_a_folder_and_a_file_by_its_path(
    desk: Path, stock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A playlist is named by a folder's path or a file's as well as by its name."""
    by_folder = as_json(capsys, stock, "show", str(stock / "own"))
    assert [each["title"] for each in by_folder["tracks"]] == ["Good"]
    by_file = as_json(capsys, stock, "show", "playlists/soft.m3u8")
    assert by_file["tracks"] == as_json(capsys, stock, "show", "soft")["tracks"]


@pytest.mark.parametrize("suffix", FORMS)
def test_convert_keeps_what_the_form_can_hold(
    suffix: str, desk: Path, stock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A converted playlist has the same tracks; what its form has no words for is told, and a
    second time it is refused without --force."""
    code, out, err = call(capsys, stock, "convert", "mixed", f"to{suffix}")
    assert (code, out) == (0, f"to{suffix} holds 2 tracks.\n")
    before = as_json(capsys, stock, "show", "mixed")["tracks"]
    after = as_json(capsys, stock, "show", f"to{suffix}")["tracks"]
    assert [each["path"] for each in after] == [each["path"] for each in before]
    whole = FORMS[suffix].holds.issuperset(OVERRIDES)
    assert (after == before) == whole
    assert (f"{suffix} cannot hold this, so it is lost" in err) != whole
    assert ("intensity 0.9, gain -2 dB" in err) != whole
    code, _, err = call(capsys, stock, "convert", "soft", f"to{suffix}")
    assert code == 2
    assert "is there already; --force writes over it" in err
    assert call(capsys, stock, "convert", "soft", f"to{suffix}", "--force")[0] == 0
    assert len(as_json(capsys, stock, "show", f"to{suffix}")["tracks"]) == 3


def test_paths_are_relative_below_the_new_file(
    desk: Path, stock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files below the new playlist's folder are named from there, so that the folder can move."""
    shutil.copytree(stock / "music", desk / "all/music")
    run_app(["playlist", "convert", "all", "all/list.m3u8"])
    capsys.readouterr()
    (desk / "all").rename(desk / "other")
    found = as_json(capsys, stock, "show", "other/list.m3u8")
    assert found["tracks"]
    assert all(each["path"].startswith(str(desk / "other/music/")) for each in found["tracks"])


def test_nothing_of_a_file_is_taken_for_markup(
    desk: Path, stock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Square brackets and control characters in names are printed as they are, or not at all."""
    (desk / "odd.m3u8").write_text(
        "#PLAYLIST:[red]x\x1b[31m\n[bold]\x1b]0;x.ogg\n"
        + "\n".join((desk / "playlists/soft.m3u8").read_text().split("\n"))
    )
    code, out, err = call(capsys, stock, "show", "odd")
    assert code == 0
    assert "[red]x" in out
    assert "no file `[bold]?]0;x.ogg`" in err
    assert "\x1b" not in out + err


ARC = """\
name: Small
defaults: {{crossfade: 4 s}}
phases:
  onset:  {{minutes: 60 s, playlist: {playlist}, intensity: [0.1, 0.4]}}
"""


def plan(
    capsys: pytest.CaptureFixture[str], stock: Path, playlist: str
) -> tuple[int, dict[str, Any], str]:
    """What an arc in this folder with one playlist would play."""
    Path("arc.yaml").write_text(ARC.format(playlist=json.dumps(playlist)))
    code = run_app(["plan", "arc.yaml", "--json", "--library", str(stock / "music")])
    said = capsys.readouterr()
    return code, json.loads(said.out or "{}"), said.err


@pytest.mark.slow
def test_an_arc_plays_playlists_of_every_form(
    desk: Path, stock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An arc names a playlist of any form by its bare name, its file or a folder's path, and the
    same music is planned."""
    names = []
    for suffix in ("yaml", "m3u8", "m3u", "xspf", "pls", "jspf"):
        assert call(capsys, stock, "convert", "soft", f"playlists/as-{suffix}.{suffix}")[0] == 0
        names += [f"as-{suffix}", f"as-{suffix}.{suffix}", f"./playlists/as-{suffix}.{suffix}"]
    plans = [plan(capsys, stock, name) for name in ["soft", *names]]
    paths = [[item["path"] for item in made["items"]] for _, made, _ in plans]
    assert paths[0]
    assert all(each == paths[0] for each in paths)
    code, made, _ = plan(capsys, stock, str(stock / "own"))
    assert code == 0
    assert made["items"]


def test_files_found_elsewhere_are_told_before_the_session(
    desk: Path, stock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plan made of files that are not where their playlist says them to be says so."""
    soft = (desk / "playlists/soft.m3u8").read_text().split("\n")
    (desk / "moved.m3u8").write_text("\n".join(f"D:\\music\\{name}" for name in soft))
    code, made, err = plan(capsys, stock, "moved")
    assert code == 0
    assert made["items"]
    assert f"note: {desk}/moved.m3u8: {len(soft)} of its files are not where it says" in err
    assert "not where it says" not in plan(capsys, stock, "soft")[2]


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A library: two tracks of a minute and a second by one artist, a jingle by another."""
    for name, seconds in (("a", 61), ("b", 61), ("jingle", 20)):
        path = low_tone(tmp_path / "long" / "music" / f"{name}.flac", seconds, 200.0)
        tag(path, title=name, artist="Dee" if name == "jingle" else "Cy", intensity="0.1")
    return tmp_path / "long"


def test_a_query_says_what_its_tracks_are_played_as(
    desk: Path, long: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a query has under `as` holds for each track it takes, and only for those."""
    (desk / "asked.yaml").write_text(
        "tracks: [a.flac]\nquery: {artist: CY, as: {intensity: 0.35, gain: -3 dB}}\n"
    )
    tracks = as_json(capsys, long, "show", "asked")["tracks"]
    assert [(each["title"], each["intensity"], each["gain_db"]) for each in tracks] == [
        ("a", 0.1, 0.0),
        ("b", 0.35, -3.0),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "takes", ["folders: [../../long]", "tracks: ['*.flac']", "query: {artist: [Cy, Dee]}"]
)
def test_a_jingle_is_planned_only_by_its_name(
    takes: str, desk: Path, long: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What lasts under a minute is not planned where a folder, a pattern or a query brings it
    along, and `show`, `check` and `plan` tell; a playlist that names the file has it played."""
    lists = desk / "playlists"
    (lists / "swept.yaml").write_text(f"{takes}\n")
    named = f"tracks: [jingle.flac]\n{takes}"
    if "tracks" in takes:
        named = "tracks: ['*.flac', jingle.flac]"
    (lists / "named.yaml").write_text(f"{named}\n")
    said = f"{long}/music/jingle.flac: lasts 20 s only: what is under a minute is not planned"

    def titles(name: str) -> list[str]:
        return sorted(each["title"] for each in as_json(capsys, long, "show", name)["tracks"])

    assert titles("swept") == ["a", "b"]
    code, out, _ = call(capsys, long, "check", "swept")
    assert (code, said in out) == (1, True)
    code, made, err = plan(capsys, long, "swept")
    assert code == 0
    assert said in err
    assert {item["title"] for item in made["items"]} <= {"a", "b"}
    assert titles("named") == ["a", "b", "jingle"]


def test_an_unknown_playlist_is_told_with_its_line(
    desk: Path, stock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A playlist nobody finds is told at its place in the arc, with the nearest name."""
    code, _, err = plan(capsys, stock, "sofft")
    assert code == 2
    assert err.startswith("arc.yaml:4:37: no playlist `sofft`; looked in ")
    assert "did you mean `soft`?" in err
