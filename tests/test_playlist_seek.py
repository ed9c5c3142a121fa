"""From what other programs write to the one file that is meant."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from soundscape.core.errors import Fault
from soundscape.library.playlists.forms.values import ListEntry
from soundscape.library.playlists.load import read_playlist
from soundscape.library.playlists.members import members_of
from soundscape.library.playlists.naming import NotAFile, decoded, says_little, ways
from soundscape.library.playlists.seek import Folders, Meant, Seeker


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A library folder, and a folder for playlists beside it."""
    for name in (
        "calm/sea.flac",
        "calm/Löwe.ogg",
        "loud/sea.flac",
        "loud/01.mp3",
        "loud/rain%20a.ogg",
        "Deep/Wide/river.ogg",
    ):
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "lists").mkdir()
    return tmp_path / "music"


def seek(music: Path, text: str, coding: str = "perhaps", **more: object) -> Meant | Fault:
    seeker = Seeker(music.parent / "lists", (music,), Folders())
    return seeker.file(ListEntry(text, kind="file", coding=coding, **more))  # type: ignore[arg-type]


def found(music: Path, text: str, coding: str = "perhaps", **more: object) -> str:
    """The file that a text means, from the library folder, with a `~` where it was moved."""
    sought = seek(music, text, coding, **more)
    if isinstance(sought, Fault):
        return f"fault: {sought.what}"
    name = str(Path(sought.found.path).relative_to(music))
    return f"~{name}" if sought.how else name


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("calm/sea.flac", "calm/sea.flac"),
        ("../music/calm/sea.flac", "calm/sea.flac"),
        ("..\\music\\calm\\sea.flac", "calm/sea.flac"),
        ("calm\\sea.flac", "calm/sea.flac"),
        ("calm/../calm\\sea.flac", "calm/sea.flac"),
        (" calm/sea.flac  ", "calm/sea.flac"),
        ("Calm/SEA.FLAC", "calm/sea.flac"),
        ("CALM\\LÖWE.OGG", "calm/Löwe.ogg"),
        (unicodedata.normalize("NFD", "calm/Löwe.ogg"), "calm/Löwe.ogg"),
        ("loud/rain%20a.ogg", "loud/rain%20a.ogg"),
        ("calm/L%C3%B6we.ogg", "calm/Löwe.ogg"),
        ("calm/L%F6we.ogg", "calm/Löwe.ogg"),
        ("C:\\Users\\Ana\\Music\\calm\\sea.flac", "~calm/sea.flac"),
        ("c:/music/LOUD/Sea.flac", "~loud/sea.flac"),
        ("\\\\nas\\share\\music\\loud\\sea.flac", "~loud/sea.flac"),
        ("file:///C:/Music/calm/L%C3%B6we.ogg", "~calm/Löwe.ogg"),
        ("file://C:/Music/calm/sea.flac", "~calm/sea.flac"),
        ("file://nas/music/calm/sea.flac", "~calm/sea.flac"),
        ("file://localhost/gone/Wide/river.ogg", "~Deep/Wide/river.ogg"),
        ("FILE:/Volumes/Disk/wide/river.ogg", "~Deep/Wide/river.ogg"),
        ("/Volumes/Disk/river.ogg", "~Deep/Wide/river.ogg"),
        ("file:calm/sea.flac", "calm/sea.flac"),
    ],
)
def test_paths_as_real_playlists_have_them(text: str, file: str, music: Path) -> None:
    """Relative paths, addresses, percent codes, back-slashes, drives, servers, other capitals and
    composed accents all lead to the one file that is meant; `~`: by what its path ends in."""
    assert found(music, text) == file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("D:\\sea.flac", "may be any of"),
        ("E:\\Other\\01.mp3", "no file `E:\\Other\\01.mp3`"),
        ("E:\\", "no file"),
        ("http://example.invalid/a.ogg", "is on the network; soundscape plays files only"),
        ("mms://example.invalid/sea.flac", "is on the network"),
        ("calm", "`calm` is a folder, not a file"),
        ("a\0b.ogg", "cannot be looked at"),
        ("\ud800.ogg", "its name is not UTF-8"),
        ("file://", "no file"),
        ("x" * 300, "cannot be looked at"),
        ("x" * 5000, "xxx…`; looked in"),
        ("a/" * 2000 + "sea.flac", "may be any of"),
        ("/" * 4000, "is a folder"),
    ],
)
def test_what_leads_nowhere_is_said(text: str, said: str, music: Path) -> None:
    """What may be two files, says too little, is no file or no name of one is a fault, not a
    guess."""
    assert said in found(music, text)


def test_a_bare_number_is_believed_where_it_lies(music: Path) -> None:
    """`01.mp3` of a moved playlist is taken beside it or with its folder, never from anywhere."""
    assert found(music, "E:\\x\\loud\\01.mp3") == "~loud/01.mp3"
    (music.parent / "lists/01.mp3").write_text("x")
    sought = seek(music, "E:\\Other\\01.mp3")
    assert isinstance(sought, Meant)
    assert sought.found.path == str(music.parent / "lists/01.mp3")
    assert [says_little(name) for name in ("Track 07.flac", "1-02.ogg", "a.ogg", "sea.ogg")] == [
        *(True, True, True, False)
    ]


def test_the_longest_end_wins(music: Path) -> None:
    """Of two files of one name the one whose folders agree is taken, capitals or not."""
    assert found(music, "X:\\A\\Calm\\Sea.flac") == "~calm/sea.flac"
    assert "may be any of" in found(music, "X:\\A\\Other\\Sea.flac")


def test_links_go_by_the_names_that_lead_to_them(music: Path) -> None:
    """A file that is a link, or lies behind one, is found by the path one sees, not by where it
    really lies."""
    (music.parent / "store").mkdir()
    (music.parent / "store/4f2a.ogg").write_text("x")
    (music / "calm/wind.ogg").symlink_to(music.parent / "store/4f2a.ogg")
    sought = seek(music, "Z:\\Calm\\wind.ogg")
    assert isinstance(sought, Meant)
    assert sought.found.path == str(music.parent / "store/4f2a.ogg")
    (music.parent / "lists/Here").symlink_to(music / "calm")
    sought = seek(music, "Z:\\x\\here\\SEA.flac")
    assert isinstance(sought, Meant)
    assert sought.found.path == str(music / "calm/sea.flac")


def test_a_playlist_by_hand_is_taken_at_its_word(music: Path) -> None:
    """In YAML nothing is decoded and nothing is sought by its end: what is missing is missing."""
    assert "no file" in found(music, "/gone/calm/sea.flac", "plain")
    assert "no file" in found(music, "calm/L%C3%B6we.ogg", "plain")
    assert found(music, "Calm/Sea.flac", "plain") == "calm/sea.flac"


def test_an_address_is_decoded_before_it_is_taken_literally(music: Path) -> None:
    """In XSPF `%20` is a blank where there is such a file, whatever else there is."""
    assert found(music, "loud/rain%20a.ogg", "percent") == "loud/rain%20a.ogg"
    (music / "loud/rain a.ogg").write_text("x")
    assert found(music, "loud/rain%20a.ogg", "percent") == "loud/rain a.ogg"
    assert found(music, "loud/rain%20a.ogg", "perhaps") == "loud/rain%20a.ogg"


def test_further_addresses_are_tried(music: Path) -> None:
    """Of several addresses of one track the first that is there is taken."""
    others = ("http://example.invalid/x", "calm/sea.flac")
    assert found(music, "gone.flac", "percent", others=others) == "calm/sea.flac"


def test_an_exact_name_comes_before_alike_ones(music: Path) -> None:
    """Where names differ in capitals alone, the exact one is meant; without one it is a fault."""
    (music / "calm/SEA.flac").write_text("x")
    assert found(music, "calm/SEA.flac") == "calm/SEA.flac"
    assert "may be any of" in found(music, "calm/Sea.flac")
    (music / "LOUD").mkdir()
    (music / "LOUD/wind.ogg").write_text("x")
    (music / "loud/wind.ogg").write_text("x")
    assert found(music, "LOUD/Wind.ogg") == "LOUD/wind.ogg"
    assert "may be any of" in found(music, "Loud/wind.ogg")


def test_what_a_form_leaves_out_is_listed_with_the_missing(music: Path) -> None:
    """A track without an address is told beside those whose address leads nowhere."""
    path = music.parent / "lists/a.jspf"
    path.write_text('{"playlist": {"track": [{"title": "A"},\n{"location": "gone.ogg"}]}}')
    faults = members_of(read_playlist(path), (music,), Folders(), ()).faults
    assert [(fault.line, fault.what[:24]) for fault in faults] == [
        (1, "`A` names no file"),
        (2, "no file `gone.ogg`; look"),
    ]


def test_missing_entries_are_all_listed(music: Path) -> None:
    """Every entry of a playlist that leads nowhere is a fault with its line and title."""
    path = music.parent / "lists/a.m3u8"
    path.write_text(
        "#EXTM3U\n#EXTINF:1,Ana - Gone\ngone.ogg\nhttp://example.invalid/x\nsae.flac\n"
        "calm/sea.flac\n" + "none.ogg\n" * 1000
    )
    (music.parent / "lists/sea.flac").write_text("x")
    members = members_of(read_playlist(path), (music,), Folders(), ())
    assert [m.found.name for m in members.members] == ["sea.flac"]
    said = [str(fault).removeprefix(f"{path}:") for fault in members.faults]
    assert len(said) == 1003
    assert said[0].startswith("3:1: no file `gone.ogg` (Ana - Gone); looked in ")
    assert said[1].startswith("4:1: `http://example.invalid/x` is on the network")
    assert said[2].endswith("did you mean `sea.flac`?")


def test_the_paths_of_an_address() -> None:
    """An address of this machine is a path here, of another one a server's; a `#` is first taken
    for a letter of the name, and so is a percent sign that stands for itself last."""
    assert ways("file://localhost/m/a%20b.ogg", "perhaps") == ["/m/a b.ogg", "/m/a%20b.ogg"]
    assert ways("file://nas/m/a.ogg", "percent") == ["//nas/m/a.ogg"]
    assert ways("file:///C:/m/a.ogg", "percent") == ["C:/m/a.ogg"]
    assert ways("file:////nas/m/a.ogg", "percent") == ["//nas/m/a.ogg"]
    assert ways("file:///m/a%231#t=5", "perhaps") == ["/m/a#1#t=5", "/m/a%231#t=5", "/m/a#1"]


@settings(deadline=None)
@given(st.text(max_size=80))
@example("~\0")
@example("~nobody-here/a.ogg")
def test_any_text_means_paths_or_says_why_not(text: str) -> None:
    """Whatever a line holds, it is a list of paths or a refusal; and the literal path is among
    those a person's own line may mean."""
    for coding in ("plain", "perhaps", "percent"):
        try:
            paths = ways(text, coding)  # type: ignore[arg-type]
        except NotAFile:
            assert ":" in text
            continue
        assert len(set(paths)) == len(paths)
        if (
            coding == "plain"
            and text
            and text[0] != "~"
            and not text.lower().strip().startswith("file:")
        ):
            assert paths[0] == text


@settings(deadline=None)
@given(st.text(max_size=60))
def test_percent_codes_read_back(text: str) -> None:
    """What was percent-encoded is what it was."""
    from urllib.parse import quote

    assert (
        decoded(quote(text.encode("utf-8", "replace"))) == text.encode("utf-8", "replace").decode()
    )
