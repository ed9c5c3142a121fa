"""Playlists in YAML, the form for people.

::

    name: Deep water
    about: long, dark, predictable pieces
    tracks:
      - first.ogg                       # beside this file, or in a library folder
      - calm/*.flac                     # `**/` spans folders
      - {path: bell.ogg, intensity: 0.4, gain: -2 dB, cue-in: 0:03, cue-out: 3:10}
      - {glob: "loud/*.flac", gain: -3 dB}
    folders: [drones, {folder: rain, intensity: 0.1}]
    query: {intensity: [0.2, 0.5], tags: [genre:ambient], without: [language:en]}

All of `tracks`, `folders` and `query` together make the pool.
"""

from __future__ import annotations

import json
from pathlib import Path

from soundscape.core.text import plain, shown
from soundscape.library.filemodel import parse_model
from soundscape.library.playlists.forms.model import OVERRIDES, PlaylistModel
from soundscape.library.playlists.forms.values import Form, Listing, PlaylistFile, overrides


def read(path: Path, data: bytes) -> PlaylistFile:
    """The playlist of a text. Raises `InputError` with every fault of it."""
    found, tree = parse_model(PlaylistModel, data, shown(path))
    tracks = [each.entry(tree.find(("tracks", i))) for i, each in enumerate(found.tracks)]
    folders = [each.entry(tree.find(("folders", i))) for i, each in enumerate(found.folders)]
    query = found.query.query() if "query" in found.model_fields_set else None
    name, about = plain(found.name) or path.stem, plain(found.about)
    return PlaylistFile(path, name, about, tuple(tracks), tuple(folders), query)


def write(listing: Listing) -> str:
    """A listing as text; every word in quotes, so that none is taken for something else."""
    lines = [f"name: {_quoted(listing.name)}"]
    if listing.about:
        lines.append(f"about: {_quoted(listing.about)}")
    lines.append("tracks:")
    for row in listing.rows:
        # A first step such as `file:` would be taken for an address.
        name = _quoted(f"./{row.name}" if ":" in row.name.split("/")[0] else row.name)
        more = "".join(f", {key}: {text}" for key, text in overrides(row).items())
        lines.append(f"  - {{path: {name}{more}}}" if more else f"  - {name}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text in double quotes; YAML reads JSON's escapes, and `\\U` for the rest."""
    words = json.dumps(text, ensure_ascii=False)
    return "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"
        for c in words
    )


FORM = Form(
    suffixes=(".yaml", ".yml"),
    read=read,
    write=write,
    holds=frozenset({"name", "about", *OVERRIDES}),
    reads="the form for people, below",
)
