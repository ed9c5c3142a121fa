"""Mangled playlists of every form: no crash, no hang, and each fault named."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from soundscape.core.errors import Fault, InputError
from soundscape.core.text import plain
from soundscape.library.playlists.forms.values import Listing, Row
from soundscape.library.playlists.load import FORMS, read_playlist
from soundscape.library.playlists.members import Members, members_of
from soundscape.library.playlists.seek import Folders

FORMS_ONCE = [suffix for suffix in FORMS if suffix not in (".yml", ".m3u")]
ROWS = (
    *(
        Row(f"calm/{title} {count}.ogg", title, "Ana & Bo", 61.5, 0.4, -2.0, 3.0, 60.0)
        for count, title in enumerate(["Löwe", "Sea <1>", "Rain %20", "漢"])
    ),
    *(Row(f"a long name of a folder/and of a file {count}.ogg") for count in range(12)),
)
MANGLED = 120


def judged(path: Path, data: bytes) -> Members | None:
    """Read a playlist's bytes and look for its files; None where it is refused. Every fault has
    its place, and can be printed."""
    path.write_bytes(data)
    try:
        members = members_of(read_playlist(path), (path.parent,), Folders(), ())
    except InputError as error:
        proved(error.faults, path)
        return None
    proved(members.faults, path)
    return members


def proved(faults: tuple[Fault, ...] | list[Fault], path: Path, *, placed: bool = False) -> None:
    assert isinstance(faults, list) or faults
    for fault in faults:
        assert fault.where == str(path)
        assert fault.what
        assert fault.line or not placed
        assert len(fault.what) < 2000
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", str(fault))
        str(fault).encode()


def mangle(data: bytes, chance: random.Random) -> bytes:
    """A text with some bytes changed, a piece cut out, doubled or cut off, by a seed."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        out[chance.randrange(len(out))] = chance.choice(b'\0\n"&<\\\xff}[%aaaa')
    start, end = sorted(chance.randrange(len(out)) for _ in range(2))
    match chance.randrange(6):
        case 0:
            del out[start:end]
        case 1:
            out[start:start] = out[start:end]
        case 2:
            del out[start:]
    return bytes(out)


@pytest.mark.parametrize("suffix", FORMS_ONCE)
def test_mangled_playlists(suffix: str, tmp_path: Path) -> None:
    """A playlist with bytes changed, cut or doubled is read as far as it is one, or refused; some
    of each, so that the test means something."""
    for row in ROWS:
        (tmp_path / row.name).parent.mkdir(exist_ok=True)
        (tmp_path / row.name).write_text("x")
    whole = FORMS[suffix].write(Listing("Odd", "long", ROWS)).encode()
    path = tmp_path / f"p{suffix}"
    found = judged(path, whole)
    assert found is not None
    assert len(found.members) == len(ROWS)
    outcomes = [
        judged(path, mangle(whole, random.Random(f"{suffix} {seed}"))) for seed in range(MANGLED)
    ]
    assert None in outcomes
    assert any(each is not None and each.members for each in outcomes)


HUGE = {
    "a.m3u": b"a/" * 5_000_000,
    "b.m3u8": b"a" * 10_000_000,
    "c.m3u8": b"#EXTINF:" + b"," * 10_000_000 + b"\na.ogg\n",
    "d.m3u": b"\n" * 3_000_000,
    "e.m3u": b"\\" * 10_000_000,
    "f.m3u8": b"%" * 10_000_000,
    "g.m3u8": b"\0" * 10_000_000,
    "h.m3u8": b"x\n" * 150_000,
    "i.m3u8": b"#EXTVLCOPT:start-time=" + b"9" * 10_000_000,
    "a.pls": b"[playlist]\nFile1=" + b" " * 10_000_000,
    "b.pls": b"[playlist]\nFile" + b"1" * 10_000_000 + b"=a.ogg",
    "c.pls": b"[playlist]\n" + b"File" * 2_500_000,
    "d.pls": b" " * 10_000_000,
    "a.xspf": b"<playlist><trackList><track><location>" + b"a" * 10_000_000,
    "b.xspf": b"<playlist " + b"a" * 10_000_000,
    "c.xspf": b"<playlist><title>" + b"x" * 10_000_000 + b"</title></playlist>",
    "d.xspf": b"<" * 10_000_000,
    "e.xspf": b"<a>" * 3_000_000,
    "a.jspf": b"[" * 10_000_000,
    "b.jspf": b'{"playlist":{"track":[' + b"[]," * 150_000 + b"[]]}}",
    "c.jspf": b'{"playlist":{"track":[{"location":"' + b"a" * 10_000_000 + b'"}]}}',
    "d.jspf": b'"' + b"\\" * 10_000_000,
    "a.yaml": b"tracks: [" + b"a" * 10_000_000,
    "b.yaml": b"[" * 900_000,
    "c.yaml": b"query: {tags: " + b"{a: " * 200_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HUGE)
def test_huge_ones(name: str, tmp_path: Path) -> None:
    """Lines of ten million characters, a hundred thousand brackets and the like end in faults."""
    found = judged(tmp_path / name, HUGE[name])
    assert found is None or not found.members


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(50))
@given(data=st.binary(max_size=300))
def test_no_bytes_break_a_reader(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever a file holds, reading it and looking for its files ends in faults or in music."""
    folder = tmp_path_factory.getbasetemp()
    for suffix in FORMS:
        judged(folder / f"any{suffix}", data)


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
fields = ["location", "title", "creator", "duration", "extension", "urn:x-soundscape:overrides"]
jspf_tracks = st.dictionaries(st.sampled_from(fields), values) | values


@settings(deadline=None)
@given(st.lists(jspf_tracks, max_size=4), values, values)
def test_jspf_of_any_values(
    tmp_path_factory: pytest.TempPathFactory, tracks: object, title: object, about: object
) -> None:
    """JSPF whose fields are of any type gives its good tracks, and says what is wrong with each
    of the others: none is lost without a word."""
    path = tmp_path_factory.getbasetemp() / "any.jspf"
    text = {"playlist": {"title": title, "annotation": about, "track": tracks}}
    path.write_text(json.dumps(text))
    try:
        read = read_playlist(path)
    except InputError as error:
        proved(error.faults, path)
        assert not tracks
        return
    assert isinstance(tracks, list)
    assert len(read.entries) + len(read.left_out) >= len(tracks)
    assert plain(read.name) == read.name


keys = ["tracks", "folders", "query", "name", "path", "glob", "folder", "intensity", "gain"]
keys += ["cue-in", "cue-out", "tags", "any", "without", "voice", "length", "range", "artist", "as"]
yaml_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(keys), yaml_values, max_size=5))
def test_yaml_of_any_values(tmp_path_factory: pytest.TempPathFactory, values: object) -> None:
    """YAML with our keys and any values is a playlist or a list of faults, each with a place."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(json.dumps(values))
    try:
        read_playlist(path)
    except InputError as error:
        proved(error.faults, path, placed=True)
