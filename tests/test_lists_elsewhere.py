"""Listening lists as other programs take them: by their formats' rules, and played by VLC."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from handmade import SESSION, Line, heard_from, heard_to, write
from house import House
from library_fixtures import low_tone
from support.until import until

from soundscape.audio.vlc_player import load_libvlc
from soundscape.cli.app import run_app
from soundscape.core.events import Closed, HeardFrom

NAMES = ("plain", "50% of #1? [a] & <b>", "Für Elise 夜", "it's; a+b=c", "a%41", "#2", "%232", "w?")
"""Of files and titles: all that has a meaning in XML, in addresses or in lists."""

SPACE = "{http://xspf.org/ns/0/}"
ONCE = ("title", "creator", "annotation", "info", "image")
OF_PLAYLIST = (*ONCE, "location", "identifier", "date", "license", "attribution", "trackList")
OF_TRACK = (*ONCE, "album", "trackNum", "duration")
MANY = ("link", "meta", "extension")
ADDRESSES = ("location", "identifier", "info", "image")

WORDS = {"type": "string"}
ADDRESS = {"type": "string", "pattern": r"^([A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-F]{2})+$"}
WHOLE = {"type": "integer", "minimum": 0}
TEXTS = dict.fromkeys(("title", "creator", "annotation"), WORDS)
MORE = {"link": {"type": "array"}, "meta": {"type": "array"}, "extension": {"type": "object"}}
JSPF = {
    "type": "object",
    "required": ["playlist"],
    "additionalProperties": False,
    "properties": {
        "playlist": {
            "type": "object",
            "required": ["track"],
            "additionalProperties": False,
            "properties": {
                **TEXTS,
                **MORE,
                "track": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            **TEXTS,
                            **MORE,
                            "location": {"type": "array", "items": ADDRESS},
                            "identifier": {"type": "array", "items": ADDRESS},
                            "album": WORDS,
                            "trackNum": WHOLE,
                            "duration": WHOLE,
                        },
                    },
                },
            },
        }
    },
}
"""What https://www.xspf.org/jspf says of the fields that a listening list may have."""


@pytest.fixture
def music(at_home: House, tmp_path: Path) -> list[Path]:
    """Short tones whose names are hard, each of them heard for 40 s in the only session."""
    lines: list[Line] = [*SESSION[:3]]
    made = []
    for n, name in enumerate(NAMES, 1):
        path = low_tone(tmp_path / "my music" / f"{name.replace('/', '')}.flac", 1, 200.0 + 50 * n)
        made.append(path)
        at_s = 50.0 * n
        lines.append((at_s, HeardFrom("music", n, str(path), name, 0, 0.0, at_s)))
        lines.append((at_s + 40.0, heard_to(n, at_s + 40.0, 40.0)))
    # Sent away at once: in no list.
    lines += [(300.0, heard_from(9, 300.0)), (310.0, heard_to(9, 310.0, 10.0))]
    write(at_home.home.sessions / "abcd2345", [*lines, (320.0, Closed("end"))])
    return made


def exported(form: str, target: Path, *more: str) -> str:
    """The list in that form, as a file and as its text."""
    assert run_app(["log", "export", "--as", form, "--out", str(target), *more]) == 0
    return target.read_text("utf-8")


def check_children(element: ET.Element, once: tuple[str, ...], many: tuple[str, ...]) -> None:
    """Only elements of the format, in its namespace, no more often than it allows; text only."""
    names = [each.tag.removeprefix(SPACE) for each in element]
    assert all(each.tag.startswith(SPACE) for each in element), names
    assert set(names) <= {*once, *many}
    assert all(names.count(name) == 1 for name in set(names) & set(once)), names
    assert not (element.text or "").strip(), "words between the elements"
    for each in element:
        name = each.tag.removeprefix(SPACE)
        assert not (each.tail or "").strip()
        if name not in ("trackList", "extension"):
            assert (len(each), each.attrib.keys() - {"rel"}) == (0, set()), name
        if name in ADDRESSES:
            jsonschema.validate(each.text, ADDRESS)
        if name in ("trackNum", "duration"):
            assert (each.text or "").isdecimal()


@pytest.mark.parametrize("files", [True, False])
@pytest.mark.parametrize("beside", [True, False])
def test_xspf_and_jspf_keep_to_their_formats(
    music: list[Path], tmp_path: Path, files: bool, beside: bool
) -> None:
    """XSPF by every rule of https://xspf.org/spec for the elements there are, JSPF by a schema of
    its fields; with --files each address, relative or whole, leads back to the very file."""
    folder = music[0].parent if beside else tmp_path
    more = ("--files",) * files
    root = ET.fromstring(exported("xspf", folder / "list.xspf", *more))
    assert (root.tag, root.attrib) == (f"{SPACE}playlist", {"version": "1"})
    check_children(root, OF_PLAYLIST, MANY)
    (tracks,) = root.findall(f"{SPACE}trackList")
    assert tracks.attrib == {}
    assert {each.tag for each in tracks} == {f"{SPACE}track"}
    for track in tracks:
        check_children(track, OF_TRACK, (*MANY, "location", "identifier"))
    assert [track.findtext(f"{SPACE}title") for track in tracks] == list(NAMES)
    data = json.loads(exported("jspf", folder / "list.jspf", *more))
    jsonschema.validate(data, JSPF)
    rows: list[dict[str, Any]] = data["playlist"]["track"]
    assert [row["title"] for row in rows] == list(NAMES)
    for places in (
        [each.text or "" for each in root.iter(f"{SPACE}location")],
        [place for row in rows for place in row.get("location", [])],
    ):
        assert all(urlsplit(each).query + urlsplit(each).fragment == "" for each in places)
        assert [folder / unquote(urlsplit(each).path) for each in places] == music * files


def played_to_its_end(deck: Any, media: Any) -> bool:
    """Whether libVLC read sound of it and came to its end. Its counts come late, or never for a
    short file on a busy machine: the length it found says as much."""
    deck.set_media(media)
    deck.play()
    until(lambda: f"{deck.get_state()}" in ("State.Ended", "State.Error"), "for libVLC")
    stats = load_libvlc().MediaStats()
    media.get_stats(stats)
    read = stats.played_abuffers > 0 or stats.decoded_audio > 0 or deck.get_length() > 0
    return f"{deck.get_state()}" == "State.Ended" and read


@pytest.fixture
def vlc() -> Iterator[Any]:
    """libVLC with an output that makes no sound."""
    instance = load_libvlc().Instance("--quiet", "--aout=adummy", "--no-video", "--no-lua")
    yield instance
    instance.release()


@pytest.mark.slow
@pytest.mark.parametrize("beside", [True, False])
def test_vlc_plays_an_m3u8(
    music: list[Path], tmp_path: Path, vlc: Any, beside: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """VLC itself opens the list and plays each of its files, in its order, by relative names where
    the list lies beside the music and by whole ones elsewhere. VLC 3 takes a `#` and a `?` for the
    end of a name and `%41` for an A: files named so, and no others, are written as addresses, and
    read back here as the files they are."""
    (elsewhere := tmp_path / "elsewhere").mkdir()
    target = (music[0].parent if beside else elsewhere) / "take home.m3u8"
    text = exported("m3u8", target)
    assert (str(music[0].parent) in text) == (not beside)
    named = [line for line in text.splitlines() if not line.startswith("#")]
    escaped = ["%23" in line or "%3F" in line or "%2541" in line for line in named]
    assert escaped == [any(sign in each.name for sign in "#?") or "%41" in each.name
                       for each in music]  # fmt: skip
    capsys.readouterr()
    assert run_app(["playlist", "show", str(target), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["tracks"]
    assert [Path(row["path"]) for row in rows] == music
    deck, listed = vlc.media_player_new(), vlc.media_new_path(str(target))
    played_to_its_end(deck, listed)  # A list itself makes no sound.
    items = listed.subitems()
    heard = []
    assert items.count() == len(music)
    for n in range(items.count()):
        media = items.item_at_index(n)
        path = Path(unquote(urlsplit(media.get_mrl()).path))
        assert played_to_its_end(deck, media), path
        heard.append(path)
    deck.release()
    assert heard == music
