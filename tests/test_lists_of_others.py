"""Lists as other programs leave them: every line is taken or told, none is dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from soundscape.core.errors import Fault
from soundscape.library.playlists.forms.values import Work, ids_in
from soundscape.library.playlists.load import read_playlist
from soundscape.library.playlists.members import Members, members_of
from soundscape.library.playlists.seek import Folders, Meant
from soundscape.library.playlists.works import Works
from soundscape.library.tags import Tags
from soundscape.library.walk import FoundFile

ID = "e97f805a-ab48-4c52-855e-07049142113d"
NAMES = ("Über.mp3", "Génève.mp3", "#1 Sunrise.mp3", "Тест.mp3", "plain.mp3", "Calm/Sea.mp3")


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder of files by their names alone: nothing here looks into them."""
    for name in NAMES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def members(folder: Path, name: str, data: bytes | str, *works: tuple[FoundFile, Tags]) -> Members:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return members_of(read_playlist(path), (folder,), Folders(), (), Works(works).find)


def taken(found: Members) -> list[str]:
    return [member.found.name for member in found.members]


@pytest.mark.parametrize("name", ["a.m3u", "a.m3u8"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_line_is_decoded_by_itself(name: str, end: str, music: Path) -> None:
    """A line that a script appended in its own encoding costs neither itself nor the others."""
    lines = [
        b"#EXTM3U", "Über.mp3".encode(), "#EXTINF:8,Wilde Nächte".encode("cp1252"),
        "Génève.mp3".encode("cp1252"), "Über.mp3".encode("mac_roman"), "Тест.mp3".encode("cp1251"),
        "Génève.mp3".encode("cp850"),
    ]  # fmt: skip
    found = members(music, name, end.encode().join(lines))
    assert taken(found) == ["Über.mp3", "Génève.mp3", "Тест.mp3"]
    assert found.members[1].entry.title == "Wilde Nächte"
    assert not found.faults


def test_a_declared_encoding_is_read(music: Path) -> None:
    """`#EXTENC` says how the lines are written; a wrong or unknown one is no harm, but is told
    where the encoding has to be guessed."""
    for declared, encoding in (
        ("windows-1251", "cp1251"), ("UTF-8", "utf-8"), ("ISO-8859-5", "utf-8"), ("no", "utf-8"),
    ):  # fmt: skip
        text = f"#EXTM3U\n#EXTENC: {declared}\nТест.mp3\n"
        found = members(music, "a.m3u", text.encode(encoding))
        assert (taken(found), found.faults) == (["Тест.mp3"], []), declared
    found = members(music, "a.m3u", "#EXTENC:windows 1251\nТест.mp3\n".encode("cp1251"))
    assert [each.entry.name for each in found.members] == ["Тест.mp3"]
    found = members(music, "a.m3u", "#EXTM3U\n#EXTENC: ANSI\nТест.mp3\n".encode("cp1251"))
    assert taken(found) == ["Тест.mp3"]
    (fault,) = found.faults
    assert (fault.line, "nobody here knows, `ANSI`" in fault.what) == (2, True)


def test_utf16_without_a_mark(music: Path) -> None:
    """Windows' 16-bit text is known without its mark."""
    for encoding in ("utf-16-le", "utf-16-be"):
        assert taken(members(music, "a.m3u", "plain.mp3\r\n".encode(encoding))) == ["plain.mp3"]


def test_a_name_that_begins_with_a_hash(music: Path) -> None:
    """A comment that ends like audio is a file's name where there is one, and else told; a path
    that was made a comment is never found elsewhere. Other comments are passed over."""
    text = "#EXTM3U\n#EXTINF:8,Sunrise\n#1 Sunrise.mp3\n# words\n#EXTALB:x.mp3\n"
    found = members(music, "a.m3u", text + "#/old/Calm/Sea.mp3\n#plain.mp3\n")
    assert taken(found) == ["#1 Sunrise.mp3"]
    assert found.members[0].entry.title == "Sunrise"
    assert [(fault.line, "a remark, or a file's name" in fault.do) for fault in found.faults] == [
        (6, True),
        (7, False),
    ]


PIECES = """#EXTM3U
#EXTINF:20,First
#EXTVLCOPT:stop-time=20
plain.mp3
#EXTINF:20,Second
#EXTVLCOPT:start-time=20
#EXTVLCOPT:run-time=15.5
plain.mp3
#EXTVLCOPT:start-time=1:20
Über.mp3
"""


def test_pieces_of_one_file_are_entries_of_their_own(music: Path) -> None:
    """What names one file by several start and stop times is several members; a time that cannot be
    read is told, and the file played whole."""
    found = members(music, "a.m3u", PIECES)
    assert taken(found) == ["plain.mp3#t=0.000,20.000", "plain.mp3#t=20.000,35.500", "Über.mp3"]
    assert [member.found.says for member in found.members[:2]] == [
        (("title", "First"),),
        (("title", "Second"),),
    ]
    (fault,) = found.faults
    assert (fault.line, fault.what) == (9, "`start-time=1:20`: expected a number of seconds")
    option = "<extension application='http://www.videolan.org/vlc/playlist/0'>{}</extension>"
    vlc = "<vlc:option>{}-time={}</vlc:option>"
    tracks = "".join(
        "<track><location>plain.mp3</location>"
        + option.format(vlc.format("start", at) + vlc.format("stop", at + 20))
        + "</track>"
        for at in (0, 20, 40)
    )
    space = 'xmlns="http://xspf.org/ns/0/" xmlns:vlc="http://www.videolan.org/vlc/playlist/ns/0/"'
    text = f"<playlist version='1' {space}><trackList>{tracks}</trackList></playlist>"
    assert taken(members(music, "a.xspf", text)) == [
        f"plain.mp3#t={at}.000,{at + 20}.000" for at in (0, 20, 40)
    ]


def test_one_piece_of_a_file_is_the_file_with_cue_points(music: Path) -> None:
    """Where one line alone names a file, its times say where it begins and ends, as ever."""
    found = members(music, "a.m3u", "#EXTVLCOPT:start-time=20\nplain.mp3\n" * 2)
    assert taken(found) == ["plain.mp3"]
    assert found.members[0].entry.cue_in_s == 20.0


SPACES = (
    *("http://xspf.org/ns/0/", "http://xspf.org/ns/0", "https://xspf.org/ns/0/", ""),
    *("http://www.xspf.org/ns/0/", "XSPF"),
)


@pytest.mark.parametrize("space", SPACES)
def test_xspf_under_a_near_miss_namespace(space: str, music: Path) -> None:
    """Whatever namespace a playlist's root has, its tracks are read, with a prefix or none."""
    for prefix, colon in (("", ""), ("x", "x:")) if space else (("", ""),):
        says = f' xmlns{":" * bool(prefix)}{prefix}="{space}"' if space else ""
        text = (
            f"<{colon}playlist version='1'{says}><{colon}trackList><{colon}track><{colon}location>"
            f"plain.mp3</{colon}location></{colon}track></{colon}trackList></{colon}playlist>"
        )
        assert taken(members(music, "a.xspf", text)) == ["plain.mp3"]


def test_addresses_below_a_base(music: Path, tmp_path: Path) -> None:
    """Relative addresses of XSPF are looked for below its `xml:base`, then beside the list."""
    lists = tmp_path / "lists"
    lists.mkdir()
    text = (
        f'<playlist version="1" xmlns="http://xspf.org/ns/0/" xml:base="file://{music}/Calm/">'
        "<trackList><track><location>Sea.mp3</location></track>"
        "<track><location>plain.mp3</location></track></trackList></playlist>"
    )
    path = lists / "a.xspf"
    path.write_text(text)
    found = members_of(read_playlist(path), (music,), Folders(), ())
    assert taken(found) == ["Sea.mp3", "plain.mp3"]


def test_lines_of_a_pls_that_are_none_are_told(music: Path) -> None:
    """A PLS without its head is read; a line that is no key, and a key without a file, are told."""
    text = "File1=plain.mp3\nX-GNOME-Title=My\n; words\nplain2.mp3\nFile=a.mp3\nFile3=\nTitle1=x\n"
    found = members(music, "a.pls", text)
    assert taken(found) == ["plain.mp3"]
    assert [fault.line for fault in found.faults] == [4, 5, 6]


def test_other_players_own_words_are_no_stream(music: Path) -> None:
    """Words of other players that begin like a stream's do not refuse the list."""
    assert taken(members(music, "a.m3u8", "#EXTM3U\n#EXT-X-RATING:5\nplain.mp3\n")) == ["plain.mp3"]


# Entries of listening services: no path, but what the music is.


def held(
    name: str, title: str, artist: str = "", length_s: float = 200.0, **ids: str
) -> tuple[FoundFile, Tags]:
    return FoundFile(f"/m/{name}", name, 1, 1), Tags(title, artist, "", length_s, ids=ids)


LIBRARY = (
    held("a.mp3", "Slow Water", "Ann Reed; Bo Lind"),
    held("b.mp3", "Slow Water", "Cy"),
    held("c.mp3", "Rain", "Ann Reed", recording=ID),
    held("d.mp3", "Fire", "Ann Reed", isrc="DEA122000001"),
    held("e.mp3", "Twice", "Dee", 100.0),
    held("f.mp3", "Twice", "Dee", 300.0),
    held("g.flac", "Copied", "Dee", 120.0),
    held("g.mp3", "Copied", "Dee", 121.0),
    held("h.mp3", "Alone"),
)


@pytest.mark.parametrize(
    ("work", "file"),
    [
        (Work("slow  water", "Bo Lind feat. Ann Reed"), "a.mp3"),
        (Work("SLOW–WATER", "cy"), "b.mp3"),
        (Work("Slow Water", "Bo Lind"), "a.mp3"),
        (Work("Another title", "Nobody", ids={"recording": ID}), "c.mp3"),
        (Work(ids={"isrc": "DEA122000001"}), "d.mp3"),
        (Work("Rain", "Ann Reed", ids={"isrc": "DEA122000009"}), "c.mp3"),
        (Work("Twice", "Dee", duration_s=298.0), "f.mp3"),
        (Work("Copied", "Dee"), "g.flac"),
        (Work("Alone"), "h.mp3"),
        (Work("Alone", duration_s=203.0), "h.mp3"),
        (Work("Ann Reed", "Rain"), "c.mp3"),
    ],
)
def test_a_recording_is_found_by_what_is_said_of_it(work: Work, file: str) -> None:
    """By its id first, then by title and people; a length chooses of several; copies are one."""
    meant = Works(LIBRARY).find(work)
    assert isinstance(meant, Meant), meant
    assert meant.found.name == file


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (Work("Slow Water"), "may be any of `/m/a.mp3`, `/m/b.mp3`"),
        (Work("Twice", "Dee"), "may be any of"),
        (
            Work("Rain", "Zed"),
            "nothing in the library is `Zed - Rain`; that title is there by `Ann",
        ),
        (Work("Slow Watr", "Cy"), "did you mean `Slow Water`?"),
        (Work("Alone", duration_s=90.0), "has another length"),
    ],
)
def test_what_is_not_or_twice_there_is_told(work: Work, said: str) -> None:
    """What is missing is told with what is near; what may be several is never guessed."""
    meant = Works(LIBRARY).find(work)
    assert isinstance(meant, Fault)
    assert said in str(meant)


def test_ids_as_services_write_them() -> None:
    """MusicBrainz addresses, URNs and bare ids; dashes and case do not matter."""
    for text in (f"https://musicbrainz.org/recording/{ID}", f"mbid:{ID.upper()}", ID):
        assert ids_in([text]) == {"recording": ID}
    for text in ("DE-A12-20-00001", "isrc:dea122000001", "urn:isrc:DEA122000001"):
        assert ids_in([text]) == {"isrc": "DEA122000001"}
    assert ids_in(["https://musicbrainz.org/release/" + ID, "spotify:track:1", "plain.mp3"]) == {}


def test_lists_of_services_find_their_music(music: Path) -> None:
    """JSPF and XSPF without a path are looked for by id, then by name, in the list's order; the
    rest is listed with its title."""
    service = {"https://a.b": {"additional_metadata": {"isrc": "DEA122000001"}}}
    address = f"https://musicbrainz.org/recording/{ID}"
    tracks = [
        {"title": "Rain", "creator": "?", "identifier": [address]},
        {"title": "x", "extension": service},
        {"title": "Slow Water", "creator": "Cy", "location": "spotify:track:1"},
        {"title": "Gone", "creator": "Cy", "duration": 1000},
        {"location": ["plain.mp3"], "title": "Gone"},
    ]  # fmt: skip
    found = members(music, "a.jspf", json.dumps({"playlist": {"track": tracks}}), *LIBRARY)
    assert taken(found) == ["c.mp3", "d.mp3", "b.mp3", "plain.mp3"]
    assert [member.how for member in found.members] == [
        "by its MusicBrainz id", "by its ISRC", "by title and artist", "",
    ]  # fmt: skip
    assert [fault.what for fault in found.faults] == ["nothing in the library is `Cy - Gone`"]
    text = (
        "<playlist xmlns='http://xspf.org/ns/0/'><trackList><track><title>Twice</title>"
        "<creator>Dee</creator><duration>100500</duration></track>"
        f"<track><identifier>https://musicbrainz.org/recording/{ID}</identifier></track>"
        "<track><album>only</album></track></trackList></playlist>"
    )
    found = members(music, "a.xspf", text, *LIBRARY)
    assert taken(found) == ["e.mp3", "c.mp3"]
    assert [fault.what for fault in found.faults] == ["a track without a `location`"]


M3U = """#EXTM3U
#EXTINF:301,Dee - Twice
#EXTINF:-1 tvg-id="",Ann Reed – Rain
https://open.spotify.com/track/1
#EXTINF:200,Slow Water - Cy
spotify:track:2
#EXTINF:9,Gone
#EXTINF:200,not what it is called
plain.mp3
#EXTINF:200,Ann Reed - Fire
"""
PLS = """[playlist]
Title1=Dee - Twice
Length1=301
File2=https://a.b/c.mp3
Title2=Ann Reed - Rain
Title3=Cy - Slow Water
Title4=Gone
File5=plain.mp3
Title5=x
Title6=Ann Reed - Fire
"""


@pytest.mark.parametrize(("name", "text", "gone"), [("a.m3u8", M3U, 7), ("a.pls", PLS, 7)])
def test_titles_without_a_path_are_looked_for(name: str, text: str, gone: int, music: Path) -> None:
    """What M3U and PLS only call by a title, or by an address of a service, is looked for in the
    library, and told where it is not there."""
    found = members(music, name, text, *(each for each in LIBRARY if each[0].name != "e.mp3"))
    assert taken(found) == ["f.mp3", "c.mp3", "b.mp3", "plain.mp3", "d.mp3"]
    assert [(fault.line, fault.what) for fault in found.faults] == [
        (gone, "nothing in the library is `Gone`")
    ]


@pytest.mark.parametrize("kind", ["smb", "nfs", "afp", "sftp", "dav"])
def test_a_file_on_a_server_may_lie_here(kind: str, music: Path) -> None:
    """Kodi and desktops name a server's folder, which is mounted here under another name."""
    found = members(music, "a.m3u8", f"{kind}://me@nas:1/share/music/Calm/Sea%2Emp3\n")
    assert taken(found) == ["Calm/Sea.mp3"]
    (fault,) = members(music, "a.m3u8", f"{kind}://nas/share/gone.mp3\n").faults
    assert f"{kind}://nas/share/gone.mp3" in fault.what
