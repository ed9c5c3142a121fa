"""A playlist written in another form means the same files, with what the form can say of them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import quote

import jsonschema
import pytest
from examples import examples
from hypothesis import example, given, settings
from hypothesis import strategies as st

from soundscape.core.errors import InputError, SoundscapeError
from soundscape.core.text import number, plain
from soundscape.library.playlists.convert import listing_of, lost_in, write_playlist
from soundscape.library.playlists.forms.values import ListEntry, Listing, PlaylistFile, Row
from soundscape.library.playlists.load import FORMS, form_for, read_playlist
from soundscape.library.playlists.members import Member, Members, members_of
from soundscape.library.playlists.seek import Folders
from soundscape.library.walk import FoundFile, look

ODD = "#%;'\"&<>[]*?!~=:\\|`$@,+ \t\n\r\u00a0\u0085\u2028\ufeffßéÉ漢🎵\u0301\x1b\x7f"
letters = st.sampled_from(list(ODD)) | st.characters(
    exclude_characters="/\0", exclude_categories=["Cs"]
)
steps = (
    st.lists(letters, min_size=1, max_size=12)
    .map("".join)
    .filter(lambda name: name not in (".", "..") and len(name.encode()) < 200)
)
points = st.none() | st.integers(0, 5000).map(lambda tenths: tenths / 10)
entries = st.builds(
    ListEntry,
    st.just("x"),
    intensity=st.none() | st.floats(0, 1),
    gain_db=st.just(0.0) | st.floats(-24, 24),
    cue_in_s=points,
    cue_out_s=st.none() | st.integers(5001, 9000).map(lambda tenths: tenths / 10),
)


def whole_name(track: tuple[list[str], str, ListEntry]) -> str:
    """A track's path, folders and all."""
    return "/".join([*track[0], track[1]])


tracks = st.lists(
    st.tuples(st.lists(steps, max_size=2), steps, entries),
    min_size=1,
    max_size=5,
    unique_by=whole_name,
)


def member(path: Path, entry: ListEntry) -> Member:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    found = look(str(path))
    assert isinstance(found, FoundFile)
    return Member(found, entry, named=True)


def said(entry: ListEntry, suffix: str) -> tuple[float | None, ...]:
    """What a form keeps of a line's overrides, to a millionth."""
    holds = FORMS[suffix].holds
    return (
        round(entry.intensity, 6) if entry.intensity is not None and "intensity" in holds else None,
        round(entry.gain_db, 6) if "gain" in holds else 0.0,
        entry.cue_in_s if "cue-in" in holds else None,
        entry.cue_out_s if "cue-out" in holds else None,
    )


@pytest.mark.parametrize("suffix", FORMS)
@settings(deadline=None, max_examples=examples(40))
@given(tracks, st.booleans())
def test_odd_names_and_overrides_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    tracks: list[tuple[list[str], str, ListEntry]],
    below: bool,
) -> None:
    """Files of any name the system allows, with any overrides, are the same files with the same
    overrides after they went through each form, named from the playlist's folder or as a whole."""
    root = tmp_path_factory.mktemp("odd")
    members = Members(PlaylistFile(root / "from.yaml", "Odd"))
    for folders, name, entry in tracks:
        try:
            members.members.append(member(root.joinpath("a", *folders, name + ".ogg"), entry))
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue  # a folder has that name already
    target = (root / "a" if below else root / "other") / f"to{suffix}"
    target.parent.mkdir(exist_ok=True)
    listing = listing_of(members, {}, target)
    for row in listing.rows:
        inside = row.name.removeprefix(f"{target.parent.resolve()}/")
        twin = (target.parent / quote(inside)).exists() and quote(inside) != inside
        assert row.name.startswith("/") == (not below or twin)
    write_playlist(listing, FORMS[suffix], target, members.members)
    again = members_of(read_playlist(target), (), Folders(), ())
    assert again.faults == []
    assert [(m.found.path, said(m.entry, suffix)) for m in again.members] == [
        (m.found.path, said(m.entry, suffix)) for m in members.members
    ]
    assert not any(m.how for m in again.members)


NASTY = [
    "#1.ogg", "#EXTINF:1,x.ogg", " a.ogg", "a.ogg /b.ogg", "~root.ogg", "~/x.ogg", "~root/x.ogg",
    "http:x.ogg", "file:x.ogg", "file:/x.ogg", "C:x.ogg", "C:/x.ogg", "mms:a/b.ogg", "%41.ogg",
    "100%.ogg", "a\\b.ogg", "[a]*.ogg", "**/x.ogg", "-.ogg", "'q'.ogg", '"q".ogg', "&amp;.ogg",
    "a\nb.ogg", "a\r.ogg", "\ufeffx.ogg", "a;b#c?d=e.ogg", "...ogg", "null/true.ogg", "漢/é.ogg",
    "e\u0301.ogg", "\u00e9.ogg", "A.OGG", "a.ogg", "%20/%25.ogg", "\x0b.ogg", "\u2028/\x85.ogg",
    "a#b.ogg", "a%23b.ogg", "a%2523b.ogg",
]  # fmt: skip


@pytest.mark.parametrize("suffix", FORMS)
def test_names_that_mean_something_elsewhere(suffix: str, tmp_path: Path) -> None:
    """Names that a form, a shell or an address would take for something else are only names, one
    beside the other."""
    members = Members(PlaylistFile(tmp_path / "from.yaml", "Odd"))
    members.members += [member(tmp_path / name, ListEntry("x")) for name in NASTY]
    target = tmp_path / f"to{suffix}"
    write_playlist(listing_of(members, {}, target), FORMS[suffix], target, members.members)
    again = members_of(read_playlist(target), (), Folders(), ())
    assert [m.found.path for m in again.members] == [m.found.path for m in members.members]
    assert not any(m.how for m in again.members)


@settings(deadline=None)
@given(st.text(), st.text(), st.text())
@example("", "001", 198 * "0")
def test_titles_break_no_form(name: str, title: str, artist: str) -> None:
    """Whatever a file's tags hold, what is written is read back: with one track, and its title."""
    path = Path("/nowhere/x")
    listing = Listing(plain(name) or "x", plain(title), (Row("a.ogg", title, artist, 1.0),))
    for suffix, form in FORMS.items():
        read = form.read(path.with_suffix(suffix), form.write(listing).encode())
        (entry,) = read.entries
        assert entry.name in ("a.ogg", "./a.ogg")
        if "titles" in form.holds and plain(title):
            assert plain(title) in plain(entry.title)
        if "name" in form.holds:
            assert read.name == (plain(name) or "x")


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_in_full(value: float) -> None:
    """A number is written without an exponent and reads back as itself, to a millionth."""
    text = number(value, 6)
    assert float(text) == pytest.approx(value, abs=5e-7)
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]*[1-9])?", text)
    assert text != "-0"


XSPF_SPACE = "{http://xspf.org/ns/0/}"
JSPF_SCHEMA = {
    "type": "object",
    "required": ["playlist"],
    "properties": {
        "playlist": {
            "type": "object",
            "required": ["track"],
            "properties": {
                "title": {"type": "string"},
                "annotation": {"type": "string"},
                "track": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "location": {"type": "array", "items": {"format": "uri"}},
                            "title": {"type": "string"},
                            "creator": {"type": "string"},
                            "duration": {"type": "integer"},
                            "extension": {
                                "type": "object",
                                "additionalProperties": {"type": "array"},
                            },
                        },
                        "additionalProperties": False,
                    },
                },
            },
            "additionalProperties": False,
        }
    },
}


def test_the_forms_are_what_others_read(tmp_path: Path) -> None:
    """What is written is the form as its description has it: XSPF's elements in XSPF's namespace,
    addresses percent-encoded, durations in milliseconds; JSPF's fields with their types; M3U's
    and PLS's lines."""
    one = Row("calm/Löwe & 1%.ogg", "Löwe <1>", "Ana", 61.4, 0.4, -2.0, 3.0, 60.5)
    two = Row("/m/two.ogg")
    listing = Listing("Für Ana", "long", (one, two))
    tree = ET.fromstring(FORMS[".xspf"].write(listing).encode())
    assert (tree.tag, tree.get("version")) == (f"{XSPF_SPACE}playlist", "1")
    first, second = tree.iter(f"{XSPF_SPACE}track")
    assert [(each.tag.removeprefix(XSPF_SPACE), (each.text or "").strip()) for each in first] == [
        ("location", "calm/L%C3%B6we%20%26%201%25.ogg"),
        ("title", "Löwe <1>"),
        ("creator", "Ana"),
        ("duration", "61400"),
        ("extension", ""),
    ]
    assert [each.text for each in second] == ["file:///m/two.ogg"]
    document = json.loads(FORMS[".jspf"].write(listing))
    jsonschema.validate(document, JSPF_SCHEMA)
    assert document["playlist"]["track"][0]["location"] == ["calm/L%C3%B6we%20%26%201%25.ogg"]
    assert FORMS[".m3u8"].write(listing).split("\n") == [
        "#EXTM3U",
        "#PLAYLIST:Für Ana",
        "#EXTINF:61,Ana - Löwe <1>",
        "#EXTVLCOPT:start-time=3",
        "#EXTVLCOPT:stop-time=60.5",
        "calm/Löwe & 1%.ogg",
        "#EXTINF:-1,",
        "/m/two.ogg",
        "",
    ]
    assert FORMS[".pls"].write(listing).split("\n") == [
        "[playlist]",
        "File1=calm/Löwe & 1%.ogg",
        "Title1=Ana - Löwe <1>",
        "Length1=61",
        "File2=/m/two.ogg",
        "Title2=",
        "Length2=-1",
        "NumberOfEntries=2",
        "Version=2",
        "",
    ]


def test_what_a_form_cannot_hold_is_listed(tmp_path: Path) -> None:
    """Every override and text that a form has no words for is told, and nothing else."""
    rows = (Row("a.ogg", intensity=0.4, gain_db=-2.5, cue_in_s=3.0), Row("b.ogg"))
    listing = Listing("x", "long", rows)
    assert lost_in(listing, FORMS[".pls"]) == (
        "about: long",
        "a.ogg: intensity 0.4, gain -2.5 dB, cue-in 3 s",
    )
    assert lost_in(listing, FORMS[".m3u8"]) == ("about: long", "a.ogg: intensity 0.4, gain -2.5 dB")
    for suffix in (".yaml", ".xspf", ".jspf"):
        assert lost_in(listing, FORMS[suffix]) == ()


def test_a_target_has_the_name_of_a_playlist(tmp_path: Path) -> None:
    """Its suffix says the form; one that is no playlist's is refused."""
    with pytest.raises(InputError, match="is not named like a playlist"):
        form_for(tmp_path / "a.ogg")
    assert form_for(tmp_path / "a.m3u") is FORMS[".m3u"]


def test_what_cannot_be_written_leaves_all_as_it_was(tmp_path: Path) -> None:
    """Where the form cannot hold a playlist, or the disk refuses, the old file stays, and nothing
    else is left behind."""
    target = tmp_path / "a.yaml"
    target.write_text("mine")
    one = member(tmp_path / "one.ogg", ListEntry("one.ogg"))
    many = Listing("x", "", tuple(Row(f"{count:0>100}") for count in range(20_000)))
    with pytest.raises(SoundscapeError, match="larger than 1 MB"):
        write_playlist(many, FORMS[".yaml"], target, [one] * 20_000)
    wrong = Listing("x", "", (Row("other.ogg"),))
    with pytest.raises(SoundscapeError, match=r"cannot hold `other\.ogg`"):
        write_playlist(wrong, FORMS[".yaml"], target, [one])
    gone = tmp_path / "gone" / "a.yaml"
    with pytest.raises(SoundscapeError, match="cannot be written"):
        write_playlist(Listing("x", "", (Row(one.found.path),)), FORMS[".yaml"], gone, [one])
    (tmp_path / "b.yaml").mkdir()
    listing = listing_of(Members(PlaylistFile(target, "x"), [one]), {}, target)
    with pytest.raises(SoundscapeError, match="cannot be written"):
        write_playlist(listing, FORMS[".yaml"], tmp_path / "b.yaml", [one])
    assert target.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.yaml", "b.yaml", "one.ogg"]
