"""The page on playlists, the shipped playlists and the schema agree with the reader."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from soundscape.core.errors import InputError
from soundscape.library.arcs.load import parse_arc
from soundscape.library.playlists.forms.model import CONDITIONS, OVERRIDES, playlist_schema
from soundscape.library.playlists.load import FORMS, read_playlist
from soundscape.library.yamlfile import load_yaml

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/reference/playlists.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
VALIDATOR = jsonschema.Draft202012Validator(playlist_schema())


def plain(text: str) -> Any:
    return load_yaml(text, "x").plain()


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_of_the_page_is_read_and_fits_the_schema(block: str, tmp_path: Path) -> None:
    """Whoever copies an example from the page has a playlist, or an arc, that works."""
    if "phases:" in block:
        assert parse_arc(block, "x").phases
        return
    path = tmp_path / "a.yaml"
    path.write_text(block)
    assert read_playlist(path)
    VALIDATOR.validate(plain(block))


def test_the_page_tells_every_key_and_every_form() -> None:
    """No key of a query, no override and no form is missing from the page."""
    for key in (*CONDITIONS, *OVERRIDES, "as", *FORMS):
        assert re.search(rf"`{re.escape(key)}[`:]", PAGE), key


@pytest.mark.parametrize("path", sorted((ROOT / "playlists").glob("*.yaml")), ids=lambda p: p.name)
def test_the_shipped_playlists(path: Path) -> None:
    """The playlists that are shipped are read, and fit the schema."""
    assert read_playlist(path).query
    VALIDATOR.validate(plain(path.read_text("utf-8")))


WRONG = [
    "name: x",
    "tracks: [{gain: 1}]",
    "tracks: [{path: a, glob: b}]",
    "tracks: [{path: a, intensity: 2}]",
    "tracks: [{path: a, gain: loud}]",
    "tracks: [{path: a, cue-in: soon}]",
    "tracks: [[a]]",
    "trakcs: [a]",
    "folders: [{glob: a}]",
    "query: {}",
    "query: {voice: some}",
    "query: {intensity: 0.5}",
    "query: {length: [1]}",
    "query: {range: [0, loud]}",
    "query: {tags: x, as: {tempo: 1}}",
    "query: {colour: red}",
]


@pytest.mark.parametrize("text", WRONG)
def test_the_schema_refuses_what_the_reader_refuses(text: str, tmp_path: Path) -> None:
    """An editor marks what would be refused."""
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(InputError):
        read_playlist(path)
    assert not VALIDATOR.is_valid(plain(text))


def test_the_schema_beside_the_playlists_is_up_to_date() -> None:
    """The schema that is shipped is the one that the program tells."""
    shipped = json.loads((ROOT / "playlists/playlist.schema.json").read_text("utf-8"))
    assert shipped == playlist_schema()
    jsonschema.Draft202012Validator.check_schema(shipped)
