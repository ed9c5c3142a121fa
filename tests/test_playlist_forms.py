"""Playlists as other programs write them, read into one value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from soundscape.core.errors import InputError
from soundscape.library.playlists.forms.values import PlaylistFile, Work
from soundscape.library.playlists.load import read_playlist


def read(tmp_path: Path, name: str, data: bytes | str) -> PlaylistFile:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_playlist(path)


def refused(tmp_path: Path, name: str, data: bytes | str) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, name, data)
    return str(caught.value).removeprefix(f"{tmp_path / name}:").strip()


def named(playlist: PlaylistFile) -> list[tuple[str, int | None, int | None]]:
    return [(entry.name, entry.line, entry.column) for entry in playlist.entries]


M3U = (
    "#EXTM3U\r\n#PLAYLIST:Für Ana\r\n#EXTALB:Sea\r\n"
    '#EXTINF:123 tvg-id="x",Ana - Löwe\r\n#EXTVLCOPT:start-time=3.5\r\n'
    "#EXTVLCOPT:stop-time=90\r\n#EXTVLCOPT:network-caching=1000\r\ncalm/löwe.ogg\r\n"
    "\r\n#off.ogg\r\n  two.ogg  \r\n"
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.m3u8", M3U.encode()),
        ("a.m3u8", M3U.encode("utf-8-sig")),
        ("a.m3u8", M3U.encode("utf-16")),
        ("a.m3u", M3U.encode("cp1252")),
        ("a.M3U", M3U.replace("\r\n", "\n").encode()),
        ("a.m3u", M3U.replace("\r\n", "\r").encode("utf-16-be").join([b"\xfe\xff", b""])),
    ],
)
def test_m3u_in_every_encoding(name: str, data: bytes, tmp_path: Path) -> None:
    """M3U is read in UTF-8, UTF-16 and Windows' letters, with any line end and a mark or none:
    its name, titles, lines and VLC's cue points."""
    playlist = read(tmp_path, name, data)
    assert playlist.name == "Für Ana"
    # A remark that ends like an audio file may be one's name; it is found only as it stands there.
    names = [("calm/löwe.ogg", 8, 1), ("#off.ogg", 10, 1), ("  two.ogg  ", 11, 1)]
    assert named(playlist) == names
    first, _, second = playlist.entries
    assert (first.title, first.cue_in_s, first.cue_out_s) == ("Ana - Löwe", 3.5, 90.0)
    assert (second.title, second.cue_in_s, second.cue_out_s) == ("", None, None)


PLS = """\
; made by hand
[playlist]
NumberOfEntries=3
file2=C:\\Music\\two.mp3
Title2=Two
File10=ten.mp3
File1=one%20two.mp3
Length1=-1
File2=again.mp3
Version=2
"""


def test_pls(tmp_path: Path) -> None:
    """PLS is read in the order of its numbers, whatever their order in the file and whatever its
    capitals; a number given twice is left out, and said."""
    playlist = read(tmp_path, "a.pls", PLS)
    assert named(playlist) == [
        ("one%20two.mp3", 7, 7),
        ("C:\\Music\\two.mp3", 4, 7),
        ("ten.mp3", 6, 8),
    ]
    assert playlist.entries[1].title == "Two"
    (fault,) = playlist.left_out
    assert (fault.line, fault.what) == (9, "`File2` is here twice (first in line 4)")


XSPF = """<?xml version="1.0" encoding="UTF-8"?>
<playlist version="1" xmlns="http://xspf.org/ns/0/"
    xmlns:vlc="http://www.videolan.org/vlc/playlist/ns/0/">
  <title>Für &amp; wider</title><annotation>long</annotation>
  <trackList>
    <track>
      <location>
        file:///C:/Music/l%C3%B6we%20%26.ogg
      </location>
      <location>calm/b.ogg</location>
      <title>Löwe</title><creator>Ana</creator><duration>1000</duration>
      <extension application="http://www.videolan.org/vlc/playlist/0">
        <vlc:id>0</vlc:id><vlc:option>start-time=3.5</vlc:option>
      </extension>
    </track>
    <track><title>nowhere</title></track>
    <track><location>c.ogg</location>
      <extension application="urn:x-soundscape:overrides">
        <o:override xmlns:o="urn:x-soundscape:overrides" intensity="0.4" gain="-2 dB"
            cue-in="3" cue-out="1:30"/>
      </extension>
    </track>
    <track><location>d.ogg</location>
      <extension application="urn:x-soundscape:overrides">
        <override xmlns="urn:x-soundscape:overrides" intensity="4"/>
      </extension>
    </track>
    <track><location>e.ogg</location>
      <extension application="urn:someone"><location>x.ogg</location><intensity>9</intensity>
      </extension>
    </track>
  </trackList>
</playlist>
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_xspf(encoding: str, tmp_path: Path) -> None:
    """XSPF is read in every encoding it may declare: addresses with line and column, titles, our
    overrides and VLC's start; other programs' extensions are passed over. A track without an
    address is kept by its title; one with a bad override is left out and said."""
    text = XSPF.replace('encoding="UTF-8"', f'encoding="{encoding}"')
    playlist = read(tmp_path, "a.xspf", text.encode(encoding))
    assert (playlist.name, playlist.about) == ("Für & wider", "long")
    assert named(playlist) == [
        ("file:///C:/Music/l%C3%B6we%20%26.ogg", 7, 7),
        ("", 16, 5),
        ("c.ogg", 17, 12),
        ("e.ogg", 28, 12),
    ]
    first, unnamed, second, third = playlist.entries
    assert unnamed.work == Work("nowhere")
    assert (first.title, first.others) == ("Ana - Löwe", ("calm/b.ogg",))
    assert (first.cue_in_s, first.cue_out_s) == (3.5, None)
    assert (second.intensity, second.gain_db) == (0.4, -2.0)
    assert (second.cue_in_s, second.cue_out_s) == (3.0, 90.0)
    assert (third.intensity, third.gain_db) == (None, 0.0)
    assert [(fault.line, fault.what) for fault in playlist.left_out] == [
        (23, "`intensity`: expected a number from 0 to 1, not `4.0`"),
    ]


def test_old_xspf_without_a_namespace(tmp_path: Path) -> None:
    """XSPF that forgets its namespace, as some programs write it, is read all the same."""
    text = "<playlist><trackList><track><location>a.ogg</location></track></trackList></playlist>"
    assert named(read(tmp_path, "a.xspf", text)) == [("a.ogg", 1, 29)]


JSPF = {
    "playlist": {
        "title": "Für Ana",
        "annotation": "long",
        "track": [
            {"location": ["a%20b.ogg", "c.ogg"], "title": "A", "creator": "Ana", "duration": 1},
            {"title": "nowhere"},
            {"location": "d.ogg", "extension": {"urn:x-soundscape:overrides": [{"gain": -2}]}},
            {"location": ["e.ogg"], "extension": {"urn:x-soundscape:overrides": {"gain": "x"}}},
            7,
            {"location": [7]},
            {"location": "f.ogg", "extension": {"urn:x-soundscape:overrides": {"a\x1b[1m": 1}}},
        ],
    }
}


def test_jspf(tmp_path: Path) -> None:
    """JSPF is read with the place of each address; bad tracks are left out, each with its place."""
    for text in (json.dumps(JSPF, indent=1), "\ufeff" + json.dumps(JSPF, indent=1)):
        playlist = read(tmp_path, "a.jspf", text)
        assert (playlist.name, playlist.about) == ("Für Ana", "long")
        assert [(entry.name, entry.line) for entry in playlist.entries] == [
            ("a%20b.ogg", 7),
            ("", 15),
            ("d.ogg", 19),
        ]
        assert playlist.entries[0].others == ("c.ogg",)
        assert playlist.entries[0].title == "Ana - A"
        assert playlist.entries[2].gain_db == -2.0
        assert [fault.line for fault in playlist.left_out] == [29, 38, 39, 45]
    assert str(playlist.left_out[-1]).endswith(
        ": `a [1m` is no override; its keys are `intensity`, `gain`, `cue-in`, `cue-out`"
    )
    lines = text.split("\n")
    assert lines[19 - 1][playlist.entries[2].column - 1 :].startswith('"d.ogg"')  # type: ignore[operator]


BOMB = """<?xml version="1.0"?>
<!DOCTYPE playlist [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>
<playlist><trackList><track><location>&d;</location></track></trackList></playlist>
"""
THIEF = """<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<playlist><trackList><track><location>&a;</location></track></trackList></playlist>
"""
DEEP_XML = "<playlist>" + "<a>" * 100_000 + "</a>" * 100_000 + "</playlist>"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.m3u", "", "names no music"),
        ("a.m3u8", "#EXTM3U\n#EXTINF:1,\n", "names no music"),
        ("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\nx.ts\n", "2:1: lists the pieces of a stream"),
        ("a.m3u", b"a.ogg\nID3\0\0", "2: holds a zero byte"),
        ("a.m3u8", b"\xff\xfea", "is not UTF-16"),
        ("a.pls", "a.ogg\n", "1: is no PLS"),
        ("a.pls", "[playlist]\nNumberOfEntries=0\n", "names no music"),
        ("a.xspf", "", "1:1: is not XML: no element found"),
        ("a.xspf", "<playlist><trackList>", "1:22: is not XML: no element found"),
        ("a.xspf", "<a><b></a>", "is no XSPF: it begins with `<a>`"),
        ("a.xspf", "<playlist><b></a>", "1:16: is not XML: mismatched tag"),
        ("a.xspf", '<?xml version="1.0" encoding="klingon"?><playlist/>', "encoding"),
        ("a.xspf", '<?xml version="1.0" encoding="utf-7"?><playlist/>', "encoding"),
        ("a.xspf", "<playlist/>", "names no music"),
        ("a.xspf", BOMB, "has a document type (`<!DOCTYPE`), which is not read here"),
        ("a.xspf", THIEF, "has a document type"),
        ("a.xspf", DEEP_XML, "nested more than 64 deep"),
        ("a.xspf", "<playlist>&nbsp;</playlist>", "is not XML: undefined entity"),
        ("a.jspf", "", "1:1: is not JSON"),
        ("a.jspf", '{"playlist": {"track": [\n{"location": ["a.ogg"}]}}', "2:22: is not JSON"),
        ("a.jspf", '{"playlist": ' * 100_000, "nested too deep"),
        ("a.jspf", "[" * 100_000, "nested too deep"),
        ("a.jspf", "[]", "is no JSPF"),
        ("a.jspf", '{"playlist": []}', "is no JSPF: `playlist` has no `track`"),
        ("a.jspf", '{"playlist": {"track": {}}}', "1:24: `track` has to be a list"),
        ("a.jspf", '{"playlist": {"track": []}}', "names no music"),
        ("a.jspf", '{"a": ' + "9" * 5000 + "}", "is not JSON that is read here"),
        ("a.jspf", b'{"a": "\xff"}', "is not UTF-8"),
        ("a.txt", "a.ogg", "is not named like a playlist"),
    ],
)
def test_what_is_no_playlist_is_said(
    name: str, data: bytes | str, said: str, tmp_path: Path
) -> None:
    """A file that is not what its name promises, is empty, or is made to harm is one clear fault
    with its place."""
    assert said in refused(tmp_path, name, data)


def test_a_file_too_large_to_be_a_playlist(tmp_path: Path) -> None:
    """Nothing past the limit is even looked through."""
    path = tmp_path / "a.m3u8"
    with path.open("wb") as file:
        file.truncate(20_000_001)
    with pytest.raises(InputError, match="larger than 20 MB"):
        read_playlist(path)


def test_titles_are_made_safe(tmp_path: Path) -> None:
    """Control characters and half characters of a title or name never reach a terminal."""
    playlist = read(tmp_path, "a.m3u8", "#PLAYLIST:\x1b[31mred\n#EXTINF:1,\x07be\x9bll\na.ogg\n")
    assert playlist.name == "[31mred"
    assert playlist.entries[0].title == "be ll"
    assert read(tmp_path, "a.yaml", 'name: "\\e[31mred"\ntracks: a.ogg\n').name == "[31mred"
    text = '{"playlist": {"title": "\\ud800x", "track": [{"location": "\\ud800.ogg"}]}}'
    assert read(tmp_path, "a.jspf", text).name == "x"
